"""Where custom resources answer: a signed URL for one object in a bucket of CloudFormation's own.

https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/crpg-ref-responses.html
"""

from __future__ import annotations

import functools
import uuid
from dataclasses import dataclass
from typing import Any

import botocore.session
from botocore.config import Config
from botocore.exceptions import ClientError

from rehearsal.aws_hosts import response_bucket
from rehearsal.iam.authorizer import AWS_ITSELF
from rehearsal.ports import Platform

_ACCOUNT = "000000000000"  # that is nobody's: the bucket is AWS's
_SECONDS = 7200  # for which a URL is good, as long as a custom resource may take and longer


@dataclass(frozen=True)
class Answer:
    """One answer, which whoever has the `url` may put, once or again."""

    url: str
    bucket: str
    key: str
    s3: Any

    def read(self) -> bytes | None:
        """What was put, None until then."""
        try:
            return bytes(self.s3.get_object(Bucket=self.bucket, Key=self.key)["Body"].read())
        except ClientError as error:
            if error.response["Error"]["Code"] in ("NoSuchKey", "404"):
                return None
            raise

    def close(self) -> None:
        """Forget it; whatever is put later is not looked at."""
        self.s3.delete_object(Bucket=self.bucket, Key=self.key)


class Answers:
    """Makes places for answers."""

    def __init__(self, platform: Platform) -> None:
        self._platform = platform

    def expect(self, region: str) -> Answer:
        """A place for one answer."""
        s3 = self._platform.internal_client("s3", account=_ACCOUNT, region=region)
        bucket, key = response_bucket(region), str(uuid.uuid4())
        place = {} if region == "us-east-1" else {"CreateBucketConfiguration": {"LocationConstraint": region}}
        try:
            s3.head_bucket(Bucket=bucket)
        except ClientError:
            s3.create_bucket(Bucket=bucket, **place)
        signer = self._signer(region) if self._platform.confinement.protections.cages else s3
        given = {"Bucket": bucket, "Key": key}
        url = signer.generate_presigned_url("put_object", Params=given, ExpiresIn=_SECONDS)
        return Answer(str(url), bucket, key, s3)

    def _signer(self, region: str) -> Any:
        """Signs for AWS's own host, which leads out of a cage to the embedded AWS."""
        who = self._platform.accounts.service(_ACCOUNT, AWS_ITSELF)
        return _client(region, who.access_key, who.secret_key)


@functools.cache
def _client(region: str, access_key: str, secret_key: str) -> Any:
    style: Any = {"addressing_style": "virtual", "us_east_1_regional_endpoint": "regional"}
    return botocore.session.Session().create_client(
        "s3",
        region_name=region,
        config=Config(signature_version="s3v4", s3=style),
        aws_access_key_id=access_key,
        aws_secret_access_key=secret_key,
    )
