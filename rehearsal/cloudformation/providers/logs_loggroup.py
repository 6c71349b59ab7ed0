"""AWS::Logs::LogGroup. https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-logs-loggroup.html"""

from __future__ import annotations

from typing import Any, ClassVar

from rehearsal.cloudformation.provider import Call, Made, Provider, Setting, Tagging
from rehearsal.cloudformation.shapes import tag_map


class LogGroup(Provider):
    """A log group."""

    type = "AWS::Logs::LogGroup"
    noun = "log group"
    service, absent, removal = "logs", ("ResourceNotFoundException",), ("DeleteLogGroup", "logGroupName")
    tagging = Tagging("TagLogGroup", "UntagLogGroup", dict, "tags")
    settings: ClassVar = {
        "RetentionInDays": Setting("PutRetentionPolicy", "retentionInDays", "DeleteRetentionPolicy"),
        "KmsKeyId": Setting("AssociateKmsKey", "kmsKeyId", "DisassociateKmsKey"),
    }
    unsupported: ClassVar[dict[str, str]] = {
        "no policies, indexes and protection of log groups": (
            "BearerTokenAuthenticationEnabled DataProtectionPolicy DeletionProtectionEnabled FieldIndexPolicies "
            "ResourcePolicyDocument"
        ),
    }
    named_by = "LogGroupName"

    def create(self, call: Call) -> Made:
        """The group, then its retention."""
        wanted = call.properties
        name = call.name(wanted.get("LogGroupName"), 512)
        chosen = call.pick("KmsKeyId", "LogGroupClass")
        call.invoke("CreateLogGroup", logGroupName=name, tags=tag_map(wanted.get("Tags")) or None, **chosen)
        call.reserve(name)
        self.put(call, chosen, logGroupName=name)
        return self._made(call, name)

    def update(self, call: Call, old: dict[str, Any]) -> Made:
        """Retention, key and tags."""
        name = call.handle
        self.put(call, old, logGroupName=name)
        self.retag(call, old, logGroupName=name)
        return self._made(call, name)

    def found(self, call: Call, name: str) -> Made | None:
        """The one of that name."""
        groups = call.invoke("DescribeLogGroups", logGroupNamePrefix=name)["logGroups"]
        there = any(group["logGroupName"] == name for group in groups)
        return self._made(call, name) if there else None

    def actual(self, call: Call) -> dict[str, Any]:
        """Retention and key; an empty answer is that of a group that is gone."""
        groups = call.invoke("DescribeLogGroups", logGroupNamePrefix=call.handle)["logGroups"]
        tags = call.invoke("ListTagsLogGroup", logGroupName=call.handle)["tags"]
        found = next(group for group in groups if group["logGroupName"] == call.handle)
        return {
            "RetentionInDays": found.get("retentionInDays"),
            "KmsKeyId": found.get("kmsKeyId"),
            "LogGroupName": call.handle,
            "Tags": tags,
        }

    def _made(self, call: Call, name: str) -> Made:
        return Made(name, {"Arn": call.arn("logs", f"log-group:{name}:*")})
