"""Policies and resources that several probes make."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import boto3
from botocore.exceptions import ClientError

from tests.live.probe import Scene


def document(*statements: dict[str, Any]) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})


def allow(actions: str | list[str], resource: str, **more: Any) -> dict[str, Any]:
    return {"Effect": "Allow", "Action": actions, "Resource": resource} | more


def service_trust(service: str, account: str) -> str:
    """The trust policy that the modules write: a service, on behalf of this account only."""
    return document(
        {
            "Effect": "Allow",
            "Principal": {"Service": service},
            "Action": "sts:AssumeRole",
            "Condition": {"StringEquals": {"aws:SourceAccount": account}},
        }
    )


def account_trust(partition: str, account: str) -> str:
    principal = {"AWS": f"arn:{partition}:iam::{account}:root"}
    return document({"Effect": "Allow", "Principal": principal, "Action": "sts:AssumeRole"})


def make_role(scene: Scene, word: str, trust: str, *statements: dict[str, Any], number: int = 0) -> str:
    """A role with an inline policy, taken away at the end; its ARN."""
    iam, name = scene.client("iam", number), scene.name(word)
    arn = iam.create_role(RoleName=name, AssumeRolePolicyDocument=trust)["Role"]["Arn"]
    scene.undo(f"role {name}", iam.delete_role, RoleName=name)
    if statements:
        iam.put_role_policy(RoleName=name, PolicyName="probe", PolicyDocument=document(*statements))
        scene.undo(f"policy of {name}", iam.delete_role_policy, RoleName=name, PolicyName="probe")
    return str(arn)


def make_bucket(scene: Scene, word: str, number: int = 0) -> str:
    """An empty bucket, which is emptied and taken away at the end; its name."""
    s3, name = scene.client("s3", number), scene.name(word)
    place = {} if scene.region == "us-east-1" else {"CreateBucketConfiguration": {"LocationConstraint": scene.region}}
    s3.create_bucket(Bucket=name, **place)
    scene.undo(f"bucket {name}", s3.delete_bucket, Bucket=name)

    def empty() -> None:
        for each in s3.list_objects_v2(Bucket=name).get("Contents", []):
            s3.delete_object(Bucket=name, Key=each["Key"])

    scene.undo(f"objects of {name}", empty)
    return name


def queue_of(scene: Scene, bus: str, pattern: Mapping[str, object]) -> str:
    """A queue that gets what matches `pattern` on a bus of the first account; its URL."""
    sqs, name = scene.client("sqs"), scene.name("queue")
    url = sqs.create_queue(QueueName=name)["QueueUrl"]
    scene.undo(f"queue {name}", sqs.delete_queue, QueueUrl=url)
    arn = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    statement = allow("sqs:SendMessage", arn, Principal={"Service": "events.amazonaws.com"})
    sqs.set_queue_attributes(QueueUrl=url, Attributes={"Policy": document(statement)})
    make_rule(scene, name, pattern, {"Arn": arn}, bus=bus)
    return str(url)


def make_rule(
    scene: Scene,
    name: str,
    pattern: Mapping[str, object],
    target: Mapping[str, str],
    *,
    bus: str = "default",
    number: int = 0,
) -> None:
    """A rule with one target, both taken away at the end."""
    events = scene.client("events", number)
    events.put_rule(Name=name, EventBusName=bus, EventPattern=json.dumps(pattern))
    scene.undo(f"rule {name}", events.delete_rule, Name=name, EventBusName=bus)
    events.put_targets(Rule=name, EventBusName=bus, Targets=[{"Id": "target", **target}])
    scene.undo(f"target of {name}", events.remove_targets, Rule=name, EventBusName=bus, Ids=["target"])


def session(scene: Scene, role: str, service: str) -> Any:
    """A client of the first account with the rights of `role`, as soon as it can be assumed."""
    sts, own = scene.client("sts"), scene.client(service)

    def assumed() -> dict[str, str] | None:
        try:
            keys: dict[str, str] = sts.assume_role(RoleArn=role, RoleSessionName="probe")["Credentials"]
        except ClientError:
            return None  # the role is not known everywhere yet
        return keys

    keys = scene.wait(assumed, f"the role {role}")
    client: Any = boto3.client
    return client(
        service,
        region_name=scene.region,
        endpoint_url=own.meta.endpoint_url,
        aws_access_key_id=keys["AccessKeyId"],
        aws_secret_access_key=keys["SecretAccessKey"],
        aws_session_token=keys["SessionToken"],
    )
