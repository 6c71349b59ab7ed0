"""Whatever stands in a manifest, the check answers with problems and never with an exception."""

from __future__ import annotations

import copy
import datetime
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from model_cicd.check.files import check

from .conftest import DEPLOYMENT, MODULE

ODD: list[Any] = [
    None,
    5,
    1.5,
    True,
    "",
    "x",
    "${X}",
    [],
    ["x"],
    [None],
    {},
    {"a": 1},
    {1: 2},
    [[]],
    [{}],
    datetime.date(2024, 1, 1),
]


def places(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    yield path
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, item in items:
        yield from places(item, (*path, key))


def replaced(data: Any, path: tuple[Any, ...], value: Any) -> Any:
    if not path:
        return value
    result = copy.deepcopy(data)
    target = result
    for part in path[:-1]:
        target = target[part]
    target[path[-1]] = value
    return result


@pytest.mark.parametrize("name", ["deployment.yaml", "models.yaml"])
def test_every_value_replaced_by_every_odd_one(tmp_path: Path, name: str) -> None:
    files = {"deployment.yaml": DEPLOYMENT.replace("manifests/", ""), "models.yaml": MODULE}
    for other, text in files.items():
        (tmp_path / other).write_text(text)
    assert check([tmp_path / "deployment.yaml"]).problems == ()
    data = yaml.safe_load(files[name])
    refused = 0
    for path in places(data):
        for odd in ODD:
            (tmp_path / name).write_text(yaml.safe_dump(replaced(data, path, odd)))
            for problem in check([tmp_path / "deployment.yaml"]).problems:
                refused += 1
                assert problem.message
                assert "Input should" not in problem.message, problem
                assert "\n" not in str(problem)
    assert refused > 300


def test_module_files_alone(tmp_path: Path) -> None:
    data = yaml.safe_load(MODULE)
    for path in places(data):
        for odd in ODD:
            (tmp_path / "models.yaml").write_text(yaml.safe_dump(replaced(data, path, odd)))
            check([tmp_path / "models.yaml"])
