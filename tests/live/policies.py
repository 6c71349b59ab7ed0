"""Policies that several probes write."""

from __future__ import annotations

import json
from typing import Any

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
