"""The unmodified command lines (seedfarmer, cdk, git, model-cicd) run against the embedded AWS."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from rehearsal.accounts import Credentials
from rehearsal.embedded_aws import EmbeddedAws
from rehearsal.errors import RehearsalError
from rehearsal.job.programs import search_path
from rehearsal.process import base_environment


def environment(aws: EmbeddedAws, account: str, region: str, identity: Credentials | None = None) -> dict[str, str]:
    """The environment in which a client works as the administrator of `account`, or as `identity`."""
    home = aws.directory / "home"
    home.mkdir(exist_ok=True)
    return (
        base_environment()
        | aws.client_environment(account, region)
        | (identity.environment(region) if identity else {})
        | {"HOME": str(home), "PATH": search_path(), "CI": "true", "CDK_DISABLE_CLI_TELEMETRY": "true"}
    )


def run(
    aws: EmbeddedAws,
    command: Sequence[str],
    *,
    step: str,
    account: str,
    region: str,
    cwd: Path,
    on_line: Callable[[str], None] | None = None,
    identity: Credentials | None = None,
    variables: Mapping[str, str] | None = None,
) -> str:
    """Run a client to its end; give back its output, which also goes to a log file.

    It acts as the administrator of `account`, or as `identity`, with further `variables`.
    Raises RehearsalError with the end of the output when it fails or is not installed.
    """
    env = environment(aws, account, region, identity) | dict(variables or {})
    if shutil.which(command[0], path=env["PATH"]) is None:
        raise RehearsalError(step, f"the command {command[0]} is not installed (make installs it)")
    log = aws.directory / "logs" / "clients" / f"{step.replace(' ', '-')}.log"
    log.parent.mkdir(parents=True, exist_ok=True)
    lines: list[str] = []
    with log.open("a", encoding="utf-8") as file:

        def take(line: str) -> None:
            lines.append(line)
            file.write(line + "\n")
            if on_line:
                on_line(line)

        take("$ " + " ".join(command))
        with aws.spans.span("client", " ".join(command)):
            ended = aws.processes.run(command, cwd=cwd, env=env, on_line=take)
    if ended.code != 0:
        tail = "\n    ".join(line for line in lines[1:][-25:] if line.strip())
        raise RehearsalError(step, f"{command[0]} ended with exit code {ended.code}\n    {tail}", log)
    return "\n".join(lines[1:])
