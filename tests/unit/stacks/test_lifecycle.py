"""What expires of a registry, by the settings of a group and by what a declared pipeline says of its storage."""

from __future__ import annotations

import copy
from typing import Any

import pytest

from model_cicd.pipeline.document import Storage
from model_cicd.sagemaker_pipeline.lifecycle import configured_lifecycle


@pytest.fixture(scope="module")
def research(synthesize: Any, parameters: Any) -> tuple[dict[str, Any], Any]:
    """The build stack of a group that says how long things are kept."""
    changed = copy.deepcopy(parameters)
    group = changed["deployment-groups"][0]
    group["runsExpireAfterDays"] = 45
    group["pipelineConfig"] = {
        "storage": {"prefix": "dev", "lifecycleRules": [{"prefix": "dev/old/", "expireAfterDays": 30}]},
        "steps": [
            {
                "name": "Prepare",
                "type": "Processing",
                "processing": {"imageUri": "xgboost:1.7-1", "instanceType": "ml.m5.large"},
            }
        ],
    }
    made = synthesize(changed)
    return made.build("research"), made.group("research")


def rules(template: dict[str, Any], bucket: str) -> dict[str, Any]:
    (found,) = [
        each["Properties"]["LifecycleConfiguration"]["Rules"]
        for each in template["Resources"].values()
        if each["Type"] == "AWS::S3::Bucket" and each["Properties"]["BucketName"] == bucket
    ]
    return {each["Id"]: each for each in found}


def test_runs_expire_by_a_setting(research: Any, assembly: Any) -> None:
    template, group = research
    assert rules(template, group.registry.bucket.name)["runs"]["ExpirationInDays"] == 45
    without = rules(assembly.build("research"), assembly.group("research").registry.bucket.name)
    assert "ExpirationInDays" not in without["runs"]


def test_the_rules_of_a_groups_pipeline_are_those_of_its_registry(research: Any) -> None:
    template, group = research
    found = rules(template, group.registry.bucket.name)
    configured = {name: each for name, each in found.items() if name.startswith("configured")}
    assert {name: (each["Prefix"], each["ExpirationInDays"]) for name, each in configured.items()} == {
        "configured-0-runs": ("runs/dev/old/", 30),
        "configured-0-models": ("models/dev/old/", 30),
    }


def test_the_ids_of_the_keys_are_published(research: Any) -> None:
    template, group = research
    names = {
        each["Properties"]["Name"] for each in template["Resources"].values() if each["Type"] == "AWS::SSM::Parameter"
    }
    assert {group.parameter("registry-key-id"), group.parameter("release-key-id")} <= names


@pytest.mark.parametrize(
    ("own", "given", "made"),
    [
        (None, "runs/", ["runs/"]),
        (None, None, [None]),
        ("dev", "dev/", ["runs/dev/", "models/dev/"]),
        ("/dev/", "dev", ["runs/dev", "models/dev"]),
        ("dev", "development/", ["development/"]),
        ("dev", None, [None]),
    ],
)
def test_prefixes(own: str | None, given: str | None, made: list[str | None]) -> None:
    rule = {"prefix": given, "expireAfterDays": 1}
    storage = Storage.model_validate({"prefix": own, "lifecycleRules": [rule]})
    assert [each["prefix"] for each in configured_lifecycle(storage)] == made
