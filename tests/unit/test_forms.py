"""Limits on the form of the product's code: lines a function and a file, parameters a construct."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PACKAGES = ("cfn_template", "html_page", "iam_policy", "model_cicd", "rehearsal")
FUNCTION_LINES = 60
FILE_LINES = 300
CONSTRUCT_PARAMETERS = 8

FILES = sorted(path for package in PACKAGES for path in (ROOT / package).rglob("*.py"))


def functions(path: Path) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node


def parameters(function: ast.FunctionDef | ast.AsyncFunctionDef) -> list[str]:
    given = function.args
    names = [each.arg for each in (*given.posonlyargs, *given.args, *given.kwonlyargs)]
    return [name for name in names if name != "self"]


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(ROOT)))
def test_files_and_functions_are_short(path: Path) -> None:
    lines = len(path.read_text(encoding="utf-8").splitlines())
    name = path.relative_to(ROOT).as_posix()
    assert lines <= FILE_LINES, f"{name} has {lines} lines"
    for each in functions(path):
        length = (each.end_lineno or each.lineno) - each.lineno + 1
        function = f"{name}: {each.name}"
        assert length <= FUNCTION_LINES, f"{function} has {length} lines"


@pytest.mark.parametrize("path", sorted((ROOT / "model_cicd/constructs").glob("*.py")), ids=lambda path: path.name)
def test_constructs_take_few_parameters(path: Path) -> None:
    for each in functions(path):
        found = parameters(each)
        assert len(found) <= CONSTRUCT_PARAMETERS, f"{each.name} has {len(found)} parameters: {', '.join(found)}"


def test_what_is_measured_is_there() -> None:
    assert {path.relative_to(ROOT).parts[0] for path in FILES} >= {"iam_policy", "model_cicd", "rehearsal"}
