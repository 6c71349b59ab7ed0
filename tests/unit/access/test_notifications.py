"""Topics that tell people: EventBridge alone publishes, and what would let anybody else in is named."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from model_cicd.access.deployment import Deployment, load_groups
from model_cicd.access.policy_simulation import EFFECTIVE, RESOURCE
from model_cicd.access.report import Report, make_report
from model_cicd.sagemaker_model_cicd.settings.load import load
from model_cicd.sagemaker_model_cicd.topology import Topology, build
from tests.unit.access.conftest import CHAT, Parameters
from tests.unit.stacks.conftest import ROOT, environment

EMAILS = {"emails": ["ml@example.com"]}
KINDS = ("notification topic", "notification key")


@pytest.fixture(scope="module")
def told(parameters: Parameters) -> Parameters:
    research, live = parameters["deployment-groups"]
    research = research | {"schedule": "rate(1 day)"}
    live = live | {"notifications": {"chatConfigurationArn": CHAT}}
    return parameters | {"notifications": EMAILS, "dashboards": True, "deployment-groups": [research, live]}


@pytest.fixture(scope="module")
def topology(told: Parameters) -> Topology:
    return build(*load(environment(told, "eu-west-1")))


@pytest.fixture(scope="module")
def directory(deploy: Callable[..., Deployment], told: Parameters, tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("told")
    deploy(told, directory=made)
    return made / "cdk.out"


@pytest.fixture(scope="module")
def report(topology: Topology, directory: Path) -> Report:
    return make_report(load_groups(topology, directory, ROOT))


def test_everything_is_as_expected(report: Report) -> None:
    assert [str(each) for each in report.differences] == []
    topics = [each.label for each in report.deployment.simulation.resources if each.kind == "notification topic"]
    assert topics == ["notification topic", "notification topic of live"]


def test_eventbridge_alone_publishes_and_uses_the_key_for_that_topic(report: Report) -> None:
    found: dict[str, set[str]] = {}
    for cell in report.cells:
        if cell.resource.kind in KINDS and cell.layer == RESOURCE and not cell.principal.account:
            found.setdefault(cell.principal.kind, set()).add(cell.grant)
    key = {"kms:Decrypt (for its topic)", "kms:GenerateDataKey (for its topic)"}
    assert found == {"EventBridge": {"sns:Publish", *key}}
    used = {cell.grant for cell in report.cells if cell.resource.kind == KINDS[1] and cell.principal.account}
    assert not any(each.startswith(("kms:Decrypt", "kms:GenerateDataKey", "kms:Encrypt")) for each in used)
    topics = {
        cell.principal.kind
        for cell in report.cells
        if cell.resource.kind == KINDS[0] and cell.layer in (EFFECTIVE, RESOURCE)
    }
    assert topics == {"EventBridge"}


def test_a_training_build_tells_of_its_own_groups_versions_alone(report: Report) -> None:
    found = {
        (cell.principal.label, cell.grant)
        for cell in report.cells
        if cell.resource.kind == "event bus" and "versions" in cell.grant and cell.layer == EFFECTIVE
    }
    own = "events:PutEvents (of its versions)"
    assert found == {(f"training build role of {group}", own) for group in ("research", "live")}


def test_a_training_build_measures_its_own_group_alone(report: Report) -> None:
    found = {
        (cell.principal.label, cell.grant)
        for cell in report.cells
        if cell.grant.startswith("cloudwatch:PutMetricData") and cell.principal.kind == "training build role"
    }
    own = "cloudwatch:PutMetricData (of its trainings)"
    assert found == {(f"training build role of {group}", own) for group in ("research", "live")}


def test_who_waits_for_nothing_tells_of_failed_executions_alone(
    deploy: Callable[..., Deployment], told: Parameters
) -> None:
    research, live = told["deployment-groups"]
    report = make_report(deploy(told | {"deployment-groups": [research | {"training": {"wait": False}}, live]}))
    assert [str(each) for each in report.differences] == []
    found = {
        cell.principal.label
        for cell in report.cells
        if cell.grant == "events:PutEvents (of executions)" and cell.layer in (EFFECTIVE, RESOURCE)
    }
    assert found == {"forward role of research"}


Resource = dict[str, Any]


def _all_metrics(properties: Resource) -> None:
    for statement in properties["Policies"][0]["PolicyDocument"]["Statement"]:
        if statement["Sid"] == "Measure":
            statement["Condition"] = {"StringEquals": {"cloudwatch:namespace": "model-cicd/another-group"}}


def _all_events(properties: Resource) -> None:
    for statement in properties["Policies"][0]["PolicyDocument"]["Statement"]:
        if statement["Sid"] == "Tell":
            statement.pop("Condition")


def _first_statement(**parts: Any) -> Callable[[Resource], None]:
    def change(properties: Resource) -> None:
        properties["PolicyDocument"]["Statement"][0] |= parts

    return change


def _any_use(properties: Resource) -> None:
    properties["KeyPolicy"]["Statement"][-1].pop("Condition", None)


WIDENED: list[tuple[str, Callable[[Resource], None], str]] = [
    ("SNS::TopicPolicy", _first_statement(Principal={"AWS": "*"}), "lets in AWS *"),
    ("SNS::TopicPolicy", _first_statement(Principal={"Service": "lambda.amazonaws.com"}), "lambda"),
    ("SNS::TopicPolicy", _first_statement(Action=["sns:Publish", "sns:Subscribe"]), "sns:Subscribe"),
    ("SNS::Topic", lambda each: each.update(KmsMasterKeyId="alias/aws/sns"), "encrypted: got alias/aws/sns"),
    ("IAM::Role", _all_events, "events:PutEvents (forged), events:PutEvents (of SageMaker)"),
    ("IAM::Role", _all_metrics, "cloudwatch:PutMetricData (of another group's trainings)"),
    ("KMS::Key", _any_use, "kms:Decrypt, kms:Decrypt (for another topic)"),
    (
        "SNS::Subscription",
        lambda each: each.update(Endpoint="x@example.org"),
        "x@example.org) is none that is expected",
    ),
    ("SNS::Subscription", lambda each: each.update(Protocol="sms"), "protocol: got sms, expected email"),
    (
        "Events::Rule",
        lambda each: each.update(EventPattern={"source": ["aws.codepipeline"]}),
        "promoted): pattern: got",
    ),
    (
        "Events::Rule",
        lambda each: each["Targets"][0].update(Arn="arn:aws:sns:eu-west-1:999999999999:x"),
        "targets: got",
    ),
]


@pytest.mark.parametrize("case", WIDENED, ids=[each[2] for each in WIDENED])
def test_what_is_wider_is_named(
    directory: Path, topology: Topology, tmp_path: Path, case: tuple[str, Callable[[Resource], None], str]
) -> None:
    kind, change, said = case
    out = Path(shutil.copytree(directory, tmp_path / "cdk.out"))
    for path in out.glob("*.template.json"):
        template = json.loads(path.read_text(encoding="utf-8"))
        for name, each in template["Resources"].items():
            if each["Type"] == f"AWS::{kind}" and name.startswith(("Notifications", "Tell", "TrainRole")):
                change(each["Properties"])
        path.write_text(json.dumps(template), encoding="utf-8")
    differences = [str(each) for each in make_report(load_groups(topology, out, ROOT)).differences]
    assert any(said in each for each in differences), differences


def test_a_second_policy_of_a_topic_is_named(directory: Path, topology: Topology, tmp_path: Path) -> None:
    out = Path(shutil.copytree(directory, tmp_path / "cdk.out"))
    path = out / f"{topology.groups[1].tooling_stack_name}.template.json"
    template = json.loads(path.read_text(encoding="utf-8"))
    topic = topology.tooling.notifications.topic.arn if topology.tooling.notifications else ""
    everybody = {"Effect": "Allow", "Principal": "*", "Action": "sns:Publish", "Resource": topic}
    for name, topics in (("Second", [topic]), ("Unknown", ["what"])):
        properties = {"Topics": topics, "PolicyDocument": {"Version": "2012-10-17", "Statement": [everybody]}}
        template["Resources"][name] = {"Type": "AWS::SNS::TopicPolicy", "Properties": properties}
    path.write_text(json.dumps(template), encoding="utf-8")
    found = make_report(load_groups(topology, out, ROOT)).differences
    said = {str(each).partition("TopicPolicy ")[2]: each.unreadable for each in found if "TopicPolicy" in str(each)}
    assert said[f"is another policy of the topic {topic}, expected one"]
    assert said["is of the topic 'what', expected the ARN of one"]
