"""`model-cicd check PATH [--format text|json]`."""

from __future__ import annotations

import argparse
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

from model_cicd.text.terminal import as_json, say

if TYPE_CHECKING:
    from model_cicd.check.files import Report


def register(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the command to the command line."""
    parser = commands.add_parser(
        "check",
        help="check a deployment manifest, a module manifest or a pipeline, without CDK and AWS",
        description="Check a deployment manifest with the module manifests it names, a module manifest or a pipeline. "
        "Every problem is printed as 'file:line: key.path: what was got, what was expected'; exit code 1 if any.",
    )
    parser.add_argument("paths", metavar="PATH", nargs="+", type=Path, help="a YAML file, or the folder of a manifest")
    parser.add_argument("--format", choices=("text", "json"), default="text", help="how to print problems")
    parser.set_defaults(handler=run)


def run(arguments: argparse.Namespace) -> int:
    """Print what is wrong with the files; 0 when nothing is."""
    from model_cicd.check.files import check

    report = check(arguments.paths)
    say(_as_json(report) if arguments.format == "json" else _as_text(report))
    return 1 if report.problems else 0


def _as_json(report: Report) -> str:
    return as_json([asdict(problem) for problem in report.problems])


def _as_text(report: Report) -> str:
    files = _counted(len(report.files), "file")
    if not report.problems:
        return f"ok: no problems in {files}"
    return "\n".join([*map(str, report.problems), f"{_counted(len(report.problems), 'problem')} in {files}"])


def _counted(number: int, what: str) -> str:
    return f"{number} {what}" if number == 1 else f"{number} {what}s"
