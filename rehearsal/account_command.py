"""`rehearse account`: the accounts of a running embedded AWS, and one more."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from rehearsal import state_file
from rehearsal.aws_options import account_id
from rehearsal.control import ask


def add_parser(commands: Any) -> None:
    """Add `account` to the subparsers of `rehearse`."""
    account = commands.add_parser("account", help="list the accounts, or add one while it runs")
    actions = account.add_subparsers(dest="action", required=True)
    actions.add_parser("list", help="print the accounts with their names")
    add = actions.add_parser("add", help="add an account, bootstrapped for Seed-Farmer and the CDK")
    add.add_argument("account", metavar="ID", type=account_id, help="12 digits")
    add.add_argument("--name", default="", help="a name for it, which `rehearse env --account` takes as well")
    add.add_argument("--stranger", action="store_true", help="outside of the organization, and not bootstrapped")
    add.add_argument(
        "--region",
        action="append",
        default=[],
        metavar="REGION",
        help="a region to bootstrap (repeatable; default: all regions of the manifest)",
    )


def run(options: argparse.Namespace) -> int:
    """List or add; the exit code. Raises RehearsalError."""
    state = state_file.read()
    if options.action == "list":
        for account, each in sorted(state["accounts"].items()):
            print("  ".join(filter(None, (account, each["name"], "" if each["member"] else "(stranger)"))))
        return 0
    values = {
        "account": options.account,
        "name": options.name,
        "stranger": options.stranger,
        "regions": options.region,
    }
    ask(Path(state["directory"]), "account add", values, lambda line: print(line, flush=True))
    print(f'{options.account} is there; next: eval "$(rehearse env --account {options.name or options.account})"')
    return 0
