"""The programs of a job: `python` and `pip` of its image, with a place of their own for what the job installs.

No variable says so: whatever a job starts, pip's own builds among it, finds things as in a container.
"""

from __future__ import annotations

import re
import shlex
import shutil
import sys
from pathlib import Path

# pip's builds see only what they ask for: they leave out the packages below site.PREFIXES.
_SEE = "import site; site.PREFIXES.append({prefix!r}); site.addsitedir({packages!r})\n"
# uv installs fast, and knows nothing of --user, which means nothing here
_PIP = """#!/bin/sh
if [ "$1" = install ]; then
  shift
  for each; do shift; [ "$each" = --user ] || set -- "$@" "$each"; done
  exec {uv} pip install --python {python} "$@"
fi
exec {python} -m pip "$@"
"""


def make(home: Path, python: Path) -> Path:
    """A virtual environment in `home` that sees the packages of `python`; its folder of programs.

    What no interpreter is (a script in front of one) is called as it is, and installs where it installs.
    """
    programs = home / "bin"
    programs.mkdir()
    interpreter = python.resolve()
    version = re.fullmatch(r"python(3\.\d+)", interpreter.name)
    if version:
        _environment(home, python, interpreter, version[1])
    else:
        _script(programs / "python", f'#!/bin/sh\nexec {shlex.quote(str(python))} "$@"\n')
    (programs / "python3").symlink_to("python")
    uv = find_uv()
    own = shlex.quote(str(programs / "python"))
    plain = f'#!/bin/sh\nexec {own} -m pip "$@"\n'
    _script(programs / "pip", _PIP.format(uv=shlex.quote(uv), python=own) if uv and version else plain)
    (programs / "pip3").symlink_to("pip")
    return programs


def find_uv() -> str | None:
    """The path of uv: ours, else the user's."""
    beside = Path(sys.executable).with_name("uv")
    return str(beside) if beside.exists() else shutil.which("uv")


def _environment(home: Path, python: Path, interpreter: Path, version: str) -> None:
    """https://docs.python.org/3/library/venv.html, without starting an interpreter."""
    prefix = python.absolute().parent.parent
    settings = prefix / "pyvenv.cfg"
    nested = settings.is_file()
    whole = "false" if nested and not re.search(r"system-site-packages\s*=\s*true", settings.read_text()) else "true"
    (home / "bin" / "python").symlink_to(interpreter)
    (home / "pyvenv.cfg").write_text(
        f"home = {interpreter.parent}\ninclude-system-site-packages = {whole}\nversion = {version}\n"
    )
    own, packages = (folder / "lib" / f"python{version}" / "site-packages" for folder in (home, prefix))
    own.mkdir(parents=True)
    if nested:
        (own / "image.pth").write_text(_SEE.format(prefix=str(prefix), packages=str(packages)))


def _script(path: Path, text: str) -> None:
    path.write_text(text)
    path.chmod(0o755)
