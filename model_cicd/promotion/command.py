"""`model-cicd prepare-promotion`: run by the Prepare stage of a promotion pipeline, not by people."""

from __future__ import annotations

import argparse
import os
from pathlib import Path
from typing import Any

from model_cicd.text.errors import ModelCicdError

#: what the stage's build must have in its environment
ENVIRONMENT = ("MODEL_PACKAGE_ARN", "PIPELINE_NAME", "PIPELINE_EXECUTION_ID")


def register(subparsers: Any) -> None:
    """Add the command without a line in the list of commands: only promotion pipelines need it."""
    parser = subparsers.add_parser(
        "prepare-promotion",
        description="The first step of a promotion pipeline: check the model package in MODEL_PACKAGE_ARN and write "
        "the variables of the later stages as a shell script.",
    )
    parser.add_argument(
        "plan", metavar="promotion.json", type=Path, help="the group's plan, from the pipeline's source"
    )
    parser.add_argument("--output", metavar="FILE", type=Path, required=True, help="where to write the variables")
    parser.set_defaults(handler=_run)


def _run(options: argparse.Namespace) -> int:
    from model_cicd.promotion.plan import read
    from model_cicd.promotion.prepare import PrepareRequest, prepare

    missing = [name for name in ENVIRONMENT if not os.environ.get(name)]
    if missing:
        raise ModelCicdError(f"{', '.join(missing)} must be set: this command runs in a promotion pipeline")
    package, pipeline, execution = (os.environ[name] for name in ENVIRONMENT)
    request = PrepareRequest(read(options.plan), package, pipeline, execution, options.output)
    prepare(request, lambda line: print(line, flush=True))
    return 0
