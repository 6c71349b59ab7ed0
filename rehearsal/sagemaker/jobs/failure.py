"""Why a job failed, as its FailureReason says it."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from rehearsal.paths import text_inside

LIMIT = 1024
"""Characters of a FailureReason."""


class JobError(Exception):
    """A job failed; the text is its FailureReason."""


def of_exit(code: int, failure_file: Path, tail: Sequence[str]) -> str:
    """`AlgorithmError: ..., exit code: N` with what the container left in /opt/ml/output/failure, or its last lines.

    https://docs.aws.amazon.com/sagemaker/latest/dg/your-algorithms-training-algo-output.html
    """
    text = text_inside(failure_file.parent, failure_file).strip()
    end = f", exit code: {code}"
    text = text or "\n".join(line for line in tail if line.strip()) or "See job logs for more information"
    start = "AlgorithmError: "
    room = LIMIT - len(start) - len(end)
    return start + (text if len(text) <= room else "..." + text[-(room - 3) :]) + end


def shorten(text: str) -> str:
    """A reason within the limit."""
    return text if len(text) <= LIMIT else text[: LIMIT - 3] + "..."
