"""Two engines, one question: what explains a disagreement, and how to show one."""

from __future__ import annotations

import json

from iam_policy import Effect, decide
from tests.unit.iam_policy.cases import Case
from tests.unit.iam_policy.divergences import DIVERGENCES, OF_TEMPLATES
from tests.unit.iam_policy.oracle_client import Oracle, simulation
from tests.unit.iam_policy.shrink import shrink


def effect(case: Case) -> Effect:
    """What our engine says."""
    return decide(case.request, case.policies()).effect


def explained(case: Case, ours: Effect, simulator: Oracle) -> list[str] | None:
    """The classes that explain a disagreement: one when one suffices, else all that apply; None when none do."""
    rewritten, names = case, []
    for divergence in (*DIVERGENCES, *OF_TEMPLATES):
        alone = divergence.rewrite(case)
        if alone != case and effect(alone) == ours and simulator.effect(alone) == ours:
            return [divergence.name]
        together = divergence.rewrite(rewritten)
        if together != rewritten:
            rewritten = together
            names.append(divergence.name)
    return names if effect(rewritten) == ours and simulator.effect(rewritten) == ours else None


def report(case: Case, simulator: Oracle) -> str:
    """The smallest case with the same disagreement."""
    effects = effect(case), simulator.effect(case)

    def still(smaller: Case) -> bool:
        try:
            ours = effect(smaller)
            return (ours, simulator.effect(smaller)) == effects and explained(smaller, ours, simulator) is None
        except AssertionError:  # the simulator refuses it
            return False

    small = shrink(case, still)
    reason = decide(small.request, small.policies()).reason
    return (
        f"{effects[0].value} ({reason}), the simulator: {effects[1].value}\n{json.dumps(simulation(small), indent=1)}"
    )
