"""Processes of this machine, as tests look for them: the ones in cages have other numbers inside."""

from __future__ import annotations

import contextlib
import time
from pathlib import Path


def asleep(seconds: str) -> bool:
    """Whether a `sleep` of so many seconds runs on this machine; each test has a number of its own."""
    for entry in Path("/proc").glob("[0-9]*/cmdline"):
        with contextlib.suppress(OSError):
            if entry.read_bytes() == f"sleep\0{seconds}\0".encode():
                return True
    return False


def ended(seconds: str) -> bool:
    """Whether that process is gone within five seconds."""
    for _ in range(100):
        if not asleep(seconds):
            return True
        time.sleep(0.05)
    return False
