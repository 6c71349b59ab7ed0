"""What a person sees while the rehearsal runs: a live table of steps on a terminal, plain lines elsewhere."""

from __future__ import annotations

import contextlib
import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TextIO

from rich.console import Console
from rich.live import Live
from rich.spinner import Spinner
from rich.table import Table
from rich.text import Text


@dataclass
class Step:
    """One step: what it is, how far it got, seconds since the start of the rehearsal."""

    name: str
    started: float
    ended: float | None = None
    failed: bool = False
    detail: str = ""


_WIDTH = 80
_BESIDE = 14  # the mark, the seconds, and what is between them


@dataclass
class Progress:
    """The steps so far, since `began` (of `time.monotonic`). Thread-safe; `quiet` shows nothing (for --json)."""

    out: TextIO
    quiet: bool = False
    steps: list[Step] = field(default_factory=list)
    _lock: threading.Lock = field(default_factory=threading.Lock)
    began: float = field(default_factory=time.monotonic)
    _live: Live | None = None

    @property
    def elapsed(self) -> float:
        """Seconds since the rehearsal began."""
        return time.monotonic() - self.began

    @contextlib.contextmanager
    def showing(self) -> Iterator[None]:
        """While inside, a terminal shows the steps live."""
        if self.quiet or not self.out.isatty():
            yield
            return
        with Live(console=Console(file=self.out), get_renderable=self._table, refresh_per_second=8) as self._live:
            yield
        self._live = None

    @contextlib.contextmanager
    def step(self, name: str) -> Iterator[Step]:
        """A step that lasts as long as the context; an exception marks it as failed."""
        step = Step(name, self.elapsed)
        with self._lock:
            self.steps.append(step)
        self._line(step, "...")
        try:
            yield step
        except BaseException:
            step.failed = True
            raise
        finally:
            step.ended = self.elapsed
            self._line(step, f"{'failed' if step.failed else 'done'} in {step.ended - step.started:.1f} s")

    def note(self, step: Step, detail: str) -> None:
        """Say how far a step got."""
        if detail != step.detail:
            step.detail = detail
            self._line(step, detail)

    def tell(self, text: str) -> None:
        """Print a line that a person must see, whatever is shown besides; with `quiet` it goes to stderr."""
        with self._lock:
            if self._live is not None:
                self._live.console.print(text, soft_wrap=True, highlight=False, markup=False)
            else:
                print(text, file=sys.stderr if self.quiet else self.out, flush=True)

    def _line(self, step: Step, text: str) -> None:
        if self.quiet or self._live is not None:
            return
        with self._lock:
            print(f"[{self.elapsed:6.1f} s] {step.name}: {text}", file=self.out, flush=True)

    def _table(self) -> Table:
        table, steps = Table.grid(padding=(0, 1)), list(self.steps)
        width = self._live.console.width if self._live else _WIDTH
        # in a narrow terminal the detail gives way, and nothing else
        room = width - max((len(step.name) for step in steps), default=0) - _BESIDE
        for step in steps:
            mark: Text | Spinner
            if step.ended is None:
                mark = Spinner("dots")
            else:
                mark = Text("x", style="red") if step.failed else Text("ok", style="green")
            seconds = (step.ended or self.elapsed) - step.started
            table.add_row(mark, Text(step.name), Text(f"{seconds:6.1f} s"), _detail(step.detail, room))
        return table


def _detail(text: str, room: int) -> Text:
    shown = Text(text if room > 1 else "", style="dim")
    shown.truncate(max(room, 1), overflow="ellipsis")
    return shown
