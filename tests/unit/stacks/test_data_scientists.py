"""Data scientists whom a group names: what the registry's key and bucket say of their roles."""

from __future__ import annotations

import copy
from typing import Any

from tests.unit.stacks.conftest import StorePolicies

SCIENTISTS = ["arn:aws:iam::222222222222:role/team/a", "arn:aws:iam::222222222222:role/b"]


def test_key_and_bucket_let_them_read_reports_and_nothing_else(synthesize: Any, parameters: Any) -> None:
    changed = copy.deepcopy(parameters)
    changed["deployment-groups"][0]["dataScientists"] = SCIENTISTS
    made = synthesize(changed)
    group = made.group("research")
    resources = StorePolicies.of(made.build("research"), group.registry, group.models).resources
    key = resources["key"]["Properties"]["KeyPolicy"]["Statement"]
    (reports,) = [each for each in key if each["Sid"] == "Reports"]
    assert reports["Action"] == "kms:Decrypt"
    assert reports["Principal"] == {"AWS": "arn:aws:iam::222222222222:root"}
    assert reports["Condition"] == {
        "ArnEquals": {"aws:PrincipalArn": sorted(SCIENTISTS)},
        "StringEquals": {"kms:ViaService": "s3.eu-west-1.amazonaws.com"},
    }
    bucket = resources["bucket policy"]["Properties"]["PolicyDocument"]["Statement"]
    (only,) = [each for each in bucket if each["Sid"] == "ReportsOnly"]
    assert only == {
        "Sid": "ReportsOnly",
        "Effect": "Deny",
        "Principal": "*",
        "Action": ["s3:GetObject", "s3:GetObjectVersion"],
        "NotResource": f"{group.registry.bucket.arn}/runs/*.json",
        "Condition": {"ArnEquals": {"aws:PrincipalArn": sorted(SCIENTISTS)}},
    }


def test_without_them_nothing_of_it_is_there(assembly: Any) -> None:
    group = assembly.group("research")
    resources = StorePolicies.of(assembly.build("research"), group.registry, group.models).resources
    statements = [
        *resources["key"]["Properties"]["KeyPolicy"]["Statement"],
        *resources["bucket policy"]["Properties"]["PolicyDocument"]["Statement"],
    ]
    assert not {"Reports", "ReportsOnly"} & {each["Sid"] for each in statements}
