"""Which gates of a definition a rehearsal reports."""

from __future__ import annotations

from typing import Any

import pytest

from rehearsal.job.gate import Gate, gates


def metric(path: str) -> dict[str, Any]:
    return {"Std:JsonGet": {"PropertyFile": {"Get": "Steps.Evaluate.PropertyFiles.Report"}, "Path": path}}


def found(*conditions: dict[str, Any], branch: str = "") -> list[Gate]:
    definition = {
        "Parameters": [{"Name": "Limit", "Type": "Float", "DefaultValue": 6.5}],
        "Steps": [{"Name": "Gate", "Type": "Condition", "Arguments": {"Conditions": list(conditions)}}],
    }
    return list(gates(definition, {"Stage": branch}))


EQUAL = {"Type": "Equals", "LeftValue": metric("a"), "RightValue": 3}


@pytest.mark.parametrize(
    ("condition", "expected"),
    [
        (EQUAL, [Gate("a", "Equals", 3.0)]),
        (EQUAL | {"Type": "LessThan", "RightValue": {"Get": "Parameters.Limit"}}, [Gate("a", "LessThan", 6.5)]),
        ({"Type": "Not", "Condition": EQUAL}, [Gate("a", "NotEquals", 3.0)]),
        # what is compared with no number, or no report's value, is no gate
        (EQUAL | {"RightValue": {"Get": "Parameters.Stage"}}, []),
        (EQUAL | {"LeftValue": "dev", "RightValue": 1}, []),
        ({"Type": "Or", "Conditions": [EQUAL]}, []),
        ({"Type": "Not", "Condition": {"Type": "Or", "Conditions": [EQUAL]}}, []),
        ({"Type": "In", "QueryValue": metric("a"), "Values": [1]}, []),
    ],
)
def test_gates(condition: dict[str, Any], expected: list[Gate]) -> None:
    assert found(condition, branch="dev") == expected
