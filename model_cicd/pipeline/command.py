"""The command line of `model-cicd run`."""

from __future__ import annotations

import argparse
import os
from pathlib import Path
from typing import Any

from model_cicd.pipeline.run_options import add_options


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
    add_options(parser)
    parser.set_defaults(handler=_run)


def _run(options: argparse.Namespace) -> int:
    from model_cicd.pipeline.run import RunRequest, run
    from model_cicd.pipeline.run_parameters import parse_assignments
    from model_cicd.pipeline.run_settings import read_settings

    settings = read_settings(options, os.environ)
    request = RunRequest(
        path=options.pipeline,
        settings=settings,
        parameters=parse_assignments(options.param, "--param"),
        placeholders=parse_assignments(options.placeholder, "--placeholder"),
        wait=settings.wait,
        output=options.output,
    )
    run(request, lambda line: print(line, flush=True))
    return 0
