"""Acknowledged findings of cdk-nag: on the resource they are about, each with its reason."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import jsii
from aws_cdk import Stack, Validations
from constructs import Construct


def acknowledge(construct: Construct, reasons: Mapping[str, str]) -> None:
    """Suppress exactly the findings named, such as `AwsSolutions-IAM5[Resource::*]`, each for its reason."""
    if reasons:
        # as the typed methods do, without the checks of every argument's type (see resource.py)
        validations = jsii.sinvoke(Validations, "of", [construct])
        given = [{"id": _named(construct, id), "reason": why} for id, why in reasons.items()]
        jsii.invoke(validations, "acknowledge", given)


def _named(construct: Construct, id: str) -> str:
    """`id` with what only CloudFormation knows as cdk-nag writes it: `<AWS::Partition>`, `<Key.Arn>`."""
    return _flat(Stack.of(construct).resolve(id)) if "${Token[" in id else id


def _flat(value: Any) -> str:
    match value:
        case str():
            return value
        case {"Ref": name}:
            return f"<{name}>"
        case {"Fn::GetAtt": [resource, attribute]}:
            return f"<{resource}.{attribute}>"
        case {"Fn::Join": [separator, parts]}:
            return str(separator).join(map(_flat, parts))
    raise ValueError(f"cannot name {value!r} in a finding")
