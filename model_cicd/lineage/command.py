"""`model-cicd lineage`: the command line."""

from __future__ import annotations

import argparse
import sys
from typing import TYPE_CHECKING, Any

from model_cicd.operate.command import add_command, add_manifest, opened, version_number
from model_cicd.text import terminal

if TYPE_CHECKING:
    from model_cicd.lineage.records import Lineage


def register(subparsers: Any) -> None:
    """Add the command; what it needs is imported when it runs."""
    parser = add_command(
        subparsers,
        "lineage",
        _lineage,
        "say where a release comes from: code, data, jobs, metrics, who approved it",
        "Say where a release or version comes from: commit, data, execution, jobs with images and hyperparameters, "
        "metrics against thresholds, who decided and why, and where it serves.",
    )
    parser.add_argument(
        "release",
        metavar="RELEASE",
        help="the ARN of a release or version, or a deployment group, MODULE/GROUP where several have its name",
    )
    parser.add_argument(
        "version",
        metavar="VERSION",
        nargs="?",
        type=version_number,
        help="with a group: the version (default: the one that its last environment serves)",
    )
    add_manifest(parser)
    parser.add_argument(
        "--format",
        choices=("text", "json", "html", "model-card"),
        default="text",
        help="how to print it; model-card: the content of a model card of SageMaker",
    )


def _lineage(options: argparse.Namespace) -> int:
    from model_cicd.lineage.read import lineage

    if options.release.startswith("arn:") and options.version is not None:
        print(f"got an ARN and VERSION {options.version}, expected an ARN, or GROUP and VERSION", file=sys.stderr)
        return 2
    access, groups = opened(options)
    sys.stdout.write(_formatted(lineage(access, groups, options.release, options.version), options.format))
    return 0


def _formatted(found: Lineage, form: str) -> str:
    if form == "json":
        from model_cicd.lineage.document import as_json

        return terminal.as_json(as_json(found)) + "\n"
    if form == "model-card":
        from model_cicd.lineage.card import as_card

        return as_card(found)  # no line may end in it: the CLI sends a file as it is
    if form == "html":
        from model_cicd.lineage.page import as_html

        return as_html(found)
    from model_cicd.lineage.text import as_text

    return terminal.printable(as_text(found, terminal.width()), lines=True) + "\n"
