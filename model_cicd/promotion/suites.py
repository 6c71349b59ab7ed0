"""The suites that a version is tested with: those of its own commit, taken along with its release.

What counts is the digest that stood in the version's metadata when it was registered, as the recorder wrote it down.
"""

from __future__ import annotations

from typing import Any

from model_cicd.aws.accounts import Client
from model_cicd.aws.resources import MODELS
from model_cicd.aws.sessions import code
from model_cicd.promotion import releasing
from model_cicd.promotion.artifact import Location
from model_cicd.promotion.plan import Plan
from model_cicd.stage_tests import bundle
from model_cicd.text.errors import ModelCicdError

#: what the file is when nothing is tested
NONE = b'{"suites":{}}'
#: of an object that somebody writes over and over
_MOST_VERSIONS = 20


def take_along(client: Client, plan: Plan, version: int) -> bytes:
    """The suites of a version, whose copy lies beside its release; `client` acts as the release role.

    Raises ModelCicdError where the version has not every suite that an environment of the plan wants.
    """
    digest = releasing.recorded(client("s3"), plan, version).suites
    if not digest:
        raise ModelCicdError(
            f"version {version} of deployment group {plan.group} was registered without suites, and its environments "
            f"are tested with {', '.join(plan.suites)}: put {bundle.FOLDER}/{plan.suites[0]}.yaml into the training "
            "repository and train again"
        )
    content = _content(client("s3"), plan, version, digest)
    found = bundle.read(content, digest)
    for name in plan.suites:
        bundle.chosen(found, name)
    return content


def _content(s3: Any, plan: Plan, version: int, digest: str) -> bytes:
    kept = {"Bucket": plan.release_bucket, "Key": f"{MODELS}{version}/{bundle.FILE}"}
    content = _read(s3, kept)
    if content is None or bundle.digest_of(content) != digest:
        content = _published(s3, Location(plan.registry_bucket, bundle.key(digest)), digest)
        s3.put_object(**kept, Body=content)
    return content


def _published(s3: Any, source: Location, digest: str) -> bytes:
    """The version of the object that has the digest: others may be written over it, and count for nothing."""
    listed, _ = releasing.versions(s3, source)
    for each in [one for one in listed if one["Key"] == source.key and one["Size"] <= bundle.LARGEST][-_MOST_VERSIONS:]:
        content = _read(s3, {"Bucket": source.bucket, "Key": source.key, "VersionId": each["VersionId"]})
        if content is not None and bundle.digest_of(content) == digest:
            return content
    raise ModelCicdError(f"there is no object {source} with the digest {digest}: train again")


def _read(s3: Any, which: dict[str, str]) -> bytes | None:
    from botocore.exceptions import ClientError

    try:
        found: bytes = s3.get_object(**which)["Body"].read(bundle.LARGEST + 1)
    except ClientError as error:
        if code(error) in ("NoSuchKey", "NoSuchVersion"):
            return None
        raise
    return found
