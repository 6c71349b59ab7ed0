"""Why a training failed, as people ask: did the gate keep the model out, did the script fail, was a right missing."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

GATE, SCRIPT, PERMISSION, TIMEOUT, STOPPED, BUILD, OTHER = (
    "gate", "script", "permission", "timeout", "stopped", "build", "other",
)  # fmt: skip
#: what each is called
WORDS = {
    GATE: "gate not passed",
    SCRIPT: "script failed",
    PERMISSION: "permission missing",
    TIMEOUT: "took too long",
    STOPPED: "stopped",
    BUILD: "build failed",
    OTHER: "failed",
}
_LONGEST = 500  # characters of a reason
_DENIED = re.compile(r"not authorized to perform|AccessDenied|Access Denied|UnauthorizedOperation", re.IGNORECASE)
_WHO_MAY_NOT = re.compile(r"User: \S+ is not authorized to perform: \S+(?: on resource: \S+)?")
_LATE = re.compile(r"MaxRuntime|runtime exceeded|timed.?out|TIMED_OUT", re.IGNORECASE)
_EXCEPTION = re.compile(r"[A-Za-z_][\w.]*(?:Error|Exception|Interrupt|Exit)\b")


@dataclass(frozen=True)
class Reason:
    """Why: one of the kinds above, and a line of text."""

    kind: str
    text: str

    def __str__(self) -> str:
        return f"{WORDS[self.kind]}: {self.text}" if self.text else WORDS[self.kind]


def of_job(failure_reason: str, log: Sequence[str] = ()) -> Reason:
    """The reason of a step whose job failed, of its FailureReason and the last lines of its log.

    https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_DescribeTrainingJob.html (FailureReason)
    """
    of_script = failure_reason.startswith("AlgorithmError")
    inside = failure_reason.removeprefix("AlgorithmError: ") if of_script else failure_reason
    last = telling(log) or telling(inside.splitlines())
    text = last if of_script else line(failure_reason)
    if denied := _denied(text) or _denied(failure_reason):
        return Reason(PERMISSION, denied)
    if _LATE.search(text) and not of_script:
        return Reason(TIMEOUT, text)
    return Reason(SCRIPT if of_script else OTHER, text or line(failure_reason))


def of_build(message: str, printed: Sequence[str] = ()) -> Reason:
    """The reason of a build that failed by itself, of CodePipeline's message and what the failed command printed."""
    if "TIMED_OUT" in message:
        return Reason(TIMEOUT, line(message))
    if "state: STOPPED" in message:
        return Reason(STOPPED, line(message))
    said = verdict(printed)
    text = line(" ".join(said)) or telling(printed) or line(message)
    if said and said[0].startswith("gate failed"):
        return Reason(GATE, line("; ".join(said[1:])) or line(said[0]))
    if denied := _denied(text):
        return Reason(PERMISSION, denied)
    return Reason(BUILD, text)


def verdict(printed: Sequence[str]) -> list[str]:
    """The last sentences of `model-cicd run`: how the gate or the execution failed, a line each."""
    starts = [at for at, each in enumerate(printed) if each.startswith(("gate failed", "the execution ended as"))]
    return [each.strip() for each in printed[starts[-1] :]] if starts else []


def telling(lines: Sequence[str]) -> str:
    """The line that says most: the last exception, else the last line."""
    shown = [re.sub(r", exit code: \d+$", "", each.strip()) for each in lines if each.strip()]
    exceptions = [each for each in shown if _EXCEPTION.match(each)]
    return line((exceptions or shown or [""])[-1])


def line(text: str) -> str:
    """`text` in one line, cut where it is very long."""
    one = " ".join(text.split())
    return one if len(one) <= _LONGEST else f"{one[: _LONGEST - 3]}..."


def _denied(text: str) -> str:
    if not _DENIED.search(text):
        return ""
    found = _WHO_MAY_NOT.search(text)
    return found[0] if found else line(text)
