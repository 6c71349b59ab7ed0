"""What the tests of an environment said, as CodePipeline keeps it."""

from __future__ import annotations

from dataclasses import dataclass, replace

from model_cicd.aws.stage_tests import TEST
from model_cicd.operate.access import Access
from model_cicd.operate.actions import actions_of
from model_cicd.operate.records import Group
from model_cicd.promotion.stage_test import TESTS, VERDICT


@dataclass(frozen=True)
class Tested:
    """The outcome of the last tests of an environment: the verdict (`passed` or `failed`) and a line with numbers."""

    stage: str
    execution: str
    package_arn: str
    verdict: str = ""
    text: str = ""


def tested(access: Access, group: Group, wanted: Tested) -> list[Tested]:
    """`wanted` with the outcome of its execution's newest tests; nothing where they did not run in it.

    Raises DeniedError when the caller may not see it.
    """
    found = [
        (each.get("output") or {}).get("outputVariables") or {}
        for each in actions_of(access, group, wanted.execution)
        if (each["stageName"], each["actionName"]) == (wanted.stage, TEST)
    ]
    return [replace(wanted, verdict=each.get(VERDICT, ""), text=each.get(TESTS, "")) for each in found[:1]]
