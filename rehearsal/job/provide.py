"""What is there before a deployment, besides bootstrapped accounts: objects that `--upload` puts in their place."""

from __future__ import annotations

from botocore.exceptions import ClientError

from rehearsal.embedded_aws import EmbeddedAws
from rehearsal.errors import RehearsalError
from rehearsal.job.plan import Plan

STEP = "upload"


def uploads(aws: EmbeddedAws, plan: Plan) -> None:
    """Put the files of `--upload` in their place; a bucket that is not there belongs to the account that trains.

    Raises RehearsalError.
    """
    account, region = plan.trains_in
    client = aws.client("s3", account=account, region=region)
    elsewhere = {} if region == "us-east-1" else {"CreateBucketConfiguration": {"LocationConstraint": region}}
    try:
        for bucket in sorted({each.bucket for each in aws.choices.uploads}):
            client.create_bucket(Bucket=bucket, **elsewhere)
        for each in aws.choices.uploads:
            for path, key in each.files():
                client.put_object(Bucket=each.bucket, Key=key, Body=path.read_bytes())
    except ClientError as error:
        raise RehearsalError(STEP, str(error)) from None
