"""`model-cicd leftovers`: the command line."""

from __future__ import annotations

import argparse
import functools
import sys
from pathlib import Path
from typing import Any

from model_cicd.text import terminal


def register(subparsers: Any) -> None:
    """Add the command; what it needs is imported when it runs."""
    parser: argparse.ArgumentParser = subparsers.add_parser(
        "leftovers",
        help="show, and delete, what a manifest does not want any more",
        description="Show what this module ever made and the manifest no longer wants, in every account that the "
        "manifest names or the tooling account remembers, and what is kept on purpose.",
    )
    parser.add_argument("manifest", type=Path, metavar="MANIFEST", help="the deployment manifest as it is now")
    parser.add_argument("--delete", action="store_true", help="delete the leftovers, after a question")
    parser.add_argument("--yes", action="store_true", help="with --delete: do not ask")
    parser.add_argument("--format", choices=("text", "json"), default="text", help="how to print it")
    parser.add_argument("--region", metavar="REGION", help="region of your session (default: of your settings)")
    parser.add_argument("--role-arn", metavar="ARN", help="assume this role first")
    parser.set_defaults(handler=_leftovers)


def _leftovers(options: argparse.Namespace) -> int:
    from model_cicd.operate.access import Access
    from model_cicd.operate.leftovers import Deployment, look
    from model_cicd.operate.leftovers_delete import remove
    from model_cicd.operate.leftovers_kept import kept
    from model_cicd.operate.leftovers_text import as_json, as_text

    if options.yes and not options.delete:
        print("--yes goes with --delete", file=sys.stderr)
        return 2
    deployment = Deployment.read(options.manifest)
    access = Access(region=options.region, role_arn=options.role_arn)
    report = look(access, deployment)
    if options.delete and any(not each.held for each in report.leftovers):
        # with JSON, what is done is said beside it
        say = functools.partial(terminal.say, file=sys.stderr if options.format == "json" else sys.stdout)
        if options.format == "text":
            say(as_text(report, (), (), str(options.manifest)) + "\n")
        remove(access, report.leftovers, yes=options.yes, say=say)
        say("")
        report = look(access, deployment)
    retained, blind = kept(access, report)
    unseen = [*report.unseen, *blind]
    if options.format == "json":
        print(terminal.as_json(as_json(report, retained, unseen)))
    else:
        terminal.say(as_text(report, retained, unseen, str(options.manifest)))
    return 0
