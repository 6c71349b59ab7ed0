"""Makes the release of a candidate, or finds the one that was made before: what environments are given to serve."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from model_cicd.aws.accounts import Client
from model_cicd.aws.resources import REGISTRATIONS
from model_cicd.promotion import baseline
from model_cicd.promotion import release as releases
from model_cicd.promotion.artifact import Location, ObjectVersion, current_at
from model_cicd.promotion.copying import copy
from model_cicd.promotion.plan import Plan
from model_cicd.promotion.registration import Registration, containers, not_uploading, registration, unchanged
from model_cicd.promotion.release import Release
from model_cicd.text.errors import ModelCicdError


def release(client: Client, plan: Plan, described: Mapping[str, Any], say: Callable[[str], None]) -> Release:
    """The release of the version that DescribeModelPackage `described`; `client` acts as the release role.

    Raises ModelCicdError for a version that was changed after it was registered, and for images and artifacts that no
    release may have. Nothing is released then.
    """
    version = int(described["ModelPackageVersion"])
    what = f"version {version} of deployment group {plan.group}"
    now = containers(described, what)
    record = recorded(client("s3"), plan, version)
    unchanged(record, now, what)
    releases.allowed(now, plan)
    watched = _watched(record, described, plan, what)
    places = [*(each.at for each in releases.artifacts(now)), *(each.at for each in watched)]
    registered = {each: _registered(client("s3"), record, each, what) for each in places}
    found = find(client("sagemaker"), plan.release_group, version)
    if found is not None:
        _has_baselines(client("sagemaker"), found, plan, what)
        say(f"{what} was released before: {found.arn}, {found.digest}")
        return found

    def copied(source: Location, target: Location) -> str:
        return copy(client("s3"), source, registered[source], target)

    made, digest = releases.released(now, version, plan, copied)
    wanted = Release("", version, digest, record.suites)
    baselines = baseline.copied(watched, version, plan, copied)
    asked = releases.request(described, made, wanted, plan, baselines)
    arn = client("sagemaker").create_model_package(**asked)["ModelPackageArn"]
    say(f"{what} is released: {arn}, {digest}")
    return Release(arn, version, digest)


def _watched(
    recorded: Registration, described: Mapping[str, Any], plan: Plan, what: str
) -> list[baseline.BaselineFile]:
    """The files of the version's baseline, where environments monitor."""
    if not plan.baselines:
        return []
    baseline.unchanged(recorded.package, described, what)
    return baseline.files(described, plan, what)


def _has_baselines(sagemaker: Any, found: Release, plan: Plan, what: str) -> None:
    """Raises ModelCicdError where a release was made before anybody monitored, without what that takes."""
    if not plan.baselines:
        return
    lacking = list(baseline.missing(sagemaker.describe_model_package(ModelPackageName=found.arn), plan))
    if lacking:
        raise ModelCicdError(
            f"{what} was released without the drift baselines {', '.join(lacking)}, before an environment monitored: "
            "train again"
        )


def find(sagemaker: Any, group: str, version: int) -> Release | None:
    """The release of a version in the model package group of releases, or None where there is none yet."""
    pages = sagemaker.get_paginator("list_model_packages").paginate(ModelPackageGroupName=group)
    wanted = releases.description(version)
    for page in pages:
        for each in page["ModelPackageSummaryList"]:
            if each.get("ModelPackageDescription") == wanted:
                arn = str(each["ModelPackageArn"])
                found = sagemaker.describe_model_package(ModelPackageName=arn)
                return Release(arn, version, found["CustomerMetadataProperties"][releases.DIGEST])
    return None


def recorded(s3: Any, plan: Plan, version: int) -> Registration:
    """The first record of a version: a later one under its name is not what it was registered with."""
    key = f"{REGISTRATIONS}{version}.json"
    listed, _ = versions(s3, Location(plan.release_bucket, key))
    own = [each for each in listed if each["Key"] == key]
    if not own:
        raise ModelCicdError(
            f"there is no record of how version {version} of deployment group {plan.group} was registered "
            f"(s3://{plan.release_bucket}/{key}): it is written seconds after the registration, and versions older "
            "than this module's releases have none: train again"
        )
    found = s3.get_object(Bucket=plan.release_bucket, Key=key, VersionId=own[-1]["VersionId"])
    return registration(found["Body"].read().decode(), version, plan.group)


def _registered(s3: Any, record: Registration, source: Location, what: str) -> list[ObjectVersion]:
    """The versions of an artifact's objects that a version was registered with."""
    not_uploading(record, source, what)
    listed, deleted = versions(s3, source)
    return list(current_at(record.created, listed, deleted, source))


def versions(s3: Any, found: Location) -> tuple[list[Any], list[Any]]:
    """Versions and delete markers below the key of a location, of each key the newest first."""
    listed: list[Any] = []
    deleted: list[Any] = []
    for page in s3.get_paginator("list_object_versions").paginate(Bucket=found.bucket, Prefix=found.key):
        listed += page.get("Versions") or []
        deleted += page.get("DeleteMarkers") or []
    return listed, deleted
