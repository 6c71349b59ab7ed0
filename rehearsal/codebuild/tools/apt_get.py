"""`apt-get` in a build: packages that this machine has are there; any other is refused: nothing is installed.

Called as `apt_get.py INSTALLED arguments...`; INSTALLED is a file with the names of packages, a line each.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

_NOTHING_TO_DO = ("update", "clean", "autoclean", "autoremove")
_VALUED = ("-o", "--option", "-t", "--target-release", "-c", "--config-file")


def main(arguments: list[str]) -> int:
    """Answer as apt-get would of a machine with these packages; 100 is its code of an error."""
    installed, *words = arguments
    if "amazonlinux" in os.environ.get("CODEBUILD_BUILD_IMAGE", ""):
        print("apt-get: command not found", file=sys.stderr)
        return 127
    command, packages = _read(words)
    if command in _NOTHING_TO_DO:
        print("Reading package lists...")
        return 0
    if command != "install":
        print(f"apt-get: a build of the rehearsal has no `apt-get {command}`", file=sys.stderr)
        return 100
    known = set(Path(installed).read_text(encoding="utf-8").split())
    missing = [name for name in packages if name not in known]
    for name in missing:
        text = f"E: {name} is not installed on this machine, and a build of the rehearsal installs no packages"
        print(f"{text}: `apt-get install {name}` by yourself first", file=sys.stderr)
    for name in packages if not missing else ():
        print(f"{name} is already the newest version.")
    return 100 if missing else 0


def _read(words: list[str]) -> tuple[str, list[str]]:
    """The command, and the names of packages without their versions, releases and architectures."""
    plain, waits = [], False
    for word in words:
        if waits:
            waits = False
        elif word in _VALUED:
            waits = True
        elif not word.startswith("-"):
            plain.append(word)
    command, *names = plain or [""]
    return command, [name.partition("=")[0].partition("/")[0].partition(":")[0] for name in names]


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
