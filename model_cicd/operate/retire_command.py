"""`model-cicd retire`: the command line."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from model_cicd.aws.retention import LONGEST_SERVED_DAYS
from model_cicd.operate.command import add_command, add_group, one_group
from model_cicd.text.terminal import say

if TYPE_CHECKING:
    from model_cicd.aws.retention import Retention


def register(subparsers: Any) -> None:
    """Add the command; what it needs is imported when it runs."""
    parser = add_command(
        subparsers,
        "retire",
        _retire,
        "retire versions that are old, many and do not serve",
        "Show which versions of a group would be retired, and why the others stay. What serves in any environment, "
        "served lately, is promoted or would be rolled back to always stays. Nothing is changed without --apply.",
    )
    add_group(parser)
    parser.add_argument("--keep", type=_number(1), metavar="N", help="keep the newest N versions, whatever their age")
    parser.add_argument("--older-than-days", type=_number(0), metavar="N", help="keep versions that are younger")
    parser.add_argument(
        "--served-within-days",
        type=_number(0, LONGEST_SERVED_DAYS),
        metavar="N",
        help="keep what served anywhere within N days, at most 365",
    )
    parser.add_argument("--apply", action="store_true", help="retire them, after a question")
    parser.add_argument(
        "--delete", action="store_true", help="with --apply: delete what is retired, with its models in the registry"
    )
    parser.add_argument("--yes", action="store_true", help="with --apply: do not ask")
    parser.add_argument(
        "--retirer-role-arn",
        metavar="ARN",
        help="the role of the build account that retires; what serves is looked at with your own credentials",
    )


def _number(low: int, high: int | None = None) -> Callable[[str], int]:
    def number(text: str) -> int:
        if not text.isdigit() or int(text) < low or (high is not None and int(text) > high):
            limits = f"of at least {low}" if high is None else f"from {low} to {high}"
            raise argparse.ArgumentTypeError(f"got {text!r}, expected a whole number {limits}")
        return int(text)

    return number


def _retire(options: argparse.Namespace) -> int:
    from model_cicd.operate.retire import Wanted, retire

    for name in ("delete", "yes"):
        if getattr(options, name) and not options.apply:
            print(f"--{name} goes with --apply", file=sys.stderr)
            return 2
    access, group = one_group(options)
    wanted = Wanted(
        retention=_chosen(options, group.retirement.retention),
        apply=options.apply,
        delete=options.delete,
        yes=options.yes,
        role_arn=options.retirer_role_arn,
    )
    say(retire(access, group, wanted, datetime.now(UTC), say))
    return 0


def _chosen(options: argparse.Namespace, own: Retention) -> Retention:
    """The group's own numbers, but for those that options give."""
    from dataclasses import replace

    names = ("keep", "older_than_days", "served_within_days")
    return replace(own, **{name: value for name in names if (value := getattr(options, name)) is not None})
