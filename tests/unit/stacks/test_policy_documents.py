"""Every policy document of the templates: iam_policy reads it, and decides as an independent simulator does."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from iam_policy import Effect
from tests.unit.iam_policy.differential import effect, explained, report
from tests.unit.iam_policy.divergences import OF_TEMPLATES
from tests.unit.iam_policy.oracle_client import Oracle, oracle
from tests.unit.iam_policy.template_cases import documents, questions
from tests.unit.stacks.conftest import Assembly
from tests.unit.stacks.declared import Declared


@pytest.fixture(scope="module")
def simulator() -> Iterator[Oracle]:
    with oracle() as found:
        yield found


@pytest.mark.slow
def test_the_engine_and_the_simulator_agree(
    assembly: Assembly, full: Declared, types: Declared, simulator: Oracle
) -> None:
    templates = {**assembly.templates, **assembly.endpoints, "declared": full.template, "types": types.template}
    found = [(f"{name}: {place}", each) for name, template in templates.items() for place, each in documents(template)]
    asked = [(place, case) for place, document in found for case in questions(document)]
    answers = list(simulator.answers([case for _, case in asked]))
    allowed, unknown, classes = 0, 0, set[str]()
    for (place, case), theirs in zip(asked, answers, strict=True):
        ours = effect(case)
        allowed += ours is Effect.ALLOWED
        if not isinstance(theirs, Effect):
            # Its data know no such action on such a resource: CreateModel on a model package, RunJobFlow on a cluster.
            message = theirs["error"].get("errors", {}).get("message", theirs["error"]["resultType"])
            assert message in ("no.resource.types", "wildcard", "must.use.wildcard"), f"{place}: {theirs}"
            unknown += 1
        elif ours != theirs:
            names = explained(case, ours, simulator)
            assert names, f"{place}: {report(case, simulator)}"
            classes |= set(names)
    print(f"{len(found)} documents, {len(asked)} questions, {allowed} allowed, {unknown} unknown to the simulator")
    assert len(found) > 50
    assert unknown < len(asked) / 6  # such as CreateTrainingJob on a processing job of the same statement
    assert len(asked) / 20 < allowed < len(asked)
    assert {each.name for each in OF_TEMPLATES} <= classes, "a class of disagreement that is not needed any more"
