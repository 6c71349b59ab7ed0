"""Validation of a document against the models, and its errors in our words with lines and nearest spellings."""

from __future__ import annotations

import copy
import types
import typing
from collections.abc import Iterator
from typing import Any

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from model_cicd.pipeline.schema import PipelineConfig
from model_cicd.text.errors import Problem, describe, did_you_mean, nearest
from model_cicd.text.source import Document, KeyPath

_EXPECTED = {
    "string_type": "text",
    "int_type": "a whole number",
    "float_type": "a number",
    "bool_type": "true or false",
    "list_type": "a list",
    "dict_type": "a mapping",
    "model_type": "a mapping",
    "model_attributes_type": "a mapping",
}


def validate(document: Document) -> tuple[PipelineConfig | None, list[Problem], list[KeyPath]]:
    """The configuration, the problems, and the key paths that were mended to have one in spite of them.

    So that further checks can find what else is wrong, a wrong key is left out, or where it is needed given a value
    that fits it; the configuration is None where no value does.
    """
    data = copy.deepcopy(document.data)
    problems: list[Problem] = []
    tried: dict[KeyPath, int] = {}
    while True:
        try:
            return PipelineConfig.model_validate(data), problems, list(tried)
        except ValidationError as error:
            details = error.errors(include_url=False)
        if not tried:
            problems = [
                document.problem(_path(each), _message(each)) for each in details if not _misspelt(each, details)
            ]
        for detail in details:
            path = _path(detail)
            values = [_OUT, *_stand_ins(path)]
            turn = tried.get(path, 1 if detail["type"] == "missing" else 0)
            if turn >= len(values) or not _mend(data, path, values[turn]):
                return None, problems, list(tried)
            tried[path] = turn + 1


_OUT = object()


def _stand_ins(path: KeyPath) -> list[Any]:
    """Values one of which fits most keys that the format requires."""
    choices = [each for each in typing.get_args(_type_at(path)) if isinstance(each, str)]
    return [*choices[:1], "x", "s3://x/x", "ml.m5.large", "x.x", 1, ["x"]]


def _misspelt(missing: ErrorDetails, details: list[ErrorDetails]) -> bool:
    """Whether a key is missing because it is misspelt, which is a problem of its own."""
    if missing["type"] != "missing":
        return False
    *parent, key = _path(missing)
    unknown = [_path(each) for each in details if each["type"] == "extra_forbidden"]
    beside = [str(path[-1]) for path in unknown if list(path[:-1]) == parent]
    return any(nearest(each, _keys(tuple(parent))) == key for each in beside)


def _path(detail: ErrorDetails) -> KeyPath:
    return tuple(detail["loc"])


def _mend(data: Any, path: KeyPath, value: object) -> bool:
    """Put `value` at `path` of `data` or take out what stands there; False when there is no such place."""
    try:
        for part in path[:-1]:
            data = data[part]
        if value is not _OUT:
            data[path[-1]] = value
        elif isinstance(data, dict):
            data.pop(path[-1], None)
        return isinstance(data, dict | list)
    except (IndexError, KeyError, TypeError):
        return False


def _message(detail: ErrorDetails) -> str:
    kind, got, context = detail["type"], detail["input"], detail.get("ctx", {})
    path = _path(detail)
    match kind:
        case "refused":
            message = str(context["text"])
        case "missing":
            expected = _described(path)
            message = f"the key is missing, expected {expected}" if expected else "the key is missing"
        case "extra_forbidden":
            known = sorted(_keys(path[:-1]))
            message = f"unknown key{did_you_mean(str(path[-1]), known)}, expected one of {', '.join(known)}"
        case "literal_error":
            choices = [each for each in typing.get_args(_type_at(path)) if isinstance(each, str)]
            hint = did_you_mean(got, choices) if isinstance(got, str) else ""
            message = f"got {describe(got)}, expected {context.get('expected', 'another value')}{hint}"
        case "too_short" | "too_long":
            count = f"at least {context['min_length']}" if kind == "too_short" else f"at most {context['max_length']}"
            message = f"got {context['actual_length']} entries, expected {count}"
        case _ if kind in _EXPECTED:
            quote = " (quote it in YAML)" if kind == "string_type" and isinstance(got, bool | int | float) else ""
            message = f"got {describe(got)}, expected {_EXPECTED[kind]}{quote}"
        case _:
            message = f"got {describe(got)}: {detail['msg']}"
    return message


def _described(path: KeyPath) -> str:
    model = _model(_type_at(path))
    return f"a mapping with {', '.join(sorted(_required(model)))}" if model and _required(model) else ""


def _required(model: type[BaseModel]) -> Iterator[str]:
    return (field.alias or name for name, field in model.model_fields.items() if field.is_required())


def _keys(path: KeyPath) -> Iterator[str]:
    model = _model(_type_at(path))
    return (field.alias or name for name, field in model.model_fields.items()) if model else iter(())


def _type_at(path: KeyPath) -> Any:
    """The annotation of the value at `path` of the document."""
    annotation: Any = PipelineConfig
    for part in path:
        if isinstance(part, int):
            arguments = [each for each in _members(annotation) if typing.get_origin(each) is list]
            annotation = typing.get_args(arguments[0])[0] if arguments else None
            continue
        model = _model(annotation)
        fields = model.model_fields.items() if model else ()
        annotation = next((field.annotation for name, field in fields if (field.alias or name) == part), None)
    literal = next((each for each in _members(annotation) if typing.get_origin(each) is typing.Literal), None)
    return literal or annotation


def _model(annotation: Any) -> type[BaseModel] | None:
    found = (each for each in _members(annotation) if isinstance(each, type) and issubclass(each, BaseModel))
    return next(found, None)


def _members(annotation: Any) -> tuple[Any, ...]:
    """`annotation`, or what it is a union of."""
    union = typing.get_origin(annotation) in (typing.Union, types.UnionType)
    return typing.get_args(annotation) if union else (annotation,)
