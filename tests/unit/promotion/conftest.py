"""One embedded AWS: a tooling account, a build account with a model package group, and a deploy account."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests.emulator.roles import almighty

if TYPE_CHECKING:
    from rehearsal.embedded_aws import EmbeddedAws

TOOLING, BUILD, DEPLOY = "111111111111", "222222222222", "333333333333"
REGION = "eu-west-1"
ROOT = Path(__file__).parents[3]


class Lab:
    """The accounts, and the calls that tests repeat."""

    def __init__(self, world: EmbeddedAws) -> None:
        self.world = world
        registry = self.client("sagemaker", BUILD)
        registry.create_model_package_group(ModelPackageGroupName="live")
        s3 = self.client("s3", BUILD)
        s3.create_bucket(Bucket="registry", CreateBucketConfiguration={"LocationConstraint": REGION})
        s3.put_object(Bucket="registry", Key="models/model.tar.gz", Body=b"a model")
        self.client("ssm", BUILD).put_parameter(Name="/live/key", Type="String", Value="arn:of:the:key")
        self.reader = self.role("reader", BUILD, {"AWS": f"arn:aws:iam::{TOOLING}:root"})
        self.lookup = self.role("lookup", DEPLOY, {"AWS": f"arn:aws:iam::{TOOLING}:root"})

    def client(self, service: str, account: str) -> Any:
        return self.world.client(service, account=account, region=REGION)

    def role(self, name: str, account: str, principal: dict[str, Any]) -> str:
        statement = {"Effect": "Allow", "Principal": principal, "Action": "sts:AssumeRole"}
        trust = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
        return almighty(self.client("iam", account), name, trust)

    def register(self, **metadata: str) -> str:
        """A new version that waits for approval; its ARN."""
        image = f"141502667606.dkr.ecr.{REGION}.amazonaws.com/sagemaker-xgboost:1.7-1"
        made = self.client("sagemaker", BUILD).create_model_package(
            ModelPackageGroupName="live",
            ModelApprovalStatus="PendingManualApproval",
            CustomerMetadataProperties=metadata or {"CommitId": "0"},
            InferenceSpecification={
                "Containers": [{"Image": image, "ModelDataUrl": "s3://registry/models/model.tar.gz"}],
                "SupportedContentTypes": ["text/csv"],
                "SupportedResponseMIMETypes": ["text/csv"],
            },
        )
        return str(made["ModelPackageArn"])

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
