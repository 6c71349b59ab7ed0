"""Drift: what was changed behind a stack's back."""

from __future__ import annotations

import json
import uuid
from typing import Any

from botocore.exceptions import ClientError

from rehearsal.api import Caller, Params
from rehearsal.cloudformation.drift import Drift, look
from rehearsal.cloudformation.engine import Api, Engine
from rehearsal.cloudformation.operation import StackOperation
from rehearsal.cloudformation.state import Resource, Stack, Store, now
from rehearsal.cloudformation.template import error

AT_REST = frozenset(
    {"CREATE_COMPLETE", "UPDATE_COMPLETE", "UPDATE_ROLLBACK_COMPLETE", "UPDATE_ROLLBACK_FAILED", "IMPORT_COMPLETE",
     "IMPORT_ROLLBACK_COMPLETE", "ROLLBACK_COMPLETE", "CREATE_FAILED", "UPDATE_FAILED"}
)  # fmt: skip


class DriftApi(Api):
    """Detection, done when it is asked for, and what it found."""

    def __init__(self, engine: Engine, store: Store) -> None:
        super().__init__(engine, store)
        self._detections: dict[str, dict[str, Any]] = {}
        self._found: dict[str, dict[str, dict[str, Any]]] = {}

    def detect_stack_drift(self, caller: Caller, params: Params) -> Params:
        """Look at the resources of a stack, all or those that are named. Raises ApiError ValidationError.

        Of those that the caller may not read it says so in the end, and what it found of the others.
        https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_DescribeStackDriftDetectionStatus.html
        """
        stack = self._at_rest(caller, params)
        wanted = params.get("LogicalResourceIds") or list(stack.resources)
        absent = [name for name in wanted if name not in stack.resources]
        if absent:
            raise error(f"Resources [{', '.join(absent)}] do not exist in stack {stack.name}")
        made, unseen = [], []
        for name in wanted:
            try:
                made.append(self._look(caller, stack, stack.resources[name]))
            except ClientError:  # who asks may not read it
                unseen.append(name)
        drifted = [each for each in made if each["StackResourceDriftStatus"] in ("MODIFIED", "DELETED")]
        stack.drift, stack.drift_checked = "DRIFTED" if drifted else "IN_SYNC", now()
        key = str(uuid.uuid4())
        self._detections[key] = {
            "StackId": stack.id, "StackDriftDetectionId": key, "StackDriftStatus": stack.drift,
            "DetectionStatus": "DETECTION_FAILED" if unseen else "DETECTION_COMPLETE",
            "DetectionStatusReason": f"Failed to detect drift on resource [{', '.join(unseen)}]" if unseen else None,
            "DriftedStackResourceCount": len(drifted), "Timestamp": stack.drift_checked,
        }  # fmt: skip
        return {"StackDriftDetectionId": key}

    def describe_stack_drift_detection_status(self, caller: Caller, params: Params) -> Params:
        """How a detection went. Raises ApiError ValidationError."""
        found = self._detections.get(params["StackDriftDetectionId"])
        if found is None or self._store.find(caller.scope, found["StackId"]) is None:
            raise error(f"Drift detection {params['StackDriftDetectionId']} does not exist")
        return found

    def describe_stack_resource_drifts(self, caller: Caller, params: Params) -> Params:
        """What the last look at each resource found; those that nobody looks at are left out."""
        stack = self._store.get(caller.scope, params["StackName"])
        wanted = params.get("StackResourceDriftStatusFilters") or ("IN_SYNC", "MODIFIED", "DELETED")
        found = [each for name, each in self._found.get(stack.id, {}).items() if name in stack.resources]
        return {"StackResourceDrifts": [each for each in found if each["StackResourceDriftStatus"] in wanted]}

    def detect_stack_resource_drift(self, caller: Caller, params: Params) -> Params:
        """Look at one resource. Raises ApiError ValidationError."""
        stack = self._at_rest(caller, params)
        resource = stack.resources.get(params["LogicalResourceId"])
        if resource is None:
            raise error(f"Resource {params['LogicalResourceId']} does not exist for stack {stack.name}")
        try:
            return {"StackResourceDrift": self._look(caller, stack, resource)}
        except ClientError as cause:
            text = (
                f"Failed to detect drift on resource [{resource.logical_id}]: {cause.response['Error'].get('Message')}"
            )
            raise error(text) from None

    def _at_rest(self, caller: Caller, params: Params) -> Stack:
        stack = self._store.get(caller.scope, params["StackName"])
        if stack.status not in AT_REST or stack.applied is None:
            raise error(f"Drift detection cannot be run on stack {stack.name} in status {stack.status}")
        return stack

    def _look(self, caller: Caller, stack: Stack, resource: Resource) -> dict[str, Any]:
        assert stack.applied
        identity = self._engine.acting(caller, None)
        operation = StackOperation(self._engine.platform, self._store, stack, stack.applied, identity)
        found = look(operation, resource)
        resource.drift, resource.drift_checked = found.status, now()
        shown = _shown(stack, resource, found)
        self._found.setdefault(stack.id, {})[resource.logical_id] = shown
        return shown


def _shown(stack: Stack, resource: Resource, found: Drift) -> dict[str, Any]:
    return {
        "StackId": stack.id, "LogicalResourceId": resource.logical_id, "PhysicalResourceId": resource.physical_id,
        "ResourceType": resource.type, "StackResourceDriftStatus": found.status, "Timestamp": resource.drift_checked,
        "ExpectedProperties": json.dumps(found.expected, default=str),
        "ActualProperties": None if found.actual is None else json.dumps(found.actual, default=str),
        "PropertyDifferences": list(found.differences),
    }  # fmt: skip
