"""Resources of a stack, each made in one call of the CDK."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache
from typing import Any, TypeVar

import jsii
from constructs import Construct

R = TypeVar("R", bound=Construct)


def resource(kind: type[R], scope: Construct, id: str, **properties: object) -> R:
    """The resource of class `kind` with `properties`, of which those that are None count as not given.

    Properties have the names of the class's own arguments; what is in them are plain values, whose keys are as the CDK
    has them in JavaScript (`kmsKeyId`). So all of a resource crosses to the CDK once. The class's own constructor takes
    an object for every structure and checks its types again on the way, which is most of a synthesis of many groups.
    Raises TypeError for a property that the class does not have.
    """
    if unknown := properties.keys() - _arguments(kind):
        raise TypeError(f"{kind.__name__}: no property {', '.join(sorted(unknown))}")
    made = kind.__new__(kind)
    jsii.create(kind, made, [scope, id, {_camel(name): value for name, value in _plain(properties).items()}])
    return made


@cache
def _arguments(kind: type[Construct]) -> frozenset[str]:
    code = kind.__init__.__code__
    return frozenset(code.co_varnames[code.co_argcount : code.co_argcount + code.co_kwonlyargcount])


@cache
def _camel(name: str) -> str:
    return re.sub("_(.)", lambda found: found[1].upper(), name)


def _plain(value: Any) -> Any:
    """`value` of dictionaries and lists, without what is None."""
    if isinstance(value, Mapping):
        return {key: _plain(each) for key, each in value.items() if each is not None}
    if isinstance(value, list | tuple):
        return [_plain(each) for each in value]
    return value
