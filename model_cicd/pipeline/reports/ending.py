"""How a run ended, as every report is made of it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field

from model_cicd.pipeline.report import RunReport
from model_cicd.text.errors import Problem


@dataclass(frozen=True, kw_only=True)
class Ending:
    """The end of a run of the pipeline in `file`: `report` is None when nothing was started.

    `message` is what the command says when it fails, empty when it does not; `problems` are those of the file; `lines`
    are the lines of steps in it. `dry` is a run that ends before AWS.
    """

    file: str
    report: RunReport | None = None
    message: str = ""
    problems: tuple[Problem, ...] = ()
    lines: Mapping[str, int] = field(default_factory=dict)
    region: str = ""
    dry: bool = False

    @property
    def status(self) -> str:
        """One word: Executing, Succeeded, Failed, Stopped of the execution, GateFailed, Checked, or NotStarted."""
        if self.report is None:
            return "Checked" if self.dry and not self.message else "NotStarted"
        return "GateFailed" if self.report.gate == "failed" else self.report.status

    @property
    def good(self) -> bool:
        """Whether the command ends with 0."""
        return not self.message

    @property
    def facts(self) -> dict[str, str]:
        """What later steps of a build or workflow want to know, by names in words of capital letters."""
        report = self.report
        package = report.model_package if report else None
        return {
            "STATUS": self.status,
            "GATE": report.gate if report else "none",
            "EXECUTION_ARN": report.execution_arn if report else "",
            "MODEL_PACKAGE_ARN": package.arn if package else "",
            "MODEL_PACKAGE_VERSION": str(package.version) if package else "",
            "METRICS": json.dumps(report.metrics if report else {}, separators=(",", ":"), sort_keys=True),
        }

    def failures(self) -> list[tuple[str, int, str]]:
        """What went wrong: the step (empty where it is none), the line in the file (0: not in it), and the reason."""
        if self.problems:
            return [
                ("", max(each.line, 1), f"{each.path}: {each.message}".removeprefix(": ")) for each in self.problems
            ]
        report = self.report
        found: list[tuple[str, int, str]] = []
        if report is not None:
            found += [
                (each.step, self.lines.get(each.step, 1), str(each))
                for each in report.conditions
                if each.holds is False
            ]
            found += [
                (step.name, self.lines.get(step.name, 1), step.failure_reason or "no reason is given")
                for step in report.steps
                # the step that says that the gate failed is not what failed
                if step.status == "Failed" and not (report.gate == "failed" and step.type == "Fail" and found)
            ]
        if not found and self.message:
            found.append(("", 0, self.message))
        return found if self.message else []

    def to_json(self) -> str:
        """The report as JSON; of a run that started nothing, its status, message and problems."""
        if self.report is not None:
            return self.report.to_json()
        problems = [asdict(each) for each in self.problems]
        return json.dumps({"status": self.status, "failureReason": self.message, "problems": problems}, indent=2) + "\n"
