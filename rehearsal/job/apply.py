"""The real `seedfarmer apply` and `destroy`, and where to look when they fail."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from rehearsal.codebuild import build_logs
from rehearsal.embedded_aws import EmbeddedAws
from rehearsal.errors import RehearsalError
from rehearsal.job import causes, clients, sources
from rehearsal.job.plan import Plan

STEP = "seedfarmer apply"


def apply(aws: EmbeddedAws, plan: Plan, cwd: Path, on_line: Callable[[str], None]) -> None:
    """Run `seedfarmer apply MANIFEST`. Raises RehearsalError with the end of the failing build's log."""
    _seedfarmer(aws, plan, cwd, ["apply", str(inside(plan, cwd))], on_line)


def destroy(aws: EmbeddedAws, plan: Plan, cwd: Path, on_line: Callable[[str], None]) -> None:
    """Run `seedfarmer destroy DEPLOYMENT`. Raises RehearsalError as `apply` does."""
    _seedfarmer(aws, plan, cwd, ["destroy", plan.deployment], on_line)


def _seedfarmer(
    aws: EmbeddedAws, plan: Plan, cwd: Path, arguments: Sequence[str], on_line: Callable[[str], None]
) -> None:
    step = f"seedfarmer {arguments[0]}"
    account, region = plan.toolchain_account, plan.toolchain_region
    command = ["seedfarmer", *arguments, "--region", region]
    before = {build.id for build in build_logs(aws.directory)}
    try:
        modules = sources.environment(plan, aws.directory)
        clients.run(
            aws, command, step=step, account=account, region=region, cwd=cwd, on_line=on_line, variables=modules
        )
    except RehearsalError as error:
        made = [build for build in build_logs(aws.directory) if build.id not in before]
        failed = [build for build in made if build.status not in ("SUCCEEDED", "IN_PROGRESS")]
        if not failed:
            raise
        log = failed[-1].path
        cause = f"a module's build ended as {failed[-1].status}\n    {tail(log)}"
        raise RehearsalError(step, causes.said_once(cause), log) from error


def tail(log: Path, lines: int = 30) -> str:
    """The last lines of a log, indented to stand under a message."""
    if not log.is_file():
        return "(no log was written)"
    return "\n    ".join(log.read_text(encoding="utf-8", errors="replace").splitlines()[-lines:])


def inside(plan: Plan, cwd: Path) -> Path:
    """The manifest as the copy of the project has it; one from elsewhere is used where it is."""
    return plan.manifest.relative_to(plan.root) if plan.manifest.is_relative_to(plan.root) else plan.manifest
