"""`pip` in a build: `pip install` and `pip uninstall` are done by uv, what uv does not know or fails at by pip.

uv links packages from the shared cache: aws-cdk-lib takes well under a second in place of most of a minute.
Called as `pip.py REAL_UV PYTHON arguments...`; PYTHON is the interpreter of the environment to install into.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

# Options that say nothing to uv.
IGNORED = {"--disable-pip-version-check", "--no-input", "--no-warn-script-location", "--prefer-binary", "--user",
           "--no-python-version-warning", "--use-pep517", "--exists-action", "--no-warn-conflicts"}  # fmt: skip
IGNORED_WITH_VALUE = {"--root-user-action", "--progress-bar", "--timeout", "--retries", "--trusted-host", "--cert"}
FLAGS = {"-q", "--quiet", "-qq", "-v", "--verbose", "-U", "--upgrade", "--no-deps", "--pre", "--no-cache-dir",
         "--force-reinstall", "--no-build-isolation", "--no-index", "--require-hashes", "-y", "--yes"}  # fmt: skip
WITH_VALUE = {"-r", "--requirement", "-c", "--constraint", "-e", "--editable", "-t", "--target", "-i", "--index-url",
              "--extra-index-url", "-f", "--find-links"}  # fmt: skip
RENAMED = {"--pre": "--prerelease=allow", "--no-cache-dir": "--no-cache", "--force-reinstall": "--reinstall"}
# pip's settings that uv knows by another name.
SETTINGS = {"PIP_INDEX_URL": "UV_DEFAULT_INDEX", "PIP_EXTRA_INDEX_URL": "UV_INDEX", "PIP_FIND_LINKS": "UV_FIND_LINKS",
            "PIP_NO_INDEX": "UV_NO_INDEX", "PIP_CERT": "SSL_CERT_FILE", "PIP_CONSTRAINT": "UV_CONSTRAINT"}  # fmt: skip
FRESH = {"-U", "--upgrade", "--no-cache-dir", "--force-reinstall"}


def main(arguments: list[str]) -> int:
    """Run `pip` with `arguments` after REAL_UV and PYTHON."""
    uv, python, *words = arguments
    translated = translate(words)
    if translated is None:
        return subprocess.run([python, "-m", "pip", *words], check=False).returncode
    command, *options = translated
    if command == "install" and not [word for word in options if not word.startswith("-")]:
        return 0  # `pip install uv` alone: the build has it
    environment = with_settings(dict(os.environ))
    scripts = {path: path.read_bytes() for path in Path(python).parent.glob("pip*")}
    base = [uv, "pip", command, "--python", python, *options]
    tries = [base] if command == "uninstall" or FRESH & set(words) else [[*base, "--offline"], base]
    for attempt in tries:
        done = subprocess.run(attempt, capture_output=True, check=False, env=environment)
        if done.returncode == 0:
            sys.stdout.buffer.write(done.stdout)
            sys.stderr.buffer.write(done.stderr)
            break
    else:
        # pip knows settings of its own (pip.conf), and its users know its error messages.
        return subprocess.run([python, "-m", "pip", *words], check=False).returncode
    for path, text in scripts.items():  # `pip install --upgrade pip` writes pip's own
        if path.exists() and path.read_bytes() != text:
            path.unlink()
            path.write_bytes(text)
            path.chmod(0o755)
    return 0


def translate(words: list[str]) -> list[str] | None:
    """The arguments of `uv pip` for those of `pip`; None when uv does not know them all."""
    if not words or words[0] not in ("install", "uninstall"):
        return None
    command, *rest = words
    result = [command]
    while rest:
        word = rest.pop(0)
        name, joined, _ = word.partition("=")
        if name in IGNORED:
            continue
        if name in IGNORED_WITH_VALUE:
            rest = rest if joined else rest[1:]
        elif word in FLAGS:
            result += [RENAMED.get(word, word)] if not (command == "uninstall" and word in ("-y", "--yes")) else []
        elif name in WITH_VALUE or word[:2] in WITH_VALUE:
            separate = name in WITH_VALUE and not joined
            result += [word, *(rest[:1] if separate else [])]
            rest = rest[1:] if separate else rest
        elif word.startswith("-"):
            return None
        elif not (command == "install" and word == "uv"):
            result.append(word)
    return result


def with_settings(environment: dict[str, str]) -> dict[str, str]:
    """The environment with pip's settings under uv's names, where uv's are not set."""
    for ours, theirs in SETTINGS.items():
        if environment.get(ours) and theirs not in environment:
            environment[theirs] = environment[ours]
    return environment


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except KeyboardInterrupt:
        os._exit(130)
