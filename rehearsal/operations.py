"""The operations of a service of our own: methods by the names that boto3 gives them, and their answers."""

from __future__ import annotations

import functools
from collections.abc import Iterable
from typing import Any

from botocore import xform_name

from rehearsal.api import Caller, Operation, Params


def operations(names: Iterable[str], *parts: object) -> dict[str, Operation]:
    """API name -> the method that does it: of `names`, those for which one of `parts` has a method.

    It has boto3's name (`create_stack` for `CreateStack`). What its answer has no value for (None) is left out.
    """
    found = {}
    for name in names:
        for part in parts:
            call = getattr(part, xform_name(name), None)
            if call is not None:
                found[name] = _answering(call)
    return found


def _answering(call: Operation) -> Operation:
    @functools.wraps(call)
    def answering(caller: Caller, params: Params) -> Params:
        answer: Params = present(call(caller, params) or {})
        return answer

    return answering


def present(value: Any) -> Any:
    """A value without the members that are None, at any depth."""
    if isinstance(value, dict):
        return {name: present(part) for name, part in value.items() if part is not None}
    return [present(part) for part in value] if isinstance(value, list) else value
