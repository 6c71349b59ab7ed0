"""Custom resources whose function cannot do its work here, as those of the CDK that speak to EKS: taken as records."""

from __future__ import annotations

import re

from rehearsal.cloudformation import aws_schemas
from rehearsal.cloudformation.custom import PREFIX, CustomProvider
from rehearsal.cloudformation.provider import Call, Made
from rehearsal.cloudformation.stand_ins import checks
from rehearsal.cloudformation.stand_ins.invention import Invention
from rehearsal.cloudformation.stand_ins.provider import Recorded

# https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-cloudformation-customresource.html
NAME = re.compile(r"Custom::[\w@-]{1,60}", re.ASCII)
# What functions give most often, besides what AWS's own type of that name has
_USUAL = ("Arn", "Id", "Name", "Url", "Value")
_OF_CDK = re.compile(r"AWSCDK-?(?P<service>[A-Za-z]+)-(?P<kind>[A-Za-z]+)")


class CustomStandIn(Recorded, CustomProvider):
    """A custom type as a record: its function is not invoked, and its properties are whatever they are."""

    def recorded(self, call: Call) -> Made:
        """The record: with the attributes of AWS's own type of that name, where there is one."""
        kind, word = _like(self.type), self.type.removeprefix(PREFIX)
        schema = aws_schemas.whole(kind) if kind else {"typeName": f"AWS::Custom::{re.sub('[^A-Za-z0-9]', '', word)}"}
        config = call.properties.get("Config")
        given = config.get("name") if isinstance(config, dict) else None
        url = str(call.properties.get("Url") or "")
        invention = Invention(schema, call, fixed=())
        name = str(given or invention.id)
        if word.endswith("OpenIdConnectProvider") and url:
            name = f"arn:{call.partition}:iam::{call.account}:oidc-provider/{url.removeprefix('https://')}"
        own = [path for path in aws_schemas.paths(schema, "readOnlyProperties") if checks.is_value(schema, path)]
        attributes = {path: invention.attribute(path) for path in dict.fromkeys((*own, *_USUAL))}
        issuer = attributes.get("OpenIdConnectIssuerUrl")
        return Made(name, attributes | ({"OpenIdConnectIssuer": issuer.removeprefix("https://")} if issuer else {}))


def _like(kind: str) -> str | None:
    """AWS's own type that a custom one of the CDK stands for: `AWS::EKS::Cluster` for `Custom::AWSCDK-EKS-Cluster`."""
    found = _OF_CDK.fullmatch(kind.removeprefix(PREFIX))
    name = f"AWS::{found['service']}::{found['kind']}" if found else ""
    return name if name in aws_schemas.types() else None
