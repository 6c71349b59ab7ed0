"""The jobs of a matrix.

https://docs.github.com/en/actions/how-tos/write-workflows/choose-what-workflows-do/run-job-variations
"""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from typing import Any

from rehearsal.workflows.expressions.values import equal, primitive, to_text

_MOST = 256  # jobs of one matrix
Combination = dict[str, Any]


class MatrixError(ValueError):
    """A matrix that is none."""


def combinations(matrix: Any) -> list[Combination]:
    """The combinations of an evaluated `matrix`, in the order of its axes. Raises MatrixError."""
    if not isinstance(matrix, Mapping):
        raise MatrixError(f"got {to_text(matrix) or 'nothing'!r} as the matrix, expected a mapping of axes to lists")
    axes = {name: values for name, values in matrix.items() if name not in ("include", "exclude")}
    for name, values in axes.items():
        if not isinstance(values, list) or not values:
            raise MatrixError(f"the axis {name} of the matrix is no list, or an empty one")
    found = [dict(zip(axes, values, strict=True)) for values in itertools.product(*axes.values())] if axes else []
    excluded = _objects(matrix, "exclude")
    found = [each for each in found if not any(_within(part, each) for part in excluded)]
    found = _include(found, _objects(matrix, "include"))
    if not found:
        raise MatrixError("the matrix is empty")
    if len(found) > _MOST:
        raise MatrixError(f"the matrix has {len(found)} jobs, GitHub takes {_MOST}")
    return found


def _objects(matrix: Mapping[str, Any], key: str) -> list[Mapping[str, Any]]:
    given = matrix.get(key) or []
    if not isinstance(given, list) or not all(isinstance(each, Mapping) for each in given):
        raise MatrixError(f"{key} of the matrix is no list of mappings")
    return given


def _within(part: Mapping[str, Any], whole: Mapping[str, Any]) -> bool:
    return all(name in whole and same(value, whole[name]) for name, value in part.items())


def _include(found: list[Combination], included: list[Mapping[str, Any]]) -> list[Combination]:
    """Each is added to the combinations whose axes it leaves as they are; where there are none, it is one more."""
    originals = [dict(each) for each in found]
    more: list[Combination] = []
    for part in included:
        fitting = [
            at for at, original in enumerate(originals)
            if all(same(value, original[name]) for name, value in part.items() if name in original)
        ]  # fmt: skip
        for at in fitting:
            found[at] |= part
        if not fitting:
            more.append(dict(part))
    return [*found, *more]


def same(left: Any, right: Any) -> bool:
    """Whether two values of a matrix are the same, whatever they are made of."""
    if isinstance(left, Mapping) and isinstance(right, Mapping):
        return left.keys() == right.keys() and all(same(left[name], right[name]) for name in left)
    if isinstance(left, list) and isinstance(right, list):
        return len(left) == len(right) and all(map(same, left, right))
    return primitive(left) and primitive(right) and equal(left, right)


def job_name(job: str, combination: Combination) -> str:
    """What a job of a matrix is called when it says no name: `test (ubuntu-latest, 3.12)`."""
    values = [text for value in combination.values() for text in _words(value)]
    return f"{job} ({', '.join(values)})" if values else job


def _words(value: Any) -> list[str]:
    if isinstance(value, Mapping):
        return [text for part in value.values() for text in _words(part)]
    if isinstance(value, list):
        return [text for part in value for text in _words(part)]
    return [to_text(value)] if to_text(value) else []
