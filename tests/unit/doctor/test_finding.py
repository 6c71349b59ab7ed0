"""Findings as people and programs read them, and what a manifest needs."""

from __future__ import annotations

from pathlib import Path

from model_cicd.doctor.finding import OK, STOPS, WARNING, Finding, as_text, ordered
from model_cicd.doctor.needs import sites_of
from model_cicd.pipeline.instances import images, instances

ROOT = Path(__file__).parents[3]
A, B = "111111111111", "222222222222"


def finding(severity: str, account: str, message: str, mend: str = "") -> Finding:
    return Finding(severity, account, "us-east-1", "quotas", message, mend)


FINDINGS = [
    finding(OK, A, "fine"),
    finding(WARNING, B, "perhaps"),
    finding(STOPS, B, "ml.m5.large for training job usage: the quota is 0, 1 needed, which is more", "aws a --b c"),
    finding(STOPS, B, "ml.m5.large for training job usage: the quota is 0, 1 needed, which is more", "aws a --b c"),
]


def test_accounts_come_in_order_and_what_stops_a_deployment_comes_first_and_once() -> None:
    assert ordered(reversed(FINDINGS)) == [FINDINGS[0], FINDINGS[2], FINDINGS[1]]


def test_the_text_has_a_line_for_each_finding_and_its_command_below() -> None:
    text = as_text(ordered(FINDINGS), {(B, "us-east-1"): "build account of churn"}, whole=False)
    assert text.splitlines() == [
        f"{B} us-east-1, build account of churn",
        "  stops    quotas: ml.m5.large for training job usage: the quota is 0, 1 needed, which is more",
        "             aws a --b c",
        "  warning  quotas: perhaps",
        "",
        "1 thing stops a deployment, 1 warning, 1 in order, in 2 accounts (--all shows what is in order)",
    ]
    assert "  ok       quotas: fine" in as_text(ordered(FINDINGS), {}, whole=True).splitlines()


def test_on_a_terminal_texts_are_broken_but_no_commands() -> None:
    command = "aws service-quotas request-service-quota-increase --service-code sagemaker --quota-code L-0123ABCD"
    text = as_text([finding(STOPS, B, FINDINGS[2].message, command)], {}, whole=False, width=60)
    lines = text.splitlines()
    assert lines[1:3] == [
        "  stops    quotas: ml.m5.large for training job usage: the",
        "           quota is 0, 1 needed, which is more",
    ]
    assert lines[3] == f"             {command}"


def test_what_the_sample_manifest_needs() -> None:
    sites = {site.place.account: site for site in sites_of(ROOT / "manifests" / "local" / "deployment.yaml")}
    assert sorted(sites) == [f"12345678901{number}" for number in (0, 2, 3, 4, 5, 6, 7)]
    tooling, build, prod = (sites[f"12345678901{number}"] for number in (0, 5, 7))
    assert (tooling.builds, len(tooling.names("pipeline")), len(tooling.names("repository"))) == (3, 5, 2)
    assert build.trusted == {"123456789010"}
    assert dict(build.instances) == {
        ("ml.m5.large", "training job"): 1,
        ("ml.m5.large", "processing job"): 1,
        ("ml.m5.large", "endpoint"): 1,
    }
    assert prod.updating["ml.m5.large", "endpoint"] == 2
    assert len(prod.names("endpoint")) == len(prod.names("role")) == 1


def test_instances_of_a_definition_are_the_most_of_one_step() -> None:
    def training(name: str, count: object, **more: object) -> dict[str, object]:
        resources = {"InstanceType": {"Get": "Parameters.Type"}, "InstanceCount": count, "VolumeSizeInGB": 5}
        image = "111111111111.dkr.ecr.us-east-1.amazonaws.com/own:1"
        arguments = {"ResourceConfig": resources, "AlgorithmSpecification": {"TrainingImage": image}, **more}
        return {"Name": name, "Type": "Training", "Arguments": arguments}

    transform = {"TransformResources": {"InstanceType": "ml.c5.xlarge", "InstanceCount": 4}}
    inside = {"Name": "If", "Type": "Condition", "Arguments": {"Conditions": [], "ElseSteps": [],
              "IfSteps": [{"Name": "T", "Type": "Transform", "Arguments": transform}]}}  # fmt: skip
    definition = {
        "Parameters": [{"Name": "Type", "Type": "String", "DefaultValue": "ml.m5.large"}],
        "Steps": [training("A", 1), training("B", 2), training("S", 3, EnableManagedSpotTraining=True), inside],
    }
    assert instances(definition) == {
        ("ml.m5.large", "training job"): 2,
        ("ml.m5.large", "spot training job"): 3,
        ("ml.c5.xlarge", "transform job"): 4,
    }
    assert images(definition) == ["111111111111.dkr.ecr.us-east-1.amazonaws.com/own:1"]
