"""What was changed behind a stack's back, as CloudFormation finds it.

https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/using-cfn-stack-drift.html
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from model_cicd.operate.access import Access
from model_cicd.operate.records import Group, StackPlace
from model_cicd.operate.serving import describe_stack

_POLL_SECONDS = 2.0


@dataclass(frozen=True)
class StackDrift:
    """A stack with its state; `status` is empty where there is no stack.

    `drift` is IN_SYNC, DRIFTED, UNKNOWN or DETECTION_FAILED, `resources` a line for each that differs,
    and one more where CloudFormation could not look at all of them.
    """

    place: StackPlace
    status: str = ""
    drift: str = ""
    resources: tuple[str, ...] = ()


def stacks_of(group: Group) -> list[StackPlace]:
    """The stacks of a group, those of its environments last."""
    own = [StackPlace(each.stack_name, each.account, each.region, each.lookup_role_arn) for each in group.places]
    return [*group.stacks, *own]


def detect(access: Access, place: StackPlace, sleep: Callable[[float], None] = time.sleep) -> StackDrift:
    """Let CloudFormation look, and wait until it has; it reads the resources with the rights of who asks.

    Raises DeniedError when the caller may not.
    """
    client = access.client(
        "cloudformation", account=place.account, region=place.region, role_arn=place.lookup_role_arn or None
    )
    with access.asking("cloudformation:DetectStackDrift", f"stack {place.name} of account {place.account}"):
        stack = describe_stack(client, place.name)
        if stack is None:
            return StackDrift(place)
        status = str(stack["StackStatus"])
        if status.endswith("_IN_PROGRESS"):
            return StackDrift(place, status)  # CloudFormation looks at stacks at rest only
        detection = client.detect_stack_drift(StackName=place.name)["StackDriftDetectionId"]
        found = client.describe_stack_drift_detection_status(StackDriftDetectionId=detection)
        while found["DetectionStatus"] == "DETECTION_IN_PROGRESS":
            sleep(_POLL_SECONDS)
            found = client.describe_stack_drift_detection_status(StackDriftDetectionId=detection)
        if found["DetectionStatus"] != "DETECTION_COMPLETE" and not found.get("StackDriftStatus"):
            return StackDrift(place, status, "DETECTION_FAILED", (str(found.get("DetectionStatusReason", "")),))
        resources = client.describe_stack_resource_drifts(
            StackName=place.name, StackResourceDriftStatusFilters=["MODIFIED", "DELETED"]
        )["StackResourceDrifts"]
    failed = found["DetectionStatus"] != "DETECTION_COMPLETE"
    unseen = (
        (f"not all could be looked at: {found.get('DetectionStatusReason', 'no reason was given')}",) if failed else ()
    )
    lines = (*(_line(each) for each in resources), *unseen)
    return StackDrift(place, status, str(found["StackDriftStatus"]), lines)


def _line(resource: dict[str, Any]) -> str:
    what = f"{resource['ResourceType']} {resource['LogicalResourceId']}"
    if resource["StackResourceDriftStatus"] == "DELETED":
        return f"{what} was deleted"
    paths = sorted(str(each["PropertyPath"]) for each in resource.get("PropertyDifferences") or [])
    return f"{what} was changed: {', '.join(paths) or 'a property'}"
