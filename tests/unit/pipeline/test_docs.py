"""docs/pipeline.md against the models and options that it describes."""

from __future__ import annotations

import re
import typing
from collections.abc import Iterator
from pathlib import Path

import pytest
from pydantic import BaseModel

from model_cicd.pipeline.checks import check_document
from model_cicd.pipeline.expressions import EXECUTION_VARIABLES
from model_cicd.pipeline.run_options import SOURCES
from model_cicd.pipeline.schema import BLOCKS, PipelineConfig
from model_cicd.source import parse

TEXT = (Path(__file__).parents[3] / "docs" / "pipeline.md").read_text(encoding="utf-8")
NAMED = set(re.findall(r"`([A-Za-z][A-Za-z0-9_-]*)`", TEXT))


def models(annotation: object) -> Iterator[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
        for field in annotation.model_fields.values():
            yield from models(field.annotation)
    for argument in typing.get_args(annotation):
        yield from models(argument)


@pytest.mark.parametrize("model", sorted(set(models(PipelineConfig)), key=repr))
def test_every_key_is_described(model: type[BaseModel]) -> None:
    keys = {field.alias or name for name, field in model.model_fields.items()}
    assert keys - NAMED == set()


def test_every_option_and_variable_is_described() -> None:
    for source in SOURCES.values():
        row = next(line for line in TEXT.splitlines() if line.startswith(f"| `{source.option}` |"))
        assert re.findall(r"`([A-Z_]+)`", row) == list(source.variables)


def test_every_step_type_and_execution_variable_is_described() -> None:
    for kind, key in BLOCKS.items():
        assert f"| {kind}, `{key}` |" in TEXT
    assert {name for name in EXECUTION_VARIABLES if name not in TEXT} == set()


def test_required_keys_are_those_of_the_models() -> None:
    for model in set(models(PipelineConfig)):
        block = model.__name__.removesuffix("Config").lower()
        row = next((line for line in TEXT.splitlines() if line.startswith("| ") and f", `{block}` |" in line), None)
        if row is None:
            continue
        required = {field.alias for field in model.model_fields.values() if field.is_required()}
        assert set(re.findall(r"`([A-Za-z]+)`", row.split("|")[2])) == required


def test_the_example_is_a_good_pipeline() -> None:
    example = TEXT.split("```yaml\n")[1].split("```")[0]
    assert check_document(parse(example, "pipeline.md")) == []
