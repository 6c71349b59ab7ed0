"""Work that goes on beside what asked for it."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable

log = logging.getLogger(__name__)


def start(call: Callable[[], None], name: str) -> threading.Thread:
    """Run `call` in a daemon thread; what it raises goes to the log."""

    def run() -> None:
        try:
            call()
        except Exception:
            log.exception("%s failed", name)

    thread = threading.Thread(target=run, daemon=True, name=name)
    thread.start()
    return thread
