"""AWS::Logs::LogGroup. https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-logs-loggroup.html"""

from __future__ import annotations

from typing import Any, ClassVar

from rehearsal.cloudformation.provider import Call, Made, NotFound, Provider
from rehearsal.cloudformation.providers._errors import ignoring
from rehearsal.cloudformation.providers._tags import retag, tag_map


class LogGroup(Provider):
    """A log group."""

    type = "AWS::Logs::LogGroup"
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
        call.invoke("logs", "CreateLogGroup", logGroupName=name, tags=tag_map(wanted) or None, **chosen)
        call.reserve(name)
        if "RetentionInDays" in wanted:
            call.invoke("logs", "PutRetentionPolicy", logGroupName=name, retentionInDays=wanted["RetentionInDays"])
        return self._made(call, name)

    def update(self, call: Call, old: dict[str, Any]) -> Made:
        """Retention, key and tags."""
        name, new = call.handle, call.properties
        if new.get("RetentionInDays") != old.get("RetentionInDays"):
            if "RetentionInDays" in new:
                call.invoke("logs", "PutRetentionPolicy", logGroupName=name, retentionInDays=new["RetentionInDays"])
            else:
                call.invoke("logs", "DeleteRetentionPolicy", logGroupName=name)
        if new.get("KmsKeyId") != old.get("KmsKeyId"):
            if "KmsKeyId" in new:
                call.invoke("logs", "AssociateKmsKey", logGroupName=name, kmsKeyId=new["KmsKeyId"])
            else:
                call.invoke("logs", "DisassociateKmsKey", logGroupName=name)
        retag(call, old, "logs", ("TagLogGroup", "UntagLogGroup"), form=dict, keys="tags", logGroupName=name)
        return self._made(call, name)

    def delete(self, call: Call) -> None:
        """The group with its streams."""
        with ignoring("ResourceNotFoundException"):
            call.invoke("logs", "DeleteLogGroup", logGroupName=call.handle)

    def read(self, call: Call, identifier: dict[str, str]) -> Made:
        """The one of that name. Raises NotFound."""
        name = identifier["LogGroupName"]
        found = call.invoke("logs", "DescribeLogGroups", logGroupNamePrefix=name)["logGroups"]
        if not any(group["logGroupName"] == name for group in found):
            raise NotFound(f"log group {name} does not exist")
        return self._made(call, name)

    def _made(self, call: Call, name: str) -> Made:
        return Made(name, {"Arn": call.arn("logs", f"log-group:{name}:*")})
