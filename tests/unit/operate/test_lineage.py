"""The lineage: what is read of a registry, which version is meant, and how it is shown."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from html.parser import HTMLParser
from typing import TYPE_CHECKING

import pytest

from model_cicd.lineage.approvals import _answered
from model_cicd.lineage.card import as_card
from model_cicd.lineage.document import as_json
from model_cicd.lineage.executions import _processing, _training
from model_cicd.lineage.page import as_html
from model_cicd.lineage.read import lineage
from model_cicd.lineage.records import Container, Decision, Execution, Job, Lineage, StageApproval
from model_cicd.lineage.text import as_text
from model_cicd.operate.access import Access
from model_cicd.operate.decide import approve, reject
from model_cicd.operate.packages import Version
from model_cicd.operate.records import Group
from model_cicd.operate.serving import Serving
from model_cicd.promotion.release import CANDIDATE, Release, description
from model_cicd.promotion.release import DIGEST as DIGEST_OF
from model_cicd.text.errors import ModelCicdError
from tests.unit.operate.conftest import BUILD, PROD, REGION, TOOLING, make_group

if TYPE_CHECKING:
    from rehearsal.embedded_aws import EmbeddedAws

Act = Callable[[str], Access]
Register = Callable[..., str]

GROUP = make_group(release_group_name="churn-releases")
ARN = GROUP.package_arn(2)
RELEASE = f"arn:aws:sagemaker:{REGION}:{BUILD}:model-package/churn-releases/7"
DIGEST = f"sha256:{'0' * 64}"
IMAGE = f"683313688378.dkr.ecr.{REGION}.amazonaws.com/sagemaker-xgboost@sha256:{'a' * 64}"
NOON = datetime(2026, 11, 29, 12, tzinfo=UTC)
TRAINING_JOB = f"arn:aws:sagemaker:{REGION}:{BUILD}:training-job/pipelines-abc-TrainModel-x"
PROPERTIES = {"CommitId": "b" * 40, "Branch": "main", "Mse": "3.5", "MaxMse": "4", "R2": "0.9"}
JOB = Job("TrainModel", TRAINING_JOB, IMAGE, "train.py", {"eta": "0.1", "max_depth": "2"}, "1 x ml.m5.large", 42)
RAN = Execution(
    f"arn:aws:sagemaker:{REGION}:{BUILD}:pipeline/churn/execution/abc", "Succeeded", "2026-11-28T11:00:00+00:00",
    f"arn:aws:sts::{TOOLING}:assumed-role/churn-train/run", "models main " + "b" * 40,
    {"InputDataUrl": "s3://data/abalone.csv", "NumRound": "50"}, (JOB,),
)  # fmt: skip
FOUND = Lineage(
    group=GROUP,
    version=Version(2, ARN, "Approved", "2026-11-28T12:00:00+00:00", "b" * 40, {}, "", ""),
    properties=PROPERTIES,
    containers=(Container(IMAGE, f"sha256:{'a' * 64}", "s3://registry/models/model.tar.gz"),),
    decision=Decision("Approved", f"arn:aws:sts::{BUILD}:assumed-role/Lead/ann", "2026-11-28T13:00:00+00:00", "better"),
    execution=RAN,
    release=Release(RELEASE, 2, DIGEST),
    serves=((GROUP.places[1], Serving(2, RELEASE, DIGEST)),),
    approvals=(
        StageApproval("Deploy-live", "Approved", "arn/of/bob", "2026-11-28T14:00:00+00:00", "go <b>on</b>", "abc"),
    ),
)


def test_the_text_holds_at_80_columns_and_says_everything() -> None:
    text = as_text(FOUND, 80)
    whole = [line for line in text.splitlines() if len(line) > 80]
    assert [line for line in whole if " " in line.strip()] == [], "only a single long word is longer"
    for part in (ARN, RELEASE, DIGEST, IMAGE, TRAINING_JOB, "better", "eta=0.1", "1 x ml.m5.large, 42 s", "b" * 40):
        assert part in text
    assert "    Mse  3.5 (at most 4)\n    R2   0.9\n" in text
    assert f"serves in  live (prod), account {PROD} {REGION}" in as_text(FOUND)
    assert "    InputDataUrl  s3://data/abalone.csv\n" in text
    assert "    NumRound  50\n" in text


def test_what_is_not_known_is_said_with_the_reason() -> None:
    blind = replace(FOUND, execution=None, release=None, serves=(), unknown={"execution": "no permission: x on y"})
    lines = as_text(blind).splitlines()
    assert lines[lines.index("  execution") + 1] == "    unknown"
    assert lines[lines.index("  release") + 1] == "    was never released"
    assert lines[lines.index("  jobs") + 1] == "    unknown"
    assert lines[-2:] == ["  unknown", "    execution  no permission: x on y"]
    assert blind.code.branch == "main"
    data = as_json(blind)
    assert (data["execution"], data["release"], data["jobs"]) == (None, None, [])
    assert data["unknown"] == {"execution": "no permission: x on y"}
    assert "no permission: x on y" in as_html(blind)


def test_the_json_has_numbers_with_their_thresholds_and_digests() -> None:
    data = json.loads(json.dumps(as_json(FOUND)))
    assert data["metrics"] == [
        {"name": "Mse", "value": 3.5, "bound": "max", "threshold": 4.0},
        {"name": "R2", "value": 0.9, "bound": None, "threshold": None},
    ]
    assert data["release"] == {"arn": RELEASE, "digest": DIGEST}
    assert data["jobs"][0]["imageDigest"] == f"sha256:{'a' * 64}"
    assert data["data"] == {"InputDataUrl": "s3://data/abalone.csv"}
    assert data["code"] == {"repository": "models", "branch": "main", "commit": "b" * 40}
    assert [each["name"] for each in data["environments"]] == ["live"]


def test_approvals_of_stages_have_who_when_and_the_comment() -> None:
    lines = as_text(FOUND).splitlines()
    answer = "Approved by arn/of/bob, 2026-11-28T14:00:00+00:00: go <b>on</b>"
    assert lines[lines.index("  approvals") + 1] == f"    Deploy-live  {answer}"
    assert as_json(FOUND)["approvals"] == [
        {
            "stage": "Deploy-live", "status": "Approved", "by": "arn/of/bob", "at": "2026-11-28T14:00:00+00:00",
            "comment": "go <b>on</b>", "execution": "abc",
        }
    ]  # fmt: skip
    page = as_html(FOUND)
    assert "bob, 2026-11-28" in page and "<b>" not in page
    custom = json.loads(as_card(FOUND))["additional_information"]["custom_details"]
    assert custom["StageApprovals"] == "Deploy-live Approved by arn/of/bob"
    blind = as_text(replace(FOUND, approvals=(), unknown={"approvals": "no permission: x on y"})).splitlines()
    assert blind[blind.index("  approvals") + 1] == "    unknown"
    none = as_text(replace(FOUND, approvals=())).splitlines()
    assert none[none.index("  approvals") + 1] == "    none was answered"


def test_the_approval_of_a_shadow_is_told_from_that_of_the_change_set() -> None:
    ran = {
        "stageName": "Deploy-live", "pipelineExecutionId": "abc", "status": "Succeeded", "updatedBy": "arn/of/bob",
        "lastUpdateTime": NOON,
    }  # fmt: skip
    found = _answered([{**ran, "actionName": name} for name in ("ApproveShadow", "Approve")])
    assert [each.stage for each in found] == ["Deploy-live (shadow)", "Deploy-live"]


def test_the_page_escapes_what_others_wrote() -> None:
    page = as_html(replace(FOUND, decision=Decision("Rejected", "somebody", "now", "<script>alert(1)</script>")))
    HTMLParser().feed(page)
    assert "<script>" not in page
    assert "&lt;script&gt;" in page
    assert 'class="verdict bad"' in page


def test_a_model_card_is_one_line_within_the_limits_of_its_schema() -> None:
    """https://docs.aws.amazon.com/sagemaker/latest/dg/model-registry-details.html has the schema."""
    job = replace(JOB, hyperparameters={"long": "x" * 300, "empty": "", **{f"p{each}": "1" for each in range(200)}})
    decision = replace(FOUND.decision, reason="two\nlines " + "y" * 2000)
    text = as_card(replace(FOUND, execution=replace(RAN, jobs=(job,)), decision=decision))
    assert "\n" not in text
    card = json.loads(text)
    assert (card["model_overview"]["model_name"], card["model_overview"]["model_version"]) == ("churn-models", 2)
    trained = card["training_details"]["training_job_details"]
    assert (trained["training_arn"], trained["training_datasets"]) == (TRAINING_JOB, ["s3://data/abalone.csv"])
    assert trained["hyper_parameters"][0] == {"name": "long", "value": "x" * 255}
    assert (len(trained["hyper_parameters"]), trained["hyper_parameters"][1]["name"]) == (100, "p0")
    (group,) = card["evaluation_details"][0]["metric_groups"]
    assert group["metric_data"][0] == {"name": "Mse", "type": "number", "value": 3.5, "notes": "Mse 3.5 (at most 4)"}
    custom = card["additional_information"]["custom_details"]
    assert (custom["Digest"], custom["Commit"], custom["Release"]) == (DIGEST, "b" * 40, RELEASE)
    assert custom["Reason"].startswith("two lines yyy")
    assert max(map(len, custom.values())) == 1024
    blind = json.loads(as_card(replace(FOUND, execution=None, release=None, properties={})))
    assert sorted(blind) == ["additional_information", "model_overview"]


def test_jobs_are_read_as_sagemaker_describes_them() -> None:
    training = _training(
        "Train",
        {
            "TrainingJobArn": TRAINING_JOB,
            "AlgorithmSpecification": {"TrainingImage": IMAGE},
            "HyperParameters": {"sagemaker_program": "train.py", "eta": "0.1"},
            "ResourceConfig": {"InstanceType": "ml.m5.large", "InstanceCount": 2},
            "BillableTimeInSeconds": 42,
        },
    )
    assert training == Job("Train", TRAINING_JOB, IMAGE, "train.py", {"eta": "0.1"}, "2 x ml.m5.large", 42)
    assert training.image_digest == f"sha256:{'a' * 64}"
    processing = _processing(
        "Prepare",
        {
            "ProcessingJobArn": "arn:job",
            "AppSpecification": {"ImageUri": "image:1", "ContainerEntrypoint": ["python3", "x.py"]},
            "ProcessingResources": {"ClusterConfig": {"InstanceType": "ml.m5.large", "InstanceCount": 1}},
            "ProcessingStartTime": NOON,
            "ProcessingEndTime": NOON + timedelta(seconds=7),
        },
    )
    assert processing == Job("Prepare", "arn:job", "image:1", "python3 x.py", {}, "1 x ml.m5.large", 7)
    assert processing.image_digest == ""


@pytest.mark.slow
def test_a_version_is_named_by_group_and_number_or_by_its_arn(act_in: Act, registry: Register, group: Group) -> None:
    arn = registry("PendingManualApproval", **PROPERTIES)
    access = act_in(BUILD)
    found = lineage(access, [group], "churn", 1)
    assert (found.version.arn, found.code.commit, found.decision) == (arn, "b" * 40, Decision("PendingManualApproval"))
    assert found.containers[0].artifact == "s3://registry/models/model.tar.gz"
    assert found.unknown["execution"] == "the version has no property PipelineExecutionArn"
    assert found.unknown["release"] == "the deployment is of before there were releases"
    assert found.unknown["environment live"].startswith("no permission: sts:AssumeRole on ")
    approve(access, group, 1, "looks good", yes=True, say=print)
    decided = lineage(access, [group], arn, None).decision
    assert (decided.status, decided.by, decided.reason) == ("Approved", access.who, "looks good")
    reject(access, group, 1, "drifts")
    assert lineage(access, [group], arn, None).decision.reason == "drifts"


@pytest.mark.slow
def test_what_is_not_there_is_said_with_what_is(act_in: Act, registry: Register, group: Group) -> None:
    registry("Approved")
    access = act_in(BUILD)
    with pytest.raises(ModelCicdError, match=r"churn: got version 9, expected one of 1 \(Approved\)"):
        lineage(access, [group], "churn", 9)
    with pytest.raises(ModelCicdError, match=r"got group 'chrun', expected one of churn \(did you mean 'churn'\?\)"):
        lineage(access, [group], "chrun", None)
    with pytest.raises(ModelCicdError, match="churn: got no version, and nothing is known to serve in live: name a VE"):
        lineage(access, [group], "churn", None)
    with pytest.raises(ModelCicdError, match=r"got arn:aws:.*/other/1, expected .*:model-package/churn-models/VERSION"):
        lineage(access, [group], group.package_arn(1).replace("churn-models", "other"), None)


@pytest.fixture
def releases(world: EmbeddedAws, registry: Register) -> Iterator[tuple[str, str]]:
    """A version, and the release of it as a promotion registers it."""
    version = registry("Approved", **PROPERTIES)
    client = world.client("sagemaker", account=BUILD, region=REGION)
    client.create_model_package_group(ModelPackageGroupName="churn-releases")
    made = client.create_model_package(
        ModelPackageGroupName="churn-releases",
        ModelPackageDescription=description(1),
        ModelApprovalStatus="Approved",
        CustomerMetadataProperties={**PROPERTIES, CANDIDATE: "1", DIGEST_OF: DIGEST},
        InferenceSpecification={
            "Containers": [
                {"Image": IMAGE.partition("@")[0] + ":1", "ModelDataUrl": "s3://registry/models/model.tar.gz"}
            ],
            "SupportedContentTypes": ["text/csv"],
            "SupportedResponseMIMETypes": ["text/csv"],
        },
    )
    yield version, made["ModelPackageArn"]
    client.delete_model_package(ModelPackageName=made["ModelPackageArn"])
    client.delete_model_package_group(ModelPackageGroupName="churn-releases")


@pytest.mark.slow
def test_a_release_leads_to_the_version_that_it_was_made_of(act_in: Act, releases: tuple[str, str]) -> None:
    version, release = releases
    access = act_in(BUILD)
    for name, number in ((release, None), (version, None), ("churn", 1)):
        found = lineage(access, [GROUP], name, number)
        assert (found.version.arn, found.release) == (version, Release(release, 1, DIGEST))
    assert as_text(found).count("serves in  no environment") == 1


@pytest.mark.slow
def test_a_package_that_no_promotion_made_is_no_release(act_in: Act, registry: Register) -> None:
    arn = registry("Approved", **PROPERTIES)
    group = make_group(model_package_group_name="of-versions", release_group_name="churn-models")
    with pytest.raises(ModelCicdError, match=f"{arn} has no property Candidate: no promotion of churn made it"):
        lineage(act_in(BUILD), [group], arn, None)
