"""A large definition gets the ARN of its key: found where it is, made first where it is not."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import boto3
import pytest

from model_cicd.sagemaker_pipeline import app as pipeline_app
from model_cicd.sagemaker_pipeline import definition_key

pytestmark = pytest.mark.emulator  # moto

ALIAS = "alias/price-pipeline"
STORE: dict[str, Any] = {
    "Key": {"Type": "AWS::KMS::Key", "Properties": {}},
    "Alias": {
        "Type": "AWS::KMS::Alias",
        "Properties": {"AliasName": ALIAS, "TargetKeyId": {"Fn::GetAtt": ["Key", "x"]}},
    },
}
PIPELINE = {"Pipeline": {"Type": "AWS::SageMaker::Pipeline", "Properties": {}}}


@pytest.fixture(autouse=True)
def aws(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"):
        monkeypatch.setenv(name, "testing")
    from moto import mock_aws  # a second that only its tests need

    with mock_aws():
        yield


@pytest.fixture
def assembly(tmp_path: Path) -> Callable[..., str]:
    def write(resources: dict[str, Any]) -> str:
        properties = {"templateFile": "t.json", "lookupRole": {"arn": "arn:aws:iam::111111111111:role/lookup"}}
        stack = {
            "type": "aws:cloudformation:stack",
            "environment": "aws://111111111111/us-east-1",
            "properties": properties,
        }
        (tmp_path / "manifest.json").write_text(json.dumps({"artifacts": {"price": stack}}))
        (tmp_path / "t.json").write_text(json.dumps({"Resources": resources}))
        return str(tmp_path)

    return write


def kms() -> Any:
    return boto3.client("kms", region_name="us-east-1")


def make_key() -> str:
    arn: str = kms().create_key()["KeyMetadata"]["Arn"]
    kms().create_alias(AliasName=ALIAS, TargetKeyId=arn)
    return arn


def run(assembly: str, *, deploys: Callable[[], object] = lambda: None) -> tuple[int, list[list[str]]]:
    commands: list[list[str]] = []

    def record(command: list[str]) -> int:
        commands.append(command)
        if "deploy" in command:
            deploys()
        return 0

    code = definition_key.main(assembly, connect=lambda _: lambda service: kms(), run=record)
    return code, commands


def test_nothing_to_do_where_the_definition_stands_in_the_template(assembly: Callable[..., str]) -> None:
    assert run(assembly(STORE | PIPELINE)) == (0, [])


def test_a_key_that_exists_is_named_without_a_deployment(assembly: Callable[..., str]) -> None:
    arn, directory = make_key(), assembly(STORE)
    synth = ["npx", "cdk", "synth", "--quiet", "--output", directory, "--context", f"key-arn={arn}"]
    check = [sys.executable, "-m", "model_cicd.cli", "access", "--app", directory, "--check"]
    assert run(directory) == (0, [synth, check]), "the gate judges what the first synthesis had not"


def test_the_first_deployment_makes_the_key_before(assembly: Callable[..., str]) -> None:
    directory, made = assembly(STORE), list[str]()
    code, (deploy, synth, _) = run(directory, deploys=lambda: made.append(make_key()))
    assert code == 0
    assert deploy == ["npx", "cdk", "deploy", "price", "--app", directory, "--require-approval", "never"]
    assert synth[-1] == f"key-arn={made[0]}"


def test_a_deployment_without_its_key_is_no_success(assembly: Callable[..., str], capsys: Any) -> None:
    assert run(assembly(STORE))[0] == 1
    assert "stack price was deployed, but its key is not there" in capsys.readouterr().err


def test_the_context_has_one_name() -> None:
    assert definition_key.KEY_ARN == pipeline_app.KEY_ARN
