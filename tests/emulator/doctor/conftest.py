"""Accounts that are ready for a small manifest: bootstrapped with the CDK's own template, with Seed-Farmer's roles."""

from __future__ import annotations

import json
import os
import subprocess
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from model_cicd import cli
from rehearsal.embedded_aws import EmbeddedAws

ROOT = Path(__file__).parents[3]
TOOLING, BUILD, PROD = "111111111111", "222222222222", "333333333333"
REGION = "us-east-1"
#: in no organization, and bootstrapped for nobody
BARE = "444444444444"
ADMINISTRATOR = "arn:aws:iam::aws:policy/AdministratorAccess"

MANIFEST = f"""
name: dep
toolchainRegion: {REGION}
groups:
  - name: models
    modules:
      - name: m
        path: modules/sagemaker/sagemaker-model-cicd
        targetAccount: tooling
        parameters:
          - name: infra-repo
            value: {{host: codecommit, name: infra}}
          - name: model-build-repo
            value: {{host: codecommit, name: train}}
          - name: deployment-groups
            value:
              - name: churn
                sourceBranch: main
                buildEnvironment: {{name: build, account: '{BUILD}', region: {REGION}, type: preprod}}
                deployEnvironments:
                  - {{name: live, account: '{PROD}', type: prod}}
targetAccountMappings:
  - alias: tooling
    accountId: '{TOOLING}'
    default: true
    regionMappings:
      - {{region: {REGION}, default: true}}
"""


def trust(*accounts: str) -> str:
    principals = [f"arn:aws:iam::{account}:root" for account in accounts]
    statement = {"Effect": "Allow", "Principal": {"AWS": principals}, "Action": "sts:AssumeRole"}
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


@dataclass(frozen=True)
class Ended:
    """What doctor said: its exit code and findings, as JSON has them, or its text."""

    code: int
    text: str

    @property
    def findings(self) -> list[dict[str, str]]:
        found: list[dict[str, str]] = json.loads(self.text)["findings"]
        return found

    def said(self, severity: str) -> list[str]:
        """Account, check and message of each finding of a severity."""
        found = [each for each in self.findings if each["severity"] == severity]
        return [f"{each['account']} {each['check']}: {each['message']}" for each in found]


@dataclass
class Ward:
    """The embedded AWS, and doctor as the administrator of the tooling account."""

    world: EmbeddedAws
    directory: Path
    template: str
    capsys: pytest.CaptureFixture[str] | None = None

    def client(self, service: str, account: str) -> Any:
        return self.world.client(service, account=account, region=REGION)

    def bootstrap(self, account: str, template: str = "", **parameters: str) -> None:
        """A bootstrap stack."""
        client = self.client("cloudformation", account)
        given = {"TrustedAccounts": TOOLING, "CloudFormationExecutionPolicies": ADMINISTRATOR} | parameters
        client.create_stack(
            StackName="CDKToolkit",
            TemplateBody=template or self.template,
            Capabilities=["CAPABILITY_NAMED_IAM"],
            Parameters=[{"ParameterKey": key, "ParameterValue": value} for key, value in given.items()],
        )
        while client.describe_stacks(StackName="CDKToolkit")["Stacks"][0]["StackStatus"] == "CREATE_IN_PROGRESS":
            time.sleep(0.05)

    def doctor(self, *options: str, manifest: str = MANIFEST, form: str = "json") -> Ended:
        """Run the command in this process."""
        assert self.capsys is not None
        path = self.directory / "deployment.yaml"
        path.write_text(manifest, encoding="utf-8")
        code = cli.main(["doctor", str(path), "--format", form, *options])
        printed = self.capsys.readouterr()
        return Ended(code, printed.out or printed.err)


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ward]:
    command = [str(ROOT / "node_modules/.bin/cdk"), "bootstrap", "--show-template"]
    env = {"PATH": os.environ["PATH"], "HOME": str(tmp_path_factory.mktemp("home")), "CI": "true"}
    template = subprocess.run(command, cwd=ROOT, env=env, capture_output=True, text=True, check=True).stdout
    directory = tmp_path_factory.mktemp("project")
    (directory / "seedfarmer.yaml").write_text("project: proj\n", encoding="utf-8")
    world = EmbeddedAws(accounts=[TOOLING, BUILD, PROD], strangers=[BARE])
    ward = Ward(world, directory, template)
    for account in (TOOLING, BUILD, PROD):
        ward.bootstrap(account)
    for name in ("seedfarmer-proj-toolchain-role", "seedfarmer-proj-deployment-role"):
        ward.client("iam", TOOLING).create_role(RoleName=name, AssumeRolePolicyDocument=trust(TOOLING))
    yield ward
    world.close()


@pytest.fixture
def ward(made: Ward, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Ward:
    for name, value in made.world.client_environment(TOOLING, REGION).items():
        monkeypatch.setenv(name, value)
    monkeypatch.delenv("AWS_SESSION_TOKEN", raising=False)
    made.capsys = capsys
    return made


@pytest.fixture
def undo() -> Iterator[Callable[[Callable[[], object]], None]]:
    """Call with what puts the accounts right again after the test."""
    calls: list[Callable[[], object]] = []
    yield calls.append
    for call in reversed(calls):
        call()
