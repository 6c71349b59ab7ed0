"""Custom::LogRetention: how long a log group that others make keeps its lines.

https://docs.aws.amazon.com/cdk/api/v2/docs/aws-cdk-lib.aws_logs.LogRetention.html
"""

from __future__ import annotations

from typing import Any

from botocore.exceptions import ClientError

from rehearsal.cloudformation.cdk_resources.request import CREATE, DELETE, Answer, Request

_OWN_DAYS = 1  # of the logs of the function itself


def handle(request: Request) -> Answer:
    """Make the group where it is missing and set its retention; delete it where that is asked for."""
    group, region = request.text("LogGroupName"), request.properties.get("LogGroupRegion")
    logs = request.clients.client("logs", region)
    if request.kind == DELETE:
        if request.properties.get("RemovalPolicy") == "destroy":
            _ignoring("ResourceNotFoundException", lambda: logs.delete_log_group(logGroupName=group))
    else:
        days = request.properties.get("RetentionInDays")
        _keep(logs, group, int(days) if days else None)
        if request.kind == CREATE:
            _keep(request.clients.client("logs"), f"/aws/lambda/{request.function}", _OWN_DAYS)
    return Answer(group, {"LogGroupName": group})


def _keep(logs: Any, group: str, days: int | None) -> None:
    _ignoring("ResourceAlreadyExistsException", lambda: logs.create_log_group(logGroupName=group))
    if days:
        logs.put_retention_policy(logGroupName=group, retentionInDays=days)
    else:
        logs.delete_retention_policy(logGroupName=group)


def _ignoring(code: str, call: Any) -> None:
    try:
        call()
    except ClientError as error:
        if error.response["Error"]["Code"] != code:
            raise
