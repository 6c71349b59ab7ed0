"""Which version, which environment, which earlier version: decided without AWS."""

from __future__ import annotations

import io

import pytest

from model_cicd.operate import packages
from model_cicd.operate.confirm import confirm
from model_cicd.operate.directory import find, find_place
from model_cicd.operate.packages import Version, choose, commit_of, metrics_of
from model_cicd.operate.promotions import Promotion, approval_command
from model_cicd.operate.records import Group
from model_cicd.operate.rollback import earlier
from model_cicd.text.errors import ModelCicdError
from tests.unit.operate.conftest import make_group


def version(number: int, status: str) -> Version:
    return Version(number, f"arn:{number}", status, "2026-01-01T00:00:00+00:00", "", {}, "", "")


VERSIONS = [version(4, "PendingManualApproval"), version(3, "Rejected"), version(2, "Approved"), version(1, "Approved")]


def test_the_newest_version_with_the_status_is_meant_when_none_is_named() -> None:
    assert choose(VERSIONS, None, packages.PENDING, "churn", "approve").number == 4
    assert choose(VERSIONS, None, packages.APPROVED, "churn", "promote").number == 2
    assert choose(VERSIONS, 1, packages.PENDING, "churn", "approve").number == 1


def test_what_there_is_stands_in_the_refusal() -> None:
    with pytest.raises(ModelCicdError, match=r"got version 9, expected one of 4 \(PendingManualApproval\), 3"):
        choose(VERSIONS, 9, packages.PENDING, "churn", "approve")
    with pytest.raises(ModelCicdError, match=r"no version is PendingManualApproval, so there is none to approve"):
        choose(VERSIONS[1:], None, packages.PENDING, "churn", "approve")
    with pytest.raises(ModelCicdError, match="none is registered yet"):
        choose([], None, packages.APPROVED, "churn", "promote")


def test_commit_and_metrics_are_read_from_the_properties() -> None:
    properties = {"CommitId": "abc", "Mse": "3.5", "MaxMse": "4", "Branch": "main"}
    assert commit_of(properties) == "abc"
    assert commit_of({"commit-id": "abc"}) == "abc"
    assert commit_of({"Branch": "main"}) == ""
    assert metrics_of(properties) == {"MaxMse": 4.0, "Mse": 3.5}


def release(number: int) -> str:
    """The release of a version, which has a number of its own."""
    return f"arn:aws:sagemaker:us-east-1:222222222222:model-package/churn-releases/{number + 10}"


def promotions(*numbers: int) -> list[Promotion]:
    """A history, newest first."""
    return [Promotion(number, release(number), {}) for number in numbers]


@pytest.mark.parametrize(
    ("history", "current", "expected"),
    [
        ((2, 1), 2, 1),
        ((3, 3, 2, 1), 3, 2),  # promoted twice
        ((3, 2, 1), 2, 1),  # rolled back from 3 already: a second time goes further back
        ((1, 2, 1), 1, 2),  # an older version approved again, and back
        ((2, 1), 1, None),
        ((1,), 1, None),
        ((), 1, None),
    ],
)
def test_rollback_goes_to_what_served_before(history: tuple[int, ...], current: int, expected: int | None) -> None:
    found = earlier(promotions(*history), release(current), None)
    assert (found.version if found else None) == expected


def test_rollback_to_a_named_version_wants_one_that_was_there() -> None:
    history = promotions(3, 2, 1)
    found = earlier(history, release(3), 1)
    assert found
    assert found.version == 1
    assert earlier(history, release(3), 7) is None
    assert earlier(history, release(3), 3) is None


def test_versions_of_other_groups_are_not_versions_of_this_one(group: Group) -> None:
    assert group.version_of(group.package_arn(12)) == 12
    assert group.version_of(group.package_arn(12).replace("churn", "other")) is None
    assert group.version_of("") is None


def test_a_misspelt_group_or_environment_gets_the_nearest_name(group: Group) -> None:
    assert find([group], "churn") is group
    assert find([group], "models-m/churn") is group
    with pytest.raises(ModelCicdError, match=r"expected one of churn \(did you mean 'churn'\?\)"):
        find([group], "chrun")
    with pytest.raises(ModelCicdError, match=r"expected one of approval, live \(did you mean 'live'\?\)"):
        find_place(group, "lve")


def test_two_groups_of_one_name_need_their_module(group: Group) -> None:
    other = make_group(module="models-n")
    assert find([group, other], "models-n/churn") is other
    with pytest.raises(ModelCicdError, match="models-m/churn, models-n/churn"):
        find([group, other], "churn")


class Terminal(io.StringIO):
    """A person who types."""

    def isatty(self) -> bool:
        return True


def test_prod_is_not_touched_without_an_answer(group: Group, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO("y\n"))
    with pytest.raises(ModelCicdError, match=r"touches prod: live \(account 444444444444\); not done: add --yes"):
        confirm(group.places, "this", yes=False)
    confirm(group.places, "this", yes=True)
    confirm(group.places[:1], "this", yes=False)


@pytest.mark.parametrize(("answer", "goes_on"), [("y\n", True), ("Yes\n", True), ("n\n", False), ("\n", False)])
def test_a_person_is_asked(group: Group, monkeypatch: pytest.MonkeyPatch, answer: str, goes_on: bool) -> None:
    monkeypatch.setattr("sys.stdin", Terminal(answer))
    if goes_on:
        confirm(group.places, "this", yes=False)
    else:
        with pytest.raises(ModelCicdError, match="not done"):
            confirm(group.places, "this", yes=False)


def test_the_approval_command_looks_up_the_token_itself(group: Group) -> None:
    command = approval_command(group, "live", "Approve")
    assert command.startswith("aws codepipeline put-approval-result --region us-east-1 --pipeline-name churn-promotion")
    assert "--stage-name live --action-name Approve" in command
    assert "get-pipeline-state" in command.partition("--token")[2]
