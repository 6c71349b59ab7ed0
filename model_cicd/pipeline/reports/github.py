"""`--report github`: annotations, the job's summary, outputs for later steps, the commit's status, a comment.

Nothing here fails a training: what GitHub does not take is said as a warning.
"""

from __future__ import annotations

import json
import secrets
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from model_cicd.pipeline.reports import github_api
from model_cicd.pipeline.reports.ending import Ending
from model_cicd.pipeline.reports.escape import command
from model_cicd.pipeline.reports.github_http import GitHubError
from model_cicd.pipeline.reports.markdown import markdown

Say = Callable[[str], None]

#: GitHub shows that many errors of a step
_ANNOTATIONS = 10


@contextmanager
def commands_stopped(say: Say) -> Iterator[None]:
    """Let GitHub take no line that is printed inside for a command: names and logs of others are among them."""
    token = secrets.token_hex(16)
    say(f"::stop-commands::{token}")
    try:
        yield
    finally:
        say(f"::{token}::")


def publish(ending: Ending, environment: Mapping[str, str], say: Say) -> None:
    """Tell GitHub."""
    for step, line, reason in ending.failures()[:_ANNOTATIONS]:
        where = {"file": _in_repository(ending.file, environment), "line": str(line)} if line else {}
        say(command("error", reason, {**where, "title": f"step {step}" if step else "model-cicd run"}))
    for problem in (*_write_files(ending, environment), *_tell(ending, environment)):
        say(command("warning", problem, {"title": "model-cicd run"}))


def _write_files(ending: Ending, environment: Mapping[str, str]) -> Iterator[str]:
    for variable, text in (("GITHUB_STEP_SUMMARY", markdown(ending)), ("GITHUB_OUTPUT", _outputs(ending))):
        path = environment.get(variable)
        if not path:
            yield f"{variable} is not set: not in a job of GitHub Actions?"
            continue
        try:
            with Path(path).open("a", encoding="utf-8") as file:
                file.write(text)
        except OSError as error:
            yield f"{variable}: cannot be written: {error.strerror}"


def _outputs(ending: Ending) -> str:
    """Outputs of the step; a delimiter that nobody can guess keeps a value from ending itself."""
    found = []
    for name, value in ending.facts.items():
        end = f"end_{secrets.token_hex(16)}"
        found.append(f"{name.lower().replace('_', '-')}<<{end}\n{value}\n{end}\n")
    return "".join(found)


def _tell(ending: Ending, environment: Mapping[str, str]) -> Iterator[str]:
    try:
        payload = read_payload(environment)
    except (OSError, ValueError) as error:
        yield f"GITHUB_EVENT_PATH cannot be read: {error}"
        payload = {}
    job = github_api.read_job(environment, payload)
    if not job.token:
        yield "GITHUB_TOKEN is not set: no status on the commit and no comment"
        return
    if not job.repository or not job.sha:
        yield "GITHUB_REPOSITORY and GITHUB_SHA are not set: no status on the commit and no comment"
        return
    for tell in (github_api.set_status, *((github_api.comment,) if job.pull_request else ())):
        try:
            tell(job, ending)
        except GitHubError as error:
            yield f"GitHub was not told: {error}"


def read_payload(environment: Mapping[str, str]) -> dict[str, Any]:
    """What the event of a job is about. Raises OSError and ValueError where it cannot be read."""
    path = environment.get("GITHUB_EVENT_PATH")
    found = json.loads(Path(path).read_text(encoding="utf-8")) if path else {}
    return found if isinstance(found, dict) else {}


def _in_repository(file: str, environment: Mapping[str, str]) -> str:
    """The file as it is named in the repository, which annotations go by."""
    workspace = environment.get("GITHUB_WORKSPACE")
    path = Path(file).absolute()
    if workspace and path.is_relative_to(workspace):
        return path.relative_to(workspace).as_posix()
    return file
