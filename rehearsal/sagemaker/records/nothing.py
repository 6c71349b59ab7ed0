"""Lists of what nobody can make in the embedded AWS: they are empty, and that is the truth."""

from __future__ import annotations

from rehearsal.api import Caller, Operation, Params
from rehearsal.iam.actions.sagemaker import NOTHING
from rehearsal.sagemaker.shapes import output_shape

__all__ = ["NOTHING", "empty"]


def empty(operation: str) -> Operation:
    """An operation that answers with an empty list, whatever is asked for."""
    (member,) = [name for name, shape in output_shape(operation).members.items() if shape.type_name == "list"]

    def answer(caller: Caller, params: Params) -> Params:
        return {member: []}

    return answer
