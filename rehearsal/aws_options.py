"""The options of `rehearse` and `rehearse up` that say what the embedded AWS is like, and how steps run on it."""

from __future__ import annotations

import argparse
import functools
from typing import Any

from rehearsal.latency import MODES


def add_aws_options(parser: argparse.ArgumentParser) -> None:
    """Add `--iam`, `--latency`, `--data`, `--account`, `--env-file`, `--stand-in` and those for steps."""
    add_step_options(parser)
    parser.add_argument(
        "--iam",
        choices=("enforce", "audit", "off"),
        default="enforce",
        help="decide calls (default), only note what would be denied, or decide nothing",
    )
    parser.add_argument(
        "--latency",
        choices=tuple(MODES),
        default="none",
        help="let changes take effect at once (default), or late and events come twice as on AWS",
    )
    parser.add_argument(
        "--env-file",
        action="append",
        default=[],
        metavar="FILE",
        help="variables for the manifests, below the project's folder (repeatable; default: .env)",
    )
    parser.add_argument(
        "--data",
        action="append",
        default=[],
        metavar="GROUP[.PARAMETER]=PATH",
        help="put a file or folder where the group's pipelineParameters have s3://BUCKET/KEY, in a bucket of its build "
        "account that lets its trainings read (repeatable)",
    )
    parser.add_argument(
        "--account",
        action="append",
        default=[],
        metavar="ID",
        type=account_id,
        help="one more account, a stranger outside of the organization (repeatable)",
    )
    parser.add_argument(
        "--stand-in",
        action="append",
        default=[],
        metavar="TYPE",
        help="take resources of a type that cannot run here (AWS::EKS::Cluster, Custom::NAME) as records: properties "
        "checked, ids and attributes made up, nothing behind them (repeatable)",
    )


def add_step_options(parser: argparse.ArgumentParser) -> None:
    """Add the options that say how steps run on this machine."""
    repeated = functools.partial(parser.add_argument, action="append", default=[])
    repeated(
        "--upload",
        metavar="DIR=s3://BUCKET[/PREFIX]",
        help="put a directory (or file) where the definition expects it; can be repeated",
    )
    repeated(
        "--image",
        metavar="URI=PYTHON",
        help="run an image of your own with a Python that has what it has (a path), or as one of AWS's: xgboost:1.7-1, "
        "sklearn:1.2-1",
    )
    repeated("--stub", metavar="STEP=STATUS", help="do not run a step, but give it the status Succeeded or Failed")
    repeated(
        "--stub-output",
        metavar="STEP.PATH=VALUE",
        help="what a stubbed step shows: one of its properties, or with STEP.PropertyFiles.NAME.PATH a value of a file",
    )
    repeated(
        "--requirements",
        metavar="STEP=FILE",
        help="run the scripts of a step with exactly the packages of a requirements file",
    )
    repeated(
        "--lambda",
        dest="functions",
        metavar="FUNCTION=FILE.py:HANDLER",
        help="the code of a Lambda function (its name) that a step calls",
    )
    repeated(
        "--entrypoint",
        metavar="STEP=COMMAND",
        help="what a step runs whose image brings its own entry point",
    )


def account_id(text: str) -> str:
    """An account id of the command line. Raises ArgumentTypeError."""
    if not (len(text) == 12 and text.isdecimal()):
        raise argparse.ArgumentTypeError(f"got {text!r}, expected 12 digits")
    return text


def aws_settings(options: argparse.Namespace) -> dict[str, Any]:
    """Those options, as arguments of `EmbeddedAws`. Raises UsageError."""
    from rehearsal import step_options

    problems = step_options.Problems()
    choices = step_options.read(options, problems)
    stand_ins = problems.each("stand-in", options.stand_in, _stand_in) if options.stand_in else []
    problems.refuse()
    return {
        "iam": options.iam,
        "latency": MODES[options.latency],
        "strangers": options.account,
        "choices": choices,
        "stand_ins": stand_ins,
    }


def words(options: argparse.Namespace) -> list[str]:
    """Those options again, for a command line of one's own. Raises UsageError."""
    from rehearsal import step_options

    rows = [word for each in options.account for word in ("--account", each)]
    rows += [word for each in options.env_file for word in ("--env-file", each)]
    rows += [word for each in options.data for word in ("--data", each)]
    rows += [word for each in options.stand_in for word in ("--stand-in", each)]
    return [
        "--iam",
        options.iam,
        "--latency",
        options.latency,
        *rows,
        *step_options.words(step_options.read(options, step_options.Problems())),
    ]


def _stand_in(kind: str) -> str:
    """A type of AWS's that nothing here provides. Raises ValueError."""
    from rehearsal.cloudformation import aws_schemas
    from rehearsal.cloudformation.custom import NATIVE
    from rehearsal.cloudformation.registry import PROVIDERS
    from rehearsal.cloudformation.stand_ins.custom import NAME
    from rehearsal.sagemaker.shapes import nearest

    if kind in PROVIDERS or kind in NATIVE:
        raise ValueError("the embedded AWS has this type: it needs no stand-in")
    if kind not in aws_schemas.types() and not NAME.fullmatch(kind):
        raise ValueError(f"expected a resource type of CloudFormation{nearest(kind, aws_schemas.types())}")
    return kind
