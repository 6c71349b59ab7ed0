"""The options of `rehearse` and `rehearse up` that say what the embedded AWS is like."""

from __future__ import annotations

import argparse
from typing import Any


def add_aws_options(parser: argparse.ArgumentParser) -> None:
    """Add `--iam` and `--account`."""
    parser.add_argument(
        "--iam",
        choices=("enforce", "audit", "off"),
        default="enforce",
        help="decide calls (default), only note what would be denied, or decide nothing",
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
    """Those options, as arguments of `EmbeddedAws`."""
    return {"iam": options.iam, "strangers": options.account}
