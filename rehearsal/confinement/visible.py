"""What of this machine a cage shows, read-only: its programs and libraries, and nothing of its users."""

from __future__ import annotations

import contextlib
import os
import shutil
import sys
from collections.abc import Iterable
from pathlib import Path

_SYSTEM = ("/usr", "/bin", "/sbin", "/lib", "/lib32", "/lib64", "/libx32", "/opt", "/nix", "/gnu", "/snap")
# of /etc what programs need to run and to reach registries; never shadow, keys, sudoers or hosts of the user
_ETC = ("alternatives", "ca-certificates", "ca-certificates.conf", "crypto-policies", "debian_version", "fonts",
        "gai.conf", "java-11-openjdk", "java-17-openjdk", "java-21-openjdk", "ld.so.cache", "ld.so.conf",
        "ld.so.conf.d", "lsb-release", "localtime", "magic", "mime.types", "os-release", "pip.conf", "pki", "protocols",
        "redhat-release", "services", "ssl", "static", "timezone", "uv", "xdg/pip")  # fmt: skip
# where version managers keep the programs of a user, below HOME
_VERSIONS = (".pyenv/versions", ".local/share/uv/python", ".nvm/versions", ".local/share/fnm/node-versions",
             ".volta/tools/image")  # fmt: skip
# settings of package managers and TLS that name files
_FILES = ("PIP_FIND_LINKS", "UV_FIND_LINKS", "PIP_CONSTRAINT", "UV_CONSTRAINT", "SSL_CERT_FILE", "SSL_CERT_DIR",
          "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "NODE_EXTRA_CA_CERTS", "GIT_SSL_CAINFO", "PIP_CERT")  # fmt: skip

Mount = list[str]


def mounts(hidden: Iterable[Path], more: Iterable[Path], *, opt: bool) -> list[Mount]:
    """How to show the machine in an empty file system: (kind, path, ...), in order.

    Whatever of `hidden` lies in what is shown is covered. `more` is shown as well. Without `opt`, what is in /opt is
    shown one by one, so that something can be put beside it.
    """
    made: list[Mount] = []
    shown: list[Path] = []
    for name in _SYSTEM:
        path = Path(name)
        if path.is_symlink():
            made.append(["link", name, str(path.readlink())])
        elif path.is_dir() and (opt or name != "/opt"):
            made.append(["read", name, name])
            shown.append(path)
    if not opt and Path("/opt").is_dir():
        made += _one_by_one(Path("/opt"), shown)
    made += [["read", f"/etc/{name}", f"/etc/{name}"] for name in _ETC if Path("/etc", name).exists()]
    made += [["file", f"/etc/{name}", text] for name, text in _files().items()]
    secret = [path for path in dict.fromkeys(hidden) if _there(path)]
    programs = [path for path in (*_programs(), *_named_files()) if not _etc(path)]
    # first what is hidden in the system, then the programs (which may lie in it), then what is hidden in those
    covered = [path for path in secret if _within(path, shown)]
    made += [["hide", str(path)] for path in covered]
    made += [["read", str(path), str(path)] for path in programs if _within(path, covered) or not _within(path, shown)]
    made += [["hide", str(path)] for path in secret if path not in programs and _within(path, programs)]
    made += [["read", str(path), str(path)] for path in more if _there(path)]
    if Path("/sys/devices/system/cpu").is_dir():
        made.append(["read", "/sys/devices/system/cpu", "/sys/devices/system/cpu"])
    return [*made, ["memory", "/run", "16m"]]


def _one_by_one(folder: Path, shown: list[Path]) -> list[Mount]:
    made: list[Mount] = [["hide", str(folder)]]
    for path in sorted(folder.iterdir()):
        if path.is_symlink():
            made.append(["link", str(path), str(path.readlink())])
        elif path.name != "ml":
            made.append(["read", str(path), str(path)])
            shown.append(path)
    return made


def _files() -> dict[str, str]:
    """Who there is, and that there are no other hosts: names are resolved outside."""
    user, group = os.geteuid(), os.getegid()
    own = f"build:x:{user}:{group}:build:/tmp:/bin/bash\n" if user else ""
    return {
        "passwd": f"root:x:0:0:root:/root:/bin/bash\n{own}nobody:x:65534:65534:nobody:/nonexistent:/usr/sbin/nologin\n",
        "group": f"root:x:0:\n{f'build:x:{group}:' if group else 'nogroup:x:65534:'}\n",
        "hosts": "127.0.0.1 localhost\n",
        "nsswitch.conf": "passwd: files\ngroup: files\nhosts: files\n",
    }


def _programs() -> list[Path]:
    """The Python that this runs in and the one it was made from, the programs of the embedded AWS, Node.js and uv."""
    found = [path for path in (Path(sys.base_prefix), Path(sys.prefix)) if _own_folder(path)]
    found.append(Path(__file__).parents[1])
    with contextlib.suppress(RuntimeError):
        found += [Path("~", name).expanduser() for name in _VERSIONS]
    uv = shutil.which("uv")
    found += [Path(uv).resolve()] if uv else []
    return [path for path in dict.fromkeys(found) if _there(path)]


def python(program: Path) -> list[Path]:
    """What the interpreter at `program` needs: its virtual environment, and what that was made from."""
    prefix = program.parent.parent
    settings = prefix / "pyvenv.cfg"
    if not settings.is_file():
        base = program.resolve().parent.parent
        whole = any(base.glob("lib/python3*")) and _own_folder(base)
        return [base] if whole else [program]
    home = next((line for line in settings.read_text().splitlines() if line.startswith("home")), "")
    base = Path(home.partition("=")[2].strip() or "/nowhere").resolve().parent
    return [path for path in (prefix, base) if _there(path) and _own_folder(path)]


def _own_folder(path: Path) -> bool:
    """Whether a folder is a program's own, and not one where a user keeps all sorts of things."""
    with contextlib.suppress(RuntimeError):
        home = Path.home()
        return len(path.parts) > 1 and not home.is_relative_to(path) and path != home / ".local"
    return len(path.parts) > 1


def _named_files() -> list[Path]:
    values = [value for name in _FILES for value in os.environ.get(name, "").split()]
    return [path for path in map(Path, dict.fromkeys(values)) if path.is_absolute() and _there(path)]


def _there(path: Path) -> bool:
    try:
        return path.exists()
    except OSError:  # it may not be looked at
        return False


def _etc(path: Path) -> bool:
    return _within(path, [Path("/etc", name) for name in _ETC])


def _within(path: Path, folders: Iterable[Path]) -> bool:
    return any(path.is_relative_to(folder) for folder in folders)
