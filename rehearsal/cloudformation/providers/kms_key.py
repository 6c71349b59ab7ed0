"""AWS::KMS::Key. https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-kms-key.html"""

from __future__ import annotations

from typing import Any, ClassVar

from rehearsal.cloudformation.provider import Call, Made, Provider, Untouched
from rehearsal.cloudformation.providers._errors import ignoring, not_found
from rehearsal.cloudformation.providers._tags import retag, tag_map
from rehearsal.cloudformation.shapes import boolean, document

FIXED = ("KeySpec", "KeyUsage", "MultiRegion")


class Key(Provider):
    """A customer-managed key."""

    type = "AWS::KMS::Key"
    unsupported: ClassVar[dict[str, str]] = {"key material is AWS's own": "Origin"}

    def create(self, call: Call) -> Made:
        """The key, then its rotation and state."""
        wanted = call.properties
        policy = wanted.get("KeyPolicy")
        answer = call.invoke(
            "kms",
            "CreateKey",
            Policy=None if policy is None else document(policy),
            Tags=_kms_tags(tag_map(wanted)) or None,
            **call.pick("Description", "KeySpec", "KeyUsage", "MultiRegion"),
        )["KeyMetadata"]
        call.reserve(answer["KeyId"])
        self._state(call, answer["KeyId"], {}, wanted)
        return self._made(answer)

    def update(self, call: Call, old: dict[str, Any]) -> Made:
        """Policy, description, rotation, state and tags; the rest of a key is fixed."""
        key, new = call.handle, call.properties
        fixed = [name for name in FIXED if old.get(name) != new.get(name)]
        if fixed:
            raise Untouched(f"You cannot change the {', '.join(fixed)} of a KMS key after it has been created")
        if new.get("KeyPolicy") != old.get("KeyPolicy") and new.get("KeyPolicy") is not None:
            call.invoke("kms", "PutKeyPolicy", KeyId=key, PolicyName="default", Policy=document(new["KeyPolicy"]))
        if new.get("Description", "") != old.get("Description", ""):
            call.invoke("kms", "UpdateKeyDescription", KeyId=key, Description=new.get("Description", ""))
        self._state(call, key, old, new)
        retag(call, old, "kms", form=_kms_tags, KeyId=key)
        return self._made(call.invoke("kms", "DescribeKey", KeyId=key)["KeyMetadata"])

    def delete(self, call: Call) -> None:
        """Schedule its deletion; a key that is scheduled already stays so."""
        with ignoring("NotFoundException"):
            found = call.invoke("kms", "DescribeKey", KeyId=call.handle)["KeyMetadata"]
            if found["KeyState"] != "PendingDeletion":
                days = call.properties.get("PendingWindowInDays", 30)
                call.invoke("kms", "ScheduleKeyDeletion", KeyId=call.handle, PendingWindowInDays=days)

    def read(self, call: Call, identifier: dict[str, str]) -> Made:
        """The one with that id. Raises NotFound."""
        with not_found(f"key {identifier['KeyId']}", "NotFoundException"):
            return self._made(call.invoke("kms", "DescribeKey", KeyId=identifier["KeyId"])["KeyMetadata"])

    def _state(self, call: Call, key: str, old: dict[str, Any], new: dict[str, Any]) -> None:
        rotation = [(boolean(s.get("EnableKeyRotation", False)), s.get("RotationPeriodInDays")) for s in (old, new)]
        if rotation[0] != rotation[1]:
            if rotation[1][0]:
                call.invoke("kms", "EnableKeyRotation", KeyId=key, RotationPeriodInDays=rotation[1][1])
            else:
                call.invoke("kms", "DisableKeyRotation", KeyId=key)
        enabled = [boolean(source.get("Enabled", True)) for source in (old, new)]
        if enabled[0] != enabled[1]:
            call.invoke("kms", "EnableKey" if enabled[1] else "DisableKey", KeyId=key)

    def _made(self, key: dict[str, Any]) -> Made:
        return Made(key["KeyId"], {"Arn": key["Arn"], "KeyId": key["KeyId"]})


def _kms_tags(tags: dict[str, str]) -> list[dict[str, str]]:
    return [{"TagKey": key, "TagValue": value} for key, value in tags.items()]
