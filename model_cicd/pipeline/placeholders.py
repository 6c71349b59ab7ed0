"""`{{name}}` in the texts of a pipeline YAML, such as `{{region}}` and `{{context:account-2}}`."""

from __future__ import annotations

import re
from collections.abc import Container, Iterator, Mapping
from dataclasses import replace
from typing import Any

from model_cicd.text.errors import Problem, ProblemsError, did_you_mean
from model_cicd.text.source import Document, KeyPath

_PLACEHOLDER = re.compile(r"\{\{\s*([^{}]*?)\s*\}\}")


def resolve(document: Document, values: Mapping[str, str], *, spare: Container[str] = ()) -> Document:
    """The document with every placeholder replaced.

    Raises ProblemsError naming each placeholder without a value, except below the top-level keys in `spare`: what
    those hold stays as it stands.
    """
    problems: list[Problem] = []

    def text(value: str, path: KeyPath) -> str:
        unknown = [name for name in _PLACEHOLDER.findall(value) if name not in values]
        if unknown and path and path[0] in spare:
            return value
        for name in unknown:
            given = ", ".join(sorted(values)) or "nothing"
            message = (
                f"no value is given for the placeholder {{{{{name}}}}}{did_you_mean(name, values)}; given: {given}"
            )
            problems.append(document.problem(path, message))
        return value if unknown else _PLACEHOLDER.sub(lambda found: values[found[1]], value)

    def inside(value: Any, path: KeyPath) -> Any:
        match value:
            case str():
                return text(value, path)
            case dict():
                return {key: inside(each, (*path, str(key))) for key, each in value.items()}
            case list():
                return [inside(each, (*path, index)) for index, each in enumerate(value)]
            case _:
                return value

    data = inside(document.data, ())
    if problems:
        raise ProblemsError(problems)
    return replace(document, data=data)


def names(data: object) -> Iterator[str]:
    """The placeholders in `data`, as they stand."""
    match data:
        case str():
            yield from _PLACEHOLDER.findall(data)
        case dict():
            for each in data.values():
                yield from names(each)
        case list():
            for each in data:
                yield from names(each)
        case _:
            return
