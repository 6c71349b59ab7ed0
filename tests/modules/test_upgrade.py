"""What the last released version deployed is kept by today's templates: nothing that holds data is replaced or lost.

The old side is synthesized with the code and the manifest of the commit that released it, the new side with today's
code from that manifest; both are deployed in an embedded AWS, stack by stack as `cdk deploy` orders them. Skipped only
where the history is not there.
"""

from __future__ import annotations

import io
import json
import re
import subprocess
import tarfile
import time
import zipfile
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import yaml

from model_cicd.constructs.retained import KEPT
from scripts import assemblies

if TYPE_CHECKING:
    from rehearsal.embedded_aws import EmbeddedAws

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[2]
TOOLING, REGION = "111111111111", "us-east-1"
CASE = "released"
AT_REST = ("CREATE_COMPLETE", "UPDATE_COMPLETE")


def git(*arguments: str) -> bytes:
    return subprocess.run(["git", *arguments], cwd=ROOT, capture_output=True, check=False).stdout


def released() -> tuple[str, str]:
    """The newest version of the changelog, and the commit that gave it its heading; skips where that is not there."""
    newest = re.search(r"^## (\d+\.\d+\.\d+)", (ROOT / "CHANGELOG.md").read_text(encoding="utf-8"), re.MULTILINE)
    assert newest
    if git("rev-parse", "--is-shallow-repository").strip() != b"false":
        pytest.skip("the history is not here")
    commits = git("log", "--format=%H", f"-S## {newest[1]} ", "--", "CHANGELOG.md").split()
    assert commits, f"no commit made the heading of version {newest[1]} in CHANGELOG.md"
    return newest[1], commits[-1].decode()


@dataclass(frozen=True)
class Stack:
    """A stack of an assembly: the address of its template, and the files that it needs, the template among them."""

    name: str
    account: str
    template: str
    files: list[dict[str, Any]]


def stacks(out: Path) -> list[Stack]:
    """The stacks of the assembly in `out`, each after those that it depends on."""
    artifacts = json.loads((out / "manifest.json").read_text(encoding="utf-8"))["artifacts"]
    order: dict[str, None] = {}

    def add(name: str) -> None:
        for each in artifacts[name].get("dependencies", []):
            if artifacts[each]["type"] == "aws:cloudformation:stack":
                add(each)
        order[name] = None

    for name, artifact in artifacts.items():
        if artifact["type"] == "aws:cloudformation:stack":
            add(name)
    return [
        Stack(
            name,
            artifacts[name]["environment"].split("/")[2],
            _address(artifacts[name]["properties"]["stackTemplateAssetObjectUrl"]),
            list(json.loads((out / f"{name}.assets.json").read_text(encoding="utf-8"))["files"].values()),
        )
        for name in order
    ]


def _address(url: str) -> str:
    """Of an object in S3, `s3://bucket/key`, as CloudFormation takes it."""
    bucket, _, key = url.removeprefix("s3://").partition("/")
    return f"https://{bucket}.s3.{REGION}.amazonaws.com/{key}"


class Lab:
    """An embedded AWS with the accounts of both assemblies, as `cdk bootstrap` leaves them as far as stacks look."""

    def __init__(self, world: EmbeddedAws, accounts: list[str]) -> None:
        self._world = world
        for account in accounts:
            self.client("ssm", account).put_parameter(
                Name="/cdk-bootstrap/hnb659fds/version", Type="String", Value="28"
            )
            self.client("s3", account).create_bucket(Bucket=f"cdk-hnb659fds-assets-{account}-{REGION}")

    def client(self, service: str, account: str) -> Any:
        return self._world.client(service, account=account, region=REGION)

    def deploy(self, out: Path) -> None:
        """Create or update every stack, as `cdk deploy --all`."""
        for stack in stacks(out):
            self._publish(stack, out)
            client = self.client("cloudformation", stack.account)
            there = [each["StackName"] for each in client.describe_stacks()["Stacks"]]
            change = client.update_stack if stack.name in there else client.create_stack
            change(StackName=stack.name, TemplateURL=stack.template, Capabilities=["CAPABILITY_NAMED_IAM"])
            self._wait(client, stack.name)
            self._stop()

    def _publish(self, stack: Stack, out: Path) -> None:
        for each in stack.files:
            path = out / each["source"]["path"]
            if path.is_file():
                for place in each["destinations"].values():
                    self.client("s3", stack.account).put_object(
                        Bucket=place["bucketName"], Key=place["objectKey"], Body=without_empty_files(path)
                    )

    def _wait(self, client: Any, name: str) -> None:
        while (found := client.describe_stacks(StackName=name)["Stacks"][0])["StackStatus"].endswith("_IN_PROGRESS"):
            time.sleep(0.1)
        events = client.describe_stack_events(StackName=name)["StackEvents"]
        failed = [each.get("ResourceStatusReason") for each in events if each["ResourceStatus"].endswith("_FAILED")]
        assert found["StackStatus"] in AT_REST, failed

    def _stop(self) -> None:
        """A new pipeline runs at once, and what it would build is nothing of this."""
        client = self.client("codepipeline", TOOLING)
        for pipeline in client.list_pipelines()["pipelines"]:
            for each in client.list_pipeline_executions(pipelineName=pipeline["name"])["pipelineExecutionSummaries"]:
                if each["status"] == "InProgress":
                    with suppress(client.exceptions.ClientError):
                        client.stop_pipeline_execution(
                            pipelineName=pipeline["name"], pipelineExecutionId=each["pipelineExecutionId"], abandon=True
                        )

    def kept(self, out: Path) -> dict[tuple[str, str, str, str], str]:
        """The physical id of everything that holds data, by account, stack, logical id and type."""
        return {
            (stack.account, stack.name, each["LogicalResourceId"], each["ResourceType"]): each["PhysicalResourceId"]
            for stack in stacks(out)
            for page in self.client("cloudformation", stack.account)
            .get_paginator("list_stack_resources")
            .paginate(StackName=stack.name)
            for each in page["StackResourceSummaries"]
            if each["ResourceType"] in KEPT
        }


def without_empty_files(path: Path) -> bytes:
    """A file to publish; of archives, the members that have something in them.

    CodeCommit makes no commit of empty files, which seeds of version 0.2.0 had: it deployed with `create: false` alone.
    """
    if path.suffix != ".zip":
        return path.read_bytes()
    made = io.BytesIO()
    with zipfile.ZipFile(path) as old, zipfile.ZipFile(made, "w") as new:
        for each in old.infolist():
            if each.file_size:
                new.writestr(each, old.read(each))
    return made.getvalue()


@pytest.fixture(scope="module")
def outs(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """The assemblies of the released code and of today's, from the manifest that was released."""
    directory = tmp_path_factory.mktemp("upgrade")
    _, commit = released()
    with tarfile.open(fileobj=io.BytesIO(git("archive", commit))) as archive:
        archive.extractall(directory / "old", filter="tar")
    case = {CASE: {"parameters": parameters(directory / "old")}}
    before = assemblies.synthesize(case, directory / "old", directory / "before")[CASE]
    return before, assemblies.synthesize(case, ROOT, directory / "after")[CASE]


@pytest.fixture(scope="module")
def lab(outs: tuple[Path, Path]) -> Iterator[Lab]:
    from rehearsal.embedded_aws import EmbeddedAws

    accounts = sorted({TOOLING, *(stack.account for out in outs for stack in stacks(out))})
    world = EmbeddedAws(accounts=[*accounts, *served(parameters(ROOT)["deployment-groups"])])
    try:
        yield Lab(world, accounts)
    finally:
        world.close()


def parameters(root: Path) -> dict[str, Any]:
    """The parameters of the module in the manifest of a checkout."""
    manifest = yaml.safe_load((root / "manifests" / "local" / "models-modules.yaml").read_text(encoding="utf-8"))
    return {each["name"]: each["value"] for each in manifest["parameters"]}


def served(groups: list[dict[str, Any]]) -> list[str]:
    """The accounts that serve."""
    return [each["account"] for group in groups for each in group["deployEnvironments"]]


def test_nothing_that_holds_data_is_replaced_or_lost(lab: Lab, outs: tuple[Path, Path]) -> None:
    before, after = outs
    lab.deploy(before)
    had = lab.kept(before)
    assert {kind for *_, kind in had} >= set(KEPT) - {"AWS::ECR::Repository"}
    precious = {
        (account, name)
        for (account, _, _, kind), name in had.items()
        if kind == "AWS::S3::Bucket" and "-registry-" in name
    }
    assert len(precious) == 2
    lab.deploy(after)
    has = lab.kept(after)
    # the shared artifacts of before are in no stack any more, and retained; the rest is where it was
    assert {key for key, name in had.items() if has.get(key) != name} == gone(had)
    for (account, _, _, kind), name in had.items():
        if kind == "AWS::S3::Bucket":
            lab.client("s3", account).head_bucket(Bucket=name)
        if kind == "AWS::KMS::Key":
            assert lab.client("kms", account).describe_key(KeyId=name)["KeyMetadata"]["KeyState"] == "Enabled"


def gone(had: dict[tuple[str, str, str, str], str]) -> set[tuple[str, str, str, str]]:
    """The bucket and key of all pipelines' artifacts, which CHANGELOG.md says to delete by hand."""
    return {key for key in had if key[2].startswith("Store") and key[1] == "shop-models-training-prices"}


def names(template: dict[str, Any]) -> dict[tuple[str, str], str]:
    """The logical id of each resource of a template that has a name of its own, by type and name."""
    return {
        (each["Type"], json.dumps(value)): logical_id
        for logical_id, each in template["Resources"].items()
        for key, value in each["Properties"].items()
        if key in ("RoleName", "AliasName", "EndpointName", "AlarmName")
    }


def endpoint_templates(out: Path) -> dict[str, dict[str, Any]]:
    """The one template of each group's endpoints, which are alike."""
    found = {}
    for group, archive in assemblies.promotions(out):
        (text,) = (text for member, text in archive.items() if member.startswith("templates/"))
        found[group] = json.loads(text)
    return found


def test_the_next_promotion_updates_endpoints_of_before(outs: tuple[Path, Path]) -> None:
    """What has a name of its own keeps its logical id: else CloudFormation makes the name twice, and fails."""
    before, after = (endpoint_templates(out) for out in outs)
    assert before and before.keys() == after.keys()
    for each, template in before.items():
        had, has = names(template), names(after[each])
        assert had
        assert {name: logical_id for name, logical_id in had.items() if has.get(name) != logical_id} == {}
