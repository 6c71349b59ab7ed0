"""The option `--report`: to whom a run is told, and in which file."""

from __future__ import annotations

import argparse
import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from model_cicd.text.errors import did_you_mean

#: kind of report -> the file that it is written to by itself; None where there is no file
FILES: Mapping[str, str | None] = {"github": None, "junit": "junit.xml", "json": "run.json", "env": "run.env"}


@dataclass(frozen=True)
class ReportOption:
    """One `--report`."""

    kind: str
    file: Path | None


def report_option(text: str) -> ReportOption:
    """`github`, `junit`, `junit=FILE` and so on. Raises ArgumentTypeError for anything else."""
    kind, equals, name = text.partition("=")
    if kind not in FILES:
        raise argparse.ArgumentTypeError(f"got {text!r}, expected one of {', '.join(FILES)}{did_you_mean(kind, FILES)}")
    default = FILES[kind]
    if equals and (default is None or not name):
        wanted = kind if default is None else f"{kind} or {kind}=FILE"
        raise argparse.ArgumentTypeError(f"got {text!r}, expected {wanted}")
    return ReportOption(kind, None if default is None else Path(name or default))


def unwritable(options: Sequence[ReportOption], output: Path | None) -> Iterator[str]:
    """What could not be written at the end of the run, in words; nothing is written or made to find out."""
    files = [(f"--report {each.kind}", each.file) for each in options if each.file is not None]
    for option, file in [*files, *([("--output", output)] if output else [])]:
        folder = file.absolute().parent
        if file.is_dir():
            yield f"{option}: got the folder {file}, expected a file"
        elif not folder.is_dir():
            yield f"{option}: {file} cannot be written: there is no folder {folder}"
        elif not os.access(file if file.exists() else folder, os.W_OK):
            yield f"{option}: {file} cannot be written: no permission, or the file system is read-only"
