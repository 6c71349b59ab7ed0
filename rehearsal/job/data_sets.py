"""Data of a deployment group in a bucket outside of its registry: `--data GROUP=PATH`, or `--upload` to that bucket.

What a person does on AWS: the bucket in the group's build account, the objects where the group's `pipelineParameters`
name them, and the bucket's policy for the group's execution role, which exists once the module is deployed.
"""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from botocore.exceptions import ClientError

from rehearsal.embedded_aws import EmbeddedAws
from rehearsal.errors import RehearsalError, UsageError
from rehearsal.job import module_parameters
from rehearsal.job.plan import Group, Module, Plan
from rehearsal.sagemaker.shapes import nearest
from rehearsal.step_options import Upload, s3_place

STEP = "data"


def with_data(plan: Plan, given: Sequence[str], uploads: Sequence[Upload] = ()) -> Plan:
    """The plan with the data that options `GROUP=PATH` or `GROUP.PARAMETER=PATH` put, and uploads to groups' buckets.

    Raises UsageError.
    """
    problems: list[str] = []
    data = [
        (group.name, upload)
        for _, group in groups_of(plan).values()
        for upload in uploads
        if upload.bucket in {s3_place(url)[0] for _, url in group.data}
    ]
    for text in given:
        try:
            data.append(_read(plan, text))
        except ValueError as error:
            problems.append(f"--data {text}: {error}")
    problems += _shared(plan, data)
    if problems:
        raise UsageError(*problems)
    return dataclasses.replace(plan, data=tuple(data))


def put(aws: EmbeddedAws, plan: Plan) -> None:
    """Make the buckets and put the objects, before the deployment. Raises RehearsalError."""
    made: set[str] = set()
    for name, upload in plan.data:
        _, group = groups_of(plan)[name]
        client = aws.client("s3", account=group.build_account, region=group.build_region)
        try:
            if upload.bucket not in made:
                make_bucket(client, upload.bucket, group.build_region)
                made.add(upload.bucket)
            for path, key in upload.files():
                client.put_object(Bucket=upload.bucket, Key=key, Body=path.read_bytes())
        except ClientError as error:
            raise RehearsalError(f"{STEP} of {name}", str(error)) from None


def let_read(aws: EmbeddedAws, plan: Plan) -> None:
    """Let the execution roles read the buckets, once they exist: the policy of the module's README."""
    roles: dict[str, set[str]] = {}
    for name, upload in plan.data:
        module, group = groups_of(plan)[name]
        found = module_parameters.build_parameters(aws, plan, module, group, f"{STEP} of {name}")
        roles.setdefault(upload.bucket, set()).add(found["execution-role-arn"])
    for name, upload in plan.data:
        _, group = groups_of(plan)[name]
        client = aws.client("s3", account=group.build_account, region=group.build_region)
        policy = bucket_policy(group.build_region, upload.bucket, sorted(roles[upload.bucket]))
        client.put_bucket_policy(Bucket=upload.bucket, Policy=json.dumps(policy))


def bucket_policy(region: str, bucket: str, roles: Sequence[str]) -> Mapping[str, object]:
    """What lets training jobs of the same account read a bucket."""
    partition = roles[0].split(":")[1]
    arn = f"arn:{partition}:s3:::{bucket}"
    return {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Sid": "TrainingReads",
                "Effect": "Allow",
                "Principal": {"AWS": list(roles)},
                "Action": ["s3:GetObject", "s3:ListBucket"],
                "Resource": [arn, f"{arn}/*"],
            }
        ],
    }


def missing(aws: EmbeddedAws, module: Module, group: Group) -> str | None:
    """What a group's parameters name that is not there, and what puts it there; None when everything is."""
    client = aws.internal_client("s3", account=group.build_account, region=group.build_region)
    for parameter, url in group.data:
        bucket, key = s3_place(url)
        there = f"{module.name}: {group.name}: pipelineParameters.{parameter} is {url}, and"
        remedy = f"--data {_option(group, parameter)}=PATH puts a file or folder of this machine there"
        try:
            if not client.list_objects_v2(Bucket=bucket, Prefix=key, MaxKeys=1)["KeyCount"]:
                return f"{there} nothing is below it ({remedy})"
        except ClientError as error:
            if error.response["Error"]["Code"] != "NoSuchBucket":
                return f"{there} it cannot be read: {error}"
            return (
                f"{there} no account of the rehearsal has a bucket {bucket}\n    {remedy}, in a bucket that is made in "
                f"{group.build_account} and lets the execution role read"
            )
    return None


def unsaid(plan: Plan) -> Iterator[str]:
    """Of each group that reads from S3 without `--data`, what it reads."""
    said = {(upload.bucket, name) for name, upload in plan.data}
    for name, (_, group) in groups_of(plan).items():
        for parameter, url in group.data:
            if (s3_place(url)[0], name) not in said:
                yield f"group {name} reads {url} ({parameter}): --data {_option(group, parameter)}=PATH puts it there"


def make_bucket(client: Any, bucket: str, region: str) -> None:
    """A bucket in the region of the client. Raises ClientError."""
    elsewhere = {} if region == "us-east-1" else {"CreateBucketConfiguration": {"LocationConstraint": region}}
    client.create_bucket(Bucket=bucket, **elsewhere)


def _read(plan: Plan, text: str) -> tuple[str, Upload]:
    what, equals, path = text.partition("=")
    name, _, parameter = what.partition(".")
    if not equals or not name or not path:
        raise ValueError("expected GROUP=PATH or GROUP.PARAMETER=PATH")
    groups = groups_of(plan)
    if name not in groups:
        raise ValueError(f"there is no group {name}{nearest(name, groups)}")
    if len([1 for module in plan.modules for group in module.groups if group.name == name]) > 1:
        raise ValueError(f"several modules have a group {name}: use --upload PATH=s3://... for their buckets")
    url = _url(groups[name][1], parameter)
    if not Path(path).exists():
        raise ValueError(f"there is no {path}")
    bucket, key = s3_place(url)
    source = Path(path)
    if source.is_dir() and key and "." in key.rpartition("/")[2]:
        raise ValueError(f"got a folder, and the group reads {url}: expected a file")
    if source.is_file() and key and not key.endswith("/"):
        return name, Upload(source, bucket, key, exact=True)
    return name, Upload(source, bucket, key)


def _url(group: Group, parameter: str) -> str:
    """What a group reads. Raises ValueError."""
    found = dict(group.data)
    if not found:
        raise ValueError("its pipelineParameters name no s3://BUCKET/KEY")
    if not parameter and len(found) > 1:
        raise ValueError(f"expected {group.name}.PARAMETER with one of {', '.join(found)}")
    if parameter and parameter not in found:
        names = ", ".join(found)
        raise ValueError(f"no parameter {parameter} of it is an s3://BUCKET/KEY: expected one of {names}")
    return found[parameter] if parameter else next(iter(found.values()))


def _option(group: Group, parameter: str) -> str:
    return group.name if len(group.data) == 1 else f"{group.name}.{parameter}"


def _shared(plan: Plan, data: Iterable[tuple[str, Upload]]) -> Iterator[str]:
    """Buckets that groups of several accounts would have: a role reads those of its own account."""
    owners: dict[str, str] = {}
    for name, upload in data:
        account = groups_of(plan)[name][1].build_account
        if owners.setdefault(upload.bucket, account) != account:
            where = f"group {name} builds in {account}, another group in {owners[upload.bucket]}"
            yield f"s3://{upload.bucket}: {where}: a training reads buckets of its own account"


def groups_of(plan: Plan) -> dict[str, tuple[Module, Group]]:
    """The deployment groups of a plan by their names, each with its module."""
    return {group.name: (module, group) for module in plan.modules for group in module.groups}
