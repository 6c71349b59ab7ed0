"""AWS::StepFunctions::StateMachine.

https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-stepfunctions-statemachine.html
"""

from __future__ import annotations

import json
import re
from typing import Any, ClassVar

from rehearsal.cloudformation.provider import ANY, TAGS, Call, Made, Provider, ResourceError, Tree, tag_changes
from rehearsal.cloudformation.providers._errors import not_found

_LOGGING: Any = {
    "Destinations": [{"CloudWatchLogsLogGroup": {"LogGroupArn": ANY}}], "IncludeExecutionData": ANY, "Level": ANY,
}  # fmt: skip
_VARIABLE = re.compile(r"\$\{(\w+)\}")


class StateMachine(Provider):
    """A state machine; Ref is its ARN."""

    type = "AWS::StepFunctions::StateMachine"
    properties: ClassVar[Tree] = {
        "Definition": ANY, "DefinitionString": ANY, "DefinitionSubstitutions": ANY, "LoggingConfiguration": _LOGGING,
        "RoleArn": ANY, "StateMachineName": ANY, "StateMachineType": ANY, "Tags": TAGS,
        "TracingConfiguration": {"Enabled": ANY},
    }  # fmt: skip
    required = ("RoleArn",)
    replace_on = frozenset({"StateMachineName", "StateMachineType"})
    attributes = ("Arn", "Name", "StateMachineRevisionId")
    volatile = frozenset({"StateMachineRevisionId"})
    identifier = ("Arn",)
    named_by = "StateMachineName"
    read_only_id = True
    tags = "list"

    def create(self, call: Call) -> Made:
        """The state machine."""
        given = call.properties
        name = call.name(given.get("StateMachineName"), 80)
        arn = call.invoke(
            "stepfunctions",
            "CreateStateMachine",
            name=name,
            type=given.get("StateMachineType"),
            tags=given.get("Tags"),
            **self._wanted(call),
        )["stateMachineArn"]
        call.reserve(arn)
        return self._made(call, arn)

    def update(self, call: Call, old: dict[str, Any]) -> Made:
        """Definition, role, logging, tracing and tags."""
        off = {"LoggingConfiguration": {"Level": "OFF"}, "TracingConfiguration": {"Enabled": False}}
        emptied = {name[0].lower() + name[1:]: value for name, value in off.items() if name in old}
        wanted = emptied | self._wanted(call)
        call.invoke("stepfunctions", "UpdateStateMachine", stateMachineArn=call.handle, **wanted)
        put, gone = tag_changes(old, call.properties)
        if put:
            call.invoke("stepfunctions", "TagResource", resourceArn=call.handle, tags=put)
        if gone:
            call.invoke("stepfunctions", "UntagResource", resourceArn=call.handle, tagKeys=gone)
        return self._made(call, call.handle)

    def delete(self, call: Call) -> None:
        """The state machine; deleting one that is gone is no error."""
        call.invoke("stepfunctions", "DeleteStateMachine", stateMachineArn=call.handle)

    def read(self, call: Call, identifier: dict[str, str]) -> Made:
        """By ARN."""
        with not_found(f"state machine {identifier['Arn']}", "StateMachineDoesNotExist"):
            return self._made(call, identifier["Arn"])

    def _wanted(self, call: Call) -> dict[str, Any]:
        given = call.properties
        wanted = {"definition": _definition(given), "roleArn": given["RoleArn"]}
        for name in ("LoggingConfiguration", "TracingConfiguration"):
            if name in given:
                wanted[name[0].lower() + name[1:]] = given[name]
        return wanted

    def _made(self, call: Call, arn: str) -> Made:
        found = call.invoke("stepfunctions", "DescribeStateMachine", stateMachineArn=arn)
        return Made(arn, {"Arn": arn, "Name": found["name"], "StateMachineRevisionId": found["revisionId"]})


def _definition(given: dict[str, Any]) -> str:
    if ("Definition" in given) == ("DefinitionString" in given):
        raise ResourceError("Exactly one of Definition and DefinitionString must be given")
    text = given["DefinitionString"] if "DefinitionString" in given else json.dumps(given["Definition"])
    values = given.get("DefinitionSubstitutions", {})

    def value(found: re.Match[str]) -> str:
        return json.dumps(str(values[found[1]]))[1:-1] if found[1] in values else found[0]

    return _VARIABLE.sub(value, text)
