"""actions/upload-artifact and actions/download-artifact: files that jobs of a run hand to each other.

https://github.com/actions/upload-artifact, https://github.com/actions/download-artifact
"""

from __future__ import annotations

import fnmatch
import hashlib
import zlib
from pathlib import Path

from rehearsal.workflows.actions.inputs import boolean, lines, required
from rehearsal.workflows.steps import ActionError, Call

_FORBIDDEN = '":<>|*?\r\n\\/'


def folder(call: Call) -> Path:
    """Where the artifacts of the run are; no job sees it."""
    return call.session.facts.directory / "artifacts"


def upload(call: Call) -> None:
    """Keep files; outputs `artifact-id`, `artifact-url` and `artifact-digest`. Raises ActionError."""
    name = required(call, "name")
    if any(each in name for each in _FORBIDDEN) or name in (".", ".."):
        raise ActionError(f"name: got {name!r}, which has one of {_FORBIDDEN!r}")
    if call.inputs["if-no-files-found"] not in ("warn", "error", "ignore"):
        raise ActionError(f"if-no-files-found: got {call.inputs['if-no-files-found']}, expected warn, error or ignore")
    session, patterns = call.session, lines(call, "path")
    target = session.folder.write(".zip", b"")
    hidden = "true" if boolean(call, "include-hidden-files") else "false"
    count = session.files("pack", str(target), str(session.folder.workspace), hidden, *patterns)
    if count == "0":
        _nothing(call, patterns)
        return
    data = session.folder.read(target)
    kept = folder(call) / f"{name}.zip"
    if kept.exists() and not boolean(call, "overwrite"):
        raise ActionError(f"an artifact with the name {name} is there already in this run: give it another name")
    kept.parent.mkdir(parents=True, exist_ok=True)
    kept.write_bytes(data)
    number = str(zlib.crc32(f"{session.facts.run.id}/{name}".encode()))
    facts = session.facts
    call.outputs |= {
        "artifact-id": number,
        "artifact-digest": hashlib.sha256(data).hexdigest(),
        "artifact-url": f"{facts.github.url}/{facts.event.repository}/actions/runs/{facts.run.id}/artifacts/{number}",
    }
    call.log.say(f"Artifact {name} has been successfully uploaded: {count} files, {len(data)} bytes")


def _nothing(call: Call, patterns: list[str]) -> None:
    text = f"No files were found with the provided path: {' '.join(patterns)}. No artifacts will be uploaded."
    wanted = call.inputs["if-no-files-found"]
    if wanted == "error":
        raise ActionError(text)
    if wanted == "warn":
        call.log.annotate("warning", text)
    else:
        call.log.say(text)


def download(call: Call) -> None:
    """Bring an artifact, or all that match; outputs `download-path`. Raises ActionError."""
    session, name = call.session, call.inputs.get("name", "")
    found = {path.stem: path for path in sorted(folder(call).glob("*.zip"))}
    target = session.folder.workspace / call.inputs.get("path", "")
    if name:
        if name not in found:
            have = ", ".join(found) or "none"
            raise ActionError(f"Artifact not found for name: {name}; this run has {have}")
        found = {name: found[name]}
    elif call.inputs.get("pattern"):
        found = {each: path for each, path in found.items() if fnmatch.fnmatchcase(each, call.inputs["pattern"])}
    apart = not name and not boolean(call, "merge-multiple")
    for each, path in found.items():
        archive = session.folder.write(".zip", path.read_bytes())
        session.files("unpack", str(archive), str(target / each if apart else target))
        call.log.say(f"Artifact {each} has been downloaded")
    call.outputs["download-path"] = str(target)
