"""Data of groups where people deploy (`rehearse up`): a bucket lets execution roles read as soon as they are there.

A policy may only name roles that are there. One that somebody else put is left alone.
"""

from __future__ import annotations

import json
import logging
from typing import Any

from botocore.exceptions import ClientError

from rehearsal import threads
from rehearsal.embedded_aws import EmbeddedAws
from rehearsal.job import module_parameters
from rehearsal.job.data_sets import bucket_policy, groups_of
from rehearsal.job.plan import Group, Module, Plan

log = logging.getLogger(__name__)
_LOOK_SECONDS = 1.0
Readers = dict[str, set[str]]
"""The ARNs of roles, by bucket."""


def watch(aws: EmbeddedAws, plan: Plan) -> None:
    """Look from now on, as long as the embedded AWS is there, where the plan has data of groups."""
    if plan.data:
        threads.start(lambda: _look_on(aws, plan), "readers of data")


def _look_on(aws: EmbeddedAws, plan: Plan) -> None:
    let: Readers = {}
    while not aws.closed.wait(_LOOK_SECONDS):
        try:
            let_in(aws, plan, let)
        except ClientError as error:  # a stack is being made or deleted: the next look finds it done
            log.info("data of groups: %s", error)


def let_in(aws: EmbeddedAws, plan: Plan, let: Readers) -> None:
    """Put the policies of buckets whose readers are others than in `let`, and note them there. Raises ClientError."""
    wanted: Readers = {}
    places: dict[str, tuple[str, str]] = {}
    for name, upload in plan.data:
        module, group = groups_of(plan)[name]
        places[upload.bucket] = group.build_account, group.build_region
        wanted.setdefault(upload.bucket, set()).update(_role(aws, plan, module, group))
    for bucket, roles in wanted.items():
        account, region = places[bucket]
        if not roles or roles == let.get(bucket):
            continue
        s3 = aws.internal_client("s3", account=account, region=region)
        if _is_ours(s3, bucket):
            s3.put_bucket_policy(Bucket=bucket, Policy=json.dumps(bucket_policy(region, bucket, sorted(roles))))
        let[bucket] = roles


def _role(aws: EmbeddedAws, plan: Plan, module: Module, group: Group) -> set[str]:
    """The execution role of a group, once it is there."""
    where = {"account": group.build_account, "region": group.build_region}
    name = f"{module_parameters.path_of(plan, module)}/{group.name}/execution-role-arn"
    try:
        arn = aws.internal_client("ssm", **where).get_parameter(Name=name)["Parameter"]["Value"]
        aws.internal_client("iam", **where).get_role(RoleName=arn.rpartition("/")[2])
    except ClientError as error:
        if error.response["Error"]["Code"] in ("ParameterNotFound", "NoSuchEntity"):
            return set()
        raise
    return {arn}


def _is_ours(s3: Any, bucket: str) -> bool:
    """Whether a bucket has no policy, or one of this program."""
    try:
        policy = json.loads(s3.get_bucket_policy(Bucket=bucket)["Policy"])
    except ClientError as error:
        if error.response["Error"]["Code"] == "NoSuchBucketPolicy":
            return True
        raise
    return [each.get("Sid") for each in policy["Statement"]] == ["TrainingReads"]
