"""Doctor does with the policy that docs/doctor.md gives, and uses all of it; it calls nothing that writes."""

from __future__ import annotations

import functools
import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.emulator.doctor.conftest import BUILD, MANIFEST, PROD, REGION, TOOLING, Ended, Ward, trust

Undo = Callable[[Callable[[], object]], None]
ROOT = Path(__file__).parents[3]
PIPELINES = (TOOLING, REGION, "codepipeline", "Total pipelines")
READS = re.compile(r"[a-z0-9-]+:(Describe|Get|List|Head)[A-Za-z]+|sts:AssumeRole")


def published() -> dict[str, Any]:
    page = (ROOT / "docs" / "doctor.md").read_text(encoding="utf-8")
    (text,) = re.findall(r"```json\n(.*?)```", page, re.DOTALL)
    policy: dict[str, Any] = json.loads(text.replace("NAME", "auditor").replace("PROJECT", "proj"))
    return policy


def training(account: str) -> dict[str, Any]:
    """A step with an image of the account's own, and a type of instance that no quota is known of."""
    return {
        "name": "Train",
        "type": "Training",
        "training": {
            "imageUri": f"{account}.dkr.ecr.{REGION}.amazonaws.com/own:1",
            "instanceType": "ml.zz9.large",
            "inputChannels": [{"channelName": "train", "s3Uri": "s3://somewhere/data"}],
        },
    }


def everything() -> str:
    """A manifest with everything that doctor can look for."""
    key = "          - name: infra-repo"
    added = ["{name: permissions-boundary-name, value: edge}", "{name: organization-id, value: o-rehearsal00}"]
    manifest = MANIFEST.replace(key, "".join(f"          - {each}\n" for each in added) + key)
    subnets, groups = ["subnet-0123456789abcdef0"], ["sg-0123456789abcdef0"]
    more = {
        "pipelineConfig": {"steps": [training(BUILD)]},
        "imageRepositories": [f"arn:aws:ecr:{REGION}:{BUILD}:repository/own"],
        "networkConfig": {"subnetIds": subnets, "securityGroupIds": groups},
    }
    lines = "".join(f"                {name}: {json.dumps(value)}\n" for name, value in more.items())
    manifest = manifest.replace("                sourceBranch: main\n", f"                sourceBranch: main\n{lines}")
    capture = "endpoint: {dataCapture: {prefix: 's3://captured/x', percentage: 5}}"
    manifest = manifest.replace("type: prod}", f"type: prod, {capture}}}")
    pipeline = f"""
              - name: images
                sourceBranch: images
                images: [{{name: own, path: images/own}}]
                buildEnvironment: {{name: build, account: '{BUILD}', region: {REGION}, type: preprod}}
      - name: p
        path: modules/sagemaker/sagemaker-pipeline
        targetAccount: tooling
        parameters:
          - {{name: projectName, value: q}}
          - {{name: pipeline, value: {json.dumps({"steps": [training(TOOLING)]})}}}
targetAccountMappings:"""
    return manifest.replace("\ntargetAccountMappings:", pipeline)


def deployed(ward: Ward, undo: Undo) -> None:
    """A stack of the deployment that is there already, with one of its roles."""
    stacks, name = ward.client("cloudformation", BUILD), "proj-dep-models-m-churn-build"
    trusted = json.loads(trust(BUILD))
    role = {"RoleName": "proj-dep-models-m-churn-start", "AssumeRolePolicyDocument": trusted}
    template = {"Resources": {"Start": {"Type": "AWS::IAM::Role", "Properties": role}}}
    stacks.create_stack(StackName=name, TemplateBody=json.dumps(template), Capabilities=["CAPABILITY_NAMED_IAM"])
    stacks.get_waiter("stack_create_complete").wait(StackName=name, WaiterConfig={"Delay": 1})
    undo(functools.partial(stacks.delete_stack, StackName=name))


def as_auditor(ward: Ward, undo: Undo, policy: dict[str, Any], manifest: str) -> Ended:
    """Doctor as a role with `policy` and nothing else, in every account."""
    for account in (TOOLING, BUILD, PROD):
        iam = ward.client("iam", account)
        iam.create_role(RoleName="auditor", AssumeRolePolicyDocument=trust(TOOLING))
        iam.put_role_policy(RoleName="auditor", PolicyName="look", PolicyDocument=json.dumps(policy))
        undo(functools.partial(iam.delete_role, RoleName="auditor"))
        undo(functools.partial(iam.delete_role_policy, RoleName="auditor", PolicyName="look"))
    arn = f"arn:aws:iam::{TOOLING}:role/auditor"
    return ward.doctor("--role-arn", arn, "--role-name", "auditor", manifest=manifest)


def used(ward: Ward) -> set[str]:
    roles = ward.world.iam.ledger.uses()
    return {action for arn, actions in roles.items() if arn.endswith("/auditor") for action in actions}


def test_the_published_policy_is_enough_and_no_more_and_only_reads(ward: Ward, undo: Undo) -> None:
    policy = published()
    deployed(ward, undo)
    undo(functools.partial(ward.world.services.quotas.limit, *PIPELINES, 1000.0))
    ward.world.services.quotas.limit(*PIPELINES, None)
    before = len(ward.world.iam.ledger.denials())
    ended = as_auditor(ward, undo, policy, everything())
    assert [each for each in ended.said("warning") if "could not be looked at" in each] == []
    assert ward.world.iam.ledger.denials()[before:] == []
    actions = {action for each in policy["Statement"] for action in _list(each["Action"])}
    assert used(ward) - {"sts:GetCallerIdentity"} == actions
    assert [each for each in actions if not READS.fullmatch(each)] == []
    assert [each for each in ended.said("stops") if "churn-start" in each] == []  # its own stack has it


@pytest.mark.parametrize(
    ("action", "account", "check", "of"),
    [
        ("iam:GetAccountSummary", TOOLING, "quotas", "*"),
        ("cloudformation:DescribeStacks", PROD, "bootstrap", "*"),
        ("servicequotas:ListServiceQuotas", PROD, "quotas", "*"),
        ("iam:ListRolePolicies", BUILD, "bootstrap", f"cdk-hnb659fds-cfn-exec-role-{BUILD}-{REGION}"),
    ],
)
def test_a_right_that_is_missing_is_a_warning(
    ward: Ward, undo: Undo, action: str, *, account: str, check: str, of: str
) -> None:
    policy = published()
    policy["Statement"][0]["Action"].remove(action)
    ended = as_auditor(ward, undo, policy, MANIFEST)
    assert (ended.code, ended.said("stops")) == (0, [])
    who = f"arn:aws:iam::{account}:role/auditor"
    if account == TOOLING:
        who = f"arn:aws:sts::{TOOLING}:assumed-role/auditor/model-cicd"
    assert f"{account} {check}: could not be looked at: {of} needs the right {action} of {who}" in ended.said("warning")


def _list(value: str | list[str]) -> list[str]:
    return value if isinstance(value, list) else [value]
