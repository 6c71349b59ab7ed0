"""`{{...}}` in a configuration: what the module knows a value for, and what is refused by name.

The names are those of the Modern Data Architecture Accelerator's configurations.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from model_cicd.pipeline import placeholders
from model_cicd.settings.context import ModuleContext
from model_cicd.text.errors import did_you_mean
from model_cicd.text.source import Document, KeyPath

#: parameters of the module that give a placeholder of the same name its value
_TEXTS = ("org", "domain", "env")
_CONTEXT = "context:"


def values(options: Mapping[str, Any], context: ModuleContext) -> dict[str, str]:
    """The value of each placeholder for the options (as they stand in the manifest) of a deployment at `context`."""
    known = {
        "region": context.tooling_region,
        "account": context.tooling_account,
        "partition": context.partition,
        "module_name": context.module,
    }
    known |= {name: options[name] for name in _TEXTS if isinstance(options.get(name), str)}
    given = options.get("context")
    entries = given.items() if isinstance(given, Mapping) else ()
    return known | {f"{_CONTEXT}{name}": value for name, value in entries if isinstance(value, str)}


def resolve(document: Document, known: Mapping[str, str]) -> Document:
    """`document` with the placeholders that have a value replaced; the others stay as they are."""
    unknown = {name: f"{{{{{name}}}}}" for name in placeholders.names(document.data) if name not in known}
    return placeholders.resolve(document, {**known, **unknown})


def unresolved(
    document: Document, known: Mapping[str, str], options: Mapping[str, Any] | None
) -> Iterator[tuple[KeyPath, str]]:
    """Where a placeholder without a value stands, and how to give it one.

    Without `options` there are no parameters that could give more values.
    """
    # what a `context` that is no mapping would have held is not known
    any_context = options is not None and not isinstance(options.get("context", {}), Mapping)
    for path, text in texts(document.data):
        for name in placeholders.names(text):
            if name not in known and not (any_context and name.startswith(_CONTEXT)):
                expected = _one_of(name, known) if options is None else _expected(name, known)
                yield path, f"no value is given for the placeholder {{{{{name}}}}}; {expected}"


def texts(data: object, path: KeyPath = ()) -> Iterator[tuple[KeyPath, str]]:
    """Every text in `data` with its key path."""
    match data:
        case str():
            yield path, data
        case Mapping():
            for key, each in data.items():
                yield from texts(each, (*path, str(key)))
        case list() | tuple():
            for index, each in enumerate(data):
                yield from texts(each, (*path, index))


def _expected(name: str, known: Mapping[str, str]) -> str:
    if name in _TEXTS:
        return f"give it with the parameter {name!r}"
    if name.startswith(_CONTEXT):
        key = name.removeprefix(_CONTEXT)
        given = [each.removeprefix(_CONTEXT) for each in known if each.startswith(_CONTEXT)]
        return f"give it with the parameter 'context', under the key {key!r}{did_you_mean(key, given)}"
    return _one_of(name, [*(each for each in known if not each.startswith(_CONTEXT)), *_TEXTS, f"{_CONTEXT}NAME"])


def _one_of(name: str, choices: Iterable[str]) -> str:
    names = sorted(set(choices))
    return f"expected one of {', '.join(names)}{did_you_mean(name, names)}"
