"""The builds of shadows, in the tooling account: each puts a new version beside what serves, and compares them."""

from __future__ import annotations

import json

from constructs import Construct

from model_cicd.aws.shadow import COMPARED
from model_cicd.constructs.artifact_store import ArtifactStore
from model_cicd.constructs.assets import PublishedFile
from model_cicd.constructs.build_project import BuildProject, Program
from model_cicd.constructs.iam import Statement
from model_cicd.sagemaker_model_cicd.topology import EndpointTarget, GroupTopology, Topology
from model_cicd.wheel import INSTALL

_OUTPUT = "shadow.env"


def shadow_builds(
    scope: Construct, *, topology: Topology, group: GroupTopology, runner: PublishedFile, artifacts: ArtifactStore
) -> None:
    """A build for each environment with a shadow: it deploys there, and reads metrics. It never sees an answer."""
    install = Statement("Runner", ["s3:GetObject"], [runner.arn(topology.partition)])
    for number, target in enumerate(group.promotion.targets, 1):
        if target.shadow is None:
            continue
        name = target.environment.name
        roles = [target.bootstrap.deploy, target.bootstrap.lookup]
        BuildProject(
            scope,
            f"Shadow{number}",
            description=f"Compares versions with what {name} serves in deployment group {group.name}",
            program=Program(
                shadow_build_spec(),
                {"MODEL_CICD_RUNNER": runner.uri, "MODEL_CICD_RUNNER_FILE": runner.name, **_variables(target)},
            ),
            artifacts=artifacts,
            statements=[Statement("DeployAndLook", ["sts:AssumeRole"], roles), install],
            project=target.shadow.project,
        )


def _variables(target: EndpointTarget) -> dict[str, str]:
    assert target.shadow is not None
    environment, limits = target.environment, target.shadow.limits
    return {
        "DEPLOY_ENVIRONMENT": environment.name,
        "DEPLOY_REGION": environment.region,
        "ENDPOINT_NAME": target.endpoint.name,
        "STACK_NAME": target.stack_name,
        "DEPLOY_ROLE_ARN": target.bootstrap.deploy,
        "LOOKUP_ROLE_ARN": target.bootstrap.lookup,
        "CFN_EXEC_ROLE_ARN": target.bootstrap.cfn_exec,
        "SHADOW_REQUESTS": str(limits.requests),
        "SHADOW_MINUTES": str(limits.minutes),
        "SHADOW_LATENCY_FACTOR": str(limits.latency_factor),
        "SHADOW_ERROR_RATE": str(limits.error_rate),
    }


def shadow_build_spec() -> str:
    """Fails where the version is worse than what serves; else the line with the numbers is a variable of it."""
    python = {"runtime-versions": {"python": "3.11"}, "on-failure": "ABORT"}
    commands = [f".runner/venv/bin/model-cicd shadow-release --output {_OUTPUT}", "set -a", f". ./{_OUTPUT}", "set +a"]
    spec = {
        "version": 0.2,
        "env": {"shell": "bash", "exported-variables": [COMPARED]},
        "phases": {
            "install": {**python, "commands": list(INSTALL)},
            "build": {"commands": commands, "on-failure": "ABORT"},
        },
    }
    return json.dumps(spec, indent=2)
