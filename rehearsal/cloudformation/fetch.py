"""Where a template comes from: the request's body or an object in S3."""

from __future__ import annotations

import re
from urllib.parse import parse_qs, unquote, urlparse

from botocore.exceptions import ClientError

from rehearsal.accounts import Credentials
from rehearsal.api import Caller, Params
from rehearsal.cloudformation.template import error
from rehearsal.ports import Platform

VIRTUAL_HOST = re.compile(r"^(?P<bucket>.+)\.s3[.-](?:dualstack\.)?(?:[a-z0-9-]+\.)?amazonaws\.com(?:\.cn)?$")
PATH_STYLE = re.compile(
    r"^(?:s3[.-](?:dualstack\.)?(?:[a-z0-9-]+\.)?amazonaws\.com(?:\.cn)?|127\.0\.0\.1(?::\d+)?|localhost(?::\d+)?)$"
)
BODY_LIMIT, URL_LIMIT = 51_200, 1_000_000  # bytes: quotas of CloudFormation


def fetch_template(params: Params, platform: Platform, caller: Caller, identity: Credentials) -> str:
    """The template's text, read as `identity`. Raises ValidationError when there is none or it is too long."""
    body, url = params.get("TemplateBody"), params.get("TemplateURL")
    if (body is None) == (url is None):
        raise error("Either Template URL or Template Body must be specified.")
    if body is not None:
        if len(body.encode()) > BODY_LIMIT:
            raise error(
                "1 validation error detected: Value at 'templateBody' failed to satisfy constraint: "
                f"Member must have length less than or equal to {BODY_LIMIT}"
            )
        return str(body)
    text = fetch_text(str(url), platform, caller, identity)
    if len(text.encode()) > URL_LIMIT:
        raise error(f"Template may not exceed {URL_LIMIT} bytes in size.")
    return text


def fetch_text(url: str, platform: Platform, caller: Caller, identity: Credentials) -> str:
    """What an S3 URL names, read as `identity`. Raises ValidationError."""
    bucket, key, version = locate(url)
    client = platform.client("s3", account=caller.account, region=caller.region, identity=identity)
    try:
        extra = {"VersionId": version} if version else {}
        text: bytes = client.get_object(Bucket=bucket, Key=key, **extra)["Body"].read()
    except ClientError as cause:
        raise error(f"S3 error: {cause.response['Error'].get('Message')} ({url})") from None
    try:
        return text.decode()
    except UnicodeDecodeError:
        raise error(f"Template format error: {url} is no text in UTF-8") from None


def locate(url: str) -> tuple[str, str, str | None]:
    """Bucket, key and version of a template URL: path style, virtual host, or path style on this machine.

    Raises ApiError ValidationError.
    """
    parts = urlparse(url)
    path = unquote(parts.path.lstrip("/"))
    version = next(iter(parse_qs(parts.query).get("versionId", [])), None)
    if parts.scheme in ("http", "https"):
        if PATH_STYLE.match(parts.netloc) and "/" in path:
            bucket, _, key = path.partition("/")
            return bucket, key, version
        host = VIRTUAL_HOST.match(parts.netloc)
        if host and path:
            return host["bucket"], path, version
    raise error(f"TemplateURL must be a supported URL. ({url})")
