"""`uv` in a build: the real one, with three differences.

1. `--python 3.12` falls back to the build's own Python where 3.12 is not installed (AWS's images bring several).
2. Installations try the shared cache before the network (uv asks the index about every package each time).
3. `pip` in a virtual environment made with `--seed` hands `pip install` to uv, as in `tools/pip.py`.

Called as `uv.py REAL_UV BASE_PYTHON PIP_TOOL arguments...`.
"""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

VERSION = re.compile(r"^(?:python|cpython@?)?(\d+(?:\.\d+){0,2})$")
INSTALLS = (["pip", "install"], ["pip", "sync"], ["tool", "install"], ["venv"], ["sync"])
WITH_VALUE = {"--python", "-p", "--prompt", "--python-platform", "--index-url", "-i", "--default-index", "--index",
              "--extra-index-url", "--find-links", "-f", "--index-strategy", "--keyring-provider", "--exclude-newer",
              "--link-mode", "--cache-dir", "--color", "--directory", "--project", "--config-file", "--with",
              "--allow-insecure-host", "--config-setting", "-r", "--requirement", "--requirements", "-c",
              "--constraint", "--constraints", "-e", "--editable", "--target", "--prefix", "--extra",
              "--group"}  # fmt: skip
# With one of these the caller wants to know what the index has now.
FRESH = {"-U", "--upgrade", "--refresh", "--no-cache", "-n", "--reinstall", "--offline", "-P", "--upgrade-package"}


def main(arguments: list[str]) -> int:
    """Run the real uv with `arguments`."""
    real, base_python, pip_tool, *words = arguments
    words = with_installed_python(real, build_python(base_python), words)
    plain = positional(words)
    made = Path(plain[1] if len(plain) > 1 else ".venv") if plain[:1] == ["venv"] else None
    code = None
    if offline_first(words, plain):
        was_there = made is None or made.exists()
        tried = subprocess.run([real, *words, "--offline"], capture_output=True, check=False)
        if tried.returncode == 0:
            sys.stdout.buffer.write(tried.stdout)
            sys.stderr.buffer.write(tried.stderr)
            code = 0
        elif made and not was_there and (made / "pyvenv.cfg").exists():
            shutil.rmtree(made, ignore_errors=True)  # without its seed packages; the second try would stumble on it
    if code is None:
        code = subprocess.run([real, *words], check=False).returncode
    if code == 0 and made and "--seed" in words:
        replace_pip(made, pip_tool)
    return code


def build_python(base_python: str) -> str:
    """The Python of this build; before it has one, `base_python`."""
    runtime = Path(os.environ.get("HOME", "/nowhere"), ".runtime", "bin", "python")
    return str(runtime) if runtime.exists() else base_python


def positional(words: list[str]) -> list[str]:
    """The words that are neither options nor values of options."""
    result, rest = [], list(words)
    while rest:
        word = rest.pop(0)
        if word in WITH_VALUE:
            rest = rest[1:]
        elif not word.startswith("-"):
            result.append(word)
    return result


def offline_first(words: list[str], plain: list[str]) -> bool:
    """Whether a command installs something without asking for the newest."""
    installs = any(plain[: len(command)] == command for command in INSTALLS)
    return installs and not FRESH & {word.partition("=")[0] for word in words}


def with_installed_python(real: str, python: str, words: list[str]) -> list[str]:
    """`words` with every version of Python that is not installed replaced by the Python at `python`."""
    result = list(words)
    for number, word in enumerate(words):
        flag, _, value = word.partition("=")
        if flag not in ("--python", "-p"):
            continue
        value = value or (words[number + 1] if number + 1 < len(words) else "")
        if not VERSION.match(value):
            continue
        found = subprocess.run([real, "python", "find", value], capture_output=True, check=False)
        if found.returncode == 0:
            continue
        print(f"[rehearsal] Python {value} is not installed on this machine: using {python}", file=sys.stderr)
        if "=" in word:
            result[number] = f"{flag}={python}"
        else:
            result[number + 1] = python
    return result


def replace_pip(directory: Path, pip_tool: str) -> None:
    """Put `tools/pip.py` in the place of the `pip` commands of a virtual environment."""
    bin_directory = directory.absolute() / "bin"
    for pip in bin_directory.glob("pip*"):
        command = shlex.join([sys.executable, "-I", "-S", pip_tool, sys.argv[1], f"{bin_directory}/python"])
        pip.unlink()  # it may be a link into the shared cache
        pip.write_text(f'#!/bin/sh\nexec {command} "$@"\n', encoding="utf-8")
        pip.chmod(0o755)


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except KeyboardInterrupt:
        os._exit(130)
