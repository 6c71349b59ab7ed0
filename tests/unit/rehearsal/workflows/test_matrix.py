"""The jobs of a matrix, as the documentation makes them."""

from __future__ import annotations

from typing import Any

import pytest

from rehearsal.workflows.matrix import MatrixError, combinations, job_name


def test_axes_are_multiplied_in_their_order() -> None:
    found = combinations({"version": [10, 12], "os": ["a", "b"]})
    assert [tuple(each.values()) for each in found] == [(10, "a"), (10, "b"), (12, "a"), (12, "b")]


def test_exclude_takes_out_what_it_matches_in_part() -> None:
    matrix = {"os": ["mac", "win"], "version": [12, 14], "exclude": [{"os": "mac", "version": 12}, {"os": "win"}]}
    assert combinations(matrix) == [{"os": "mac", "version": 14}]


def test_include_adds_to_combinations_or_is_one_more() -> None:
    """The example of the documentation, with its explanation of each entry."""
    matrix = {
        "fruit": ["apple", "pear"],
        "animal": ["cat", "dog"],
        "include": [
            {"color": "green"},
            {"color": "pink", "animal": "cat"},
            {"fruit": "apple", "shape": "circle"},
            {"fruit": "banana"},
            {"fruit": "banana", "animal": "cat"},
        ],
    }
    assert combinations(matrix) == [
        {"fruit": "apple", "animal": "cat", "color": "pink", "shape": "circle"},
        {"fruit": "apple", "animal": "dog", "color": "green", "shape": "circle"},
        {"fruit": "pear", "animal": "cat", "color": "pink"},
        {"fruit": "pear", "animal": "dog", "color": "green"},
        {"fruit": "banana"},
        {"fruit": "banana", "animal": "cat"},
    ]


def test_include_alone_is_a_matrix() -> None:
    assert combinations({"include": [{"a": 1}, {"a": 2}]}) == [{"a": 1}, {"a": 2}]


@pytest.mark.parametrize(
    "matrix", [None, "text", {}, {"a": []}, {"a": 1}, {"a": [1], "exclude": [{"a": 1}]},
               {"a": [1], "include": {"a": 2}}, {"a": list(range(257))}]
)  # fmt: skip
def test_what_is_no_matrix_is_refused(matrix: Any) -> None:
    with pytest.raises(MatrixError):
        combinations(matrix)


def test_names_of_jobs() -> None:
    assert (
        job_name("test", {"os": "linux", "py": {"version": 3.12, "extra": [True, None]}}) == "test (linux, 3.12, true)"
    )
    assert job_name("test", {}) == "test"
