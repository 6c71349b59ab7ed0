"""Where a job or a build logged, and what stands at its end."""

from __future__ import annotations

import re
import shlex
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from model_cicd.aws import console
from model_cicd.operate.access import Access, DeniedError

_LINES = 60
_AGENT = re.compile(r"\[Container\] \S+ \S+ (.*)")


@dataclass(frozen=True)
class Log:
    """A log stream of an account."""

    account: str
    region: str
    group: str
    stream: str

    @property
    def command(self) -> str:
        """The `aws` command that prints it, for who has credentials of the account."""
        words = ["aws", "logs", "get-log-events", "--region", self.region, "--log-group-name", self.group]
        words += ["--log-stream-name", self.stream, "--output", "text", "--query", "events[].[message]"]
        return shlex.join(words)

    @property
    def console(self) -> str:
        """Its page of the console."""
        return console.log_stream(self.region, self.group, self.stream)


def of_build(build_id: str, account: str, region: str) -> Log | None:
    """The log of a build with the id `<project>:<uuid>`, where CodeBuild puts it by itself; None for any other id."""
    project, colon, build = build_id.rpartition(":")
    return Log(account, region, f"/aws/codebuild/{project}", build) if colon and "/" not in build_id else None


def tail(access: Access, client: Any, log: Log) -> list[str]:
    """Its last lines; none where it cannot be read."""
    from model_cicd.text.errors import ModelCicdError

    try:
        with access.asking("logs:GetLogEvents", f"log group {log.group}"):
            events = client.get_log_events(logGroupName=log.group, logStreamName=log.stream, limit=_LINES)["events"]
    except (DeniedError, ModelCicdError):
        return []
    return [line for event in events for line in str(event["message"]).rstrip().splitlines()]


def printed_by_failed_command(lines: Sequence[str]) -> list[str]:
    """What the command that ended a build printed, without CodeBuild's own lines.

    https://docs.aws.amazon.com/codebuild/latest/userguide/getting-started-build-log-console.html
    """
    printed: list[str] = []
    for line in lines:
        found = _AGENT.match(line)
        if found is None:
            printed.append(line)
        elif found[1].startswith("Running command"):
            printed = []
        elif found[1].startswith("Command did not exit successfully"):
            break
    return [line for line in printed if line.strip()]
