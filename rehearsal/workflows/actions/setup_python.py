"""actions/setup-python: a Python of this machine in the tool cache of the job, first on PATH.

https://github.com/actions/setup-python
"""

from __future__ import annotations

import re
import sys

from rehearsal.process import base_python
from rehearsal.workflows.actions.inputs import boolean, lines
from rehearsal.workflows.steps import ActionError, Call

_VERSION = re.compile(r"\d+(\.(\d+|x)){0,2}|[<>=~!^ \d.,x]+")


def run(call: Call) -> None:
    """Make it; outputs `python-version`, `python-path` and `cache-hit`. Raises ActionError."""
    wanted = lines(call, "python-version") or _from_file(call)
    if not wanted:
        call.log.annotate("warning", "Neither 'python-version' nor 'python-version-file' was given: python is on PATH")
        wanted = [".".join(map(str, sys.version_info[:2]))]
    for version in wanted:
        if not _VERSION.fullmatch(version):
            raise ActionError(f"python-version: got {version!r}, expected a version of CPython such as 3.12")
        _set_up(call, version)
    cache = call.inputs.get("cache", "")
    if cache and cache != "pip":
        raise ActionError(f"cache: got {cache!r}, expected pip")
    call.outputs["cache-hit"] = "false"


def _from_file(call: Call) -> list[str]:
    named = call.inputs.get("python-version-file", "")
    text = call.session.folder.workspace_text(named or ".python-version")
    if named and not text:
        raise ActionError(f"python-version-file: there is no {named} in the workspace")
    if named.endswith("pyproject.toml"):
        found = re.search(r"^requires-python\s*=\s*[\"']([^\"']+)", text, re.MULTILINE)
        return [found[1]] if found else []
    return [line.strip() for line in text.splitlines() if line.strip() and not line.startswith("#")]


def _set_up(call: Call, version: str) -> None:
    session = call.session
    request = re.sub(r"\.x\b", "", version).strip()
    folder = session.folder.tools / "Python" / re.sub(r"[^\w.]+", "-", request).strip("-") / "x64"
    make = ["uv", "venv", "--quiet", "--seed", "--clear", "--python"]
    environment = {"UV_PYTHON_DOWNLOADS": "never", "VIRTUAL_ENV": ""}
    made = session.ask([*make, request, str(folder)], env=environment)
    if made.code:
        made = session.ask([*make, base_python(), str(folder)], env=environment)
        own = ".".join(map(str, sys.version_info[:3]))
        call.log.say(f"[rehearsal] Python {version} is not installed on this machine: the job gets Python {own}")
    if made.code:
        raise ActionError(f"Python {version} could not be set up: {made.stderr.decode(errors='replace').strip()}")
    python = folder / "bin" / "python"
    shown = session.ask([str(python), "-c", "import platform; print(platform.python_version())"])
    found = shown.stdout.decode().strip()
    if boolean(call, "update-environment"):
        names = ("pythonLocation", "Python_ROOT_DIR", "Python2_ROOT_DIR", "Python3_ROOT_DIR")
        session.env |= dict.fromkeys(names, str(folder))
        session.paths.insert(0, str(folder / "bin"))
    call.outputs |= {"python-version": found, "python-path": str(python)}
    call.log.say(f"Successfully set up CPython ({found})")
