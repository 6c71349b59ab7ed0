"""What is there before a deployment, besides bootstrapped accounts: objects that `--upload` puts in their place."""

from __future__ import annotations

from botocore.exceptions import ClientError

from rehearsal.embedded_aws import EmbeddedAws
from rehearsal.errors import RehearsalError
from rehearsal.job.data_sets import make_bucket
from rehearsal.job.plan import Plan

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
