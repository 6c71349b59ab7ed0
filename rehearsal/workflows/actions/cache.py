"""actions/cache: files that runs of a repository hand to later ones, by key and branch.

https://docs.github.com/en/actions/reference/workflows-and-actions/dependency-caching
"""

from __future__ import annotations

import hashlib
import json
import os
from pathlib import Path

from rehearsal.workflows.actions.inputs import boolean, lines, required
from rehearsal.workflows.log_commands import StepLog
from rehearsal.workflows.results import SUCCESS
from rehearsal.workflows.steps import ActionError, Call

_LONGEST = 512  # characters of a key


def run(call: Call) -> None:
    """Restore now, and save at the end of a job that succeeded, unless there was exactly this one."""
    exact = _restore(call)
    if not exact and not boolean(call, "lookup-only"):
        call.post("Run actions/cache", lambda log: _save(call, log) if call.steps.status == SUCCESS else None)


def restore(call: Call) -> None:
    """Restore only."""
    _restore(call)


def save(call: Call) -> None:
    """Save only."""
    _save(call, call.log)


def _folder(call: Call, ref: str) -> Path:
    facts = call.session.facts
    place = f"{facts.event.repository.lower()}\n{ref}\n" + "\n".join(lines(call, "path"))
    return facts.machine.directory / "workflows" / "cache" / hashlib.sha256(place.encode()).hexdigest()


def _key(text: str) -> str:
    if len(text) > _LONGEST or "," in text:
        raise ActionError(f"key: got {text!r}, expected at most {_LONGEST} characters and no comma")
    return text


def _refs(call: Call) -> list[str]:
    """Whose caches a run may read: its own, of the base of a pull request, of the default branch."""
    event = call.session.facts.event
    base = (event.payload.get("pull_request") or {}).get("base", {}).get("ref")
    default = (event.payload.get("repository") or {}).get("default_branch", "main")
    return list(dict.fromkeys([event.ref, *([f"refs/heads/{base}"] if base else []), f"refs/heads/{default}"]))


def _restore(call: Call) -> bool:
    """Whether there was one with exactly this key."""
    session, key = call.session, _key(required(call, "key"))
    for ref in _refs(call):
        kept = _kept(_folder(call, ref))
        for wanted in (key, *lines(call, "restore-keys")):
            found = [each for each in kept if each == wanted] or [each for each in kept if each.startswith(wanted)]
            if not found:
                continue
            exact = found[-1] == key
            if not boolean(call, "lookup-only"):
                archive = session.folder.write(".zip", kept[found[-1]].read_bytes())
                session.files("restore", str(archive), str(session.folder.workspace), str(session.folder.home))
            call.outputs |= {"cache-hit": "true" if exact else "false", "cache-primary-key": key,
                             "cache-matched-key": found[-1]}  # fmt: skip
            call.log.say(f"Cache restored from key: {found[-1]}")
            return exact
    call.outputs |= {"cache-hit": "", "cache-primary-key": key}
    if boolean(call, "fail-on-cache-miss"):
        raise ActionError(f"Failed to restore cache entry: no cache was found for the key {key}")
    call.log.say(f"Cache not found for input keys: {', '.join((key, *lines(call, 'restore-keys')))}")
    return False


def _kept(folder: Path) -> dict[str, Path]:
    """Key -> file, the newest last."""
    records = sorted(folder.glob("*.json"), key=lambda path: path.stat().st_mtime_ns)
    return {json.loads(path.read_text(encoding="utf-8")): path.with_suffix(".zip") for path in records}


def _save(call: Call, log: StepLog) -> None:
    session, key = call.session, _key(required(call, "key"))
    folder = _folder(call, session.facts.event.ref)
    if key in _kept(folder):
        log.say(f"Cache hit occurred on the primary key {key}, not saving cache.")
        return
    target = session.folder.write(".zip", b"")
    patterns = lines(call, "path")
    count = session.files("keep", str(target), str(session.folder.workspace), str(session.folder.home), *patterns)
    if count == "0":
        log.annotate("warning", f"Path Validation Error: nothing is at {' '.join(patterns)}, no cache is saved")
        return
    folder.mkdir(parents=True, exist_ok=True)
    name = hashlib.sha256(key.encode()).hexdigest()
    part = folder / f"{name}.part{os.getpid()}"
    part.write_bytes(session.folder.read(target))
    part.replace(folder / f"{name}.zip")
    (folder / f"{name}.json").write_text(json.dumps(key), encoding="utf-8")
    log.say(f"Cache saved with key: {key}")
