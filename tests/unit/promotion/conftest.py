"""One embedded AWS: a tooling account, a build account with a model package group, and a deploy account."""

from __future__ import annotations

import itertools
import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from model_cicd.constructs.registration_recorder import definition as recorder
from model_cicd.constructs.registration_recorder import registration_pattern
from tests.emulator.roles import almighty

if TYPE_CHECKING:
    from rehearsal.embedded_aws import EmbeddedAws

TOOLING, BUILD, DEPLOY = "111111111111", "222222222222", "333333333333"
REGION = "eu-west-1"
ROOT = Path(__file__).parents[3]
IMAGE = f"141502667606.dkr.ecr.{REGION}.amazonaws.com/sagemaker-xgboost:1.7-1"


class Lab:
    """The accounts, and the calls that tests repeat."""

    def __init__(self, world: EmbeddedAws) -> None:
        self.world = world
        self._numbers = itertools.count(1)
        registry = self.client("sagemaker", BUILD)
        for group in ("live", "live-releases"):
            registry.create_model_package_group(ModelPackageGroupName=group)
        self.s3 = self.client("s3", BUILD)
        for bucket in ("registry", "releases", "elsewhere"):
            self.s3.create_bucket(Bucket=bucket, CreateBucketConfiguration={"LocationConstraint": REGION})
            self.s3.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Enabled"})
        self.client("ssm", BUILD).put_parameter(Name="/live/key", Type="String", Value="arn:of:the:key")
        self.releaser = self.role("releaser", BUILD, {"AWS": f"arn:aws:iam::{TOOLING}:root"})
        self._record()
        self.lookup = self.role("lookup", DEPLOY, {"AWS": f"arn:aws:iam::{TOOLING}:root"})

    def client(self, service: str, account: str) -> Any:
        return self.world.client(service, account=account, region=REGION)

    def role(self, name: str, account: str, principal: dict[str, Any]) -> str:
        statement = {"Effect": "Allow", "Principal": principal, "Action": "sts:AssumeRole"}
        trust = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
        return almighty(self.client("iam", account), name, trust)

    def _record(self) -> None:
        """The recorder of registrations, as the build account's stack makes it."""
        states, events = self.client("stepfunctions", BUILD), self.client("events", BUILD)
        machine = states.create_state_machine(
            name="recorder",
            type="EXPRESS",
            roleArn=self.role("recorder", BUILD, {"Service": "states.amazonaws.com"}),
            definition=json.dumps(recorder("aws", "registry", "releases")),
        )["stateMachineArn"]
        events.put_rule(Name="recorder", EventPattern=json.dumps(registration_pattern("live")))
        caller = self.role("recorder-events", BUILD, {"Service": "events.amazonaws.com"})
        events.put_targets(Rule="recorder", Targets=[{"Id": "machine", "Arn": machine, "RoleArn": caller}])

    def put(self, key: str, body: bytes, bucket: str = "registry") -> str:
        """Write an object; its URI."""
        self.s3.put_object(Bucket=bucket, Key=key, Body=body)
        return f"s3://{bucket}/{key}"

    def model(self, body: bytes = b"a model") -> str:
        """A new artifact of a training job; its URI."""
        return self.put(f"models/job-{next(self._numbers)}/output/model.tar.gz", body)

    def register(self, containers: Sequence[dict[str, Any]] = (), **metadata: str) -> str:
        """A new version that waits for approval, once its registration is recorded; its ARN."""
        made = self.client("sagemaker", BUILD).create_model_package(
            ModelPackageGroupName="live",
            ModelApprovalStatus="PendingManualApproval",
            CustomerMetadataProperties=metadata or {"CommitId": "0"},
            InferenceSpecification={
                "Containers": list(containers) or [{"Image": IMAGE, "ModelDataUrl": self.model()}],
                "SupportedContentTypes": ["text/csv"],
                "SupportedResponseMIMETypes": ["text/csv"],
            },
        )
        arn = str(made["ModelPackageArn"])
        record = f"registrations/{arn.rpartition('/')[2]}.json"
        until(lambda: self.s3.list_objects_v2(Bucket="releases", Prefix=record)["KeyCount"])
        return arn

    def approve(self, arn: str) -> None:
        self.client("sagemaker", BUILD).update_model_package(ModelPackageArn=arn, ModelApprovalStatus="Approved")

    def run(self, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
        """`python -m ARGUMENTS` as administrator of the tooling account."""
        env = self.world.client_environment(TOOLING, REGION) | {"PATH": os.environ["PATH"]} | environment
        return subprocess.run(
            [sys.executable, "-m", *arguments], cwd=ROOT, env=env, capture_output=True, text=True, check=False
        )


def until(look: Callable[[], Any], seconds: float = 30) -> Any:
    """What `look` answers as soon as it is true."""
    end = time.monotonic() + seconds
    while not (found := look()):
        assert time.monotonic() < end, "waited too long"
        time.sleep(0.05)
    return found


@pytest.fixture(scope="module")
def lab() -> Iterator[Lab]:
    from rehearsal.embedded_aws import EmbeddedAws

    world = EmbeddedAws(accounts=[TOOLING, BUILD, DEPLOY])
    try:
        yield Lab(world)
    finally:
        world.close()


@pytest.fixture(scope="module")
def pipeline(lab: Lab) -> Any:
    """A pipeline that waits for an approval, as a promotion pipeline does before prod."""
    bucket = "artifacts"
    s3 = lab.client("s3", TOOLING)
    s3.create_bucket(Bucket=bucket, CreateBucketConfiguration={"LocationConstraint": REGION})
    s3.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Enabled"})
    s3.put_object(Bucket=bucket, Key="source.zip", Body=b"PK\5\6" + bytes(18))
    role = lab.role("pipeline", TOOLING, {"Service": "codepipeline.amazonaws.com"})

    def action(name: str, category: str, provider: str, **configuration: str) -> dict[str, Any]:
        kind = {"category": category, "owner": "AWS", "provider": provider, "version": "1"}
        return {"name": name, "actionTypeId": kind, "configuration": configuration}

    source = action("Source", "Source", "S3", S3Bucket=bucket, S3ObjectKey="source.zip", PollForSourceChanges="false")
    lab.client("codepipeline", TOOLING).create_pipeline(
        pipeline={
            "name": "promotion",
            "roleArn": role,
            "artifactStore": {"type": "S3", "location": bucket},
            "stages": [
                {"name": "Source", "actions": [source | {"outputArtifacts": [{"name": "Source"}]}]},
                {"name": "shop", "actions": [action("Approve", "Approval", "Manual")]},
            ],
        }
    )
    return lab.client("codepipeline", TOOLING)
