"""Buckets of `--data` let execution roles read as soon as people deployed them, under `rehearse up`."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError

from rehearsal.embedded_aws import EmbeddedAws
from rehearsal.job import data_readers, data_sets
from rehearsal.job.plan import Plan
from tests.unit.rehearsal.test_data_sets import plan  # noqa: F401 (a fixture)

pytestmark = pytest.mark.emulator
LAB, REGION = "123456789012", "us-east-1"
TRUST = {"Effect": "Allow", "Principal": {"Service": "sagemaker.amazonaws.com"}, "Action": "sts:AssumeRole"}
ARN = f"arn:aws:iam::{LAB}:role/trains"


def policy(s3: Any) -> dict[str, Any] | None:
    try:
        found: dict[str, Any] = json.loads(s3.get_bucket_policy(Bucket="my-data")["Policy"])
    except ClientError:
        return None
    return found


def soon(s3: Any, wanted: object) -> None:
    """Wait until the bucket's policy is `wanted`."""
    deadline = time.monotonic() + 10
    while policy(s3) != wanted and time.monotonic() < deadline:
        time.sleep(0.1)
    assert policy(s3) == wanted


def test_a_bucket_lets_a_role_read_that_somebody_deploys(plan: Plan, tmp_path: Path) -> None:  # noqa: F811
    plan = data_sets.with_data(plan, [f"research={plan.root}/set.csv"])
    aws = EmbeddedAws(accounts=list(plan.accounts))
    try:
        s3, iam, ssm = (aws.client(name, account=LAB, region=REGION) for name in ("s3", "iam", "ssm"))
        trust = json.dumps({"Version": "2012-10-17", "Statement": [TRUST]})
        data_sets.put(aws, plan)
        data_readers.watch(aws, plan)
        ssm.put_parameter(Name="/p-model-cicd/d/models-m/research/execution-role-arn", Value=ARN, Type="String")
        time.sleep(1.5)
        assert policy(s3) is None, "there is no role yet"
        iam.create_role(RoleName="trains", AssumeRolePolicyDocument=trust)
        ours: dict[str, Any] = dict(data_sets.bucket_policy(REGION, "my-data", [ARN]))
        soon(s3, ours)
        # what somebody put is theirs
        own = {**ours, "Statement": [{**ours["Statement"][0], "Sid": "Mine"}]}
        s3.put_bucket_policy(Bucket="my-data", Policy=json.dumps(own))
        data_readers.let_in(aws, plan, {})
        assert policy(s3) == own
    finally:
        aws.close()
