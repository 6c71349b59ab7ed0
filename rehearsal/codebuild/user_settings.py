"""The user's settings for package registries, as builds get them: where registries are, never who the user is there."""

from __future__ import annotations

import contextlib
import os
import re
from collections.abc import Mapping
from pathlib import Path

# Below HOME.
_FILES = (".config/pip/pip.conf", ".pip/pip.conf", ".config/uv/uv.toml", ".npmrc")
_SECRET = re.compile(r"(?i)(_auth|token|password|passwd|secret|user|email|certfile|keyfile|client-cert)[\w-]*\s*=")
_LOGIN = re.compile(r"(?<=://)[^/\s@\"']+@")


def copy(home: Path) -> None:
    """Put them into the HOME of a build, without names, passwords and tokens: on AWS the build has none of them."""
    with contextlib.suppress(RuntimeError):
        user = Path("~").expanduser()
        for name in _FILES:
            with contextlib.suppress(OSError, UnicodeDecodeError):
                text = (user / name).read_text(encoding="utf-8")
                (home / name).parent.mkdir(parents=True, exist_ok=True)
                (home / name).write_text(without_logins(text), encoding="utf-8")


def without_logins(text: str) -> str:
    """Settings without the lines that hold a secret, and without logins in addresses."""
    lines = [line for line in text.splitlines() if not _SECRET.search(_LOGIN.sub("", line))]
    return "".join(f"{_LOGIN.sub('', line)}\n" for line in lines)


def variables(given: Mapping[str, str]) -> dict[str, str]:
    """Environment variables in the same way."""
    prefixes = ("PIP_", "UV_", "NPM_CONFIG_")
    made = {}
    for name, value in given.items():
        settings = name.upper().startswith(prefixes)
        if not settings or not _SECRET.search(f"{name}="):
            made[name] = _LOGIN.sub("", value) if settings else value
    return made


def hidden() -> bool:
    """Whether the user has logins that builds do not get."""
    if variables(os.environ) != dict(os.environ):
        return True
    with contextlib.suppress(RuntimeError):
        user = Path("~").expanduser()
        for name in _FILES:
            with contextlib.suppress(OSError, UnicodeDecodeError):
                text = (user / name).read_text(encoding="utf-8")
                if _SECRET.search(text) or _LOGIN.search(text):
                    return True
    return False
