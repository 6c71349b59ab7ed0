"""Templates with custom resources of the CDK, as aws-cdk-lib writes them: a role, its function, the resource."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Mapping
from typing import Any

Template = dict[str, Any]


def custom(
    kind: str, properties: Mapping[str, Any], *grants: tuple[str | list[str], Any], **resources: Any
) -> Template:
    """A resource `R` of a type, whose function's role `Role` has an inline policy with the grants."""
    statements = [{"Effect": "Allow", "Action": action, "Resource": where} for action, where in grants]
    trust = {
        "Statement": [{"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}]
    }
    policy = {"PolicyName": "own", "PolicyDocument": {"Version": "2012-10-17", "Statement": statements}}
    role: Template = {"AssumeRolePolicyDocument": {"Version": "2012-10-17", **trust}}
    role |= {"Policies": [policy]} if statements else {}
    function = {
        "Code": {"ZipFile": "exports.handler = async () => { throw new Error('never called'); };"},
        "Handler": "index.handler",
        "Role": {"Fn::GetAtt": ["Role", "Arn"]},
        "Runtime": "nodejs22.x",
    }
    own = {"ServiceToken": {"Fn::GetAtt": ["Handler", "Arn"]}, **properties}
    made = {
        "Role": {"Type": "AWS::IAM::Role", "Properties": role},
        "Handler": {"Type": "AWS::Lambda::Function", "Properties": function},
        "R": {"Type": kind, "Properties": own, "DependsOn": sorted(resources)},
    }
    return {"Resources": made | resources}


def outputs(template: Template, **values: Any) -> Template:
    """The template with outputs: `Name="Attribute"` of the resource."""
    found = {name: {"Value": {"Fn::GetAtt": ["R", attribute]}} for name, attribute in values.items()}
    return template | {"Outputs": found}


def call(service: str, action: str, **more: Any) -> str:
    """A call of AwsCustomResource, as text."""
    return json.dumps({"service": service, "action": action, **more})


def zipped(**files: str) -> bytes:
    """A zip of texts; `_` in names stands for `/`."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        for name, text in files.items():
            archive.writestr(name.replace("_", "/") + ".txt", text)
    return stream.getvalue()
