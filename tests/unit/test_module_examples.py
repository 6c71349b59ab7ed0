"""Examples of public modules, and what is made up for what they take from others."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from scripts import coverage, module_surroundings
from scripts.module_examples import (
    Row,
    Surroundings,
    accounts_of,
    data_files,
    examples,
    filled,
    reason,
    rows_of,
    secret_names,
    stand_ins,
    table,
)  # fmt: skip

AROUND = Surroundings("111111111111", "eu-west-1", "vpc-1", ("subnet-1", "subnet-2"))
README = """
# Endpoint

```yaml
name: endpoint
path: modules/sagemaker/endpoint
parameters:
  - {name: package, value: "arn:aws:sagemaker:<region>:<account>:model-package/x/1"}
  - name: vpc-id
    valueFrom: {moduleMetadata: {group: networking, name: networking, key: VpcId}}
  - name: subnets
    valueFrom: {moduleMetadata: {group: networking, name: networking, key: PrivateSubnetIds}}
  - name: other
    valueFrom: {envVariable: PRIMARY_ACCOUNT}
  - {name: permissions-boundary-name, value: mine}
  - name: role
    valueFrom: {moduleMetadata: {group: studio, name: studio, key: ExecutionRoleArn}}
```

```json
{"VpcId": "vpc-1"}
```
"""
MANIFEST = """
name: other
path: git::https://github.com/awslabs/x.git//modules/sagemaker/other?ref=main
parameters: [{name: a, value: 1}]
---
name: endpoint
path: git::https://github.com/awslabs/x.git//modules/sagemaker/endpoint?ref=main
parameters: [{name: a, value: 2}]
"""


def test_the_first_declaration_of_the_module_counts() -> None:
    (found,) = examples([README], "sagemaker/endpoint")
    assert [each["name"] for each in found["parameters"]] == [
        "package",
        "vpc-id",
        "subnets",
        "other",
        "permissions-boundary-name",
        "role",
    ]
    (other,) = examples([MANIFEST], "sagemaker/endpoint")
    assert other["parameters"] == [{"name": "a", "value": 2}]
    assert list(examples([README, MANIFEST, "a: [", "text"], "sagemaker/none")) == []


def test_what_comes_from_others_is_made_up() -> None:
    (found,) = examples([README], "sagemaker/endpoint")
    assert {each["name"]: each["value"] for each in filled(found["parameters"], AROUND)} == {
        "package": "arn:aws:sagemaker:eu-west-1:111111111111:model-package/x/1",
        "vpc-id": "vpc-1",
        "subnets": ["subnet-1", "subnet-2"],
        "other": "111111111111",
        "role": "arn:aws:iam::111111111111:role/example",
    }


def test_reasons_are_a_line() -> None:
    refused = "a build ended\n  | ❌ x failed: The embedded AWS does not support: resource type AWS::X::Y (Z)\n  more"
    assert reason(refused) == "embedded AWS does not support: resource type AWS::X::Y (Z)"
    assert reason("docker: bundling: curl: the rehearsal\nerror: 1") == "docker: bundling: curl: the rehearsal"
    ended = "Subprocess exited with error 1\n[Container] 2026/11/30 Build FAILED"
    assert reason(f"one\nKeyError: 'x'\n{ended}") == "KeyError: 'x'"
    assert len(reason("x" * 500)) == 240


def test_stand_ins_are_those_that_a_refusal_names() -> None:
    said = "does not support: type AWS::EKS::Cluster (C); --stand-in AWS::EKS::Cluster --stand-in\n AWS::RDS::DB takes"
    assert stand_ins(said) == ["AWS::EKS::Cluster", "AWS::RDS::DB"]
    failed = "s | 1:2 PM | CREATE_FAILED | Custom::AWSCDK-EKS-KubernetesResource | a/b Received response"
    assert stand_ins(failed) == ["Custom::AWSCDK-EKS-KubernetesResource"]
    assert stand_ins("nothing") == []


def test_the_table_keeps_its_columns() -> None:
    made = table(
        [Row("aiops: a/b", "refused", "x | y", 12.4, "abc1234"), Row("aiops: c/d", "deployed", "", 3, "abc1234")]
    )
    assert made.splitlines()[-2] == "| `aiops: a/b` | refused | x / y | 12 | abc1234 |"
    assert rows_of(f"Text\n\n{made}\n\nMore\n") == [
        Row("aiops: a/b", "refused", "x / y", 12, "abc1234"),
        Row("aiops: c/d", "deployed", "", 3, "abc1234"),
    ]


@pytest.mark.programs
def test_the_page_says_what_was_not_tried(tmp_path: Path) -> None:
    for name in ("a/one", "a/two"):
        (tmp_path / "theirs" / "modules" / name).mkdir(parents=True)
        (tmp_path / "theirs" / "modules" / name / "deployspec.yaml").touch()
    modules = list(coverage.modules_of(tmp_path / "theirs"))
    assert [each.label for each in modules] == ["theirs: a/one", "theirs: a/two"]
    made = coverage.page(
        [tmp_path / "theirs"], modules, {"theirs: a/one": Row("theirs: a/one", "deployed", "", 60, "")}
    )
    assert "Each module of theirs (no clone) was deployed" in made
    assert "1 of 2 modules: 1 deployed.\n\n| module |" in made
    assert made.endswith("| `theirs: a/one` | deployed |  | 60 |  |\n\nNot tried: `theirs: a/two`.\n")


def test_places_without_brackets_are_filled_too() -> None:
    given = {"name": "bus", "value": "arn:aws:events:xx-xxxxx-xx:xxxxxxxxxxxx:event-bus/default"}
    assert filled([given], AROUND)[0]["value"] == "arn:aws:events:eu-west-1:111111111111:event-bus/default"


def test_data_files_are_those_of_the_repository() -> None:
    given = ["data/a.txt", "git::https://x.example/y.git//data/b", "../c", "/etc/passwd"]
    assert data_files({"dataFiles": [{"filePath": path} for path in given]}) == ["data/a.txt"]
    assert data_files({}) == []


def test_secrets_of_an_example_are_those_that_it_names() -> None:
    given = [
        {"name": "token-secret-name", "value": "a/b"},
        {"name": "HelmSecretName", "value": "c"},
        {"name": "secret"},
    ]
    assert secret_names(given) == ["a/b", "c"]


def test_accounts_of_an_example_are_those_that_it_names_alone() -> None:
    values = ['["111222333444", "222222222222"]', {"account": "333333333333"}, "arn:aws:iam::444444444444:role/x"]
    assert accounts_of([{"name": "a", "value": value} for value in values]) == [
        "111222333444",
        "222222222222",
        "333333333333",
    ]


def test_the_surroundings_of_modules_refer_to_what_is_in_them() -> None:
    made = module_surroundings.template()
    assert made["Resources"]["Private1Way"]["Properties"]["NatGatewayId"] == {"Ref": "Nat"}
    assert set(re.findall(r'"Ref": "(\w+)"', json.dumps(made))) <= set(made["Resources"])
