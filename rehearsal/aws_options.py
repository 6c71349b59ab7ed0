"""The options of `rehearse` and `rehearse up` that say what the embedded AWS is like, and how steps run on it."""

from __future__ import annotations

import argparse
from typing import Any

from rehearsal import step_options
from rehearsal.latency import MODES
from rehearsal.step_options import Problems


def add_aws_options(parser: argparse.ArgumentParser) -> None:
    """Add `--iam`, `--latency`, `--account`, `--env-file` and those for steps."""
    step_options.add(parser)
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
        "--account",
        action="append",
        default=[],
        metavar="ID",
        type=_account,
        help="one more account, a stranger outside of the organization (repeatable)",
    )


def _account(text: str) -> str:
    if not (len(text) == 12 and text.isdecimal()):
        raise argparse.ArgumentTypeError(f"got {text!r}, expected 12 digits")
    return text


def aws_settings(options: argparse.Namespace) -> dict[str, Any]:
    """Those options, as arguments of `EmbeddedAws`. Raises UsageError."""
    problems = Problems()
    choices = step_options.read(options, problems)
    problems.refuse()
    return {"iam": options.iam, "latency": MODES[options.latency], "strangers": options.account, "choices": choices}


def words(options: argparse.Namespace) -> list[str]:
    """Those options again, for a command line of one's own. Raises UsageError."""
    rows = [word for each in options.account for word in ("--account", each)]
    rows += [word for each in options.env_file for word in ("--env-file", each)]
    return [
        "--iam",
        options.iam,
        "--latency",
        options.latency,
        *rows,
        *step_options.words(step_options.read(options, Problems())),
    ]
