"""`model-cicd sleep` and `model-cicd wake`: the command lines."""

from __future__ import annotations

import argparse
from typing import Any

from model_cicd.operate.command import add_command, add_group, one_group
from model_cicd.text.terminal import say


def register(subparsers: Any) -> None:
    """Add the commands; what they need is imported when they run."""
    for name, handler, help_, description in (
        (
            "sleep",
            _sleep,
            "take the endpoint of an environment away until it is woken",
            "Take the endpoint of an environment away, which costs nothing then, until it is woken or promoted to. "
            "Not of prod.",
        ),
        (
            "wake",
            _wake,
            "make the endpoint of an environment that sleeps again, on the same release",
            "Make the endpoint of an environment that sleeps again, on the release that it had.",
        ),
    ):
        parser = add_command(subparsers, name, handler, help_, description)
        add_group(parser)
        parser.add_argument("environment", metavar="ENVIRONMENT", help="a deploy environment of the group")


def _sleep(options: argparse.Namespace) -> int:
    from model_cicd.operate.directory import find_place
    from model_cicd.operate.sleep import sleep

    access, group = one_group(options)
    say(sleep(access, group, find_place(group, options.environment), say))
    return 0


def _wake(options: argparse.Namespace) -> int:
    from model_cicd.operate.directory import find_place
    from model_cicd.operate.sleep import wake

    access, group = one_group(options)
    say(wake(access, group, find_place(group, options.environment), say))
    return 0
