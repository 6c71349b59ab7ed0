"""Asking before prod is touched, or anything is deleted."""

from __future__ import annotations

import sys
from collections.abc import Sequence

from model_cicd.operate.records import Place
from model_cicd.text.errors import ModelCicdError
from model_cicd.text.terminal import say


def confirm(places: Sequence[Place], what: str, *, yes: bool) -> None:
    """Ask whether to go on when one of `places` is a prod environment; `yes` answers beforehand.

    Raises ModelCicdError when the answer is no, or when nobody is there to answer.
    """
    prod = [f"{place.name} (account {place.account})" for place in places if place.is_prod]
    if prod:
        ask(f"{what} touches prod: {', '.join(prod)}", yes=yes)


def ask(what: str, *, yes: bool) -> None:
    """Ask whether to go on; `yes` answers beforehand. Raises as `confirm`."""
    if yes:
        return
    if not sys.stdin.isatty():
        raise ModelCicdError(f"{what}; not done: add --yes to go on without being asked")
    say(what, sys.stderr)
    print("go on? [y/N] ", end="", file=sys.stderr, flush=True)
    if sys.stdin.readline().strip().casefold() not in ("y", "yes"):
        raise ModelCicdError("not done")
