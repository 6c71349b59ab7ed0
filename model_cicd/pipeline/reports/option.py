"""The option `--report`: to whom a run is told, and in which file."""

from __future__ import annotations

import argparse
from collections.abc import Mapping
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
