"""Finding values in a pipeline whatever field they stand in."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TypeVar

from pydantic import BaseModel

from model_cicd.pipeline.expressions import Join, JsonGet
from model_cicd.text.source import KeyPath

T = TypeVar("T")


def walk(value: object, path: KeyPath = ()) -> Iterator[tuple[KeyPath, object]]:
    """`value` and all values in it with their key paths, as they stand in the YAML, in its order."""
    yield path, value
    match value:
        case BaseModel():
            for name, field in type(value).model_fields.items():
                each = getattr(value, name)
                if each is not None:
                    yield from walk(each, (*path, field.alias or name))
        case dict():
            for key, each in value.items():
                yield from walk(each, (*path, str(key)))
        case list():
            for index, each in enumerate(value):
                yield from walk(each, (*path, index))
        case Join():
            for index, each in enumerate(value.values):
                yield from walk(each, path if value.inline else (*path, "join", index))
        case JsonGet() if value.s3_uri is not None:
            yield from walk(value.s3_uri, (*path, "jsonGet", "s3Uri"))
        case _:
            return


def find(value: object, kind: type[T], path: KeyPath = ()) -> Iterator[tuple[KeyPath, T]]:
    """The values of class `kind` in `value` with their key paths."""
    for where, each in walk(value, path):
        if isinstance(each, kind):
            yield where, each
