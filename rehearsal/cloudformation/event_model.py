"""DescribeEvents and ListHookResults in the protocol model: newer than the installed botocore, used by the CDK CLI.

https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_DescribeEvents.html
"""

from __future__ import annotations

from typing import Any

from moto.core.utils import get_service_model

_TEXT = {"shape": "RehearsalText"}
_TIME = {"shape": "Timestamp"}
_EVENT = ("EventId", "StackId", "StackName", "EventType", "LogicalResourceId", "PhysicalResourceId", "ResourceType",
          "ResourceStatus", "ResourceStatusReason", "ResourceProperties", "ClientRequestToken")  # fmt: skip

_SHAPES: dict[str, Any] = {
    "RehearsalText": {"type": "string"},
    "RehearsalFlag": {"type": "boolean"},
    "DescribeEventsInput": {
        "type": "structure",
        "members": {
            "StackName": _TEXT, "ChangeSetName": _TEXT, "OperationId": _TEXT, "NextToken": _TEXT,
            "Filters": {"shape": "RehearsalEventFilter"},
        },
    },
    "RehearsalEventFilter": {"type": "structure", "members": {"FailedEvents": {"shape": "RehearsalFlag"}}},
    "RehearsalEvent": {"type": "structure", "members": dict.fromkeys(_EVENT, _TEXT) | {"Timestamp": _TIME}},
    "RehearsalEvents": {"type": "list", "member": {"shape": "RehearsalEvent"}},
    "DescribeEventsOutput": {
        "type": "structure",
        "members": {"OperationEvents": {"shape": "RehearsalEvents"}, "NextToken": _TEXT},
    },
}  # fmt: skip


def install() -> None:
    """Add what the model lacks; what botocore brings by itself is left alone."""
    description = get_service_model("cloudformation")._service_description
    if "DescribeEvents" in description["operations"]:
        return
    for name, shape in _SHAPES.items():
        description["shapes"].setdefault(name, shape)
    description["operations"]["DescribeEvents"] = {
        "name": "DescribeEvents",
        "http": {"method": "POST", "requestUri": "/"},
        "input": {"shape": "DescribeEventsInput"},
        "output": {"shape": "DescribeEventsOutput", "resultWrapper": "DescribeEventsResult"},
    }
