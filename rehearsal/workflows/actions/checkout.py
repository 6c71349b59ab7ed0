"""actions/checkout: a commit of a repository of the stand-in GitHub, with the real git.

https://github.com/actions/checkout
"""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping
from pathlib import Path

from rehearsal.process import base_python
from rehearsal.workflows.actions.inputs import boolean, number
from rehearsal.workflows.log_commands import StepLog
from rehearsal.workflows.steps import ActionError, Call

_TOOL = Path(__file__).parents[1] / "tools" / "checkout.py"
_DEEPEST = 2**31 - 1


def run(call: Call) -> None:
    """Check out; outputs `ref` and `commit`. Raises ActionError."""
    session = call.session
    event, github = session.facts.event, session.github
    repository = call.inputs.get("repository") or event.repository
    own = repository.lower() == event.repository.lower()
    directory = (session.folder.workspace / call.inputs.get("path", "")).resolve()
    if not directory.is_relative_to(session.folder.workspace.resolve()):
        raise ActionError(f"path: got {call.inputs['path']!r}, expected a path below the workspace")
    token = call.inputs.get("token") or str(github["token"])
    session.masks.add(token)
    coded = base64.b64encode(f"x-access-token:{token}".encode()).decode()
    session.masks.add(coded)
    ref = call.inputs.get("ref") or (event.ref if own else "refs/heads/main")
    wanted = {
        "url": f"{github['server_url']}/{repository}",
        "directory": str(directory),
        "header": f"AUTHORIZATION: basic {coded}" if token else "",
        "ref": ref,
        "commit": event.sha if own and ref == event.ref else "",
        "depth": number(call, "fetch-depth", 0, _DEEPEST),
        "tags": boolean(call, "fetch-tags"),
        "clean": boolean(call, "clean"),
    }
    call.log.say(f"Syncing repository: {repository}")
    printed: list[str] = []

    def line(text: str) -> None:
        printed.append(text)
        if not text.startswith("{"):
            call.log.say(text)

    environment = session.environment(call.env, {"GIT_TERMINAL_PROMPT": "0"})
    ended = session.execute(_command(wanted), cwd=session.folder.workspace, env=environment, on_line=line)
    if ended.code:
        raise ActionError(f"The process 'git' failed with exit code {ended.code}")
    call.outputs |= json.loads(printed[-1])
    if boolean(call, "persist-credentials"):
        call.post(f"Run {call.step.uses.name if call.step.uses else ''}", lambda log: _forget(call, directory, log))
    else:
        _forget(call, directory, call.log)


def _forget(call: Call, directory: Path, log: StepLog) -> None:
    """Take the token out of the configuration of the repository."""
    done = call.session.ask(_command({"forget": str(directory)}))
    if done.code:
        raise ActionError(f"the token stays in the configuration: git failed with exit code {done.code}")
    for line in done.stdout.decode(errors="replace").splitlines():
        log.say(line)


def _command(wanted: Mapping[str, object]) -> list[str]:
    python = base_python()
    return [python, "-I", "-S", str(_TOOL), json.dumps(wanted)]
