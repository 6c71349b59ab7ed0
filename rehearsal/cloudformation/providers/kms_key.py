"""AWS::KMS::Key. https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-kms-key.html"""

from __future__ import annotations

from typing import Any, ClassVar

from rehearsal.cloudformation.provider import Call, Made, Provider, Setting, Tagging, Untouched
from rehearsal.cloudformation.shapes import boolean, document, tag_map

FIXED = ("KeySpec", "KeyUsage", "MultiRegion")


def _kms_tags(tags: dict[str, str]) -> list[dict[str, str]]:
    return [{"TagKey": key, "TagValue": value} for key, value in tags.items()]


class Key(Provider):
    """A customer-managed key."""

    type = "AWS::KMS::Key"
    service, noun, absent = "kms", "key", ("NotFoundException",)
    tagging = Tagging(form=_kms_tags)
    settings: ClassVar = {"Description": Setting("UpdateKeyDescription", "Description", instead="")}
    unsupported: ClassVar[dict[str, str]] = {"key material is AWS's own": "Origin"}

    def create(self, call: Call) -> Made:
        """The key, then its rotation and state."""
        wanted = call.properties
        policy = wanted.get("KeyPolicy")
        answer = call.invoke(
            "CreateKey",
            Policy=None if policy is None else document(policy),
            Tags=_kms_tags(tag_map(wanted.get("Tags"))) or None,
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
        if new.get("KeyPolicy") not in (None, old.get("KeyPolicy")):
            call.invoke("PutKeyPolicy", KeyId=key, PolicyName="default", Policy=document(new["KeyPolicy"]))
        self.put(call, old, KeyId=key)
        self._state(call, key, old, new)
        self.retag(call, old, KeyId=key)
        return self.found(call, key)

    def remove(self, call: Call) -> None:
        """Schedule its deletion; a key that is scheduled already stays so."""
        found = call.invoke("DescribeKey", KeyId=call.handle)["KeyMetadata"]
        if found["KeyState"] != "PendingDeletion":
            days = call.properties.get("PendingWindowInDays", 30)
            call.invoke("ScheduleKeyDeletion", KeyId=call.handle, PendingWindowInDays=days)

    def found(self, call: Call, name: str) -> Made:
        """The one with the id `name`."""
        return self._made(call.invoke("DescribeKey", KeyId=name)["KeyMetadata"])

    def actual(self, call: Call) -> dict[str, Any]:
        """Its policy, description, rotation and whether it is enabled."""
        found = call.invoke("DescribeKey", KeyId=call.handle)["KeyMetadata"]
        policy = call.invoke("GetKeyPolicy", KeyId=call.handle, PolicyName="default")["Policy"]
        return {
            "KeyPolicy": policy,
            "Description": found.get("Description", ""),
            "Enabled": found["Enabled"],
            "EnableKeyRotation": call.invoke("GetKeyRotationStatus", KeyId=call.handle)["KeyRotationEnabled"],
        }

    def _state(self, call: Call, key: str, old: dict[str, Any], new: dict[str, Any]) -> None:
        rotation = [(boolean(s.get("EnableKeyRotation", False)), s.get("RotationPeriodInDays")) for s in (old, new)]
        if rotation[0] != rotation[1]:
            if rotation[1][0]:
                call.invoke("EnableKeyRotation", KeyId=key, RotationPeriodInDays=rotation[1][1])
            else:
                call.invoke("DisableKeyRotation", KeyId=key)
        enabled = [boolean(source.get("Enabled", True)) for source in (old, new)]
        if enabled[0] != enabled[1]:
            call.invoke("EnableKey" if enabled[1] else "DisableKey", KeyId=key)

    def _made(self, key: dict[str, Any]) -> Made:
        return Made(key["KeyId"], {"Arn": key["Arn"], "KeyId": key["KeyId"]})
