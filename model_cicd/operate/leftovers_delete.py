"""Deleting leftovers in an order in which nothing is missed, so that a run that failed is simply repeated."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor

from model_cicd.aws.stack_deletion import DeployedStack, delete
from model_cicd.operate.access import Access
from model_cicd.operate.confirm import ask
from model_cicd.operate.leftovers import Leftover
from model_cicd.operate.leftovers_places import ENDPOINT, MODULE, PROMOTION
from model_cicd.text.errors import ModelCicdError

Say = Callable[[str], None]


def remove(access: Access, found: Sequence[Leftover], *, yes: bool, say: Say) -> int:
    """Delete the stacks of `found` that nothing holds; how many that were.

    What trains and serves goes first; what has the record of a group or a module stays while anything else of it does.
    Raises ModelCicdError when the answer is no, or, after the rest is done, with what stayed.
    """
    ready = [each for each in found if not each.held]
    if not ready:
        return 0
    ask(question(ready), yes=yes)
    stayed: list[Leftover] = []
    problems: list[str] = []
    for _, same in itertools.groupby(ready, key=lambda each: each.kind):
        now = [each for each in same if not _waits(each, stayed)]
        for each, reason in _side_by_side(access, now, say):
            stayed.append(each)
            problems.append(reason)
    if problems:
        raise ModelCicdError("\n".join([*problems, "the rest was deleted; the same command goes on from here"]))
    return len(ready)


def question(ready: Sequence[Leftover]) -> str:
    """What is asked before anything is deleted: environments that serve are named, prod first."""
    serving = sorted((each for each in ready if each.kind == ENDPOINT), key=lambda each: each.type != "prod")
    stacks = f"deleting {len(ready)} stack{'s' if len(ready) > 1 else ''}"
    if not serving:
        return stacks
    named = [
        f"{each.environment or each.stack} ({each.type or 'type unknown'}, account {each.account})" for each in serving
    ]
    return f"{stacks} takes down what serves in {', '.join(named)}"


def _waits(each: Leftover, stayed: Sequence[Leftover]) -> bool:
    if each.kind == PROMOTION:
        return any((other.module, other.group) == (each.module, each.group) for other in stayed)
    return each.kind == MODULE and any(other.module == each.module for other in stayed)


def _side_by_side(access: Access, leftovers: Sequence[Leftover], say: Say) -> Iterator[tuple[Leftover, str]]:
    """Delete stacks that do not depend on each other; those that stay, with the reason."""

    def one(each: Leftover) -> str:
        roles = each.roles
        try:
            client = access.as_role("cloudformation", role_arn=roles.deploy, region=roles.region)
            delete([DeployedStack(each.stack, each.account, roles.cfn_exec, client, each.stack_id)], say)
        except ModelCicdError as error:
            return str(error)
        return ""

    with ThreadPoolExecutor(max_workers=8) as pool:
        reasons = list(pool.map(one, leftovers))
    return ((each, reason) for each, reason in zip(leftovers, reasons, strict=True) if reason)
