"""Three people try the product as it is: what they type, and what it must say, is in `trials`."""

from __future__ import annotations

from pathlib import Path

import pytest

from rehearsal.job.project import copy
from tests.e2e.by_hand import ROOT, ByHand, Kept
from tests.e2e.trials.session import play

pytestmark = pytest.mark.e2e
TRIALS = Path(__file__).parent / "trials"


@pytest.mark.xdist_group("kept")
@pytest.mark.parametrize("who", ["security-reviewer", "data-scientist"])
def test_a_day_with_what_is_deployed(kept: Kept, who: str) -> None:
    if not (kept.directory / "project").exists():
        copy(ROOT, kept.directory / "project")
    play(TRIALS / f"{who}.trial", kept.directory, kept.environment)


@pytest.mark.xdist_group("by-hand")
def test_a_day_with_an_embedded_aws(by_hand: ByHand) -> None:
    play(TRIALS / "platform-engineer.trial", by_hand.directory, by_hand.environment)
