"""The CDK apps: settings checked first, then App, stacks, tags, cdk-nag and synthesis."""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from model_cicd.constructs.app import base_app, synth
from model_cicd.hosting import BatchTransform
from model_cicd.sagemaker_model_cicd import module_files
from model_cicd.sagemaker_model_cicd.settings.load import load, problem
from model_cicd.sagemaker_model_cicd.sizes import exceeded
from model_cicd.sagemaker_model_cicd.stacks.promotion_source import EndpointTemplate, write_source
from model_cicd.sagemaker_model_cicd.topology import Hosting, Topology, build
from model_cicd.text.errors import ModelCicdError, ProblemsError

if TYPE_CHECKING:
    from aws_cdk import App, Stack

#: context value: repositories that exist outside the stacks and are used as they are, separated by commas
EXISTING_REPOSITORIES = "existing-repositories"


def run(module: Path, env: Mapping[str, str] = os.environ) -> int:
    """Synthesize the module in the directory `module`; the exit code is 0, or 1 when something is wrong with its input.

    Every problem is printed without a traceback, and nothing of CDK is imported before the settings are right.
    """
    try:
        settings, context = load(env)
        if any(group.pipeline_config is not None for group in settings.deployment_groups):
            # the language of pipelines is much to load
            from model_cicd.sagemaker_model_cicd.declared_pipelines import demand_groups, group_parameters

            demand_groups(group_parameters(env))
        topology = build(settings, context)
        if too_much := [problem(each) for each in exceeded(topology)]:
            raise ProblemsError(too_much)
        with tempfile.TemporaryDirectory() as directory:
            files = module_files.make(module, Path(directory), env, seed=topology.tooling.model_build_seed)
            synth(make_app(topology, files, outdir=env.get("CDK_OUTDIR")))
    except ModelCicdError as error:
        print(error, file=sys.stderr)
        return 1
    return 0


def make_app(topology: Topology, files: module_files.ModuleFiles, *, outdir: str | None = None) -> App:
    """The app: the shared stacks of the tooling account and, for each group, its build, tooling and promotion stack.

    Templates of endpoints are synthesized on the way, in an app of their own: promotions deploy them, the CDK never.
    """
    # cdk-nag reads a deprecated property of every event bus policy, and each reading would print a warning
    os.environ.setdefault("JSII_DEPRECATED", "quiet")

    import aws_cdk as cdk

    from model_cicd.constructs.retained import retain_data
    from model_cicd.sagemaker_model_cicd.stacks.group_build import GroupBuildStack
    from model_cicd.sagemaker_model_cicd.stacks.group_tooling import GroupToolingStack
    from model_cicd.sagemaker_model_cicd.stacks.identity import IdentityStack
    from model_cicd.sagemaker_model_cicd.stacks.infra import InfraStack
    from model_cicd.sagemaker_model_cicd.stacks.promotion import GroupPromotionStack
    from model_cicd.sagemaker_model_cicd.stacks.tooling import ToolingStack

    templates = endpoint_templates(topology)
    app = base_app(outdir, topology.context.bootstrap_qualifier)
    existing = app.node.try_get_context(EXISTING_REPOSITORIES) or ""
    tooling = ToolingStack(
        app, topology=topology, files=files, existing=frozenset(name for name in str(existing).split(",") if name)
    )
    infra = InfraStack(app, topology=topology, files=files) if topology.tooling.infra_code else None
    identities = {made.place: IdentityStack(app, topology=topology, made=made) for made in topology.providers}
    if infra and topology.tooling.infra_workflow and topology.tooling.place in identities:
        infra.add_stack_dependency(identities[topology.tooling.place])
    for group in topology.groups:
        registry = GroupBuildStack(app, topology=topology, group=group, runner=files.runner)
        training = GroupToolingStack(
            app,
            topology=topology,
            group=group,
            runner=tooling.runner,
            declared_build_spec=files.declared_build_spec,
        )
        own = {target.environment.name: templates[target.hosting] for target in group.promotion.targets}
        promotion = GroupPromotionStack(
            app,
            topology=topology,
            group=group,
            runner=tooling.runner,
            source=write_source(files.runner.parent, topology, group, own),
            templates=own,
        )
        # The bus policy before the rule that forwards to it; a new pipeline runs at once and needs the rest.
        registry.add_stack_dependency(tooling)
        if group.workflow and group.build.place in identities:
            registry.add_stack_dependency(identities[group.build.place])
        for each in (training, promotion):
            each.add_stack_dependency(registry)
            if infra:
                infra.add_stack_dependency(each)
    retain_data(app)
    tags = cdk.Tags.of(app)
    for key, value in topology.tags.items():
        tags.add(key, value, exclude_resource_types=["AWS::CloudWatch::Dashboard"])  # which have tags since 2026 alone
    return app


def endpoint_templates(topology: Topology, *, outdir: str | None = None) -> dict[Hosting, EndpointTemplate]:
    """The template of each kind of hosting in `topology`, checked by cdk-nag like every other."""
    os.environ.setdefault("JSII_DEPRECATED", "quiet")

    from model_cicd.sagemaker_model_cicd.stacks.batch import BatchStack
    from model_cicd.sagemaker_model_cicd.stacks.endpoint import EndpointStack

    def stack(name: str, hosting: Hosting) -> Stack:
        boundary = topology.permissions_boundary_name
        if isinstance(hosting.kind, BatchTransform):
            return BatchStack(app, name, hosting=hosting, transform=hosting.kind, boundary=boundary)
        organization = topology.organization_id
        return EndpointStack(app, name, hosting=hosting, boundary=boundary, organization_id=organization)

    kinds = list(dict.fromkeys(target.hosting for group in topology.groups for target in group.promotion.targets))
    with tempfile.TemporaryDirectory() as directory:
        app = base_app(outdir or directory, topology.context.bootstrap_qualifier)
        stacks = [stack(f"endpoint-{number}", hosting) for number, hosting in enumerate(kinds)]
        synth(app)
        texts = [Path(outdir or directory, stack.template_file).read_text(encoding="utf-8") for stack in stacks]
    return {hosting: EndpointTemplate.of(text) for hosting, text in zip(kinds, texts, strict=True)}
