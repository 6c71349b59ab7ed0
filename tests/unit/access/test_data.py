"""Data that others publish and that is kept here: is it still what they publish?"""

from __future__ import annotations

import importlib.util
import json
from pathlib import Path
from typing import Any

import pytest
import yaml

from model_cicd.access import actions, bootstrap
from model_cicd.access.actions import actions_on, changes
from model_cicd.access.assembly import Stack
from model_cicd.access.template_values import value_of
from model_cicd.aws.bootstrap import bootstrap_roles
from model_cicd.aws.place import Place

ROOT = Path(__file__).parents[3]
BOOTSTRAP = ROOT / "node_modules" / "aws-cdk" / "lib" / "api" / "bootstrap" / "bootstrap-template.yaml"


def script() -> Any:
    spec = importlib.util.spec_from_file_location("iam_actions", ROOT / "scripts" / "iam_actions.py")
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_actions_are_those_of_the_reference() -> None:
    written = Path(actions.__file__).with_name("actions.json").read_text(encoding="utf-8")
    assert written == script().text(), "run scripts/iam_actions.py"
    written = Path(actions.__file__).with_name("service_actions.json").read_text(encoding="utf-8")
    assert written == script().services_text(), "run scripts/iam_actions.py"


def test_whole_lists_and_not_what_the_templates_grant() -> None:
    counts = {kind: len(actions_on(kind)) for kind in ("s3:bucket", "s3:object", "kms:key", "codecommit:repository")}
    assert all(count > least for count, least in zip(counts.values(), (50, 30, 40, 70), strict=True)), counts
    assert "sagemaker:UpdateModelPackage" in actions_on("sagemaker:model-package")


@pytest.mark.parametrize(
    ("action", "expected"),
    [("s3:GetObject", False), ("s3:ListBucket", False), ("s3:PutBucketPolicy", True), ("kms:CreateGrant", True)],
)
def test_what_changes_something(action: str, expected: bool) -> None:
    assert changes(action) is expected


def test_bootstrap_roles_trust_what_the_template_of_the_cdk_says() -> None:
    if not BOOTSTRAP.is_file():
        pytest.skip("the CDK command is not installed")
    template = yaml.safe_load(BOOTSTRAP.read_text(encoding="utf-8"))
    parameters = {"TrustedAccounts": "111111111111"}
    stack = Stack("CDKToolkit", "222222222222", "eu-west-1", template, parameters)
    place = bootstrap_roles(Place("aws", "222222222222", "eu-west-1"))
    trust = bootstrap.bootstrap_trust(place, "111111111111")
    found = {}
    for logical_id, resource in template["Resources"].items():
        if resource["Type"] == "AWS::IAM::Role":
            name = value_of(stack, resource["Properties"]["RoleName"], (logical_id,))
            document = value_of(stack, resource["Properties"]["AssumeRolePolicyDocument"], (logical_id,))
            found[f"arn:aws:iam::222222222222:role/{name}"] = document["Statement"]
    assert set(found) == set(trust)
    for arn, statements in found.items():
        assumed = [each for each in statements if "sts:AssumeRole" in json.dumps(each["Action"])]
        (own,) = trust[arn]["Statement"]
        assert {_flat(each["Principal"]) for each in assumed} == {
            _flat({kind: value}) for kind, values in own["Principal"].items() for value in _listed(values)
        }
        assert all(each.get("Condition", {}) in ({}, own.get("Condition", {})) for each in assumed)


def _flat(principal: dict[str, Any]) -> str:
    return json.dumps({kind: _listed(value)[0] for kind, value in principal.items()}, sort_keys=True)


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]
