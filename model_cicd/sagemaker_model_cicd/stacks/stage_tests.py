"""The builds of tests between stages, in the tooling account: one asks the endpoint, the other acts on the outcome."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from constructs import Construct

from model_cicd.constructs.artifact_store import ArtifactStore
from model_cicd.constructs.assets import PublishedFile
from model_cicd.constructs.build_project import BuildProject, Program
from model_cicd.constructs.iam import Statement
from model_cicd.promotion.stage_test import FAILED, NOT_RUN, TESTS, VERDICT
from model_cicd.sagemaker_model_cicd.topology import EndpointTarget, GroupTopology, Topology
from model_cicd.stage_tests.bundle import FILE
from model_cicd.wheel import INSTALL

_OUTPUT = "tests.env"
_COMMAND = ".runner/venv/bin/model-cicd"


def test_builds(
    scope: Construct, *, topology: Topology, group: GroupTopology, runner: PublishedFile, artifacts: ArtifactStore
) -> None:
    """Two builds for each environment with tests. What the first may do is to call that environment's endpoint."""
    install = Statement("Runner", ["s3:GetObject"], [runner.arn(topology.partition)])
    variables = {"MODEL_CICD_RUNNER": runner.uri, "MODEL_CICD_RUNNER_FILE": runner.name}
    for number, target in enumerate(group.promotion.targets, 1):
        if target.tests is None:
            continue
        name = target.environment.name
        BuildProject(
            scope,
            f"Test{number}",
            description=f"Tests what {name} serves in deployment group {group.name}",
            program=Program(test_build_spec(), {**variables, **_test_variables(target)}),
            artifacts=artifacts,
            statements=[Statement("Invoke", ["sts:AssumeRole"], [target.tests.invoke_role.arn]), install],
            project=target.tests.project,
        )
        BuildProject(
            scope,
            f"Settle{number}",
            description=f"Takes {name} back where the tests of deployment group {group.name} failed",
            program=Program(
                settle_build_spec(),
                {**variables, **_settle_variables(target), "PIPELINE_NAME": group.promotion.pipeline.name},
            ),
            artifacts=artifacts,
            statements=[
                Statement("RollBack", ["sts:AssumeRole"], [target.bootstrap.deploy]),
                Statement("Outcome", ["codepipeline:ListActionExecutions"], [group.promotion.pipeline.arn]),
                install,
            ],
            project=target.tests.settling,
        )


def _test_variables(target: EndpointTarget) -> dict[str, str]:
    assert target.tests is not None
    return {
        "ENDPOINT_NAME": target.endpoint.name,
        "ENDPOINT_REGION": target.environment.region,
        "INVOKE_ROLE_ARN": target.tests.invoke_role.arn,
        "SUITE": target.tests.suite,
    }


def _settle_variables(target: EndpointTarget) -> dict[str, str]:
    environment = target.environment
    return {
        "STAGE_NAME": target.stage_name,
        "DEPLOY_ENVIRONMENT": environment.name,
        "DEPLOY_ACCOUNT": environment.account,
        "DEPLOY_REGION": environment.region,
        "STACK_NAME": target.stack_name,
        "DEPLOY_ROLE_ARN": target.bootstrap.deploy,
        "CFN_EXEC_ROLE_ARN": target.bootstrap.cfn_exec,
    }


def test_build_spec() -> str:
    """Tests that do not run have failed: the build ends well, and the action beside it acts on what it exports."""
    run = [*INSTALL, f"{_COMMAND} test-endpoint {FILE} --output {_OUTPUT}"]
    env = {"shell": "bash", "variables": {VERDICT: FAILED, TESTS: NOT_RUN}, "exported-variables": [VERDICT, TESTS]}
    commands = [
        " && ".join(f"{{ {each}; }}" for each in run) + " || true",
        f"if [ -f {_OUTPUT} ]; then set -a; . ./{_OUTPUT}; set +a; fi",
    ]
    return _spec(env, [], commands)


def settle_build_spec() -> str:
    """Fails where the tests did, after it went back."""
    return _spec({"shell": "bash"}, INSTALL, [f"{_COMMAND} settle-tests"])


def _spec(env: dict[str, Any], install: Sequence[str], commands: Sequence[str]) -> str:
    python = {"runtime-versions": {"python": "3.11"}, "on-failure": "ABORT"}
    spec = {
        "version": 0.2,
        "env": env,
        "phases": {
            "install": {**python, "commands": list(install) or ["true"]},
            "build": {"commands": list(commands), "on-failure": "ABORT"},
        },
    }
    return json.dumps(spec, indent=2)
