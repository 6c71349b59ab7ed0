"""The real `seedfarmer` on one account: bootstrap, apply, apply again, a failing build, destroy."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from rehearsal.codebuild import build_logs
from rehearsal.embedded_aws import EmbeddedAws
from rehearsal.process import base_environment

# The tests follow each other on one deployment.
pytestmark = [pytest.mark.e2e, pytest.mark.xdist_group("seedfarmer-trivial")]

ACCOUNT = "111111111111"
REGION = "us-east-1"
PROJECT = "trivial"
FILES = {
    "seedfarmer.yaml": f"project: {PROJECT}\ndescription: one module\n",
    "deployment.yaml": f"""
name: local
toolchainRegion: {REGION}
groups:
  - name: first
    path: first-modules.yaml
targetAccountMappings:
  - alias: primary
    accountId: "{ACCOUNT}"
    default: true
    regionMappings:
      - region: {REGION}
        default: true
""",
    "first-modules.yaml": """
name: hello
path: modules/hello
targetAccount: primary
parameters:
  - name: greeting
    value: good morning
""",
    "modules/hello/deployspec.yaml": """
publishGenericEnvVariables: true
deploy:
  phases:
    build:
      commands:
        - echo "it says $SEEDFARMER_PARAMETER_GREETING in $AWS_REGION"
        - seedfarmer metadata add -k Greeting -v "$SEEDFARMER_PARAMETER_GREETING"
        - aws ssm put-parameter --name /trivial/hello --value "$SEEDFARMER_MODULE_NAME" --type String --overwrite
destroy:
  phases:
    build:
      commands:
        - aws ssm delete-parameter --name /trivial/hello
""",
}


@dataclass
class Deployment:
    """A Seed-Farmer project in a directory, and the embedded AWS it is deployed on."""

    world: EmbeddedAws
    directory: Path

    def seedfarmer(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run the unmodified command, with nothing but the environment that users are given."""
        home = self.directory.parent / "home"
        home.mkdir(exist_ok=True)
        environment = base_environment() | self.world.client_environment(ACCOUNT, REGION) | {"HOME": str(home)}
        command = [str(Path(sys.executable).with_name("seedfarmer")), *arguments]
        return subprocess.run(
            command, cwd=self.directory, env=environment, capture_output=True, text=True, check=False, timeout=300
        )

    def client(self, service: str) -> Any:
        return self.world.client(service, account=ACCOUNT, region=REGION)

    def builds(self) -> list[tuple[str, str]]:
        """Status and log text of all builds, oldest first."""
        return [(log.status, log.path.read_text()) for log in build_logs(self.world.directory)]


@pytest.fixture(scope="module")
def deployment(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Deployment]:
    directory = tmp_path_factory.mktemp("trivial") / "project"
    for name, text in FILES.items():
        path = directory / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    world = EmbeddedAws(accounts=[ACCOUNT])
    made = Deployment(world, directory)
    principal = world.accounts.add(ACCOUNT).arn
    done = made.seedfarmer("bootstrap", "toolchain", "-p", PROJECT, "-t", principal, "--as-target", "--region", REGION)
    assert done.returncode == 0, done.stdout + done.stderr
    yield made
    world.close()


def test_apply_deploys_the_module_and_a_second_apply_does_nothing(deployment: Deployment) -> None:
    began = time.monotonic()
    done = deployment.seedfarmer("apply", "deployment.yaml", "--region", REGION)
    print(f"first apply: {time.monotonic() - began:.1f} s")
    assert done.returncode == 0, done.stdout + done.stderr + "".join(log for _, log in deployment.builds())
    ((status, log),) = deployment.builds()
    assert status == "SUCCEEDED"
    assert f"it says good morning in {REGION}" in log
    ssm = deployment.client("ssm")
    assert ssm.get_parameter(Name="/trivial/hello")["Parameter"]["Value"] == "first-hello"
    shown = deployment.seedfarmer("list", "moduledata", "-d", "local", "-g", "first", "-m", "hello", "--region", REGION)
    metadata = json.loads(shown.stdout[shown.stdout.index("{") :])
    assert metadata["Greeting"] == "good morning"
    assert metadata["CloudWatchLogStream"].startswith(f"/aws/codebuild/codeseeder-{PROJECT}/codeseeder-")
    assert metadata["CodeBuildBuildUrl"].startswith("https://")
    bucket = next(b["Name"] for b in deployment.client("s3").list_buckets()["Buckets"] if "no-delete" in b["Name"])
    keys = deployment.client("s3").list_objects_v2(Bucket=bucket)["Contents"]
    assert "bundle/local/first/hello/bundle.zip" in [item["Key"] for item in keys]  # what destroy will run
    began = time.monotonic()
    again = deployment.seedfarmer("apply", "deployment.yaml", "--region", REGION)
    print(f"second apply: {time.monotonic() - began:.1f} s")
    assert again.returncode == 0, again.stdout + again.stderr
    assert len(deployment.builds()) == 1


def test_a_failing_build_fails_the_apply(deployment: Deployment) -> None:
    spec = deployment.directory / "modules" / "hello" / "deployspec.yaml"
    good = spec.read_text()
    spec.write_text(good.replace("- echo", "- echo this breaks && false\n        - echo", 1))
    done = deployment.seedfarmer("apply", "deployment.yaml", "--region", REGION)
    assert done.returncode == 1, done.stdout + done.stderr
    assert "Traceback" not in done.stdout + done.stderr
    status, log = deployment.builds()[-1]
    assert status == "FAILED"
    assert "this breaks" in log
    assert "Error while executing command: echo this breaks && false. Reason: exit status 1" in log
    spec.write_text(good)
    repaired = deployment.seedfarmer("apply", "deployment.yaml", "--region", REGION)
    assert repaired.returncode == 0, repaired.stdout + repaired.stderr


def test_destroy_runs_the_module_s_destroy_and_forgets_it(deployment: Deployment) -> None:
    done = deployment.seedfarmer("destroy", "local", "--region", REGION)
    assert done.returncode == 0, done.stdout + done.stderr + deployment.builds()[-1][1]
    assert deployment.builds()[-1][0] == "SUCCEEDED"
    ssm = deployment.client("ssm")
    with pytest.raises(ssm.exceptions.ParameterNotFound):
        ssm.get_parameter(Name="/trivial/hello")
    shown = deployment.seedfarmer("list", "deployments", "--region", REGION)
    assert "local" not in shown.stdout
