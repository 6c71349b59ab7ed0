"""What `model-cicd status` knows: versions, what every environment serves, and whom the promotion waits for.

Each part is asked for by itself. What the caller may not see is in the answer as such, with the permission it needs.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from model_cicd.operate import packages, promotions
from model_cicd.operate.access import Access, DeniedError
from model_cicd.operate.packages import Version
from model_cicd.operate.records import Group, Place
from model_cicd.operate.serving import Serving, serving

T = TypeVar("T")


@dataclass(frozen=True)
class Known(Generic[T]):
    """A part of the answer, or why it is unknown."""

    value: T | None
    unknown: str = ""


@dataclass(frozen=True)
class GroupStatus:
    """A group as it is now; `environments` are in the order of promotion."""

    group: Group
    versions: Known[list[Version]]
    pipeline: Known[promotions.State]
    environments: tuple[tuple[Place, Known[Serving]], ...]

    @property
    def warnings(self) -> list[str]:
        """What needs a person's eye: rejected versions that serve, endpoints that are not in service."""
        statuses = {each.number: each.status for each in self.versions.value or []}
        found = []
        for place, known in self.environments:
            if known.value is None or known.value.version is None:
                continue
            version = known.value.version
            if statuses.get(version) == packages.REJECTED:
                found.append(f"version {version} is Rejected and serves in {place.name}")
            elif self.versions.value is not None and version not in statuses:
                found.append(f"{place.name} serves version {version}, which is not in the registry")
            if not known.value.digest:
                found.append(f"{place.name} serves no release: promote a version again")
            if known.value.endpoint_status not in ("InService", ""):
                found.append(f"the endpoint of {place.name} is {known.value.endpoint_status}")
        return found


def gather(access: Access, groups: Sequence[Group]) -> list[GroupStatus]:
    """The status of every group, in order."""
    with ThreadPoolExecutor(max_workers=8) as pool:

        def ask(call: Callable[[], T]) -> Callable[[], Known[T]]:
            return pool.submit(_known, call).result

        asked = [
            (
                group,
                ask(lambda group=group: packages.versions(access, group)),  # type: ignore[misc]
                ask(lambda group=group: promotions.state(access, group)),  # type: ignore[misc]
                [(place, ask(lambda place=place: serving(access, place))) for place in group.places],  # type: ignore[misc]
            )
            for group in groups
        ]
        return [
            GroupStatus(group, versions(), pipeline(), tuple((place, found()) for place, found in environments))
            for group, versions, pipeline, environments in asked
        ]


def _known(call: Callable[[], T]) -> Known[T]:
    try:
        return Known(call())
    except DeniedError as error:
        return Known(None, error.short)


def as_json(statuses: Sequence[GroupStatus]) -> dict[str, Any]:
    """The status as plain data. Keys stay as they are; what is unknown is null, beside `unknown` with the reason."""
    return {"groups": [_group(each) for each in statuses]}


def _group(status: GroupStatus) -> dict[str, Any]:
    group = status.group
    return {
        "group": group.name,
        "module": group.module,
        "buildAccount": group.build_account,
        "buildRegion": group.build_region,
        "modelPackageGroup": group.model_package_group_name,
        "approverPolicyArn": group.approver_policy_arn,
        "scientistPolicyArn": group.scientist_policy_arn or None,
        "trainingScientistPolicyArn": group.training_scientist_policy_arn or None,
        "versions": None if status.versions.value is None else [_version(each) for each in status.versions.value],
        "versionsUnknown": status.versions.unknown or None,
        "environments": [_environment(group, place, known) for place, known in status.environments],
        "promotion": _pipeline(status),
        "warnings": status.warnings,
    }


def _version(version: Version) -> dict[str, Any]:
    return {
        "version": version.number,
        "arn": version.arn,
        "status": version.status,
        "reason": version.reason or None,
        "created": version.created,
        "commit": version.commit or None,
        "metrics": version.metrics,
    }


def _environment(group: Group, place: Place, known: Known[Serving]) -> dict[str, Any]:
    found = known.value or Serving()
    return {
        "name": place.name,
        "type": place.type,
        "account": place.account,
        "region": place.region,
        "requireApproval": place.require_approval,
        "stack": place.stack_name,
        "stackStatus": found.stack_status or None,
        "endpoint": place.endpoint_name,
        "endpointStatus": found.endpoint_status or None,
        "version": found.version,
        "modelPackageArn": group.package_arn(found.version) if found.version else None,
        "release": found.release,
        "releaseArn": found.release_arn or None,
        "digest": found.digest or None,
        "unknown": known.unknown or None,
    }


def _pipeline(status: GroupStatus) -> dict[str, Any]:
    group, state = status.group, status.pipeline.value

    def run(each: promotions.Run | promotions.Waiting) -> dict[str, Any]:
        return {
            "stage": each.stage,
            "action": each.action,
            "execution": each.execution,
            "version": group.version_of(each.package_arn),
        }

    return {
        "pipeline": group.pipeline_name,
        "account": group.tooling_account,
        "region": group.tooling_region,
        "running": None if state is None else [run(each) for each in state.running],
        "waiting": None
        if state is None
        else [
            {
                **run(each),
                "since": each.since,
                "approverPolicyArn": each.approver_policy_arn,
                "command": each.command,
            }
            for each in state.waiting
        ],
        "failed": None if state is None else [{**run(each), "cause": each.cause} for each in state.failed],
        "unknown": status.pipeline.unknown or None,
    }
