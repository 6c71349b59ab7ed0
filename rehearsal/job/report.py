"""What a rehearsal found out: as data for programs and pages, and printed for people."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from typing import Any, TextIO

from rehearsal.errors import RehearsalError
from rehearsal.job import access, report_tables, report_words
from rehearsal.job.execution import Outcome
from rehearsal.job.module_outputs import ModuleOutputs
from rehearsal.job.pipeline_modules import PipelineResult
from rehearsal.job.profile import Profile
from rehearsal.job.progress import Step
from rehearsal.job.provenance import Provenance
from rehearsal.job.train import Result


@dataclasses.dataclass
class Report:
    """One rehearsal from start to end; `failure` is None when it passed. Seconds are wall-clock."""

    manifest: str
    accounts: list[str]
    passed: bool
    seconds: float
    steps: list[Step]
    groups: list[Result]
    pipelines: list[PipelineResult] = dataclasses.field(default_factory=list)
    life: Sequence[dict[str, Any]] = ()
    modules: Sequence[ModuleOutputs] = ()
    failure: dict[str, str | None] | None = None
    iam: dict[str, Any] | None = None
    protections: dict[str, Any] | None = None
    notifications: Sequence[dict[str, Any]] = ()
    stubbed: Sequence[str] = ()
    stand_ins: Sequence[dict[str, str]] = ()
    profile: Profile | None = None
    topology: Sequence[dict[str, Any]] = ()
    provenance: Provenance | None = None
    project: str = ""

    @classmethod
    def failed(cls, manifest: str, error: RehearsalError, **known: Any) -> Report:
        """The report of a rehearsal that ended with `error`; `known` are the fields that are known by then."""
        facts: dict[str, Any] = {"accounts": [], "seconds": 0.0, "steps": [], "groups": [], **known}
        failure = {"step": error.step, "cause": error.cause, "log": str(error.log) if error.log else None}
        return cls(manifest=manifest, passed=False, failure=failure, **facts)

    def as_data(self) -> dict[str, Any]:
        """Everything, as JSON has it."""
        origin = self.provenance
        return {
            "manifest": self.manifest,
            "project": self.project,
            "began": origin.began.isoformat(timespec="milliseconds") if origin else None,
            "commit": origin.commit if origin else None,
            "changedSinceCommit": origin.changed if origin else False,
            "versions": origin.versions if origin else {},
            "accounts": self.accounts,
            "topology": list(self.topology),
            "passed": self.passed,
            "seconds": round(self.seconds, 1),
            "steps": [
                {
                    "name": each.name,
                    "started": round(each.started, 1),
                    "seconds": round((each.ended or each.started) - each.started, 1),
                    "failed": each.failed,
                }
                for each in self.steps
            ],
            "groups": [_plain(each) for each in self.groups],
            "pipelines": [_plain(each) for each in self.pipelines],
            "life": list(self.life),
            "modules": [dataclasses.asdict(each) for each in self.modules],
            "failure": self.failure,
            "iam": self.iam,
            "protections": self.protections,
            "notifications": list(self.notifications),
            "stubbed": list(self.stubbed),
            "standIns": list(self.stand_ins),
            "proves": self._proves(),
            "doesNotProve": self._not_proved(),
            **({"profile": self.profile.as_data()} if self.profile else {}),
        }

    def show(self, out: TextIO) -> None:
        """Print the tables and what they mean."""
        report_tables.show_modules([each for each in self.modules if not each.ours], out)
        report_tables.show(self.pipelines, self.groups, out)
        report_tables.show_life(self.life, out)
        if self.notifications:
            to = ", ".join(dict.fromkeys(each["to"] for each in self.notifications))
            print(report_tables.wrapped(f"{len(self.notifications)} notifications were sent to {to}"), file=out)
        for line in access.summary(self.iam):
            print(report_tables.wrapped(line), file=out)
        print("This rehearsal proves:", file=out)
        for line in self._proves():
            print(report_tables.wrapped(f"  + {line}"), file=out)
        if not self.passed:
            print("  nothing beyond the steps above: it failed", file=out)
        print("It does not prove:", file=out)
        for line in self._not_proved():
            print(report_tables.wrapped(f"  - {line}"), file=out)
        if self.profile:
            self.profile.show(out)

    def _proves(self) -> list[str]:
        trainers = [each.trainer for each in self.groups]
        return report_words.proved(trainers, pipelines=bool(self.pipelines), iam=self.iam) if self.passed else []

    def _not_proved(self) -> list[str]:
        trainers = [each.trainer for each in self.groups]
        said = list(report_words.not_proved(trainers, stubbed=self.stubbed, iam=self.iam))
        theirs = [each.module for each in self.modules if not each.ours]
        others = report_words.of_others(theirs, trained=bool(self.groups or self.pipelines))
        return [*said, *others, *report_words.of_stand_ins(self.stand_ins)]


def _plain(result: Outcome) -> dict[str, Any]:
    """A result as plain data: what tells it from others, then what came of it."""
    common = {field.name for field in dataclasses.fields(Outcome)}
    data = dataclasses.asdict(result)
    return {**{name: value for name, value in data.items() if name not in common}, **data}
