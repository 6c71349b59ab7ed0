"""`rehearse pipeline`: from the command line to the exit code."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from rehearsal.alone import run_alone
from rehearsal.local import options


def main(arguments: Sequence[str]) -> int:
    """Run the command; 0 when the execution succeeded, 1 when it failed, 2 for wrong usage."""
    return run_alone("rehearse pipeline", arguments, options.parse, _run)


def _run(wanted: options.Options, scratch: Path) -> int:
    from rehearsal.local.run import run

    return run(wanted, scratch)
