"""`rehearse workflow`: from the command line to the exit code."""

from __future__ import annotations

import sys
from collections.abc import Sequence

from rehearsal.errors import UsageError
from rehearsal.single_workflow import options


def main(arguments: Sequence[str]) -> int:
    """Run the command; 0 when the workflow succeeded, 1 when it failed, 2 for wrong usage."""
    try:
        wanted = options.parse(arguments)
    except UsageError as error:
        return refuse(error)
    from rehearsal.cage import run_caged
    from rehearsal.scratch import make_scratch

    scratch = make_scratch()

    def job() -> int:
        from rehearsal.single_workflow.run import run

        try:
            return run(wanted, scratch)
        except UsageError as error:
            return refuse(error)

    return run_caged(job, scratch)


def refuse(error: UsageError) -> int:
    """Say everything that is wrong; the exit code for it."""
    for problem in error.problems:
        print(f"rehearse workflow: {problem}", file=sys.stderr)
    return 2
