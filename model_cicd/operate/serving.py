"""What an environment serves: read from its endpoint stack and its endpoint."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from model_cicd.aws.accounts import parameters
from model_cicd.aws.sleep import ASLEEP
from model_cicd.operate.access import Access, error_code
from model_cicd.operate.records import Place
from model_cicd.promotion.redeploy import rolled_back_to
from model_cicd.promotion.serving import NEVER_SERVED, outputs

PARAMETER = "ModelPackageArn"
FAILED = ("FAILED", "TIMED_OUT", "ABORTED")


@dataclass(frozen=True)
class BatchRun:
    """A run of transforms by the name of its execution; `status` is Step Functions', `ended` empty while it runs."""

    name: str
    status: str
    started: str
    ended: str

    def __str__(self) -> str:
        return f"last run {self.status} {self.ended or f'since {self.started}'}"


@dataclass(frozen=True)
class Serving:
    """The state of an environment; nothing was ever promoted there where `version` is None.

    `drift` is what CloudFormation found when it last looked for drift, at `drift_checked`, or NOT_CHECKED.

    `run` is the last one of an environment that transforms data. What is `asleep` has no endpoint until it is woken;
    `idle` is the reason of its alarm on nobody asking, or empty.

    The release (ARN) was made of the version with that number; its model has the digest `sha256:<64 digits>`.
    """

    version: int | None = None
    release_arn: str = ""
    digest: str = ""
    stack_status: str = ""
    endpoint_status: str = ""
    drift: str = ""
    drift_checked: str = ""
    run: BatchRun | None = None
    asleep: bool = False
    idle: str = ""

    @property
    def state(self) -> str:
        """How it is: asleep, its endpoint, its last run, or its stack where there is none of them."""
        if self.asleep and self.stack_status.endswith("_COMPLETE"):
            return "asleep"
        return self.endpoint_status or (str(self.run) if self.run else "") or self.stack_status

    @property
    def release(self) -> int | None:
        """The number of the release."""
        number = self.release_arn.rpartition("/")[2]
        return int(number) if number.isdigit() else None


def serving(access: Access, place: Place) -> Serving:
    """What `place` serves. Raises DeniedError when the caller may not see it."""
    with access.asking("cloudformation:DescribeStacks", f"stack {place.stack_name} of account {place.account}"):
        stack = describe_stack(_client(access, place, "cloudformation"), place.stack_name)
    if stack is None:
        return Serving()
    # outputs say what is deployed; while an update runs, the parameters are those of the update already
    found = {} if stack["StackStatus"] in NEVER_SERVED else outputs(stack)
    status = str(stack["StackStatus"])
    drift = stack.get("DriftInformation") or {}
    checked = drift.get("LastCheckTimestamp")
    given = parameters(stack)
    asleep = given.get(ASLEEP) == "true"
    return Serving(
        version=int(found["Version"]) if found.get("Version", "").isdigit() else None,
        release_arn=found.get(PARAMETER, ""),
        digest=found.get("Digest", ""),
        stack_status=status,
        endpoint_status=_endpoint_status(access, place) if found and not (place.state_machine_arn or asleep) else "",
        run=_last_run(access, place) if found and place.state_machine_arn else None,
        drift=str(drift.get("StackDriftStatus", "")),
        drift_checked=checked.isoformat(timespec="seconds") if checked else "",
        asleep=asleep,
        idle=_idle(access, place, given["IdleAlarmName"]) if "IdleAlarmName" in given and not asleep else "",
    )


def _idle(access: Access, place: Place, name: str) -> str:
    """What the alarm on an endpoint that nobody asks says, where it does."""
    with access.asking("cloudwatch:DescribeAlarms", f"alarm {name} of account {place.account}"):
        found = _client(access, place, "cloudwatch").describe_alarms(AlarmNames=[name])["MetricAlarms"]
    return next((str(each.get("AlarmDescription", "")) for each in found if each["StateValue"] == "ALARM"), "")


def why_it_failed(access: Access, place: Place) -> str:
    """The resource that failed first in the last update of an environment's stack, and why; or the empty string.

    Raises ModelCicdError when the stack cannot be read.
    """
    client = _client(access, place, "cloudformation")
    with access.asking("cloudformation:DescribeStackEvents", f"stack {place.stack_name} of account {place.account}"):
        return first_failure(client.describe_stack_events(StackName=place.stack_name)["StackEvents"])


def rolled_back(access: Access, place: Place) -> list[tuple[int, datetime]]:
    """Versions that rollbacks put into an environment, each with when that began, as far back as events are kept.

    That is 90 days. Raises DeniedError when they cannot be read.

    https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/view-stack-events.html
    """
    client = _client(access, place, "cloudformation")
    found: dict[str, tuple[int, datetime]] = {}
    with access.asking("cloudformation:DescribeStackEvents", f"stack {place.stack_name} of account {place.account}"):
        if describe_stack(client, place.stack_name) is None:
            return []
        for page in client.get_paginator("describe_stack_events").paginate(StackName=place.stack_name):
            for event in page["StackEvents"]:  # newest first, so that the first one of a rollback is left
                token = str(event.get("ClientRequestToken") or "")
                if (number := rolled_back_to(token)) is not None:
                    found[token] = (number, event["Timestamp"])
    return list(found.values())


def first_failure(events: Sequence[dict[str, Any]]) -> str:
    """`<resource>: <reason>` of the events of a stack, newest first, back to where the last change of it began."""
    failed = ""
    for event in events:
        of_stack = event.get("PhysicalResourceId") == event.get("StackId")
        if of_stack and event["ResourceStatus"] in ("CREATE_IN_PROGRESS", "UPDATE_IN_PROGRESS"):
            break
        if not of_stack and event["ResourceStatus"].endswith("_FAILED"):
            failed = f"{event['LogicalResourceId']}: {event.get('ResourceStatusReason', '')}"
    return failed


def describe_stack(client: Any, name: str) -> dict[str, Any] | None:
    """A stack as CloudFormation describes it, or None when there is none."""
    from botocore.exceptions import ClientError

    try:
        found: dict[str, Any] = client.describe_stacks(StackName=name)["Stacks"][0]
    except ClientError as error:
        if error_code(error) == "ValidationError" and "does not exist" in str(error):
            return None
        raise
    return found


def _endpoint_status(access: Access, place: Place) -> str:
    name = place.endpoint_name
    from botocore.exceptions import ClientError

    with access.asking("sagemaker:DescribeEndpoint", f"endpoint {name} of account {place.account}"):
        try:
            found = _client(access, place, "sagemaker").describe_endpoint(EndpointName=name)
        except ClientError as error:
            if error_code(error) == "ValidationException":  # SageMaker's way to say that there is none
                return ""
            raise
    return str(found["EndpointStatus"])


def _last_run(access: Access, place: Place) -> BatchRun | None:
    name = place.state_machine_arn.rpartition(":")[2]
    from botocore.exceptions import ClientError

    with access.asking("states:ListExecutions", f"state machine {name} of account {place.account}"):
        client = _client(access, place, "stepfunctions")
        try:
            found = client.list_executions(stateMachineArn=place.state_machine_arn, maxResults=1)["executions"]
        except ClientError as error:
            if error_code(error) == "StateMachineDoesNotExist":
                return None
            raise
    for last in found[:1]:
        started, ended = (each.isoformat(timespec="seconds") if each else "" for each in map(last.get, _MOMENTS))
        return BatchRun(last["name"], last["status"], started, ended)
    return None


_MOMENTS = ("startDate", "stopDate")


def _client(access: Access, place: Place, service: str) -> Any:
    return access.client(service, account=place.account, region=place.region, role_arn=place.lookup_role_arn)
