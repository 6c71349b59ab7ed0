"""What is there before a deployment, besides bootstrapped accounts: data, and buckets that settings name."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from botocore.exceptions import ClientError

from rehearsal.embedded_aws import EmbeddedAws
from rehearsal.errors import RehearsalError
from rehearsal.job.data_sets import make_bucket
from rehearsal.job.plan import Plan, declared_environments

STEP = "upload"


def uploads(aws: EmbeddedAws, plan: Plan) -> None:
    """Put the files of `--upload` that no group reads in their place, in buckets of the account that trains.

    Raises RehearsalError.
    """
    account, region = plan.trains_in
    client = aws.client("s3", account=account, region=region)
    of_groups = {each.bucket for _, each in plan.data}
    wanted = [each for each in aws.choices.uploads if each.bucket not in of_groups]
    try:
        for bucket in sorted({each.bucket for each in wanted}):
            make_bucket(client, bucket, region)
        for each in wanted:
            for path, key in each.files():
                client.put_object(Bucket=each.bucket, Key=key, Body=path.read_bytes())
    except ClientError as error:
        raise RehearsalError(STEP, str(error)) from None


def data_buckets(aws: EmbeddedAws, plan: Plan) -> None:
    """Make the buckets that environments read and write, in their accounts; those of new data tell EventBridge.

    Raises RehearsalError.
    """
    made: set[str] = set()
    for environment, batch, region in _with_data(plan):
        client = aws.client("s3", account=environment["account"], region=region)
        for key in ("input", "output"):
            bucket = str(batch.get(key, "")).removeprefix("s3://").partition("/")[0]
            try:
                if bucket and bucket not in made:
                    make_bucket(client, bucket, region)
                if key == "input" and batch.get("onNewData"):
                    told: Any = {"EventBridgeConfiguration": {}}
                    client.put_bucket_notification_configuration(Bucket=bucket, NotificationConfiguration=told)
            except ClientError as error:
                raise RehearsalError("buckets", f"{bucket} of {environment['name']}: {error}") from None
            made.add(bucket)


def _with_data(plan: Plan) -> Iterator[tuple[Mapping[str, Any], Mapping[str, Any], str]]:
    """Environments with their `batch` or `async` and region."""
    for group in (each for module in plan.modules for each in module.groups):
        for each in declared_environments(group.settings):
            for own in (each.get("batch"), each.get("async")):
                if isinstance(own, Mapping):
                    yield each, own, each.get("region") or group.build_region
