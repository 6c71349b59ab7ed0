"""The versions of a group: model packages with their approval state, metrics and commit."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from model_cicd.operate.access import Access, error_code
from model_cicd.operate.records import Group
from model_cicd.text.errors import ModelCicdError
from model_cicd.text.metrics import metrics

PENDING, APPROVED, REJECTED = "PendingManualApproval", "Approved", "Rejected"


@dataclass(frozen=True)
class Version:
    """One version of a group; `stage` is where in its life cycle it is, a stage and its status, or empty.

    `metrics` are the numbers among the properties that the training put on it, `summary` the same with their thresholds
    as a line of text. `contents` say what a release of the version
    would run, a line for each image, artifact and environment.
    """

    number: int
    arn: str
    status: str
    created: str  # ISO 8601, UTC
    commit: str
    metrics: dict[str, float]
    summary: str
    reason: str
    contents: tuple[str, ...] = ()
    stage: str = ""
    stage_status: str = ""
    artifacts: tuple[str, ...] = ()  # S3 URIs, of a folder with a slash at its end


class NoRegistryError(ModelCicdError):
    """There is no model package group: nothing was ever deployed, or somebody deleted it."""


def versions(access: Access, group: Group) -> list[Version]:
    """Every version of `group`, newest first.

    Raises DeniedError when the caller can read the registry neither by themselves nor through the lookup role, and
    NoRegistryError when there is none.
    """
    sagemaker = client(access, group)
    name = group.model_package_group_name
    with (
        access.asking("sagemaker:ListModelPackages", f"model package group {name} of account {group.build_account}"),
        _there(group),
    ):
        pages = sagemaker.get_paginator("list_model_packages").paginate(
            ModelPackageGroupName=name, SortBy="CreationTime", SortOrder="Descending"
        )
        found = [each["ModelPackageArn"] for page in pages for each in page["ModelPackageSummaryList"]]
    return sorted((parse(described(access, sagemaker, arn)) for arn in found), key=lambda each: -each.number)


@contextmanager
def _there(group: Group) -> Iterator[None]:
    from botocore.exceptions import ClientError

    try:
        yield
    except ClientError as error:
        if error_code(error) not in ("ValidationException", "ResourceNotFound") or "exist" not in str(error):
            raise
        where = f"model package group {group.model_package_group_name} in account {group.build_account}"
        raise NoRegistryError(f"{group.name}: there is no {where}: was the manifest applied?") from None


def version(access: Access, group: Group, number: int) -> Version:
    """One version of `group`. Raises ModelCicdError when it does not exist."""
    return parse(described(access, client(access, group), group.package_arn(number)))


def client(access: Access, group: Group) -> Any:
    """SageMaker in the account of the registry. Raises DeniedError when the caller cannot get there."""
    return access.client(
        "sagemaker", account=group.build_account, region=group.build_region, role_arn=group.build_lookup_role_arn
    )


def described(access: Access, sagemaker: Any, arn: str) -> dict[str, Any]:
    """A model package as DescribeModelPackage has it. Raises ModelCicdError when it cannot be read."""
    with access.asking("sagemaker:DescribeModelPackage", arn):
        found: dict[str, Any] = sagemaker.describe_model_package(ModelPackageName=arn)
    return found


def parse(found: Mapping[str, Any]) -> Version:
    """The version that DescribeModelPackage described."""
    properties: dict[str, str] = found.get("CustomerMetadataProperties") or {}
    stage = found.get("ModelLifeCycle") or {}
    return Version(
        number=int(found["ModelPackageVersion"]),
        arn=str(found["ModelPackageArn"]),
        status=str(found.get("ModelApprovalStatus", "")),
        created=found["CreationTime"].isoformat(timespec="seconds"),
        commit=commit_of(properties),
        metrics=metrics_of(properties),
        summary=metrics(properties),
        reason=str(found.get("ApprovalDescription") or ""),
        contents=tuple(contents_of(found)),
        stage=str(stage.get("Stage", "")),
        stage_status=str(stage.get("StageStatus", "")),
        artifacts=tuple(_artifacts(found)),
    )


def _artifacts(described: Mapping[str, Any]) -> Iterator[str]:
    """The models of a version. https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_S3ModelDataSource.html"""
    for container in (described.get("InferenceSpecification") or {}).get("Containers") or []:
        source = (container.get("ModelDataSource") or {}).get("S3DataSource") or {}
        uri = str(container.get("ModelDataUrl") or source.get("S3Uri") or "")
        if uri:
            folder = not container.get("ModelDataUrl") and source.get("S3DataType") == "S3Prefix"
            yield f"{uri.rstrip('/')}/" if folder else uri


def contents_of(described: Mapping[str, Any]) -> Iterator[str]:
    """What a release would run of a version as DescribeModelPackage has it."""
    for container in (described.get("InferenceSpecification") or {}).get("Containers") or []:
        yield f"image {container.get('Image')}"
        source = ((container.get("ModelDataSource") or {}).get("S3DataSource") or {}).get("S3Uri")
        yield f"artifact {container.get('ModelDataUrl') or source or 'none'}"
        environment = container.get("Environment") or {}
        if environment:
            yield "environment " + ", ".join(f"{key}={value}" for key, value in sorted(environment.items()))


def commit_of(properties: Mapping[str, str]) -> str:
    """The commit a version was trained from, or the empty string: the property CommitId, whatever its case."""
    return property_of(properties, "commitid", "commit")


def property_of(properties: Mapping[str, str], *names: str) -> str:
    """The first property of `names` (in lower case) that says something, whatever its case, or the empty string."""
    folded = {key.replace("_", "").replace("-", "").casefold(): value for key, value in properties.items()}
    return next((folded[name] for name in names if folded.get(name)), "")


def metrics_of(properties: dict[str, str]) -> dict[str, float]:
    """The properties that are numbers, sorted by name."""
    found = {}
    for key, value in sorted(properties.items()):
        try:
            found[key] = float(value)
        except ValueError:
            continue
    return found


def because(version: Version) -> str:
    """` (reason)` of the decision on a version, or the empty string."""
    return f" ({version.reason})" if version.reason else ""


def choose(versions: list[Version], number: int | None, status: str | None, group: str, why: str) -> Version:
    """The version `number`, or the newest one with `status` when none is named.

    Raises ModelCicdError that says which versions there are.
    """
    shown = ", ".join(f"{each.number} ({each.status})" for each in versions[:10]) or "none is registered yet"
    if number is not None:
        found = next((each for each in versions if each.number == number), None)
        if found is None:
            raise ModelCicdError(f"{group}: got version {number}, expected one of {shown}")
        return found
    newest = next((each for each in versions if each.status == status), None)
    if newest is None:
        raise ModelCicdError(f"{group}: no version is {status}, so there is none to {why}; versions: {shown}")
    return newest
