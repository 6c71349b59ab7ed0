"""What `model-cicd status` knows: versions, trainings, what every environment serves, whom the promotion waits for.

Each part is asked for by itself. What the caller may not see is in the answer as such, with the permission it needs.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Generic, TypeVar

from model_cicd.aws.schedule_times import last_due
from model_cicd.operate import drift, packages, promotions, trainings
from model_cicd.operate.access import Access, DeniedError
from model_cicd.operate.drift import StackDrift
from model_cicd.operate.durations import span
from model_cicd.operate.packages import NoRegistryError, Version
from model_cicd.operate.records import Group, Place, StackPlace
from model_cicd.operate.serving import FAILED, Serving, serving
from model_cicd.operate.trainings import NotPublishedError, Trainings

T = TypeVar("T")

DEPLOYED, REMOVED, DESTROYED, NOT_DEPLOYED, UNKNOWN = "deployed", "removed", "destroyed", "notDeployed", "unknown"
_SOON = timedelta(days=1)  # an approval that expires sooner is warned of
_LATE = timedelta(minutes=30)  # so long after its time a training must have begun


@dataclass(frozen=True)
class Known(Generic[T]):
    """A part of the answer, or why it is unknown."""

    value: T | None
    unknown: str = ""


@dataclass(frozen=True, kw_only=True)
class GroupStatus:
    """A group as it is at the moment `now`; `environments` are in the order of promotion.

    `registry` says whether there is one, None where that cannot be seen; `left_manifest`, that the manifest no longer
    has the group. `stacks` are there when drift was asked for.
    """

    group: Group
    now: datetime
    versions: Known[list[Version]]
    registry: bool | None
    pipeline: Known[promotions.State]
    trainings: Known[Trainings]
    environments: tuple[tuple[Place, Known[Serving]], ...]
    left_manifest: bool = False
    stacks: tuple[tuple[StackPlace, Known[StackDrift]], ...] | None = None

    @property
    def phase(self) -> str:
        """`deployed`, `removed` from the manifest and still deployed, `destroyed`, `notDeployed` yet, or `unknown`."""
        if self.pipeline.value is None:
            return REMOVED if self.left_manifest else UNKNOWN
        if self.pipeline.value.exists:
            return REMOVED if self.left_manifest else DEPLOYED
        return DESTROYED if self.registry else NOT_DEPLOYED

    @property
    def warnings(self) -> list[str]:
        """What needs a person's eye: rejected versions that serve, endpoints that are not in service, and so on."""
        return [*self._of_deployment(), *self._of_environments(), *self._of_time(), *self._of_drift()]

    def _of_deployment(self) -> Iterator[str]:
        if self.left_manifest:
            yield (
                f"{self.group.name} is not in the manifest any more and still deployed: the next `seedfarmer apply` "
                "takes it down and keeps its registry and releases"
            )
        if self.phase in (DESTROYED, NOT_DEPLOYED):
            for place, known in self.environments:
                if known.value is not None and known.value.stack_status:
                    yield f"{place.name} is still there: stack {place.stack_name} of account {place.account}"

    def _of_environments(self) -> Iterator[str]:
        statuses = {each.number: each.status for each in self.versions.value or []}
        for place, known in self.environments:
            if known.value is None or known.value.version is None:
                continue
            version = known.value.version
            if statuses.get(version) == packages.REJECTED:
                yield f"version {version} is Rejected and serves in {place.name}"
            elif self.versions.value is not None and version not in statuses:
                yield f"{place.name} serves version {version}, which is not in the registry"
            if not known.value.digest:
                yield f"{place.name} serves no release: promote a version again"
            if known.value.idle:
                yield f"{place.name} serves nobody: {known.value.idle}"
            if known.value.endpoint_status not in ("InService", ""):
                yield f"the endpoint of {place.name} is {known.value.endpoint_status}"
            if (run := known.value.run) and run.status in FAILED:
                yield f"the last run of {place.name}, {run.name}, is {run.status} since {run.ended}"

    def _of_time(self) -> Iterator[str]:
        for wait in self.pipeline.value.waiting if self.pipeline.value else ():
            left = datetime.fromisoformat(wait.expires) - self.now
            if left < _SOON:
                yield f"the approval of stage {wait.stage} expires in {span(left)}"
        due = self.missed_schedule
        if due is not None:
            yield f"no training began at {due.isoformat(timespec='minutes')}, as {self.group.trainer.schedule} asks for"

    @property
    def missed_schedule(self) -> datetime | None:
        """When a training should have begun by the group's schedule and none has since; None when all is well.

        A group without any training yet missed nothing: nobody knows since when it has the schedule.
        """
        starts = self.trainings.value.starts if self.trainings.value else ()
        due = last_due(self.group.trainer.schedule, self.now - _LATE)
        return due if due is not None and starts and max(starts) < due - timedelta(minutes=1) else None

    def _of_drift(self) -> Iterator[str]:
        if self.stacks is None:
            for place, known in self.environments:
                if known.value is not None and known.value.drift == "DRIFTED":
                    yield f"stack {place.stack_name} of {place.name} had drifted at {known.value.drift_checked}"
            return
        for stack, looked in self.stacks:
            if looked.value is not None and looked.value.drift == "DRIFTED":
                yield f"stack {stack.name} of account {stack.account} has drifted: {'; '.join(looked.value.resources)}"


@dataclass(frozen=True)
class Asked:
    """What is asked beyond the groups of the manifest: groups that left it, and drift, which takes minutes."""

    removed: Sequence[Group] = ()
    drift: bool = False


def gather(access: Access, groups: Sequence[Group], now: datetime, asked: Asked = Asked()) -> list[GroupStatus]:
    """The status of every group, in order, those that left the manifest last."""
    with ThreadPoolExecutor(max_workers=8) as pool:
        gone = [(group, True) for group in asked.removed]
        ends = [_begin(pool, access, group, asked) for group, _ in [*((each, False) for each in groups), *gone]]
        left = [False] * len(groups) + [True] * len(gone)
        return [end(now, of_past) for end, of_past in zip(ends, left, strict=True)]


def _begin(
    pool: ThreadPoolExecutor, access: Access, group: Group, asked: Asked
) -> Callable[[datetime, bool], GroupStatus]:
    """Ask for everything of one group; what is given back waits for the answers."""

    def ask(call: Callable[[], T]) -> Callable[[], Known[T]]:
        return pool.submit(_known, call).result

    versions = pool.submit(_registry, access, group)
    pipeline = ask(partial(promotions.state, access, group))
    trained = ask(partial(trainings.trainings, access, group))
    environments = [(place, ask(partial(serving, access, place))) for place in group.places]
    stacks = drift.stacks_of(group) if asked.drift else []
    looked = [(stack, ask(partial(drift.detect, access, stack))) for stack in stacks]

    def end(now: datetime, left_manifest: bool) -> GroupStatus:
        registry, there = versions.result()
        return GroupStatus(
            group=group,
            now=now,
            versions=registry,
            registry=there,
            pipeline=pipeline(),
            trainings=trained(),
            environments=tuple((place, found()) for place, found in environments),
            left_manifest=left_manifest,
            stacks=tuple((stack, found()) for stack, found in looked) if asked.drift else None,
        )

    return end


def _registry(access: Access, group: Group) -> tuple[Known[list[Version]], bool | None]:
    """The versions, and whether there is a registry at all."""
    try:
        return Known(packages.versions(access, group)), True
    except NoRegistryError:
        return Known([]), False
    except DeniedError as error:
        return Known(None, error.short), None


def _known(call: Callable[[], T]) -> Known[T]:
    try:
        return Known(call())
    except DeniedError as error:
        return Known(None, error.short)
    except NotPublishedError as error:
        return Known(None, str(error))


@dataclass(frozen=True)
class Report:
    """The whole answer. `leftovers` is the number of stacks that the manifest does not want, None where not known.

    `notes` are what else there is to say, each a line.
    """

    groups: tuple[GroupStatus, ...]
    leftovers: int | None = None
    notes: tuple[str, ...] = ()
