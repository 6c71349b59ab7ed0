"""Pydantic's findings in this project's words: `got X, expected Y`, with the nearest spelling."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any, get_args

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from model_cicd.text.errors import describe, did_you_mean

KeyPath = tuple[str | int, ...]
#: where in the settings, and what is wrong there
Complaint = tuple[KeyPath, str]
#: the scalar at a path as it is written in the file, when it is known
TextOf = Callable[[KeyPath], str | None]


def unknown_source(_: KeyPath) -> str | None:
    """The `TextOf` of an input that has no source text."""
    return None


def complaints(error: ValidationError, model: type[BaseModel], text_of: TextOf = unknown_source) -> list[Complaint]:
    """Every finding of `error`, which validating `model` raised."""
    found = []
    for each in error.errors(include_url=False):
        path = each["loc"][:-1] if each["loc"][-1:] == ("[key]",) else each["loc"]
        found.append((path, _message(each, model, text_of)))
    return found


def keys(model: type[BaseModel]) -> dict[str, Any]:
    """The keys that `model` takes, as they are written, with the annotation of each."""
    return {field.alias or name: field.annotation for name, field in model.model_fields.items()}


def _message(error: ErrorDetails, model: type[BaseModel], text_of: TextOf) -> str:
    got, kind, context = error["input"], error["type"], error.get("ctx", {})
    if kind == "refused":
        return str(context["text"])
    if kind == "account_number":
        return account_number(int(context["value"]), text_of(error["loc"]))
    if kind == "missing":
        return "missing, but required"
    if kind == "extra_forbidden":
        return unknown_key(str(error["loc"][-1]), keys(_model_at(model, error["loc"][:-1])))
    return f"got {describe(got)}, expected {_expected(kind, context, error, model)}"


_EXPECTED = {
    "string_type": "text (quote it in YAML)",
    "bool_type": "true or false, without quotes",
    "int_type": "a whole number",
    "dict_type": "a mapping",
    "list_type": "a list",
    "invalid_key": "a key that is text",
}


def _expected(kind: str, context: Mapping[str, Any], error: ErrorDetails, model: type[BaseModel]) -> str:
    if kind == "literal_error":
        # pydantic's list of choices: 'dev', 'preprod' or 'prod'
        choices = re.findall(r"'([^']*)'", str(context["expected"]))
        got = error["input"]
        hint = did_you_mean(got, choices) if isinstance(got, str) else ""
        return f"{repr(choices[0]) if len(choices) == 1 else 'one of ' + ', '.join(choices)}{hint}"
    if kind == "model_type":
        return f"a mapping with the keys {', '.join(keys(_model_at(model, error['loc'])))}"
    if kind == "too_short":
        return f"at least {context['min_length']} {'entry' if context['min_length'] == 1 else 'entries'}"
    if kind == "too_long":
        return f"at most {context['max_length']} entries"
    return _EXPECTED.get(kind) or error["msg"].removeprefix("Input should be ")


def unknown_key(key: str, choices: Mapping[str, object] | list[str]) -> str:
    """The message for a key that is not among `choices`."""
    return f"unknown key, expected one of {', '.join(choices)}{did_you_mean(key, choices)}"


def account_number(value: int, text: str | None) -> str:
    """The message for an account id that YAML or JSON made a number of; `text` is how it is written, if known."""
    written = text if text is not None else str(value)
    digits = written.replace("_", "")
    if not re.fullmatch(r"[0-9]{12}", digits):
        count = f"{len(digits)} digits" if digits.isdecimal() else "not only digits"
        hint = "; a number drops leading zeros" if text is None and len(digits) < 12 else ""
        return f"got the number {written} ({count}), expected an account id of 12 digits in quotes{hint}"
    if str(value) != digits:
        return f"got {written} without quotes, which YAML reads as the number {value}; expected '{digits}', in quotes"
    return f"got the number {written}, expected text: put it in quotes, '{digits}'"


def _model_at(model: type[BaseModel], path: KeyPath) -> type[BaseModel]:
    """The model that validates what stands at `path` below `model`."""
    current = model
    for part in path:
        if isinstance(part, str):
            current = next(_models_in(keys(current).get(part)), current)
    return current


def _models_in(annotation: Any) -> Iterator[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    for argument in get_args(annotation):
        yield from _models_in(argument)
