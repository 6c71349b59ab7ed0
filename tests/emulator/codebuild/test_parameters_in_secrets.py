"""A long list of groups in a secret reaches the module's build with the rights of modulestack.yaml, and not without."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from cfn_tools import load_yaml  # type: ignore[import-untyped]

from rehearsal.embedded_aws import EmbeddedAws

from .conftest import ACCOUNT, ENVIRONMENT, REGION, Builder, context

GROUPS = json.dumps([{"name": f"group-{each}", "sourceBranch": "x" * 300} for each in range(150)])
TRUST = {"Effect": "Allow", "Principal": {"Service": "codebuild.amazonaws.com"}, "Action": "sts:AssumeRole"}
LOGS = {"Effect": "Allow", "Action": "logs:*", "Resource": "*"}


def statement(*arns: str) -> dict[str, Any]:
    """The statement of modulestack.yaml about these secrets."""
    template = load_yaml((Path(__file__).parents[3] / "modulestack.yaml").read_text(encoding="utf-8"))
    (found,) = template["Resources"]["SecretsOfParameters"]["Properties"]["PolicyDocument"]["Statement"]
    assert found["Resource"] == {"Ref": "SecretArns"}
    return {**found, "Resource": list(arns)}


@pytest.mark.parametrize("allowed", [True, False])
def test_a_list_in_a_secret(builder: Builder, world: EmbeddedAws, allowed: bool) -> None:
    iam = world.client("iam", account=ACCOUNT, region=REGION)
    secrets = world.client("secretsmanager", account=ACCOUNT, region=REGION)
    name = f"groups-{allowed}"
    arn = secrets.create_secret(Name=name, SecretString=GROUPS)["ARN"]
    trust = json.dumps({"Version": "2012-10-17", "Statement": [TRUST]})
    role = iam.create_role(RoleName=f"module-{allowed}", AssumeRolePolicyDocument=trust)["Role"]["Arn"]
    granted = [LOGS, statement(arn if allowed else arn.replace("groups", "others"))]
    policy = json.dumps({"Version": "2012-10-17", "Statement": granted})
    iam.put_role_policy(RoleName=f"module-{allowed}", PolicyName="granted", PolicyDocument=policy)
    given = [{"name": "SEEDFARMER_PARAMETER_DEPLOYMENT_GROUPS", "value": name, "type": "SECRETS_MANAGER"}]
    spec = {
        "version": "0.2",
        "phases": {"build": {"commands": ['printf %s "$SEEDFARMER_PARAMETER_DEPLOYMENT_GROUPS" | wc -c']}},
    }
    build = builder.run(json.dumps(spec), environment=ENVIRONMENT | {"environmentVariables": given}, serviceRole=role)
    if allowed:
        assert build["buildStatus"] == "SUCCEEDED", [each.get("contexts") for each in build["phases"]]
        assert builder.output(build) == [str(len(GROUPS))]
    else:
        assert build["buildStatus"] == "FAILED"
        assert "secretsmanager:GetSecretValue" in context(build, "DOWNLOAD_SOURCE")["message"]
