"""Telling people of a version that awaits approval: an event, which a rule of the deployment makes a message of."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

from model_cicd.aws.notifications import ANNOUNCED, SOURCE
from model_cicd.aws.sessions import plain_errors
from model_cicd.pipeline.execution_role_actions import steps_of
from model_cicd.pipeline.report import RunReport
from model_cicd.text.errors import ModelCicdError
from model_cicd.text.metrics import metrics
from model_cicd.text.terminal import printable

#: what EventBridge would not escape in a message, what means something in a chat's markdown, and addresses
_UNSAFE = re.compile(r"[\"\\<>\[\]`]|(?<=:)//")
_PENDING = "PendingManualApproval"


def mark(definition: Mapping[str, Any]) -> bool:
    """Mark the versions that a definition registers as told of here, so that SageMaker's own event tells nobody.

    False where one of them has another mark already, or none is registered.
    """
    steps = [each for each in steps_of(definition) if each["Type"] == "RegisterModel"]
    properties = [each["Arguments"].get("MetadataProperties", {}) for each in steps]
    if not steps or any("ProjectId" in each for each in properties):
        return False
    for step in steps:
        step["Arguments"].setdefault("MetadataProperties", {})["ProjectId"] = ANNOUNCED
    return True


def event(detail_type: str, report: RunReport) -> dict[str, str] | None:
    """The event of a version that awaits approval: its number, what it measured, and what the one before did.

    None where the run registered no such version. https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_PutEventsRequestEntry.html
    """
    package = report.model_package
    if package is None or package.approval_status != _PENDING:
        return None
    before = report.approved
    detail = {
        "version": package.version,
        "metrics": _line(report.registered_metrics),
        "before": f"version {before.version}: {_line(before.metrics)}" if before else "none is approved yet",
    }
    return {"Source": SOURCE, "DetailType": detail_type, "Detail": json.dumps(detail)}


def send(events: Any, entry: Mapping[str, str]) -> str:
    """Put an event on the default bus; why it is not there, or the empty string."""
    try:
        with plain_errors():
            answer = events.put_events(Entries=[entry])
    except ModelCicdError as error:
        return str(error)
    return str(answer["Entries"][0].get("ErrorMessage", "")) if answer["FailedEntryCount"] else ""


def _line(values: Mapping[str, float]) -> str:
    return _UNSAFE.sub(" ", printable(metrics({name: repr(value) for name, value in values.items()})))
