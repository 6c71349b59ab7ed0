"""What a rehearsal says about permissions."""

from __future__ import annotations

from typing import Any

import pytest

from rehearsal.job import access


def found(mode: str, count: int) -> dict[str, Any]:
    denied = [{"text": f"User: u{number} is not authorized", "count": number} for number in range(1, count + 1)]
    used = {"used": {"s3:GetObject": ["arn"]}, "unused": [{}, {}], "wide": []}
    idle: dict[str, Any] = {"used": {}, "unused": [{}], "wide": []}
    return {"mode": mode, "decisions": 7, "denied": denied, "unmapped": [], "roles": {"a": used, "b": idle}}


def test_denials_are_counted_and_named() -> None:
    lines = list(access.summary(found("enforce", 2)))
    assert lines[:3] == [
        "IAM: 7 decisions, 3 denied",
        "  - User: u1 is not authorized",
        "  - User: u2 is not authorized (2 times)",
    ]
    assert "1 of 2 roles were used; 3 of their own grants never were" in lines[3]


def test_a_long_list_is_cut_and_unmapped_operations_are_named() -> None:
    lines = list(access.summary(found("audit", 25) | {"unmapped": ["ssm CreateDocument"]}))
    assert lines[0].endswith("325 would have been denied")
    assert "  - and 5 more" in lines
    assert any("ssm CreateDocument" in line for line in lines)


@pytest.mark.parametrize(("mode", "proves"), [("enforce", True), ("audit", False), ("off", False)])
def test_only_an_enforced_run_proves_that_iam_allows_it(mode: str, proves: bool) -> None:
    assert bool(access.proved(found(mode, 0))) is proves
    assert access.proved(None) == ()
    assert ("--iam " + mode in " ".join(access.not_proved(found(mode, 0)))) is not proves
    assert list(access.summary(found("off", 0))) == []
