"""Life cycle: what was promoted has its stage in the registry; old candidates are retired, and what serves never is."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping
from typing import Any

from rehearsal.errors import RehearsalError
from rehearsal.job import clients
from rehearsal.job.module_parameters import build_parameters
from rehearsal.job.scene import Ground, Scene, Told

NAME = "life cycle"
_SECONDS = 60
_ROLE = "retires-old-versions"


def _applies(settings: Mapping[str, Any]) -> bool:
    return bool(settings.get("lifeCycle") and settings.get("retention"))


def _play(ground: Ground) -> Told:
    group, number = ground.trainer.group, int(ground.trainer.result.version or 0)
    stage = _stage(ground, number)
    if stage["stage"] != "Production":
        raise RehearsalError(NAME, f"version {number} has the stage {stage}, expected Production")
    ground.note(f"version {number} is in stage {stage['stage']}")
    old, new = (_register(ground) for _ in range(2))
    role = _retirer(ground)
    options = ["--keep", "1", "--older-than-days", "0"]
    shown = _command(ground, "retire", group.name, *options).splitlines()
    done = _command(
        ground, "retire", group.name, *options, "--apply", "--delete", "--yes", "--retirer-role-arn", role
    ).splitlines()
    left = _versions(ground)
    kept = {number, new}
    if old in left or not kept <= set(left):
        raise RehearsalError(NAME, f"after model-cicd retire there are versions {left}, expected {sorted(kept)}")
    _client(ground, "sagemaker").delete_model_package(ModelPackageName=_arn(ground, new))
    return Told(
        f"version {number} has the stage {stage['stage']}; of two candidates that nobody promoted the older one was "
        "retired and deleted, and what serves was not",
        {"stage": stage, "shown": shown, "done": done, "serving": number, "retired": old, "left": left},
    )


def _stage(ground: Ground, number: int) -> dict[str, Any]:
    """The stage of a version as `model-cicd status` has it, once it is in prod."""
    deadline = time.monotonic() + _SECONDS
    while True:
        text = _command(ground, "status", str(ground.plan.manifest), "--format", "json", manifest=False)
        groups = json.loads(text[text.index("{") :])["groups"]
        versions = next(each for each in groups if each["group"] == ground.trainer.group.name)["versions"]
        found = next(each for each in versions if each["version"] == number)
        if found["stage"] == "Production" or time.monotonic() > deadline:
            return {"stage": found["stage"], "status": found["stageStatus"], "approval": found["status"]}
        time.sleep(1)


def _register(ground: Ground) -> int:
    """A version as a training would have registered it, of the first one's model."""
    group = ground.trainer.group
    sagemaker = ground.aws.internal_client("sagemaker", account=group.build_account, region=group.build_region)
    first = sagemaker.describe_model_package(ModelPackageName=ground.trainer.result.model_package)
    made = sagemaker.create_model_package(
        ModelPackageGroupName=first["ModelPackageGroupName"],
        ModelApprovalStatus="PendingManualApproval",
        InferenceSpecification=first["InferenceSpecification"],
    )
    return int(made["ModelPackageArn"].rpartition("/")[2])


def _retirer(ground: Ground) -> str:
    """A role of the build account with the policy that the module publishes, for people of the tooling account."""
    trainer = ground.trainer
    iam = _client(ground, "iam")
    parameters = build_parameters(ground.aws, ground.plan, trainer.module, trainer.group, NAME)
    principal = {"AWS": f"arn:aws:iam::{trainer.module.account}:root"}
    trust = {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": principal}
    document = json.dumps({"Version": "2012-10-17", "Statement": [trust]})
    arn = iam.create_role(RoleName=_ROLE, AssumeRolePolicyDocument=document)["Role"]["Arn"]
    iam.attach_role_policy(RoleName=_ROLE, PolicyArn=parameters["retirer-policy-arn"])
    return str(arn)


def _arn(ground: Ground, number: int) -> str:
    return f"{ground.trainer.result.model_package.rpartition('/')[0]}/{number}"


def _versions(ground: Ground) -> list[int]:
    name = ground.trainer.result.model_package.split("/")[-2]
    listed = _client(ground, "sagemaker").list_model_packages(ModelPackageGroupName=name, MaxResults=100)
    return sorted(each["ModelPackageVersion"] for each in listed["ModelPackageSummaryList"])


def _client(ground: Ground, service: str) -> Any:
    group = ground.trainer.group
    return ground.aws.client(service, account=group.build_account, region=group.build_region)


def _command(ground: Ground, *words: str, manifest: bool = True) -> str:
    """What `model-cicd` says as the administrator of the tooling account."""
    module, aws = ground.trainer.module, ground.aws
    named = ["--manifest", str(ground.plan.manifest)] if manifest else []
    command = ["model-cicd", *words, *named, "--region", module.region]
    cwd = aws.directory / "project"
    return clients.run(aws, command, step=NAME, account=module.account, region=module.region, cwd=cwd)


CYCLE = Scene(NAME, _applies, _play)
