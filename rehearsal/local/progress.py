"""What people see while a pipeline runs, and what they need when it failed."""

from __future__ import annotations

import re
import threading
import time
from collections.abc import Container
from pathlib import Path
from typing import TextIO

from rehearsal.api import Params
from rehearsal.sagemaker.pipelines.state import Execution, StepRun

_MISSING = re.compile(r"(?:ModuleNotFoundError|ImportError): No module named '([\w.]+)'")
_TAIL = 20
_ENDED = ("Succeeded", "Failed", "Stopped")


class Progress:
    """Prints lines as they come; `stubs` are the steps that are not run. Thread-safe."""

    def __init__(self, out: TextIO, stubs: Container[str] = ()) -> None:
        self._out = out
        self._stubs = stubs
        self._lock = threading.Lock()
        self._began: dict[str, float] = {}

    def say(self, text: str) -> None:
        """One line."""
        with self._lock:
            print(text, file=self._out, flush=True)

    def event(self, kind: str, detail: Params) -> None:
        """An event of SageMaker: steps that begin and end are shown."""
        if not kind.endswith("Step Status Change"):
            return
        status, name = detail["currentStepStatus"], detail["stepName"]
        if status == "Executing":
            self._began[name] = time.monotonic()
            self.say(f"{_clock()} {name} ({detail['stepType']}) started")
        elif status in _ENDED:
            seconds = time.monotonic() - self._began.get(name, time.monotonic())
            cached = detail.get("cacheHitResult")
            how = f"from the cache ({_short(cached['sourcePipelineExecutionArn'])})" if cached else f"{seconds:.2f} s"
            how = "stubbed, not run" if name in self._stubs else how
            outcome = detail.get("metadata", {}).get("condition", {}).get("outcome")
            self.say(f"{_clock()} {name} {status}{f', {outcome}' if outcome else ''}, {how}")


def explain(execution: Execution, logs: Path) -> list[str]:
    """For each failed step: why, the end of its log, and where the whole log is, below the directory `logs`."""
    lines: list[str] = []
    for run in execution.steps.values():
        if run.status != "Failed":
            continue
        lines += ["", f"step {run.name} failed: {run.failure}"]
        files = [file for file in (logs / f"{job.name}.log" for job in run.jobs) if file.is_file()]
        text = files[-1].read_text(encoding="utf-8", errors="replace") if files else ""
        lines += [f"  | {line}" for line in text.splitlines()[-_TAIL:]]
        lines += _missing(run, text)
        lines += [f"  log: {file}" for file in files]
    return lines


def _missing(run: StepRun, text: str) -> list[str]:
    """A sentence about the package that the script of a step could not import."""
    found = _MISSING.findall(text)
    if not found or not run.jobs:
        return []
    package = found[-1].partition(".")[0]
    return [
        f"step {run.name}: the package {package} is missing in {run.jobs[-1].image.python}; install it there, or "
        f"name the step's own packages: --requirements {run.name}=FILE"
    ]


def _clock() -> str:
    return time.strftime("%H:%M:%S")


def _short(arn: str) -> str:
    return arn.rpartition("/")[2]
