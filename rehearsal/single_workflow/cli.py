"""`rehearse workflow`: from the command line to the exit code."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from rehearsal.alone import run_alone
from rehearsal.single_workflow import options


def main(arguments: Sequence[str]) -> int:
    """Run the command; 0 when the workflow succeeded, 1 when it failed, 2 for wrong usage."""
    return run_alone("rehearse workflow", arguments, options.parse, _run)


def _run(wanted: options.Options, scratch: Path) -> int:
    from rehearsal.single_workflow.run import run

    return run(wanted, scratch)
