"""The CDK apps: settings checked first, then App, stacks, tags, cdk-nag and synthesis."""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from model_cicd import module_files
from model_cicd.errors import ModelCicdError
from model_cicd.settings.environment import load
from model_cicd.topology import Topology, build

if TYPE_CHECKING:
    from aws_cdk import App

#: context value: repositories that exist outside the stacks and are used as they are, separated by commas
EXISTING_REPOSITORIES = "existing-repositories"


def run(module: Path, env: Mapping[str, str] = os.environ) -> int:
    """Synthesize the module in the directory `module`; the exit code is 0, or 1 when something is wrong with its input.

    Every problem is printed without a traceback, and nothing of CDK is imported before the settings are right.
    """
    try:
        settings, context = load(env)
        topology = build(settings, context)
        with tempfile.TemporaryDirectory() as directory:
            files = module_files.make(module, Path(directory), env)
            _synth(make_app(topology, files))
    except ModelCicdError as error:
        print(error, file=sys.stderr)
        return 1
    return 0


def _synth(app: App) -> None:
    try:
        app.synth()
    except RuntimeError as error:  # what jsii makes of every JavaScript error; findings of cdk-nag are printed already
        raise ModelCicdError(f"synthesis failed: {error}") from None


def make_app(topology: Topology, files: module_files.ModuleFiles, *, outdir: str | None = None) -> App:
    """The app with the shared stacks of the tooling account and, for each group, its build and its tooling stack."""
    # cdk-nag reads a deprecated property of every event bus policy, and each reading would print a warning
    os.environ.setdefault("JSII_DEPRECATED", "quiet")

    import aws_cdk as cdk
    from cdk_nag import AwsSolutionsChecks

    from model_cicd.stacks.group_build import GroupBuildStack
    from model_cicd.stacks.group_tooling import GroupToolingStack
    from model_cicd.stacks.infra import InfraStack
    from model_cicd.stacks.tooling import ToolingStack

    app = cdk.App(
        analytics_reporting=False,
        # a second or more on every synthesis; cfn-lint checks the same in the tests
        builtin_cloud_formation_validation=False,
        tree_metadata=False,
        outdir=outdir,
    )
    existing = app.node.try_get_context(EXISTING_REPOSITORIES) or ""
    tooling = ToolingStack(
        app, topology=topology, files=files, existing=frozenset(name for name in str(existing).split(",") if name)
    )
    infra = InfraStack(app, topology=topology, files=files)
    for group in topology.groups:
        registry = GroupBuildStack(app, topology=topology, group=group)
        training = GroupToolingStack(
            app, topology=topology, group=group, runner=tooling.runner, runner_file=files.runner.name
        )
        # The bus policy before the rule that forwards to it; a new pipeline runs at once and needs the rest.
        registry.add_stack_dependency(tooling)
        training.add_stack_dependency(registry)
        infra.add_stack_dependency(training)
    tags = cdk.Tags.of(app)
    for key, value in topology.tags.items():
        tags.add(key, value)
    cdk.Validations.of(app).add_plugins(AwsSolutionsChecks(app, write_suppressions_to_cloud_formation=True))
    return app
