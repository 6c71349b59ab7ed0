"""The main job as the command runs it: progress, report, last words, and the logs of a failure."""

from __future__ import annotations

import contextlib
import logging
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, TextIO

from rehearsal import scratch as scratch_directory
from rehearsal.embedded_aws import EmbeddedAws
from rehearsal.errors import RehearsalError
from rehearsal.job import keep_up, report_files
from rehearsal.job.plan import Plan
from rehearsal.job.profile import Profile
from rehearsal.job.progress import Progress
from rehearsal.job.provenance import Provenance
from rehearsal.job.report import Report
from rehearsal.job.run import Job, with_embedded_aws
from rehearsal.job.scene import Scene


def rehearse(
    plan: Plan,
    scratch: Path,
    *,
    reports: Sequence[Path],
    keep: bool,
    as_json: bool,
    stop_at: str | None = None,
    profile: bool = False,
    settings: Mapping[str, Any] | None = None,
    scenes: Sequence[Scene] = (),
) -> int:
    """Run the job and say how it ended: 0 when it passed, else 1.

    With `stop_at` "approval" it waits for a person to approve the registered models. `profile` adds to the report
    where the seconds went. `scenes` come after the main job, where the manifest has their settings.
    """
    progress = Progress(sys.stdout, quiet=as_json)

    def job(aws: EmbeddedAws) -> int:
        log_to(scratch)
        aws.spans.enabled = profile
        opened = contextlib.ExitStack()

        def by_hand() -> None:
            opened.enter_context(keep_up.open_to_others(aws, plan))

        running = Job(aws, plan, progress, by_hand=by_hand if stop_at == "approval" else None, scenes=scenes)
        try:
            with opened, progress.showing():
                found = running.run()
            return told(aws, found)
        finally:
            running.hosts.close()

    def told(aws: EmbeddedAws, found: Report) -> int:
        if profile:
            found.profile = Profile.of(aws.spans.all(), progress.steps, progress.began, found.seconds)
        if not found.passed and not keep:
            keep_logs(found, scratch)
        if as_json:
            sys.stdout.write(report_files.as_json(found.as_data()))
        else:
            found.show(sys.stdout)
        written = _written(found, reports)
        _last_words(found, sys.stderr if as_json else sys.stdout)
        if keep:
            keep_up.stay(aws, plan)
        return 0 if found.passed and written else 1

    return with_embedded_aws(plan, scratch, 0, job, settings)


def refuse(manifest: Path, error: RehearsalError, *, reports: Sequence[Path], as_json: bool) -> int:
    """Report a rehearsal that could not even begin; gives back 1."""
    found = Report.failed(str(manifest), error, provenance=Provenance.of(manifest.resolve().parent))
    if as_json:
        sys.stdout.write(report_files.as_json(found.as_data()))
    _written(found, reports)
    _last_words(found, sys.stderr)
    return 1


def _written(found: Report, paths: Sequence[Path]) -> bool:
    """Write the report to each path; whether all of that went well, and what went wrong is said."""
    well = True
    for path in paths:
        try:
            report_files.write(found.as_data(), path)
        except RehearsalError as error:
            print(f"rehearse: {error}", file=sys.stderr)
            well = False
    return well


def log_to(scratch: Path) -> None:
    """Send the log of the embedded AWS itself to a file."""
    (scratch / "logs").mkdir(exist_ok=True)
    handler = logging.FileHandler(scratch / "logs" / "embedded-aws.log")
    handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(name)s: %(message)s"))
    logging.getLogger().handlers[:] = [handler]


def keep_logs(report: Report, scratch: Path) -> None:
    """Move the logs of a failed rehearsal out of what is about to be removed."""
    try:
        kept = scratch_directory.keep_logs(scratch / "logs", scratch.name.removeprefix("rehearsal-"))
    except OSError as error:  # a folder that nobody may write
        print(f"note: the logs could not be kept: {error}", file=sys.stderr)
        if report.failure:
            report.failure["log"] = None
        return
    if report.failure:
        log = report.failure.get("log")
        inside = log and Path(log).is_relative_to(scratch / "logs")
        report.failure["log"] = str(kept / Path(log).relative_to(scratch / "logs") if log and inside else kept)


def _last_words(report: Report, out: TextIO) -> None:
    if report.failure:
        print(f"\nfailed at {report.failure['step']}: {report.failure['cause']}", file=out)
        if report.failure["log"]:
            print(f"log: {report.failure['log']}", file=out)
    print(f"rehearsal: {'passed' if report.passed else 'failed'} in {report.seconds:.0f} s", file=out)
