"""AWS::StepFunctions::StateMachine.

https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-stepfunctions-statemachine.html
"""

from __future__ import annotations

import json
import re
from typing import Any, ClassVar

import yaml

from rehearsal.cloudformation.provider import Call, Made, Provider, ResourceError

_VARIABLE = re.compile(r"\$\{(\w+)\}")


class StateMachine(Provider):
    """A state machine; Ref is its ARN."""

    type = "AWS::StepFunctions::StateMachine"
    service, noun, absent = "stepfunctions", "state machine", ("StateMachineDoesNotExist",)
    removal = ("DeleteStateMachine", "stateMachineArn")
    unsupported: ClassVar[dict[str, str]] = {
        "no keys of one's own": "EncryptionConfiguration",
    }
    volatile = ("StateMachineRevisionId",)
    named_by = "StateMachineName"

    def create(self, call: Call) -> Made:
        """The state machine."""
        given = call.properties
        name = call.name(given.get("StateMachineName"), 80)
        arn = call.invoke(
            "CreateStateMachine",
            name=name,
            type=given.get("StateMachineType"),
            tags=given.get("Tags"),
            **self._wanted(call),
        )["stateMachineArn"]
        call.reserve(arn)
        return self.found(call, arn)

    def update(self, call: Call, old: dict[str, Any]) -> Made:
        """Definition, role, logging, tracing and tags."""
        off = {"LoggingConfiguration": {"Level": "OFF"}, "TracingConfiguration": {"Enabled": False}}
        emptied = {name[0].lower() + name[1:]: value for name, value in off.items() if name in old}
        wanted = emptied | self._wanted(call)
        call.invoke("UpdateStateMachine", stateMachineArn=call.handle, **wanted)
        self.retag(call, old, resourceArn=call.handle)
        return self.found(call, call.handle)

    def _wanted(self, call: Call) -> dict[str, Any]:
        given = call.properties
        wanted = {"definition": _definition(call), "roleArn": given["RoleArn"]}
        for name in ("LoggingConfiguration", "TracingConfiguration"):
            if name in given:
                wanted[name[0].lower() + name[1:]] = given[name]
        return wanted

    def found(self, call: Call, name: str) -> Made:
        """The one with the ARN `name`."""
        found = call.invoke("DescribeStateMachine", stateMachineArn=name)
        return Made(name, {"Arn": name, "Name": found["name"], "StateMachineRevisionId": found["revisionId"]})

    def actual(self, call: Call) -> dict[str, Any]:
        """Role, type and definition; one in S3 is not compared."""
        found = call.invoke("DescribeStateMachine", stateMachineArn=call.handle)
        held = {"RoleArn": found["roleArn"], "StateMachineName": found["name"], "StateMachineType": found["type"]}
        for name in ("Definition", "DefinitionString"):
            if name in call.properties:
                same = json.loads(_definition(call)) == json.loads(found["definition"])
                held[name] = call.properties[name] if same else found["definition"]
        return held


def _definition(call: Call) -> str:
    given = call.properties
    if sum(name in given for name in ("Definition", "DefinitionString", "DefinitionS3Location")) != 1:
        raise ResourceError("Exactly one of Definition, DefinitionString and DefinitionS3Location must be given")
    if "DefinitionS3Location" in given:
        text = _stored(call, given["DefinitionS3Location"])
    else:
        text = given["DefinitionString"] if "DefinitionString" in given else json.dumps(given["Definition"])
    values = given.get("DefinitionSubstitutions", {})

    def value(found: re.Match[str]) -> str:
        return json.dumps(str(values[found[1]]))[1:-1] if found[1] in values else found[0]

    return _VARIABLE.sub(value, text)


def _stored(call: Call, place: dict[str, Any]) -> str:
    """A definition in S3, of JSON or YAML; as JSON."""
    asked = {"Bucket": place["Bucket"], "Key": place["Key"], "VersionId": place.get("Version")}
    text = call.invoke("GetObject", "s3", **asked)["Body"].read().decode("utf-8", "replace")
    try:
        return text if text.lstrip().startswith("{") else json.dumps(yaml.safe_load(text))
    except yaml.YAMLError as error:
        raise ResourceError(
            f"The definition s3://{place['Bucket']}/{place['Key']} is no JSON and no YAML: {error}"
        ) from None
