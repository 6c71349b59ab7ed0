"""AWS::Logs::LogGroup. https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-logs-loggroup.html"""

from __future__ import annotations

from typing import Any, ClassVar

from rehearsal.cloudformation.provider import Call, Made, NotFound, Provider, Setting
from rehearsal.cloudformation.providers._tags import retag, tag_map


class LogGroup(Provider):
    """A log group."""

    type = "AWS::Logs::LogGroup"
    service, absent, removal = "logs", ("ResourceNotFoundException",), ("DeleteLogGroup", "logGroupName")
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
        call.invoke("CreateLogGroup", logGroupName=name, tags=tag_map(wanted) or None, **chosen)
        call.reserve(name)
        self.put(call, chosen, logGroupName=name)
        return self._made(call, name)

    def update(self, call: Call, old: dict[str, Any]) -> Made:
        """Retention, key and tags."""
        name = call.handle
        self.put(call, old, logGroupName=name)
        retag(call, old, ("TagLogGroup", "UntagLogGroup"), form=dict, keys="tags", logGroupName=name)
        return self._made(call, name)

    def found(self, call: Call, name: str) -> Made:
        """The one of that name. Raises NotFound."""
        groups = call.invoke("DescribeLogGroups", logGroupNamePrefix=name)["logGroups"]
        if not any(group["logGroupName"] == name for group in groups):
            raise NotFound(f"log group {name} does not exist")
        return self._made(call, name)

    def _made(self, call: Call, name: str) -> Made:
        return Made(name, {"Arn": call.arn("logs", f"log-group:{name}:*")})
