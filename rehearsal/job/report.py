"""What a rehearsal found out, as a table for people and as JSON for programs, and what it proves."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, TextIO

from rich.console import Console
from rich.table import Table

from rehearsal.errors import RehearsalError
from rehearsal.job import access
from rehearsal.job.execution import Outcome
from rehearsal.job.pipeline_modules import PipelineResult
from rehearsal.job.profile import Profile
from rehearsal.job.progress import Step
from rehearsal.job.train import BY_WORKFLOW, Result

PROVES = ("the unmodified seedfarmer, cdk and git commands deploy this manifest and its templates to every account",)
PROVES_OF_GROUPS = (
    "a push to a branch starts the pipeline of its deployment group and no other",
    "the training code of the repository runs: real scripts, real training, a real gate, a registered model",
    "an approved model reaches every environment in order, byte for byte, and each endpoint answers as the trained "
    "model itself does",
)
PROVES_OF_WORKFLOWS = (
    "workflows of the stand-in GitHub train on a push: their jobs get the group's role with a signed token, no secret",
)
PROVES_OF_PIPELINES = (
    "a declared pipeline is deployed by CloudFormation, and somebody who has the published starter policy starts it",
    "its steps run: real scripts, real training, real gates, and the model that they register is there",
)
DOES_NOT_PROVE = (
    "service quotas, network paths (VPC, endpoints), prices and run times on AWS",
    "container images: scripts run in this machine's Python, built-in XGBoost through the xgboost library",
)


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
    failure: dict[str, str | None] | None = None
    iam: dict[str, Any] | None = None
    protections: dict[str, Any] | None = None
    notifications: Sequence[dict[str, Any]] = ()
    stubbed: Sequence[str] = ()
    profile: Profile | None = None

    @classmethod
    def failed(cls, manifest: str, error: RehearsalError, **known: Any) -> Report:
        """The report of a rehearsal that ended with `error`; `known` are the fields that are known by then."""
        facts: dict[str, Any] = {"accounts": [], "seconds": 0.0, "steps": [], "groups": [], **known}
        failure = {"step": error.step, "cause": error.cause, "log": str(error.log) if error.log else None}
        return cls(manifest=manifest, passed=False, failure=failure, **facts)

    def as_json(self) -> str:
        """The report as JSON text."""
        data: dict[str, Any] = {
            "manifest": self.manifest,
            "accounts": self.accounts,
            "passed": self.passed,
            "seconds": round(self.seconds, 1),
            "steps": [
                {
                    "name": each.name,
                    "seconds": round((each.ended or each.started) - each.started, 1),
                    "failed": each.failed,
                }
                for each in self.steps
            ],
            "groups": [_plain(each) for each in self.groups],
            "pipelines": [_plain(each) for each in self.pipelines],
            "failure": self.failure,
            "iam": self.iam,
            "protections": self.protections,
            "notifications": list(self.notifications),
            "stubbed": list(self.stubbed),
            "proves": [*self._proves(), *access.proved(self.iam)],
            "doesNotProve": list(self._not_proved()),
            **({"profile": self.profile.as_data()} if self.profile else {}),
        }
        return json.dumps(data, indent=2) + "\n"

    def write(self, path: Path) -> None:
        """Write the JSON to `path`."""
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(self.as_json(), encoding="utf-8")

    def show(self, out: TextIO) -> None:
        """Print the table and what it means."""
        console = Console(file=out, width=None if out.isatty() else 160)
        if self.pipelines:
            console.print(self._declared())
        if self.groups:
            console.print(self._table())
            if any(each.environments for each in self.groups):
                console.print(self._environments())
        if self.notifications:
            to = ", ".join(dict.fromkeys(each["to"] for each in self.notifications))
            print(f"{len(self.notifications)} notifications were sent to {to}", file=out)
        for line in access.summary(self.iam):
            print(line, file=out)
        print("This rehearsal proves:", file=out)
        for line in (*self._proves(), *access.proved(self.iam)) if self.passed else ():
            print(f"  + {line}", file=out)
        if not self.passed:
            print("  nothing beyond the steps above: it failed", file=out)
        print("It does not prove:", file=out)
        for line in self._not_proved():
            print(f"  - {line}", file=out)
        if self.profile:
            self.profile.show(out)

    def _proves(self) -> list[str]:
        of_groups = () if self.pipelines and not self.groups else PROVES_OF_GROUPS
        of_workflows = PROVES_OF_WORKFLOWS if self._by_workflow else ()
        return [*PROVES, *(PROVES_OF_PIPELINES if self.pipelines else ()), *of_groups, *of_workflows]

    @property
    def _by_workflow(self) -> bool:
        return any(each.trainer == BY_WORKFLOW for each in self.groups)

    def _not_proved(self) -> Iterator[str]:
        yield from (*access.not_proved(self.iam), *DOES_NOT_PROVE)
        if self._by_workflow:
            yield "GitHub itself: images of runners, the code of actions (stand-ins run), reviews and protection rules"
        if self.stubbed:
            yield f"that these steps work, which were not run (--stub): {', '.join(self.stubbed)}"

    def _declared(self) -> Table:
        table = Table(show_lines=True)
        for heading in ("module", "account", "pipeline", "steps (s)", "metric against threshold", "registered version"):
            table.add_column(heading, overflow="fold")
        for each in self.pipelines:
            table.add_row(
                each.module,
                each.account,
                f"{each.pipeline}\n{each.status or '-'}\n{each.seconds} s",
                _steps(each.steps),
                _metric(each),
                f"{each.model_package.split('/')[-2]}\nversion {each.version}\n{each.approval_status}"
                if each.version
                else "-",
            )
        return table

    def _table(self) -> Table:
        table = Table(show_lines=True)
        for heading in (
            "group",
            "branch",
            "build account",
            "pipeline",
            "steps (s)",
            "metric against threshold",
            "registered version",
        ):
            table.add_column(heading, overflow="fold")
        for each in self.groups:
            table.add_row(
                each.group,
                each.branch,
                each.build_account,
                f"{each.pipeline_status or '-'}\n{each.seconds} s",
                _steps(each.steps),
                _metric(each),
                f"version {each.version}\n{each.approval_status}" if each.version else "-",
            )
        return table

    def _environments(self) -> Table:
        table = Table()
        for heading in ("group", "environment", "account", "serves", "prediction error", "seconds since approval"):
            table.add_column(heading, overflow="fold", no_wrap=heading == "prediction error")
        for each in self.groups:
            for place in each.environments:
                table.add_row(
                    each.group,
                    f"{place['name']} ({place['type']})",
                    place["account"],
                    f"version {place['version']}\n{place['digest'][:19]}",
                    "-" if place["mse"] is None else f"mse {place['mse']:.1f} on {place['rows']} held-back rows",
                    f"{place['seconds']:.1f}" + (", after a manual approval" if place["manual_approval"] else ""),
                )
        return table


_SIGNS = {"LessThan": "<", "LessThanOrEqualTo": "<=", "GreaterThan": ">", "GreaterThanOrEqualTo": ">=", "Equals": "="}


def _plain(result: Outcome) -> dict[str, Any]:
    """A result as plain data: what tells it from others, then what came of it."""
    common = {field.name for field in dataclasses.fields(Outcome)}
    data = dataclasses.asdict(result)
    return {**{name: value for name, value in data.items() if name not in common}, **data}


def _steps(steps: list[dict[str, Any]]) -> str:
    shown = "\n".join(f"{step['name']} {step['status']} {step['seconds'] or ''}".rstrip() for step in steps)
    return shown or "-"


def _metric(result: Outcome) -> str:
    if result.value is None or result.threshold is None:
        return "-"
    name = result.metric.removesuffix(".value").rpartition(".")[2]
    return f"{name} {result.value:.1f}\n{_SIGNS.get(result.operator, result.operator)} {result.threshold:g}"
