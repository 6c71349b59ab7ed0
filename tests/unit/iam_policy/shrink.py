"""Makes a case as small as it can be while something stays true of it, so that people can read it."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

from iam_policy import PolicyError
from tests.unit.iam_policy.cases import Case, Document


def shrink(case: Case, still: Callable[[Case], bool]) -> Case:
    """The smallest case found of which `still` is true, as it is of `case`."""
    while True:
        for smaller in _smaller(case):
            try:
                if smaller != case and still(smaller):
                    case = smaller
                    break
            except PolicyError:
                continue
        else:
            return case


def _smaller(case: Case) -> Iterator[Case]:
    for index in range(len(case.identity)):
        yield replace(case, identity=case.identity[:index] + case.identity[index + 1 :])
    for index in range(len(case.scps)):
        yield replace(case, scps=case.scps[:index] + case.scps[index + 1 :])
    yield from (replace(case, boundary=None), replace(case, session=None))
    for key in case.request.context:
        context = {name: value for name, value in case.request.context.items() if name != key}
        yield replace(case, request=replace(case.request, context=context))
    documents = case.documents()
    for index, document in enumerate(documents):
        for smaller in _documents(document):
            given = iter([*documents[:index], smaller, *documents[index + 1 :]])
            yield case.changed(lambda _, given=given: next(given))  # type: ignore[misc]


def _documents(document: Document) -> Iterator[Document]:
    statements = document["Statement"]
    for index, statement in enumerate(statements):
        if len(statements) > 1:
            yield document | {"Statement": statements[:index] + statements[index + 1 :]}
        for smaller in _statements(statement):
            yield document | {"Statement": [*statements[:index], smaller, *statements[index + 1 :]]}


def _statements(statement: Document) -> Iterator[Document]:
    for operator, keys in statement.get("Condition", {}).items():
        for key, values in keys.items():
            without = copy.deepcopy(statement)
            del without["Condition"][operator][key]
            if not without["Condition"][operator]:
                del without["Condition"][operator]
            if not without["Condition"]:
                del without["Condition"]
            yield without
            for fewer in _fewer(values):
                less = copy.deepcopy(statement)
                less["Condition"][operator][key] = fewer
                yield less
    for member, simplest in (("Action", "*"), ("Resource", "*"), ("NotAction", None), ("NotResource", None)):
        if member in statement:
            if simplest and statement[member] != simplest:
                yield statement | {member: simplest}
            for fewer in _fewer(statement[member]):
                yield statement | {member: fewer}
            if simplest is None:
                rest = {name: value for name, value in statement.items() if name != member}
                yield rest | {member.removeprefix("Not"): "*"}


def _fewer(values: Any) -> Iterator[Any]:
    if isinstance(values, list) and len(values) > 1:
        yield from ([value for at, value in enumerate(values) if at != index] for index in range(len(values)))
