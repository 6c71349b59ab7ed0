"""AWS::SecretsManager::Secret.

https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-secretsmanager-secret.html
"""

from __future__ import annotations

import json
from typing import Any, ClassVar

from rehearsal.cloudformation.provider import Call, Made, Provider, ResourceError
from rehearsal.cloudformation.shapes import tag_map

_OF_TEMPLATE = ("SecretStringTemplate", "GenerateStringKey")


class Secret(Provider):
    """A secret with a value that is given or made, or without any; Ref is its ARN."""

    type = "AWS::SecretsManager::Secret"
    service, noun, absent = "secretsmanager", "secret", ("ResourceNotFoundException",)
    unsupported: ClassVar[dict[str, str]] = {
        "one region": "ReplicaRegions",
        "secrets of AWS's own kind": "Type",
    }
    named_by = "Name"

    def create(self, call: Call) -> Made:
        """The secret."""
        wanted = call.properties
        if "SecretString" in wanted and "GenerateSecretString" in wanted:
            raise ResourceError("You can't specify both SecretString and GenerateSecretString")
        name = call.name(wanted.get("Name"), 512)
        chosen = call.pick("Description", "KmsKeyId", "Tags")
        return self._made(call.invoke("CreateSecret", Name=name, SecretString=self._value(call), **chosen)["ARN"])

    def update(self, call: Call, old: dict[str, Any]) -> Made:
        """Description, key, value and tags; one that was made is made anew when what it has to be is another."""
        new = call.properties
        changed = {name: new.get(name, "") for name in ("Description", "KmsKeyId") if new.get(name) != old.get(name)}
        if any(new.get(name) != old.get(name) for name in ("SecretString", "GenerateSecretString")):
            value = self._value(call)
            changed |= {"SecretString": value} if value is not None else {}
        if changed:
            call.invoke("UpdateSecret", SecretId=call.handle, **changed)
        self.retag(call, old, SecretId=call.handle)
        return self._made(call.handle)

    def remove(self, call: Call) -> None:
        """The secret, without a window in which it could be restored."""
        call.invoke("DeleteSecret", SecretId=call.handle, ForceDeleteWithoutRecovery=True)

    def found(self, call: Call, name: str) -> Made | None:
        """The one with the ARN `name`."""
        found = call.invoke("DescribeSecret", SecretId=name)
        return None if found.get("DeletedDate") else self._made(found["ARN"])

    def actual(self, call: Call) -> dict[str, Any]:
        """Name, description, key and tags; nobody reads the value."""
        found = call.invoke("DescribeSecret", SecretId=call.handle)
        return {name: found.get(name) for name in ("Name", "Description", "KmsKeyId")} | {
            "Tags": tag_map(found.get("Tags"))
        }

    def _value(self, call: Call) -> str | None:
        wanted = call.properties
        if "GenerateSecretString" not in wanted:
            return wanted.get("SecretString")
        how = wanted["GenerateSecretString"] or {}
        asked = {name: value for name, value in how.items() if name not in _OF_TEMPLATE}
        made = call.invoke("GetRandomPassword", **asked)["RandomPassword"]
        template, key = (how.get(name) for name in _OF_TEMPLATE)
        if (template is None) != (key is None):
            raise ResourceError(f"GenerateSecretString: {' and '.join(_OF_TEMPLATE)} go together")
        if template is None:
            return str(made)
        try:
            return json.dumps(json.loads(template) | {key: made})
        except (ValueError, TypeError):
            text = f"GenerateSecretString: SecretStringTemplate is no JSON object: {template}"
            raise ResourceError(text) from None

    def _made(self, arn: str) -> Made:
        return Made(arn, {"Id": arn})
