"""Reads the lineage of a version out of its registry, the execution that registered it, and what serves.

SageMaker forgets nothing of them by itself (executions, jobs and packages stay); what was deleted, or may not be read,
is said to be unknown.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from model_cicd.lineage.approvals import approvals_of
from model_cicd.lineage.executions import execution_of, person
from model_cicd.lineage.records import Container, Decision, Execution, LifeCycle, Lineage, StageApproval
from model_cicd.operate import packages
from model_cicd.operate.access import Access, DeniedError, reason_of
from model_cicd.operate.directory import find
from model_cicd.operate.records import Group, Place
from model_cicd.operate.serving import Serving, serving
from model_cicd.promotion import releasing
from model_cicd.promotion.release import CANDIDATE, DIGEST, Release
from model_cicd.text.errors import ModelCicdError

#: the property of a version that names the execution which registered it
EXECUTION = "PipelineExecutionArn"

_Served = Sequence[tuple[Place, Serving]]


def lineage(access: Access, groups: Sequence[Group], name: str, number: int | None) -> Lineage:
    """The lineage of what `name` says: the ARN of a release or version, or a group; of that, version `number`.

    Without a number, of what the last environment of the group serves. Raises ModelCicdError where there is no such
    version, or none serves yet, and DeniedError where the registry cannot be read.
    """
    group, number, release = _meant(access, groups, name, number)
    unknown: dict[str, str] = {}
    everywhere = list(_served(access, group, unknown))
    wanted = number if number is not None else _last(group, everywhere)
    sagemaker = packages.client(access, group)
    described = _described(access, group, sagemaker, wanted)
    properties = dict(described.get("CustomerMetadataProperties") or {})
    of_sdk = described.get("MetadataProperties") or {}
    for key in ("CommitId", "Repository"):
        if of_sdk.get(key):
            properties.setdefault(key, of_sdk[key])
    return Lineage(
        group=group,
        version=packages.parse({**described, "CustomerMetadataProperties": properties}),
        properties=properties,
        containers=tuple(_containers(described)),
        decision=_decision(described),
        execution=_execution(access, sagemaker, properties.get(EXECUTION, ""), unknown),
        release=release or _release(access, group, wanted, unknown),
        serves=tuple((place, found) for place, found in everywhere if found.version == wanted),
        life_cycle=_life_cycle(described),
        approvals=_approvals(access, group, wanted, unknown),
        unknown=unknown,
    )


def _life_cycle(described: Mapping[str, Any]) -> LifeCycle | None:
    """https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_ModelLifeCycle.html"""
    found = described.get("ModelLifeCycle")
    if not found:
        return None
    return LifeCycle(str(found["Stage"]), str(found["StageStatus"]), str(found.get("StageDescription") or ""))


def _approvals(access: Access, group: Group, number: int, unknown: dict[str, str]) -> tuple[StageApproval, ...]:
    try:
        return tuple(approvals_of(access, group, number))
    except ModelCicdError as error:
        unknown["approvals"] = reason_of(error)
        return ()


def _meant(
    access: Access, groups: Sequence[Group], name: str, number: int | None
) -> tuple[Group, int | None, Release | None]:
    if not name.startswith("arn:"):
        return find(groups, name), number, None
    for group in groups:
        if (version := group.version_of(name)) is not None:
            return group, version, None
        if group.release_of(name) is not None:
            found = packages.described(access, packages.client(access, group), name)
            properties = found.get("CustomerMetadataProperties") or {}
            if CANDIDATE not in properties:
                raise ModelCicdError(f"{name} has no property {CANDIDATE}: no promotion of {group.name} made it")
            candidate = int(properties[CANDIDATE])
            return group, candidate, Release(name, candidate, properties.get(DIGEST, ""))
    heads = [each.package_arn(0).rpartition("/")[0] + "/VERSION" for each in groups]
    raise ModelCicdError(f"got {name}, expected a release or a version of one of the groups: {', '.join(heads)}")


def _described(access: Access, group: Group, sagemaker: Any, number: int) -> dict[str, Any]:
    try:
        return packages.described(access, sagemaker, group.package_arn(number))
    except DeniedError:
        raise
    except ModelCicdError:
        # raises with the versions that there are, unless it is something else
        packages.choose(packages.versions(access, group), number, None, group.name, "look at")
        raise


def _served(access: Access, group: Group, unknown: dict[str, str]) -> Iterator[tuple[Place, Serving]]:
    for place in group.places:
        try:
            yield place, serving(access, place)
        except ModelCicdError as error:
            unknown[f"environment {place.name}"] = reason_of(error)


def _last(group: Group, everywhere: _Served) -> int:
    """The version that the last environment serves."""
    last = group.places[-1]
    for place, found in everywhere:
        if place == last and found.version is not None:
            return found.version
    raise ModelCicdError(f"{group.name}: got no version, and nothing is known to serve in {last.name}: name a VERSION")


def _containers(described: Mapping[str, Any]) -> Iterator[Container]:
    for each in (described.get("InferenceSpecification") or {}).get("Containers") or []:
        source = ((each.get("ModelDataSource") or {}).get("S3DataSource") or {}).get("S3Uri")
        image = str(each.get("Image") or "")
        yield Container(
            image=image,
            image_digest=str(each.get("ImageDigest") or image.partition("@")[2]),
            artifact=str(each.get("ModelDataUrl") or source or ""),
        )


def _decision(described: Mapping[str, Any]) -> Decision:
    """https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_DescribeModelPackage.html"""
    status = str(described.get("ModelApprovalStatus", ""))
    if status not in (packages.APPROVED, packages.REJECTED):
        return Decision(status)
    at = described.get("LastModifiedTime") or described.get("CreationTime")
    return Decision(
        status=status,
        by=person(described.get("LastModifiedBy") or described.get("CreatedBy")),
        at=at.isoformat(timespec="seconds") if at else "",
        reason=str(described.get("ApprovalDescription") or ""),
    )


def _execution(access: Access, sagemaker: Any, arn: str, unknown: dict[str, str]) -> Execution | None:
    if not arn:
        unknown["execution"] = f"the version has no property {EXECUTION}"
        return None
    try:
        return execution_of(access, sagemaker, arn, unknown)
    except ModelCicdError as error:
        unknown["execution"] = reason_of(error)
        return None


def _release(access: Access, group: Group, number: int, unknown: dict[str, str]) -> Release | None:
    name = group.release_group_name
    if not name:
        unknown["release"] = "the deployment is of before there were releases"
        return None
    what = f"model package group {name} of account {group.build_account}"
    try:
        with access.asking("sagemaker:ListModelPackages", what):
            return releasing.find(packages.client(access, group), name, number)
    except ModelCicdError as error:
        unknown["release"] = reason_of(error)
        return None
