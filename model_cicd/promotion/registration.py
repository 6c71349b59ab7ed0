"""How a candidate was registered, as the recorder of the build account wrote it down, against what it is now. Pure."""

from __future__ import annotations

import datetime
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from model_cicd.promotion.artifact import Location
from model_cicd.stage_tests.bundle import PROPERTY
from model_cicd.text.errors import ModelCicdError

_PENDING = "PendingManualApproval"
#: what decides what a container runs
_COMPARED = ("Image", "ModelDataUrl", "ModelDataSource", "AdditionalS3DataSource", "Environment")
_WORDS = {"Image": "image", "ModelDataUrl": "artifact", "ModelDataSource": "artifact", "Environment": "environment"}


@dataclass(frozen=True)
class Registration:
    """A version as it was when it was made; `uploads` are the keys of uploads that were under way in the registry.

    `package` is all that DescribeModelPackage said, `suites` the digest of the suites of its commit, if that has any.
    """

    created: datetime.datetime
    containers: Sequence[Mapping[str, Any]]
    uploads: tuple[str, ...]
    package: Mapping[str, Any] = field(default_factory=dict)
    suites: str = ""


def registration(text: str, version: int, group: str) -> Registration:
    """The record of a version. Raises ModelCicdError where it does not say how the version was registered.

    Step Functions writes a JSON value; a text in it is JSON again.
    """
    found = json.loads(text)
    found = json.loads(found) if isinstance(found, str) else found
    package, uploads = found["package"], found["uploads"]
    what = f"version {version} of deployment group {group}"
    if package.get("ModelPackageVersion") != version:
        raise ModelCicdError(f"the record of {what} is of version {package.get('ModelPackageVersion')}")
    status, created = package.get("ModelApprovalStatus"), _moment(package["CreationTime"])
    changed = _moment(package.get("LastModifiedTime") or package["CreationTime"])
    if status != _PENDING and changed > created:  # a pipeline may register a version as approved
        raise ModelCicdError(
            f"{what} was made {status} before its registration was recorded, which takes seconds: train again"
        )
    if uploads.get("IsTruncated"):
        raise ModelCicdError(f"more uploads were under way in the registry than a record holds when {what} was made")
    return Registration(
        created=created,
        containers=containers(package, what),
        uploads=tuple(each["Key"] for each in uploads.get("Uploads") or []),
        package=package,
        suites=str((package.get("CustomerMetadataProperties") or {}).get(PROPERTY) or ""),
    )


def _moment(text: str) -> datetime.datetime:
    return datetime.datetime.fromisoformat(text)


def containers(package: Mapping[str, Any], what: str) -> list[Mapping[str, Any]]:
    """The containers of a model package as DescribeModelPackage has it. Raises ModelCicdError when it has none."""
    found: list[Mapping[str, Any]] = (package.get("InferenceSpecification") or {}).get("Containers") or []
    if not found:
        raise ModelCicdError(f"{what} has no inference specification, so there is nothing to serve")
    return found


def unchanged(recorded: Registration, now: Sequence[Mapping[str, Any]], what: str) -> None:
    """Raises ModelCicdError, naming what differs, where the containers of a version are not those it was made with."""
    found = list(_differences(recorded.containers, now))
    if found:
        raise ModelCicdError(f"{what} was changed after it was registered: {'; '.join(found)}")


def _differences(before: Sequence[Mapping[str, Any]], now: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    if len(before) != len(now):
        yield f"{len(before)} containers became {len(now)}"
        return
    for number, (old, new) in enumerate(zip(before, now, strict=True)):
        for name in _COMPARED:
            was, has = old.get(name) or None, new.get(name) or None
            if was != has:
                yield f"{_WORDS.get(name, name)} of container {number}: {_shown(was)} became {_shown(has)}"


def _shown(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, sort_keys=True)


def not_uploading(recorded: Registration, location: Location, what: str) -> None:
    """Raises ModelCicdError where an upload to `location` was under way when the version was made.

    The object that it makes bears the date of its beginning, whenever it ends.
    """
    found = next((key for key in recorded.uploads if location.holds(key)), None)
    if found is not None:
        raise ModelCicdError(f"an upload to {found} was not finished when {what} was registered: train again")
