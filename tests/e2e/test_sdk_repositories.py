"""Repositories with the SageMaker SDK from push to prod, on an AWS where changes act late and events come twice.

Two modules of one deployment, one for each version of the SDK, whose groups have the same name.
"""

from __future__ import annotations

import pytest

from tests.e2e.by_hand import Kept
from tests.e2e.other_repositories import ACCOUNTS, SDK

pytestmark = [pytest.mark.e2e, pytest.mark.xdist_group("other-repositories")]


def test_each_goes_from_push_to_prod(other_repositories: Kept) -> None:
    groups = {each["module"]: each for each in other_repositories.report["groups"]}
    assert list(groups) == list(ACCOUNTS)
    for each in (groups[seed] for seed in SDK):
        assert each["pipeline_status"] == "Succeeded"
        assert [step["status"] for step in each["steps"]] == ["Succeeded"] * 5
        assert [place["version"] for place in each["environments"]] == [each["version"]] * 2
        assert 0 < each["value"] <= each["threshold"]


def test_what_is_denied_is_what_the_sdk_does_without(other_repositories: Kept) -> None:
    actions = {each["action"] for each in other_repositories.report["iam"]["denied"]}
    assert actions == {"s3:ListAllMyBuckets", "iam:SimulatePrincipalPolicy"}
