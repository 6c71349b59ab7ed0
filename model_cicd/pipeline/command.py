"""The command line of `model-cicd run`."""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path
from typing import Any

from model_cicd.pipeline.reports.option import FILES, report_option, unwritable
from model_cicd.pipeline.run_options import add_options
from model_cicd.text.terminal import say


def register(subparsers: Any) -> None:
    """Add `run` to the commands; what it needs is imported when it runs."""
    parser = subparsers.add_parser(
        "run",
        help="create or update a SageMaker pipeline from YAML, start it and follow it",
        description="Create or update a SageMaker pipeline from YAML, start it and follow it to its end. "
        "Options default to the variables in brackets, which a deployment group's training job sets.",
    )
    parser.add_argument("pipeline", metavar="PIPELINE.yaml", type=Path)
    parser.add_argument("--param", metavar="N=V", action="append", default=[], help="value of a pipeline parameter")
    parser.add_argument("--placeholder", metavar="N=V", action="append", default=[], help="value of {{N}} in the YAML")
    parser.add_argument(
        "--wait",
        action=argparse.BooleanOptionalAction,
        default=None,
        help="wait for the end [WAIT_FOR_EXECUTION, else true]",
    )
    parser.add_argument("--output", metavar="FILE.json", type=Path, help="write the outcome as JSON")
    parser.add_argument(
        "--report",
        metavar="KIND[=FILE]",
        action="append",
        default=[],
        type=report_option,
        help=f"tell about the run: {', '.join(FILES)}; may be given several times",
    )
    parser.add_argument("--settings", metavar="ssm:/NAME", help="an SSM parameter that stands in for the variables")
    parser.add_argument("--dry-run", action="store_true", help="check and compile, without AWS")
    add_options(parser)
    parser.set_defaults(handler=_run)


def _run(options: argparse.Namespace) -> int:
    from model_cicd.pipeline.reports.publish import quiet
    from model_cicd.pipeline.reports.run import run_and_report

    if wrong := list(unwritable(options.report, options.output)):  # before the training, not hours later
        say("\n".join(wrong), sys.stderr)
        return 1
    with quiet(options.report, say):
        told = run_and_report(options, os.environ, say)
    return told.publish(options.report, say)
