"""What an environment serves, read from its stack."""

from __future__ import annotations

from typing import Any

import pytest

from model_cicd.promotion.serving import blocked, served


def stack(status: str, **outputs: str) -> dict[str, Any]:
    return {
        "StackStatus": status,
        "Outputs": [{"OutputKey": key, "OutputValue": value} for key, value in outputs.items()],
    }


@pytest.mark.parametrize("status", ["UPDATE_COMPLETE", "CREATE_COMPLETE", "UPDATE_ROLLBACK_COMPLETE"])
def test_the_version_in_the_outputs(status: str) -> None:
    assert served(stack(status, Version="3", Commit="0123456789abcdef")) == "version 3 (commit 0123456789ab)"


@pytest.mark.parametrize("status", ["REVIEW_IN_PROGRESS", "ROLLBACK_COMPLETE", "DELETE_COMPLETE"])
def test_nothing_where_nothing_was_deployed(status: str) -> None:
    assert served(stack(status)) == served(None) == "nothing, it has no endpoint yet"


def test_a_stack_that_is_being_made_serves_nothing_known() -> None:
    assert served(stack("CREATE_IN_PROGRESS")) == "unknown (its stack is in CREATE_IN_PROGRESS)"


def test_what_is_left_over_from_a_failed_creation_blocks() -> None:
    assert blocked(stack("ROLLBACK_COMPLETE"))
    assert not blocked(stack("UPDATE_ROLLBACK_COMPLETE")) and not blocked(None)
