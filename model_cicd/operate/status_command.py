"""The command line of `model-cicd status`."""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from model_cicd.text import terminal

if TYPE_CHECKING:
    from model_cicd.operate.access import Access
    from model_cicd.operate.records import Group
    from model_cicd.operate.status import Report

T = TypeVar("T")

_SECONDS = 10.0
#: between two looks for what the manifest does not want any more: at every stack of every account
_SECONDS_BESIDE = 300.0
#: the cursor to the top, and everything below it away
_CLEAR = "\x1b[H\x1b[J"


def add_options(parser: argparse.ArgumentParser) -> None:
    """What only `status` takes."""
    parser.add_argument("--format", choices=("text", "json"), default="text", help="how to print it")
    parser.add_argument(
        "--watch",
        nargs="?",
        type=_seconds,
        const=_SECONDS,
        metavar="SECONDS",
        help=f"look again every {_SECONDS:.0f} or SECONDS seconds until Ctrl-C; in a pipe, a line for each change",
    )
    parser.add_argument(
        "--drift", action="store_true", help="let CloudFormation look for drift of all stacks (minutes)"
    )


def _seconds(text: str) -> float:
    try:
        found = float(text)
    except ValueError:
        found = 0.0
    if not 1 <= found <= 86400:
        raise argparse.ArgumentTypeError(f"got {text!r}, expected seconds, 1 to 86400")
    return found


def run(options: argparse.Namespace, look: Callable[[], Report]) -> int:
    """Show the status once, or until somebody interrupts."""
    show = _json if options.format == "json" else _text
    if options.watch is None:
        print(show(look(), options))
        return 0
    try:
        if sys.stdout.isatty():
            _redraw(options, look, show)
        else:
            _tell(options, look)
    except KeyboardInterrupt:
        return 0
    return 0


def _redraw(
    options: argparse.Namespace,
    look: Callable[[], Report],
    show: Callable[[Report, argparse.Namespace], str],
) -> None:
    while True:
        text = show(look(), options)
        now = datetime.now(UTC).isoformat(timespec="seconds")
        print(f"{_CLEAR}{text}\n\n{now}, every {options.watch:g} s; Ctrl-C ends", flush=True)
        time.sleep(options.watch)


def _tell(options: argparse.Namespace, look: Callable[[], Report]) -> None:
    """Lines of changes, the first ones of everything; with JSON, the whole in a line whenever anything changed."""
    from model_cicd.operate.status_changes import changes, facts
    from model_cicd.operate.status_json import as_json

    before: dict[tuple[str, ...], str] = {}
    while True:
        report = look()
        after = facts(report.groups)
        lines = list(changes(before, after))
        if lines and options.format == "json":
            print(terminal.as_json(as_json(report), indent=None), flush=True)
        elif lines:
            now = datetime.now(UTC).isoformat(timespec="seconds")
            print("\n".join(f"{now} {terminal.printable(line)}" for line in lines), flush=True)
        before = after
        time.sleep(options.watch)


def _json(report: Report, options: argparse.Namespace) -> str:
    from model_cicd.operate.status_json import as_json

    return terminal.as_json(as_json(report))


def _text(report: Report, options: argparse.Namespace) -> str:
    from model_cicd.operate.status_text import View, as_text

    manifest = str(options.manifest) if options.manifest else "MANIFEST"
    return as_text(report.groups, View(terminal.width(), manifest), report.notes)


def look_with(options: argparse.Namespace, access: Access, groups: Sequence[Group]) -> Callable[[], Report]:
    """What looks, again and again: with a manifest, also for what it does not want any more, which takes longer."""
    from model_cicd.operate.status import Asked, Report, gather

    beside = seldom(lambda: _beside(options.manifest, access), _SECONDS_BESIDE, time.monotonic)

    def look() -> Report:
        gone, left, notes = beside() if options.manifest else ((), None, ())
        found = gather(access, groups, datetime.now(UTC), Asked(gone, options.drift))
        return Report(tuple(found), left, notes)

    return look


def seldom(ask: Callable[[], T], seconds: float, clock: Callable[[], float]) -> Callable[[], T]:
    """`ask`, whose answer is given again until it is older than `seconds` by `clock`."""
    kept: list[tuple[float, T]] = []

    def answer() -> T:
        if not kept or clock() - kept[0][0] >= seconds:
            found = ask()
            kept[:] = [(clock(), found)]
        return kept[0][1]

    return answer


def _beside(manifest: Path, access: Access) -> tuple[tuple[Group, ...], int | None, tuple[str, ...]]:
    """The groups that left the manifest, the number of leftovers, and what there is to say about either."""
    from model_cicd.operate.access import reason_of
    from model_cicd.operate.directory import removed
    from model_cicd.operate.leftovers import Deployment, leftovers
    from model_cicd.text.errors import ModelCicdError

    try:
        gone, left = tuple(removed(manifest, access)), len(leftovers(access, Deployment.read(manifest)))
    except ModelCicdError as error:
        said = reason_of(error)
        return (), None, (f"what left the manifest is not known ({said})",)
    note = f"{left} leftover{'' if left == 1 else 's'}: model-cicd leftovers {manifest}"
    return gone, left, (note,) if left else ()
