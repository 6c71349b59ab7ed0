"""Members of requests that moto does not have are refused, or in a table that says why not."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import moto
import pytest
from botocore import xform_name
from botocore.exceptions import ClientError

from rehearsal.embedded_aws import EmbeddedAws
from rehearsal.iam.table import TABLE
from rehearsal.moto_door import BACKENDS
from rehearsal.moto_members import MEMBERS
from tests.emulator.api import inputs
from tests.emulator.conftest import Client

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


@pytest.mark.parametrize(
    ("service", "operation", "params", "member"),
    [
        ("kms", "create_key", {"CustomKeyStoreId": "c"}, "CustomKeyStoreId"),
        ("logs", "describe_log_groups", {"logGroupNamePattern": "abc"}, "logGroupNamePattern"),
        ("logs", "create_log_group", {"logGroupName": "g", "logGroupClass": "DELIVERY"}, "logGroupClass"),
        ("cloudwatch", "list_metrics", {"RecentlyActive": "PT3H"}, "RecentlyActive"),
        ("secretsmanager", "list_secrets", {"SortOrder": "asc"}, "SortOrder"),
    ],
)
def test_they_are_refused_by_name(
    client: Client, service: str, operation: str, params: dict[str, Any], member: str
) -> None:
    with pytest.raises(ClientError, match=f"does not support {member} of "):
        getattr(client(service), operation)(**params)


def test_with_a_value_that_makes_no_difference_they_are_taken(client: Client) -> None:
    client("logs").create_log_group(logGroupName="standard", logGroupClass="STANDARD")
    assert client("cloudwatch").describe_alarms(AlarmTypes=["MetricAlarm"], MaxRecords=5)["MetricAlarms"] == []
