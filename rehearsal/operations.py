"""The operations of a service of our own: methods by the names that boto3 gives them, and answers of AWS's shapes."""

from __future__ import annotations

import functools
from typing import Any

from botocore import xform_name

from rehearsal.api import Caller, Operation, Params


def operations(model: Any, *parts: object) -> dict[str, Operation]:
    """API name -> the method that does it: of the operations in botocore's `model`, those that one of `parts` has.

    A method has boto3's name (`create_stack` for `CreateStack`). Its answer may hold more than the operation's shape,
    and members without a value (None): the client gets neither.
    """
    found = {}
    for name in model.operation_names:
        for part in parts:
            call = getattr(part, xform_name(name), None)
            if call is not None:
                found[name] = answering(model, name, call)
    return found


def answering(model: Any, name: str, call: Operation) -> Operation:
    """The operation `name`, done by `call`, whose answer has its shape."""

    @functools.wraps(call)
    def answer_of(caller: Caller, params: Params) -> Params:
        answer, shape = call(caller, params), model.operation_model(name).output_shape
        return {} if shape is None else shaped(shape, answer or {})

    return answer_of


def nothing(model: Any, *names: str) -> dict[str, Operation]:
    """List operations whose answer is an empty list: of what nobody can make in the embedded AWS."""

    return {name: functools.partial(_empty, model.operation_model(name).output_shape) for name in names}


def _empty(shape: Any, caller: Caller, params: Params) -> Params:
    params.items()  # whatever is asked for: there is none
    return {name: [] for name, member in shape.members.items() if member.type_name == "list"}


def shaped(shape: Any, value: Any) -> Any:
    """A value without what its shape does not have, and without members that are None."""
    if isinstance(value, dict) and shape.type_name == "structure":
        members = shape.members
        return {
            name: shaped(members[name], part) for name, part in value.items() if name in members and part is not None
        }
    if isinstance(value, dict) and shape.type_name == "map":
        return {name: shaped(shape.value, part) for name, part in value.items()}
    return [shaped(shape.member, part) for part in value] if isinstance(value, list) else value


def present(value: Any) -> Any:
    """A value without the members that are None, at any depth."""
    if isinstance(value, dict):
        return {name: present(part) for name, part in value.items() if part is not None}
    return [present(part) for part in value] if isinstance(value, list) else value
