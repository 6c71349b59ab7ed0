"""The right to say how far a version has come: stages can be set with it, and nothing can be approved."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pytest
from botocore.exceptions import ClientError

from model_cicd.aws.life_cycle import ARCHIVED, DEPLOYED, RETIRED, STAGES
from model_cicd.aws.place import Place as At
from model_cicd.aws.resources import PackageGroup
from model_cicd.constructs.stage_recorder import staging
from model_cicd.lineage.facts import parts
from model_cicd.lineage.read import lineage
from model_cicd.operate import packages
from model_cicd.operate.access import Access
from model_cicd.operate.records import Group
from tests.unit.operate.conftest import BUILD, MODELS, REGION, TOOLING, trusting

if TYPE_CHECKING:
    from rehearsal.embedded_aws import EmbeddedAws

pytestmark = pytest.mark.slow


@pytest.fixture
def recorder(world: EmbeddedAws) -> Any:
    """SageMaker as the role that records stages."""
    iam = world.client("iam", account=BUILD, region=REGION)
    statement = staging(PackageGroup.at(At("aws", BUILD, REGION), MODELS)).json()
    iam.create_role(RoleName="lifecycle", AssumeRolePolicyDocument=trusting(TOOLING))
    document = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    iam.put_role_policy(RoleName="lifecycle", PolicyName="stage", PolicyDocument=document)
    sts = world.client("sts", account=TOOLING, region=REGION)
    role = f"arn:aws:iam::{BUILD}:role/lifecycle"
    given = sts.assume_role(RoleArn=role, RoleSessionName="recorder")["Credentials"]
    import boto3

    endpoint = world.client("sagemaker", account=BUILD, region=REGION).meta.endpoint_url
    return boto3.client(
        "sagemaker",
        region_name=REGION,
        endpoint_url=endpoint,
        aws_access_key_id=given["AccessKeyId"],
        aws_secret_access_key=given["SecretAccessKey"],
        aws_session_token=given["SessionToken"],
    )


def test_stages_are_set_and_nothing_is_approved(
    world: EmbeddedAws, recorder: Any, registry: Callable[..., str], act_in: Callable[[str], Access], group: Group
) -> None:
    arn = registry("PendingManualApproval")
    for stage in STAGES.values():
        reached = {"Stage": stage, "StageStatus": DEPLOYED, "StageDescription": "Deploy-x by promotion y"}
        recorder.update_model_package(ModelPackageArn=arn, ModelLifeCycle=reached)
    production = {"Stage": "Production", "StageStatus": DEPLOYED}
    for refused in (
        {"ModelApprovalStatus": "Approved"},
        {"ModelApprovalStatus": "Approved", "ModelLifeCycle": production},
        {"ModelApprovalStatus": "Rejected", "ModelLifeCycle": production},
        {"ModelLifeCycle": {"Stage": ARCHIVED, "StageStatus": RETIRED}},
        {"ModelLifeCycle": {"Stage": "Production", "StageStatus": "Approved"}},
        {"CustomerMetadataProperties": {"Mse": "0"}},
    ):
        with pytest.raises(ClientError, match="not authorized to perform: sagemaker:UpdateModelPackage"):
            recorder.update_model_package(ModelPackageArn=arn, **refused)
    with pytest.raises(ClientError, match="not authorized"):
        recorder.delete_model_package(ModelPackageName=arn)

    (version,) = packages.versions(act_in(BUILD), group)
    assert (version.status, version.stage, version.stage_status) == ("PendingManualApproval", "Production", DEPLOYED)
    found = lineage(act_in(BUILD), [group], "churn", 1)
    shown = dict(dict(parts(found))["version"])
    assert shown["stage"] == "Production, Deployed: Deploy-x by promotion y"
