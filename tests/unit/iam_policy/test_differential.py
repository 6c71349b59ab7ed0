"""The engine against an independent simulator, on random policies: divergences.py explains every disagreement.

IAM_POLICY_SEED and IAM_POLICY_CASES choose another run: `IAM_POLICY_SEED=7 pytest -s tests/unit/iam_policy -m slow`.
"""

from __future__ import annotations

import itertools
import os
from collections import Counter
from collections.abc import Iterator

import pytest

from iam_policy import Effect
from tests.unit.iam_policy.cases import Case, cases
from tests.unit.iam_policy.differential import effect, explained, report
from tests.unit.iam_policy.divergences import DIVERGENCES
from tests.unit.iam_policy.oracle_client import Oracle, oracle

STEADY = 20260131
SEED = int(os.environ.get("IAM_POLICY_SEED", STEADY))
STEADY_CASES = 8000  # every class of disagreement is met in the first half of them
CASES = int(os.environ.get("IAM_POLICY_CASES", STEADY_CASES))


@pytest.fixture(scope="module")
def simulator() -> Iterator[Oracle]:
    with oracle() as found:
        yield found


@pytest.mark.slow
def test_random_policies(simulator: Oracle) -> None:
    print(f"\nIAM_POLICY_SEED={SEED} IAM_POLICY_CASES={CASES}")
    listed = list(itertools.islice(cases(SEED), CASES))
    found: Counter[str] = Counter()
    effects: Counter[Effect] = Counter()
    disagreements: list[tuple[Case, Effect]] = []
    for case, theirs in zip(listed, simulator.effects(listed), strict=True):
        ours = effect(case)
        effects[ours] += 1
        if ours != theirs:
            disagreements.append((case, ours))
    for case, ours in disagreements:
        names = explained(case, ours, simulator)
        assert names is not None, f"seed {SEED}: {report(case, simulator)}"
        found.update(names)
    print({effect.value: count for effect, count in effects.items()}, dict(found))
    assert all(effects[each] > CASES / 20 for each in Effect), f"the cases are one-sided: {effects}"
    if SEED == STEADY and CASES >= STEADY_CASES:
        stale = [divergence.name for divergence in DIVERGENCES if not found[divergence.name]]
        assert not stale, f"no case needs these classes of disagreement any more: {stale}"
