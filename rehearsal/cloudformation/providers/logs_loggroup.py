"""AWS::Logs::LogGroup. https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-logs-loggroup.html"""

from __future__ import annotations

from typing import Any, ClassVar

from rehearsal.cloudformation.provider import ANY, TAGS, Call, Made, NotFound, Provider, Tree, tag_changes, tag_map
from rehearsal.cloudformation.providers._errors import ignoring


class LogGroup(Provider):
    """A log group."""

    type = "AWS::Logs::LogGroup"
    properties: ClassVar[Tree] = {
        "KmsKeyId": ANY, "LogGroupClass": ANY, "LogGroupName": ANY, "RetentionInDays": ANY, "Tags": TAGS,
    }  # fmt: skip
    replace_on = frozenset({"LogGroupName"})
    attributes = ("Arn",)
    identifier = ("LogGroupName",)
    named_by = "LogGroupName"
    tags = "list"

    def create(self, call: Call) -> Made:
        """The group, then its retention."""
        wanted = call.properties
        name = call.name(wanted.get("LogGroupName"), 512)
        call.invoke(
            "logs",
            "CreateLogGroup",
            logGroupName=name,
            kmsKeyId=wanted.get("KmsKeyId"),
            logGroupClass=wanted.get("LogGroupClass"),
            tags=tag_map(wanted) or None,
        )
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
        put, gone = tag_changes(old, new)
        if put:
            call.invoke("logs", "TagLogGroup", logGroupName=name, tags={tag["Key"]: tag["Value"] for tag in put})
        if gone:
            call.invoke("logs", "UntagLogGroup", logGroupName=name, tags=gone)
        return self._made(call, name)

    def delete(self, call: Call) -> None:
        """The group with its streams."""
        with ignoring("ResourceNotFoundException"):
            call.invoke("logs", "DeleteLogGroup", logGroupName=call.handle)

    def read(self, call: Call, identifier: dict[str, str]) -> Made:
        """By name."""
        name = identifier["LogGroupName"]
        found = call.invoke("logs", "DescribeLogGroups", logGroupNamePrefix=name)["logGroups"]
        if not any(group["logGroupName"] == name for group in found):
            raise NotFound(f"log group {name} does not exist")
        return self._made(call, name)

    def _made(self, call: Call, name: str) -> Made:
        return Made(name, {"Arn": call.arn("logs", f"log-group:{name}:*")})
