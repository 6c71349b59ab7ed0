"""AWS::DynamoDB::Table.

https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-dynamodb-table.html
"""

from __future__ import annotations

from typing import Any, ClassVar

from rehearsal.cloudformation.provider import Call, Made, Provider, ResourceError
from rehearsal.cloudformation.shapes import boolean, tag_map

MADE = ("AttributeDefinitions", "KeySchema", "BillingMode", "ProvisionedThroughput", "LocalSecondaryIndexes",
        "GlobalSecondaryIndexes", "DeletionProtectionEnabled", "Tags")  # fmt: skip
CHANGED = ("BillingMode", "ProvisionedThroughput", "DeletionProtectionEnabled")


class Table(Provider):
    """A table with its indexes; Ref is its name."""

    type = "AWS::DynamoDB::Table"
    service, noun, absent = "dynamodb", "table", ("ResourceNotFoundException",)
    unsupported: ClassVar[dict[str, str]] = {
        "no imports, copies and insights": (
            "ContributorInsightsSpecification ImportSourceSpecification KinesisStreamSpecification "
            "GlobalSecondaryIndexes.ContributorInsightsSpecification"
        ),
        "one class of tables, no limits and vectors": (
            "OnDemandThroughput TableClass VectorIndexes WarmThroughput GlobalSecondaryIndexes.OnDemandThroughput "
            "GlobalSecondaryIndexes.WarmThroughput"
        ),
        "tables are of one account": "ResourcePolicy StreamSpecification.ResourcePolicy",
        "backups are kept as long as AWS keeps them": "PointInTimeRecoverySpecification.RecoveryPeriodInDays",
    }
    replaced_as_well = ("KeySchema", "LocalSecondaryIndexes")
    volatile = ("StreamArn",)
    named_by = "TableName"

    def create(self, call: Call) -> Made:
        """The table, then what has operations of its own."""
        wanted = call.properties
        name = call.name(wanted.get("TableName"), 255)
        call.invoke("CreateTable", TableName=name, StreamSpecification=_stream(wanted),
                    SSESpecification=_encryption(wanted), **call.pick(*MADE))  # fmt: skip
        call.reserve(name)
        self._settings(call, {})
        return self.found(call, name)

    def update(self, call: Call, old: dict[str, Any]) -> Made:
        """Throughput, protection, indexes one at a time, stream, expiry, backups and tags."""
        new, table = call.properties, {"TableName": call.handle}
        changed = {name: new[name] for name in CHANGED if name in new and new[name] != old.get(name)}
        if "DeletionProtectionEnabled" in old and "DeletionProtectionEnabled" not in new:
            changed["DeletionProtectionEnabled"] = False
        if changed:
            call.invoke("UpdateTable", **table, **changed)
        for spec, form in (("StreamSpecification", _stream), ("SSESpecification", _encryption)):
            if form(old) != form(new):
                call.invoke("UpdateTable", **table, **{spec: form(new) or _OFF[spec]})
        self._indexes(call, old)
        self._settings(call, old)
        made = self.found(call, call.handle)
        self.retag(call, old, ResourceArn=made.attributes["Arn"])
        return made

    def remove(self, call: Call) -> None:
        """The table; one that is protected stays."""
        call.invoke("DeleteTable", TableName=call.handle)

    def found(self, call: Call, name: str) -> Made:
        """The one of that name."""
        table = call.invoke("DescribeTable", TableName=name)["Table"]
        stream = {"StreamArn": table["LatestStreamArn"]} if table.get("LatestStreamArn") else {}
        return Made(name, {"Arn": table["TableArn"], **stream})

    def actual(self, call: Call) -> dict[str, Any]:
        """Keys, billing, protection, expiry and tags."""
        table = call.invoke("DescribeTable", TableName=call.handle)["Table"]
        expiry = call.invoke("DescribeTimeToLive", TableName=call.handle)["TimeToLiveDescription"]
        tags = call.invoke("ListTagsOfResource", ResourceArn=table["TableArn"]).get("Tags")
        enabled = expiry["TimeToLiveStatus"] == "ENABLED"
        return {
            "TableName": call.handle,
            "KeySchema": table["KeySchema"],
            "AttributeDefinitions": table["AttributeDefinitions"],
            "BillingMode": (table.get("BillingModeSummary") or {}).get("BillingMode", "PROVISIONED"),
            "DeletionProtectionEnabled": table.get("DeletionProtectionEnabled", False),
            "TimeToLiveSpecification": {"AttributeName": expiry.get("AttributeName"), "Enabled": enabled},
            "Tags": tag_map(tags),
        }

    def _indexes(self, call: Call, old: dict[str, Any]) -> None:
        before, after = (
            {each["IndexName"]: each for each in source.get("GlobalSecondaryIndexes") or []}
            for source in (old, call.properties)
        )
        for name, index in before.items():
            if name not in after:
                self._index(call, {"Delete": {"IndexName": name}})
            elif any(index.get(key) != after[name].get(key) for key in ("KeySchema", "Projection")):
                raise ResourceError(f"Cannot update GSI's properties other than Provisioned Throughput: {name}")
            elif index != after[name]:
                throughput = after[name].get("ProvisionedThroughput")
                self._index(call, {"Update": {"IndexName": name, "ProvisionedThroughput": throughput}})
        for name, index in after.items():
            if name not in before:
                self._index(call, {"Create": index})

    def _index(self, call: Call, change: dict[str, Any]) -> None:
        definitions = call.properties["AttributeDefinitions"] if "Create" in change else None
        wanted = {"AttributeDefinitions": definitions, "GlobalSecondaryIndexUpdates": [change]}
        call.invoke("UpdateTable", TableName=call.handle, **wanted)

    def _settings(self, call: Call, old: dict[str, Any]) -> None:
        before, after = (source.get("TimeToLiveSpecification") for source in (old, call.properties))
        if before != after:
            wanted = after or {**(before or {}), "Enabled": False}
            call.invoke("UpdateTimeToLive", TableName=call.handle, TimeToLiveSpecification=wanted)
        backups = [_backups(source) for source in (old, call.properties)]
        if backups[0] != backups[1]:
            wanted = {"PointInTimeRecoveryEnabled": backups[1]}
            call.invoke("UpdateContinuousBackups", TableName=call.handle, PointInTimeRecoverySpecification=wanted)


def _stream(wanted: dict[str, Any]) -> dict[str, Any] | None:
    spec = wanted.get("StreamSpecification")
    return {"StreamEnabled": True, "StreamViewType": spec["StreamViewType"]} if spec else None


def _encryption(wanted: dict[str, Any]) -> dict[str, Any] | None:
    """Templates say `SSEEnabled` where the operations say `Enabled`."""
    spec = wanted.get("SSESpecification")
    return {"Enabled" if name == "SSEEnabled" else name: value for name, value in spec.items()} if spec else None


def _backups(source: dict[str, Any]) -> bool:
    return boolean((source.get("PointInTimeRecoverySpecification") or {}).get("PointInTimeRecoveryEnabled", False))


_OFF = {"StreamSpecification": {"StreamEnabled": False}, "SSESpecification": {"Enabled": False}}
