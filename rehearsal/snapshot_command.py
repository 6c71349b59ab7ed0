"""`rehearse snapshot`: keep a running embedded AWS in a file, and go on with it another day."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from rehearsal import state_file
from rehearsal.control import ask

STEP = "snapshot"
_WAIT = 60.0


def add_parser(commands: Any) -> None:
    """Add `snapshot` to the subparsers of `rehearse`."""
    snapshot = commands.add_parser("snapshot", help="keep a running embedded AWS in a file, or start it from one")
    actions = snapshot.add_subparsers(dest="action", required=True)
    save = actions.add_parser("save", help="keep the one that runs here, which goes on")
    load = actions.add_parser("load", help="start it again as it was saved")
    for each in (save, load):
        each.add_argument(
            "file", metavar="FILE|NAME", help="a path, or a name for .rehearsal/snapshots/NAME.snapshot", type=_file
        )
    save.add_argument(
        "--wait",
        type=float,
        default=_WAIT,
        metavar="SECONDS",
        help="how long to wait until nothing is at work (default: 60)",
    )
    load.add_argument("--detach", action="store_true", help="go on in the background until rehearse down")


def run(options: argparse.Namespace) -> int:
    """Save or load; the exit code. Raises RehearsalError."""
    if options.action == "save":
        return _save(options.file, options.wait)
    return _load(options)


def _save(file: Path, seconds: float) -> int:
    state = state_file.read()
    file.parent.mkdir(parents=True, exist_ok=True)
    values = {"file": str(file), "seconds": seconds}
    size = ask(Path(state["directory"]), "snapshot save", values, lambda line: print(line, flush=True))
    print(f"saved {file} ({size / 1e6:.1f} MB); it goes on. To start it again after rehearse down:")
    print(f"  rehearse snapshot load {file}")
    return 0


def _load(options: argparse.Namespace) -> int:
    from rehearsal.snapshot import archive

    header = archive.header(options.file)
    state_file.refuse_second()
    if options.detach:
        from rehearsal.detached import detach

        return detach(["snapshot", "load", str(options.file)])
    from rehearsal.cage import run_caged
    from rehearsal.scratch import again

    scratch = again(Path(header.directory))

    def job() -> int:
        from rehearsal.job.keep_up import go_on
        from rehearsal.job.main import log_to

        archive.bring_files(options.file, scratch)
        log_to(scratch)
        return go_on(options.file, header)

    return run_caged(job, scratch)


def _file(text: str) -> Path:
    named = "/" not in text and "." not in text
    return Path.cwd() / ".rehearsal" / "snapshots" / f"{text}.snapshot" if named else Path(text).absolute()
