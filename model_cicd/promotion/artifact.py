"""Where the artifacts of a candidate are, and which of their versions were current when it was registered. Pure."""

from __future__ import annotations

import datetime
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from model_cicd.text.errors import ModelCicdError

#: of a prefix, so that a mistaken one does not copy a bucket
MOST_OBJECTS = 10_000


@dataclass(frozen=True)
class Location:
    """An object of a bucket, or all objects below a prefix."""

    bucket: str
    key: str
    prefix: bool = False

    def holds(self, key: str) -> bool:
        """Whether an object is (part of) it."""
        return key.startswith(self.key) if self.prefix else key == self.key

    def __str__(self) -> str:
        return f"s3://{self.bucket}/{self.key}"


@dataclass(frozen=True)
class ObjectVersion:
    """A version of an object: bytes that nobody can change."""

    key: str
    id: str
    size: int  # bytes


def location(uri: str, *, prefix: bool = False) -> Location:
    """The location `s3://bucket/key`. Raises ModelCicdError for anything else."""
    bucket, slash, key = uri.removeprefix("s3://").partition("/")
    if not uri.startswith("s3://") or not slash or not bucket or not key:
        raise ModelCicdError(f"got the artifact {uri!r}, expected s3://BUCKET/KEY")
    return Location(bucket, key, prefix)


def in_registry(found: Location, bucket: str, prefixes: Sequence[str]) -> None:
    """Raises ModelCicdError where an artifact is not below one of `prefixes` of the registry's `bucket`."""
    inside = found.bucket == bucket and any(found.key.startswith(each) for each in prefixes)
    if not inside or ".." in found.key.split("/"):
        expected = " or ".join(f"s3://{bucket}/{each}" for each in prefixes)
        raise ModelCicdError(f"the artifact {found} is outside of the registry, expected it below {expected}")


def current_at(
    moment: datetime.datetime,
    listed: Sequence[Mapping[str, Any]],
    deleted: Sequence[Mapping[str, Any]],
    found: Location,
) -> Iterator[ObjectVersion]:
    """The versions of `found` that were current at `moment`, by key.

    `listed` and `deleted` are the Versions and DeleteMarkers of ListObjectVersions, of each key the newest first.
    Raises ModelCicdError where there are none, or where anything was written or deleted there later. S3 dates
    versions to the second, so an object that was overwritten in the second of `moment` counts as overwritten later.
    https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListObjectVersions.html
    """
    second, seen = moment.replace(microsecond=0), Counter(each["Key"] for each in listed)
    for each in (*listed, *deleted):
        again = seen[each["Key"]] > 1 and each["LastModified"].replace(microsecond=0) == second
        if found.holds(each["Key"]) and (each["LastModified"] > moment or again):
            did = "deleted" if each in deleted else "overwritten" if seen[each["Key"]] > 1 else "written"
            at = each["LastModified"].astimezone(datetime.UTC).strftime("%Y-%m-%d %H:%M:%S UTC")
            raise ModelCicdError(f"s3://{found.bucket}/{each['Key']} was {did} after the registration, at {at}")
    gone = {each["Key"] for each in deleted if each.get("IsLatest")}
    newest: dict[str, Mapping[str, Any]] = {}
    for each in listed:
        if found.holds(each["Key"]):
            newest.setdefault(each["Key"], each)
    kept = [each for key, each in sorted(newest.items()) if key not in gone and not key.endswith("/")]
    if not kept:
        raise ModelCicdError(f"there is no object at {found}")
    if len(kept) > MOST_OBJECTS:
        raise ModelCicdError(f"got {len(kept)} objects below {found}, expected at most {MOST_OBJECTS}")
    return (ObjectVersion(each["Key"], each["VersionId"], each["Size"]) for each in kept)
