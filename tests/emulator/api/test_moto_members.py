"""Members of requests that moto does not have are refused, or in a table that says why not."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import moto
import pytest
from botocore import xform_name
from botocore.exceptions import ClientError

from rehearsal.embedded_aws import EmbeddedAws
from rehearsal.iam.table import TABLE
from rehearsal.moto_door import BACKENDS
from rehearsal.moto_members import MEMBERS, NESTED
from tests.emulator.api import inputs
from tests.emulator.conftest import ACCOUNTS, Client

# which moto refuses as a whole
NOT_THERE = {("application-autoscaling", "ListTagsForResource"), ("application-autoscaling", "TagResource"),
             ("monitoring", "DescribeAlarmHistory")}  # fmt: skip


def test_the_table_has_every_member_whose_name_moto_does_not_know(world: EmbeddedAws) -> None:
    """A name that moto has for another operation alone is not found."""
    own = {(service.name, name) for service in world.services for name in service.operations()}
    exclusive = {service.name for service in world.services if service.exclusive}
    found: dict[tuple[str, str], set[str]] = {}
    for service in set(TABLE) - exclusive:
        folder = Path(moto.__file__).parent / BACKENDS.get(service, service).replace("-", "")
        words = {word for path in folder.rglob("*.py") for word in re.findall(r"\w+", path.read_text(encoding="utf-8"))}
        for operation in inputs.operations(service):
            members = operation.input_shape.members if operation.input_shape else ()
            unknown = {each for each in members if not {each, xform_name(each)} & words}
            if unknown and (service, operation.name) not in own | NOT_THERE:
                found[service, operation.name] = unknown
    assert found == {key: set(members) for key, members in MEMBERS.items()}


def nested(shape: Any, path: tuple[str, ...] = (), seen: frozenset[str] = frozenset()) -> Iterator[tuple[str, ...]]:
    """The paths of members, into structures, lists and maps."""
    while shape.type_name in ("list", "map"):
        shape = shape.member if shape.type_name == "list" else shape.value
    if shape.type_name == "structure" and shape.name not in seen:
        for name, member in shape.members.items():
            yield (*path, name)
            yield from nested(member, (*path, name), seen | {shape.name})


def test_the_table_has_what_is_in_other_members_too(world: EmbeddedAws) -> None:
    """Of every protocol; what is below a member that moto does not know goes with it."""
    own = {(service.name, name) for service in world.services for name in service.operations()}
    exclusive = {service.name for service in world.services if service.exclusive}
    found: dict[tuple[str, str], set[str]] = {}
    asked = 0
    for service in set(TABLE) - exclusive:
        folder = Path(moto.__file__).parent / BACKENDS.get(service, service).replace("-", "")
        words = {word for path in folder.rglob("*.py") for word in re.findall(r"\w+", path.read_text(encoding="utf-8"))}
        for operation in inputs.operations(service):
            if (service, operation.name) in own | NOT_THERE or operation.input_shape is None:
                continue
            unknown: set[tuple[str, ...]] = {(name,) for name in MEMBERS.get((service, operation.name), ())}
            for path in nested(operation.input_shape):
                asked += 1
                above = any(path[:length] in unknown for length in range(1, len(path)))
                if not above and not {path[-1], xform_name(path[-1])} & words:
                    unknown.add(path)
            if deep := {".".join(path) for path in unknown if len(path) > 1}:
                found[service, operation.name] = deep
    assert asked > 1000
    assert found == {key: set(paths) for key, paths in NESTED.items()}


@pytest.mark.parametrize(
    ("service", "operation", "params", "member"),
    [
        ("kms", "create_key", {"CustomKeyStoreId": "c"}, "CustomKeyStoreId"),
        ("logs", "describe_log_groups", {"logGroupNamePattern": "abc"}, "logGroupNamePattern"),
        ("logs", "create_log_group", {"logGroupName": "g", "logGroupClass": "DELIVERY"}, "logGroupClass"),
        ("cloudwatch", "list_metrics", {"RecentlyActive": "PT3H"}, "RecentlyActive"),
        ("secretsmanager", "list_secrets", {"SortOrder": "asc"}, "SortOrder"),
        (
            "cloudwatch",
            "put_metric_data",
            {"Namespace": "n", "MetricData": [{"MetricName": "m"}, {"MetricName": "m", "StorageResolution": 1}]},
            r"MetricData\[1\]\.StorageResolution",
        ),
        (
            "sqs",
            "send_message",
            {
                "QueueUrl": "http://127.0.0.1/111111111111/q",
                "MessageBody": "b",
                "MessageAttributes": {"a": {"DataType": "String", "StringValue": "v", "StringListValues": ["w"]}},
            },
            r"MessageAttributes\.a\.StringListValues",
        ),
        (
            "dynamodb",
            "create_table",
            {
                "TableName": "table",
                "AttributeDefinitions": [{"AttributeName": "k", "AttributeType": "S"}],
                "KeySchema": [{"AttributeName": "k", "KeyType": "HASH"}],
                "GlobalSecondaryIndexes": [
                    {
                        "IndexName": "index",
                        "KeySchema": [{"AttributeName": "k", "KeyType": "HASH"}],
                        "Projection": {"ProjectionType": "ALL"},
                        "OnDemandThroughput": {"MaxReadRequestUnits": 1},
                    }
                ],
            },
            r"GlobalSecondaryIndexes\[0\]\.OnDemandThroughput",
        ),
    ],
)
def test_they_are_refused_by_name(
    client: Client, service: str, operation: str, params: dict[str, Any], member: str
) -> None:
    with pytest.raises(ClientError, match=f"does not support {member} of "):
        getattr(client(service), operation)(**params)


def test_with_a_value_that_makes_no_difference_they_are_taken(client: Client) -> None:
    client("logs").create_log_group(logGroupName="standard", logGroupClass="STANDARD")
    fine = [{"MetricName": "m", "Value": 1, "StorageResolution": 60}]
    client("cloudwatch").put_metric_data(Namespace="n", MetricData=fine)
    assert client("cloudwatch").describe_alarms(AlarmTypes=["MetricAlarm"], MaxRecords=5)["MetricAlarms"] == []


def test_what_is_kept_is_shown_again(client: Client) -> None:
    logs, kms = client("logs"), client("kms")
    logs.create_log_group(logGroupName="filtered")
    metric = {"metricName": "m", "metricNamespace": "n", "metricValue": "1", "defaultValue": 0.0, "unit": "Count"}
    named = {"logGroupName": "filtered", "filterName": "f", "filterPattern": "x"}
    logs.put_metric_filter(**named, metricTransformations=[metric])
    (filtered,) = logs.describe_metric_filters(logGroupName="filtered")["metricFilters"]
    assert filtered["metricTransformations"] == [metric]
    key = kms.create_key()["KeyMetadata"]["KeyId"]
    constraints = {"EncryptionContextSubset": {"a": "b"}}
    grantee = f"arn:aws:iam::{ACCOUNTS[0]}:root"
    kms.create_grant(KeyId=key, GranteePrincipal=grantee, Operations=["Decrypt"], Constraints=constraints)
    assert [each["Constraints"] for each in kms.list_grants(KeyId=key)["Grants"]] == [constraints]
