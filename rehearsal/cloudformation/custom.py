"""Custom resources: types `Custom::NAME`, which no schema of AWS's describes.

https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-cloudformation-customresource.html
"""

from __future__ import annotations

from functools import cached_property
from typing import ClassVar

from rehearsal.cloudformation.provider import Provider
from rehearsal.cloudformation.schemas import Schema

PREFIX = "Custom::"


class CustomProvider(Provider):
    """A type with any properties and attributes: what they mean, whoever does the resource's work says."""

    type: ClassVar[str] = PREFIX
    any_property = True

    @cached_property
    def schema(self) -> Schema:
        """That of AWS::CloudFormation::CustomResource, whose properties are only the first ones."""
        return Schema(("ServiceToken",), (), (), (), False, {"ServiceToken": None, "ServiceTimeout": None})


NATIVE: dict[str, Provider] = {}
"""Custom types that are done here without their function, by name: asked before that is called."""
