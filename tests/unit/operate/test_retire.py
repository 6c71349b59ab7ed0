"""`model-cicd retire` against a registry, a promotion pipeline and an environment: what serves stays, the rest goes."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from botocore.exceptions import ClientError

from model_cicd.aws.life_cycle import ARCHIVED, RETIRED
from model_cicd.aws.place import Named
from model_cicd.aws.place import Place as At
from model_cicd.aws.resources import APPROVE, PackageGroup, RegistryStore
from model_cicd.aws.retention import Retention
from model_cicd.constructs.approvers import retirement
from model_cicd.lineage.approvals import approvals_of
from model_cicd.operate.access import Access, DeniedError
from model_cicd.operate.records import Group, Trainer
from model_cicd.operate.retire import Wanted, retire
from model_cicd.text.errors import ModelCicdError
from tests.emulator.codepipeline.conftest import Lab, action, stage
from tests.emulator.roles import almighty
from tests.unit.operate.conftest import BUILD, MODELS, REGION, TOOLING, make_group, place, trusting

if TYPE_CHECKING:
    from rehearsal.embedded_aws import EmbeddedAws

pytestmark = pytest.mark.slow

AT = At("aws", BUILD, REGION)
RETIRER = f"arn:aws:iam::{BUILD}:role/retirer"
PIPELINE = "churn-promotion"
TEMPLATE = {
    "Parameters": {name: {"Type": "String"} for name in ("ModelPackageArn", "Version")},
    "Resources": {
        "Serving": {"Type": "AWS::SSM::Parameter", "Properties": {"Type": "String", "Value": {"Ref": "Version"}}}
    },
    "Outputs": {name: {"Value": {"Ref": name}} for name in ("ModelPackageArn", "Version")},
}
ALL = Wanted(Retention(keep=1, older_than_days=0, served_within_days=0))


def deployment(mode: str, order: int, **more: str) -> dict[str, Any]:
    given = {"ActionMode": mode, "StackName": "churn-dev", "ChangeSetName": "promotion", **more}
    given |= {"RoleArn": f"arn:aws:iam::{TOOLING}:role/cfn"} if order == 1 else {}
    return action(f"Deploy{order}", "Deploy", "CloudFormation", given, order=order, into=["src"] if order == 1 else [])


@dataclass
class Shop:
    """A group with one environment, and what its versions are."""

    world: EmbeddedAws
    lab: Lab
    group: Group
    sagemaker: Any
    s3: Any

    def register(self, status: str = "Approved") -> str:
        number = len(self.sagemaker.list_model_packages(ModelPackageGroupName=MODELS)["ModelPackageSummaryList"]) + 1
        key = f"models/{number}/model.tar.gz"
        self.s3.put_object(Bucket="registry-of-churn", Key=key, Body=b"weights")
        container = {
            "Image": f"683313688378.dkr.ecr.{REGION}.amazonaws.com/sagemaker-xgboost:1.7-1",
            "ModelDataUrl": f"s3://registry-of-churn/{key}",
        }
        made = self.sagemaker.create_model_package(
            ModelPackageGroupName=MODELS,
            ModelApprovalStatus=status,
            InferenceSpecification={
                "Containers": [container],
                "SupportedContentTypes": ["text/csv"],
                "SupportedResponseMIMETypes": ["text/csv"],
            },
        )
        return str(made["ModelPackageArn"])

    def promote(self, number: int) -> None:
        variables = [
            {"name": "ModelPackageArn", "value": self.group.package_arn(number)},
            {"name": "Version", "value": str(number)},
        ]
        execution = self.lab.start(PIPELINE, variables=variables)
        self.lab.decide(PIPELINE, "Deploy-dev", APPROVE, "Approved", f"number {number} is better")
        assert self.lab.ended(PIPELINE, execution)["status"] == "Succeeded"

    def described(self, number: int) -> dict[str, Any]:
        found: dict[str, Any] = self.sagemaker.describe_model_package(ModelPackageName=self.group.package_arn(number))
        return found

    def objects(self) -> list[str]:
        found = self.s3.list_object_versions(Bucket="registry-of-churn").get("Versions", [])
        return sorted({each["Key"].split("/")[1] for each in found})


@pytest.fixture(scope="module")
def shop(world: EmbeddedAws) -> Iterator[Shop]:
    def client(service: str, account: str = TOOLING) -> Any:
        return world.client(service, account=account, region=REGION)

    lab = Lab(client)
    lab.role("cfn", {"Service": "cloudformation.amazonaws.com"})
    overrides = {name: f"#{{variables.{name}}}" for name in ("ModelPackageArn", "Version")}
    lab.commit("template", "main", {"template.json": json.dumps(TEMPLATE)})
    prepared = deployment(
        "CHANGE_SET_REPLACE", 1, TemplatePath="src::template.json", ParameterOverrides=json.dumps(overrides)
    )
    approval = action(APPROVE, "Approval", "Manual", {}, order=2)
    first = lab.create(
        PIPELINE,
        lab.source("template"),
        stage("Deploy-dev", prepared, approval, deployment("CHANGE_SET_EXECUTE", 3)),
        first="",
        pipelineType="V2",
        variables=[{"name": name, "defaultValue": "0"} for name in ("ModelPackageArn", "Version")],
    )
    lab.decide(PIPELINE, "Deploy-dev", APPROVE, "Rejected")  # AWS starts one by itself, about no version
    lab.ended(PIPELINE, first)
    almighty(client("iam", BUILD), "lookup", trusting(TOOLING))
    models = PackageGroup.at(AT, MODELS)
    registry = RegistryStore(
        AT, Named("registry-of-churn", AT.bucket("registry-of-churn")), Named("", ""), Named("", "")
    )
    iam = client("iam", BUILD)
    iam.create_role(RoleName="retirer", AssumeRolePolicyDocument=trusting(TOOLING))
    statements = [each.json() for each in retirement(models, registry, ["models/"])]
    document = json.dumps({"Version": "2012-10-17", "Statement": statements})
    iam.put_role_policy(RoleName="retirer", PolicyName="retirer", PolicyDocument=document)
    sagemaker, s3 = client("sagemaker", BUILD), client("s3", BUILD)
    sagemaker.create_model_package_group(ModelPackageGroupName=MODELS)
    s3.create_bucket(Bucket="registry-of-churn")
    s3.put_bucket_versioning(Bucket="registry-of-churn", VersioningConfiguration={"Status": "Enabled"})
    group = make_group(
        places=(place("dev", TOOLING, "dev"),), registry_bucket="registry-of-churn", trainer=Trainer("churn-pipeline")
    )
    made = Shop(world, lab, group, sagemaker, s3)
    for _ in range(4):
        made.register()
    made.register("PendingManualApproval")
    for number in (2, 3):
        made.promote(number)
    yield made


def now() -> datetime:
    return datetime.now(UTC) + timedelta(seconds=1)


def test_what_serves_and_what_a_rollback_goes_to_stay_and_nothing_is_changed_without_being_asked(
    shop: Shop, act_in: Callable[[str], Access]
) -> None:
    said: list[str] = []
    end = retire(act_in(TOOLING), shop.group, ALL, now(), said.append)
    assert [line.removeprefix("churn: ") for line in said] == [
        "version 5 (PendingManualApproval) stays: among the newest 1",
        "version 4 (Approved) would be retired: 0 days old, not among the newest 1, serves nowhere",
        "version 3 (Approved) stays: serves in dev",
        "version 2 (Approved) stays: a rollback of dev goes to it",
        "version 1 (Approved) would be retired: 0 days old, not among the newest 1, serves nowhere",
    ]
    assert end == "churn: nothing was changed; --apply retires, --delete deletes what is retired as well"
    assert {shop.described(number)["ModelApprovalStatus"] for number in (1, 4)} == {"Approved"}


def test_who_may_not_see_what_serves_retires_nothing(shop: Shop, act_in: Callable[[str], Access]) -> None:
    with pytest.raises(DeniedError, match=f"account {TOOLING}"):
        retire(act_in(BUILD), shop.group, ALL, now(), print)


def test_without_the_record_of_promotions_nothing_is_retired(shop: Shop, act_in: Callable[[str], Access]) -> None:
    other = make_group(pipeline_name="gone", places=shop.group.places)
    with pytest.raises(ModelCicdError, match="no promotion pipeline gone, which has the record of what served"):
        retire(act_in(TOOLING), other, ALL, now(), print)


def test_the_registry_is_written_by_a_role_of_its_own_account(shop: Shop, act_in: Callable[[str], Access]) -> None:
    asked = Wanted(ALL.retention, apply=True, yes=True)
    with pytest.raises(DeniedError, match=r"name a role of it that has the policy .*churn-approver with --retirer"):
        retire(act_in(TOOLING), shop.group, asked, now(), print)
    with pytest.raises(ModelCicdError, match="rejects and archives versions 4, 1 of churn; not done: add --yes"):
        retire(act_in(TOOLING), shop.group, Wanted(ALL.retention, apply=True, role_arn=RETIRER), now(), print)


def test_the_policy_lets_nobody_approve_or_delete_what_is_not_archived(
    shop: Shop, act_in: Callable[[str], Access]
) -> None:
    client = act_in(TOOLING).as_role("sagemaker", role_arn=RETIRER, region=REGION)
    arn = shop.group.package_arn(3)
    archived = {"Stage": ARCHIVED, "StageStatus": RETIRED}
    for given in (
        {"ModelApprovalStatus": "Approved"},
        {"ModelApprovalStatus": "Rejected"},
        {"ModelLifeCycle": archived},
        {"ModelApprovalStatus": "Approved", "ModelLifeCycle": archived},
        {"ModelApprovalStatus": "Rejected", "ModelLifeCycle": {"Stage": "Production", "StageStatus": RETIRED}},
        {"CustomerMetadataProperties": {"Mse": "0"}},
    ):
        with pytest.raises(ClientError, match="not authorized to perform: sagemaker:UpdateModelPackage"):
            client.update_model_package(ModelPackageArn=arn, **given)
    with pytest.raises(ClientError, match="not authorized to perform: sagemaker:DeleteModelPackage"):
        client.delete_model_package(ModelPackageName=arn)


def test_versions_are_rejected_and_archived_and_deleted_only_when_that_is_wanted(
    shop: Shop, act_in: Callable[[str], Access]
) -> None:
    said: list[str] = []
    asked = Wanted(ALL.retention, apply=True, yes=True, role_arn=RETIRER)
    assert retire(act_in(TOOLING), shop.group, asked, now(), said.append) == "churn: 2 retired"
    for number in (1, 4):
        found = shop.described(number)
        assert found["ModelApprovalStatus"] == "Rejected"
        assert (found["ModelLifeCycle"]["Stage"], found["ModelLifeCycle"]["StageStatus"]) == ("Archived", "Retired")
        assert found["ApprovalDescription"] == "retired: 0 days old, not among the newest 1, serves nowhere"
    assert shop.objects() == ["1", "2", "3", "4", "5"]

    assert retire(act_in(TOOLING), shop.group, asked, now(), said.append) == "churn: nothing to retire"
    assert said[-1] == "churn: version 1 (Rejected) is retired: was retired before"

    asked = Wanted(ALL.retention, apply=True, delete=True, yes=True, role_arn=RETIRER)
    assert retire(act_in(TOOLING), shop.group, asked, now(), said.append) == "churn: 0 retired, 2 deleted"
    assert said[-1] == "churn: version 1 is deleted, with 1 objects of its models"
    assert shop.objects() == ["2", "3", "5"]
    left = shop.sagemaker.list_model_packages(ModelPackageGroupName=MODELS)["ModelPackageSummaryList"]
    assert sorted(each["ModelPackageVersion"] for each in left) == [2, 3, 5]


def test_what_served_lately_stays_after_the_next_promotion(shop: Shop, act_in: Callable[[str], Access]) -> None:
    shop.register()
    shop.promote(6)
    said: list[str] = []
    lately = Wanted(Retention(keep=1, older_than_days=0, served_within_days=1))
    retire(act_in(TOOLING), shop.group, lately, now(), said.append)
    today = datetime.now(UTC).date()
    assert [line.removeprefix("churn: ") for line in said] == [
        "version 6 (Approved) stays: serves in dev",
        "version 5 (PendingManualApproval) would be retired: 0 days old, not among the newest 1, serves nowhere",
        "version 3 (Approved) stays: a rollback of dev goes to it",
        f"version 2 (Approved) stays: served in dev until {today}, within 1 days",
    ]


def test_who_answered_for_a_version_is_in_the_record_of_its_promotions(
    shop: Shop, act_in: Callable[[str], Access]
) -> None:
    (answer,) = approvals_of(act_in(TOOLING), shop.group, 3)
    assert (answer.stage, answer.status, answer.comment) == ("Deploy-dev", "Approved", "number 3 is better")
    assert answer.by.startswith(f"arn:aws:iam::{TOOLING}:")
    assert answer.at.startswith(str(datetime.now(UTC).date()))
    assert approvals_of(act_in(TOOLING), shop.group, 4) == []
    with pytest.raises(DeniedError):
        approvals_of(act_in(BUILD), shop.group, 3)
