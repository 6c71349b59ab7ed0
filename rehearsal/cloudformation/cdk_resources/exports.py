"""Custom::CrossRegionExportWriter and -Reader: values that stacks of other regions use, as SSM parameters.

https://docs.aws.amazon.com/cdk/api/v2/docs/aws-cdk-lib-readme.html#accessing-resources-in-a-different-stack-and-region
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from botocore.exceptions import ClientError

from rehearsal.cloudformation.cdk_resources.request import DELETE, UPDATE, Answer, Failed, Request

_BATCH = 10  # names of one DeleteParameters


def write(request: Request) -> Answer:
    """Put the exports into the region of whom they are for; those that are gone are deleted."""
    given, before = request.properties["WriterProps"], request.old.get("WriterProps", {})
    wanted, old = given["exports"], before.get("exports", {})
    ssm = request.clients.client("ssm", given["region"])
    if request.kind == DELETE:
        _delete(ssm, wanted)
        return Answer(request.id)
    _delete(ssm, old.keys() - wanted.keys())
    for name in wanted.keys() - old.keys():
        ssm.put_parameter(Name=name, Value=wanted[name], Type="String", Overwrite=True)
    return Answer(request.id or request.number)


def read(request: Request) -> Answer:
    """Tag the imports as in use, and give their values."""
    given, before = request.properties["ReaderProps"], request.old.get("ReaderProps", {})
    wanted: Mapping[str, Any] = given["imports"]
    ssm, tag = request.clients.client("ssm", given["region"]), f"aws-cdk:strong-ref:{given['prefix']}"
    if request.kind == DELETE:
        _release(ssm, wanted, tag)
        return Answer(request.id)
    old = before.get("imports", {}) if request.kind == UPDATE else {}
    _release(ssm, old.keys() - wanted.keys(), tag)
    for name in wanted.keys() - old.keys():
        try:
            ssm.add_tags_to_resource(ResourceType="Parameter", ResourceId=name, Tags=[{"Key": tag, "Value": "true"}])
        except ClientError as error:
            raise Failed(f"Error importing {name}: {error}") from None
    return Answer(request.id or request.number, dict(wanted))


def _delete(ssm: Any, names: Iterable[str]) -> None:
    ordered = sorted(names)
    for first in range(0, len(ordered), _BATCH):
        ssm.delete_parameters(Names=ordered[first : first + _BATCH])


def _release(ssm: Any, names: Iterable[str], tag: str) -> None:
    for name in sorted(names):
        try:
            ssm.remove_tags_from_resource(ResourceType="Parameter", ResourceId=name, TagKeys=[tag])
        except ClientError as error:
            if error.response["Error"]["Code"] != "InvalidResourceId":
                raise Failed(f"Error releasing import {name}: {error}") from None
