"""The stack of one deployment group's promotion in the tooling account."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from constructs import Construct

from model_cicd.aws.approval import pipeline_approval
from model_cicd.aws.shadow import COMPARED
from model_cicd.constructs.artifact_store import ArtifactStore
from model_cicd.constructs.assets import PublishedFile, publish
from model_cicd.constructs.build_project import BuildProject, Program
from model_cicd.constructs.iam import Statement, managed_policy
from model_cicd.constructs.parameters import parameters
from model_cicd.constructs.promotion_pipeline import (
    CHANGE_SET,
    DeployStage,
    PromotionPipeline,
    described,
    shadowed,
    tested,
)
from model_cicd.constructs.promotion_trigger import PromotionTrigger
from model_cicd.constructs.sleep_schedule import SleepingStack, SleepSchedule
from model_cicd.constructs.stack import ModuleStack
from model_cicd.constructs.stage_recorder import stage_recorder
from model_cicd.promotion.describe import BEFORE, CHANGES
from model_cicd.promotion.plan import NO_PACKAGE, PLAN_FILE
from model_cicd.promotion.prepare import exported
from model_cicd.sagemaker_model_cicd.stacks.promotion_source import EndpointTemplate, configuration_path
from model_cicd.sagemaker_model_cicd.stacks.shadows import shadow_builds
from model_cicd.sagemaker_model_cicd.stacks.stage_tests import test_builds
from model_cicd.sagemaker_model_cicd.topology import EndpointTarget, GroupTopology, Topology
from model_cicd.sagemaker_model_cicd.topology.outputs import promotion_parameters
from model_cicd.stage_tests.bundle import FILE
from model_cicd.wheel import INSTALL

_VARIABLES = "promotion.env"


class GroupPromotionStack(ModuleStack):
    """Trigger, promotion pipeline, and the policy of those who answer its approvals.

    `source` is the zip file with plan, templates and parameters, `templates` are those of the environments by name.
    """

    def __init__(
        self,
        scope: Construct,
        *,
        source: Path,
        templates: Mapping[str, EndpointTemplate],
        runner: PublishedFile,
        topology: Topology,
        group: GroupTopology,
    ) -> None:
        self._topology, self._group = topology, group
        tooling, promotion = topology.tooling, group.promotion
        super().__init__(
            scope,
            name=promotion.stack_name,
            topology=topology,
            place=tooling.place,
            description=f"Promotion of the models of deployment group {group.name}",
        )
        published = publish(self, "Source", path=source)
        artifacts = self._artifacts()
        self._prepare(runner, artifacts)
        shadow_builds(self, topology=topology, group=group, runner=runner, artifacts=artifacts)
        test_builds(self, topology=topology, group=group, runner=runner, artifacts=artifacts)
        PromotionPipeline(
            self,
            "Promotion",
            description=f"Promotes approved models of deployment group {group.name}",
            source=published,
            no_package=NO_PACKAGE,
            stages=[
                _stage(group, number, templates[target.environment.name].path)
                for number, target in enumerate(promotion.targets)
            ],
            artifacts=artifacts,
        )
        PromotionTrigger(
            self,
            "Trigger",
            trigger=promotion.trigger,
            description=f"Promotes a model of deployment group {group.name} when it is approved",
            place=tooling.place,
            build=group.build.place,
            models=group.models,
            pipeline=promotion.pipeline,
        )
        self._life(templates)
        managed_policy(
            self,
            "Approver",
            name=promotion.stage_approver.name,
            description=f"Answers the approvals of the promotion of deployment group {group.name}",
            statements=pipeline_approval(promotion.pipeline.arn, promotion.approval_arns),
        )
        parameters(self, path=group.parameter_path, values=promotion_parameters(topology, group))

    def _life(self, templates: Mapping[str, EndpointTemplate]) -> None:
        """What records stages of versions, and puts environments asleep."""
        group, targets = self._group, self._group.promotion.targets
        if group.stage_recording:
            stage_recorder(
                self,
                "LifeCycle",
                recording=group.stage_recording,
                description=f"Records how far versions of deployment group {group.name} have come",
                place=self._topology.tooling.place,
                pipeline=group.promotion.pipeline,
                types={target.stage_name: target.environment.type for target in targets},
            )
        for target in targets:
            self._sleep(target, templates[target.environment.name])

    def _sleep(self, target: EndpointTarget, template: EndpointTemplate) -> None:
        if target.sleep_times is None:
            return
        name = target.environment.name
        SleepSchedule(
            self,
            f"Sleep{name}",
            times=target.sleep_times,
            stack=SleepingStack(target.stack_name, list(json.loads(template.text)["Parameters"]), target.bootstrap),
            place=self._topology.tooling.place,
            environment=f"environment {name} of deployment group {self._group.name}",
        )

    def _artifacts(self) -> ArtifactStore:
        topology, promotion = self._topology, self._group.promotion
        return ArtifactStore(
            self,
            "Store",
            pipeline=promotion.pipeline,
            access_logs=topology.access_logs(topology.tooling.place),
            deployers=promotion.deploy_roles,
            organization_id=topology.organization_id,
        )

    def _prepare(self, runner: PublishedFile, artifacts: ArtifactStore) -> None:
        topology, group = self._topology, self._group
        pipeline, targets = group.promotion.pipeline, group.promotion.targets
        readable = [group.releases.role.arn, *(target.bootstrap.lookup for target in targets)]
        BuildProject(
            self,
            "Prepare",
            description=f"Checks what is promoted in deployment group {group.name}",
            program=Program(
                build_spec(len(targets), tests=bool(pipeline.tests)),
                {"MODEL_CICD_RUNNER": runner.uri, "MODEL_CICD_RUNNER_FILE": runner.name},
            ),
            artifacts=artifacts,
            statements=[
                Statement("Look", ["sts:AssumeRole"], list(dict.fromkeys(readable))),
                Statement(
                    "Supersede",
                    ["codepipeline:GetPipelineState", "codepipeline:StopPipelineExecution"],
                    [pipeline.arn],
                ),
                Statement("Runner", ["s3:GetObject"], [runner.arn(topology.partition)]),
            ],
        )


def build_spec(environments: int, *, tests: bool = False) -> str:
    """The buildspec of the promotion's builds; what they export are the variables of the actions after them.

    Where there are tests, the first build hands their suites on, and each tells what was served before.
    """
    spec: dict[str, Any] = {
        "version": 0.2,
        "env": {
            "shell": "bash",
            "exported-variables": [*exported(environments, tested=tests), CHANGES, *([BEFORE] if tests else ())],
        },
        "phases": {
            "install": {
                "runtime-versions": {"python": "3.11"},
                "commands": list(INSTALL),
                "on-failure": "ABORT",
            },
            "build": {
                "commands": [
                    f'.runner/venv/bin/model-cicd "$PROMOTION_STEP" {PLAN_FILE} --output {_VARIABLES}',
                    "set -a",
                    f". ./{_VARIABLES}",
                    "set +a",
                ],
                "on-failure": "ABORT",
            },
        },
    }
    if tests:
        # an action without an output artifact has none to upload, whatever there is
        spec["phases"]["build"]["commands"].append(f"[ -f {FILE} ] || echo {{}} > {FILE}")
        spec["artifacts"] = {"files": [FILE]}
    return json.dumps(spec, indent=2)


def _stage(group: GroupTopology, number: int, template: str) -> DeployStage:
    """The stage of the environment with that number, from 0."""
    target = group.promotion.targets[number]
    environment = target.environment
    before = next((each for each in reversed(group.promotion.targets[:number]) if each.tests), None)
    serves = f"{environment.name} serves now: #{{Prepare.Serving_{number + 1}}}."
    of = f"version #{{Prepare.Version}} of {group.name}"
    place = f"{environment.name} ({environment.type}, account {environment.account})"
    about = f"Digest #{{Prepare.Digest}}. Commit #{{Prepare.Commit}}. Metrics: #{{Prepare.Metrics}}. {serves}"
    question = (
        f"Promote {of} to {place}? {about} Approved is change set {CHANGE_SET} of stack {target.stack_name}: "
        f"#{{{described(environment.name)}.{CHANGES}}}."
    )
    tests = f" Tests of {before.environment.name} #{{{tested(before.environment.name)}.Tests}}." if before else ""
    shadow, compared = target.shadow, ""
    if shadow:
        compared = f" Shadow #{{{shadowed(environment.name)}.{COMPARED}}}."
    asks = target.require_approval
    return DeployStage(
        name=target.stage_name,
        environment=environment.name,
        region=environment.region,
        stack_name=target.stack_name,
        deploy_role_arn=target.bootstrap.deploy,
        execution_role_arn=target.bootstrap.cfn_exec,
        template=template,
        configuration=configuration_path(group, target),
        approval=f"{question}{tests}{compared}" if asks else None,
        approval_minutes=group.promotion.approval_minutes,
        tests=target.tests,
        shadow=shadow.project if shadow else None,
        shadow_approval=(
            f"May {of} get copies of {target.hosting.shadow} % of the requests of {place}, and answer none? "
            f"{about}{tests}"
            if shadow and asks
            else None
        ),
    )
