"""The command line of `model-cicd train`."""

from __future__ import annotations

import argparse
import functools
import os
import time
from pathlib import Path
from typing import Any

from model_cicd.text.errors import ModelCicdError
from model_cicd.text.terminal import say


def register(subparsers: Any) -> None:
    """Add the command; what it needs is imported when it runs."""
    parser = subparsers.add_parser(
        "train",
        help="start a training of a group by hand",
        description="Start a training of a group from its branch as it is: its CodePipeline with your credentials, or "
        "its workflow on GitHub with GITHUB_TOKEN.",
    )
    parser.add_argument("group", metavar="GROUP", help="a deployment group, MODULE/GROUP where several have its name")
    parser.add_argument("--manifest", type=Path, metavar="MANIFEST", required=True, help="the deployment manifest")
    parser.add_argument("--param", metavar="N=V", action="append", default=[], help="value of a pipeline parameter")
    parser.add_argument("--wait", action="store_true", help="follow the training to its end")
    parser.add_argument("--dry-run", action="store_true", help="say what would be started, and start nothing")
    parser.add_argument("--region", metavar="REGION", help="the region of your settings, where it is not there")
    parser.add_argument("--role-arn", metavar="ARN", help="assume this role first")
    parser.set_defaults(handler=_train)


def _train(options: argparse.Namespace) -> int:
    from model_cicd.operate import train
    from model_cicd.operate.access import Access
    from model_cicd.pipeline.run_parameters import parse_assignments

    found = train.find(options.manifest, options.group)
    parameters = parse_assignments(options.param, "--param")
    if found[1].workflow is not None:
        if options.wait:
            raise ModelCicdError("--wait: workflows are followed on GitHub: `gh run watch`")
        lines = train.by_workflow(found, parameters, os.environ, dry=options.dry_run)
    else:
        if parameters:
            message = "set pipelineParameters of the group; only workflows take values for one training"
            raise ModelCicdError(f"--param: the builds of {options.group} take none: {message}")
        access = functools.partial(Access, region=options.region, role_arn=options.role_arn)
        lines = train.by_pipeline(access, found, dry=options.dry_run, wait=time.sleep if options.wait else None)
    say("\n".join(lines))
    return 0
