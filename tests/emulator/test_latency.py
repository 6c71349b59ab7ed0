"""An embedded AWS that takes as long as AWS, scaled."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from botocore.exceptions import ClientError

from rehearsal.embedded_aws import EmbeddedAws
from rehearsal.latency import Latency

ACCOUNT, REGION = "111111111111", "us-east-1"
TRUST = {"Effect": "Allow", "Principal": {"AWS": f"arn:aws:iam::{ACCOUNT}:root"}, "Action": "sts:AssumeRole"}
IAM, ALIASES, ENDPOINTS = 0.8, 1.5, 1.0


@pytest.fixture(scope="module")
def world() -> Iterator[EmbeddedAws]:
    made = EmbeddedAws(accounts=[ACCOUNT], latency=Latency(IAM, ALIASES, ENDPOINTS, 2))
    yield made
    made.close()


@pytest.fixture(scope="module")
def client(world: EmbeddedAws) -> Callable[..., Any]:
    def of(service: str, role: str | None = None) -> Any:
        return world.client(service, account=ACCOUNT, region=REGION, role=role)

    return of


def document(*statements: dict[str, Any]) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})


def role(client: Callable[..., Any], name: str, *statements: dict[str, Any]) -> str:
    iam = client("iam")
    arn = iam.create_role(RoleName=name, AssumeRolePolicyDocument=document(TRUST))["Role"]["Arn"]
    iam.put_role_policy(RoleName=name, PolicyName="own", PolicyDocument=document(*statements))
    return str(arn)


def until(call: Callable[[], Any], expected: float) -> None:
    """The call is denied now, and allowed once `expected` seconds are over."""
    began = time.monotonic()
    with pytest.raises(ClientError, match=r"AccessDenied|not authorized"):
        call()
    while True:
        try:
            call()
        except ClientError:
            assert time.monotonic() - began < expected + 5
            time.sleep(0.05)
        else:
            break
    assert time.monotonic() - began > expected * 0.7


def test_a_policy_decides_a_moment_after_it_was_put(client: Callable[..., Any]) -> None:
    allowed = {"Effect": "Allow", "Action": "s3:ListAllMyBuckets", "Resource": "*"}
    who = role(client, "late", allowed)
    until(lambda: client("s3", who).list_buckets(), IAM)
    client("iam").delete_role_policy(RoleName="late", PolicyName="own")
    client("s3", who).list_buckets()  # still known
    time.sleep(IAM)
    with pytest.raises(ClientError):
        client("s3", who).list_buckets()


def test_a_new_role_cannot_be_assumed_at_once(client: Callable[..., Any]) -> None:
    who = role(client, "fresh", {"Effect": "Allow", "Action": "s3:ListAllMyBuckets", "Resource": "*"})
    until(lambda: client("sts").assume_role(RoleArn=who, RoleSessionName="somebody"), IAM)


def test_an_alias_decides_later_than_the_key_does(client: Callable[..., Any]) -> None:
    kms = client("kms")
    by_alias = {"Effect": "Allow", "Action": "kms:Encrypt", "Resource": "*",
                "Condition": {"ForAnyValue:StringEquals": {"kms:ResourceAliases": "alias/late"}}}  # fmt: skip
    who = role(client, "by-alias", by_alias)
    key = kms.create_key()["KeyMetadata"]["Arn"]
    time.sleep(IAM)
    kms.create_alias(AliasName="alias/late", TargetKeyId=key)
    until(lambda: client("kms", who).encrypt(KeyId=key, Plaintext=b"x"), ALIASES)


def test_events_come_twice_with_the_same_id(client: Callable[..., Any]) -> None:
    queue = client("sqs").create_queue(QueueName="twice")["QueueUrl"]
    arn = f"arn:aws:sqs:{REGION}:{ACCOUNT}:twice"
    statement = {"Effect": "Allow", "Principal": {"Service": "events.amazonaws.com"}, "Action": "sqs:SendMessage",
                 "Resource": arn}  # fmt: skip
    client("sqs").set_queue_attributes(QueueUrl=queue, Attributes={"Policy": document(statement)})
    events = client("events")
    events.put_rule(Name="twice", EventPattern=json.dumps({"source": ["own"]}))
    events.put_targets(Rule="twice", Targets=[{"Id": "queue", "Arn": arn}])
    events.put_events(Entries=[{"Source": "own", "DetailType": "x", "Detail": "{}"}])
    found: list[Any] = []
    deadline = time.monotonic() + 20
    while len(found) < 2 and time.monotonic() < deadline:
        found += client("sqs").receive_message(QueueUrl=queue, MaxNumberOfMessages=10).get("Messages", [])
    ids = [json.loads(each["Body"])["id"] for each in found]
    assert len(ids) == 2
    assert len(set(ids)) == 1


def test_cloudformation_waits_until_iam_knows_what_it_made(client: Callable[..., Any]) -> None:
    stacks = client("cloudformation")
    template = {"Resources": {"Role": {"Type": "AWS::IAM::Role", "Properties": {
        "RoleName": "made", "AssumeRolePolicyDocument": {"Version": "2012-10-17", "Statement": [TRUST]}}}}}  # fmt: skip
    stacks.create_stack(StackName="s", TemplateBody=json.dumps(template), Capabilities=["CAPABILITY_NAMED_IAM"])
    while stacks.describe_stacks(StackName="s")["Stacks"][0]["StackStatus"] == "CREATE_IN_PROGRESS":
        time.sleep(0.05)
    client("sts").assume_role(RoleArn=f"arn:aws:iam::{ACCOUNT}:role/made", RoleSessionName="somebody")
