"""The status as plain data."""

from __future__ import annotations

from typing import Any

from model_cicd.operate import promotions
from model_cicd.operate.drift import StackDrift
from model_cicd.operate.logs import Log
from model_cicd.operate.packages import Version
from model_cicd.operate.records import Group, Place, StackPlace
from model_cicd.operate.serving import BatchRun, Serving
from model_cicd.operate.status import GroupStatus, Known, Report
from model_cicd.operate.tested import Tested
from model_cicd.operate.trainings import Training


def as_json(report: Report) -> dict[str, Any]:
    """The status as plain data. Keys stay as they are; what is unknown is null, beside `unknown` with the reason."""
    return {
        "groups": [_group(each) for each in report.groups],
        "leftovers": report.leftovers,
        "notes": list(report.notes),
    }


def _group(status: GroupStatus) -> dict[str, Any]:
    group, trained = status.group, status.trainings.value
    due = status.missed_schedule
    return {
        "group": group.name,
        "module": group.module,
        "phase": status.phase,
        "buildAccount": group.build_account,
        "buildRegion": group.build_region,
        "modelPackageGroup": group.model_package_group_name,
        "approverPolicyArn": group.approver_policy_arn,
        "scientistPolicyArn": group.scientist_policy_arn or None,
        "trainingScientistPolicyArn": group.training_scientist_policy_arn or None,
        "versions": None if status.versions.value is None else [_version(each) for each in status.versions.value],
        "versionsUnknown": status.versions.unknown or None,
        "trainings": None if trained is None else [_training(each) for each in trained.found],
        "trainingsUnknown": status.trainings.unknown or (trained.unseen if trained else "") or None,
        "schedule": group.trainer.schedule or None,
        "missedSchedule": due.isoformat(timespec="seconds") if due else None,
        "environments": [_environment(group, place, known) for place, known in status.environments],
        "promotion": _pipeline(status),
        "stacks": None if status.stacks is None else [_stack(stack, known) for stack, known in status.stacks],
        "kept": list(group.kept),
        "warnings": status.warnings,
    }


def _version(version: Version) -> dict[str, Any]:
    return {
        "version": version.number,
        "arn": version.arn,
        "status": version.status,
        "stage": version.stage or None,
        "stageStatus": version.stage_status or None,
        "reason": version.reason or None,
        "created": version.created,
        "commit": version.commit or None,
        "metrics": version.metrics,
    }


def _training(training: Training) -> dict[str, Any]:
    reason = training.reason
    return {
        "execution": training.execution,
        "status": training.status,
        "started": training.started.isoformat(timespec="seconds"),
        "commit": training.commit or None,
        "step": training.step or None,
        "kind": reason.kind if reason else None,
        "reason": (reason.text or None) if reason else None,
        "log": _log(training.log),
    }


def _log(log: Log | None) -> dict[str, str] | None:
    if log is None:
        return None
    return {
        "account": log.account,
        "region": log.region,
        "group": log.group,
        "stream": log.stream,
        "command": log.command,
        "console": log.console,
    }


def _environment(group: Group, place: Place, known: Known[Serving]) -> dict[str, Any]:
    found = known.value or Serving()
    return {
        "name": place.name,
        "type": place.type,
        "account": place.account,
        "region": place.region,
        "requireApproval": place.require_approval,
        "stack": place.stack_name,
        "stackStatus": found.stack_status or None,
        "drift": found.drift or None,
        "driftChecked": found.drift_checked or None,
        "endpoint": None if place.state_machine_arn else place.endpoint_name,
        "endpointStatus": found.endpoint_status or None,
        "asleep": known.value.asleep if known.value else None,
        "stateMachineArn": place.state_machine_arn or None,
        "lastRun": _run(found.run) if found.run else None,
        "version": found.version,
        "modelPackageArn": group.package_arn(found.version) if found.version else None,
        "release": found.release,
        "releaseArn": found.release_arn or None,
        "digest": found.digest or None,
        "unknown": known.unknown or None,
    }


def _run(run: BatchRun) -> dict[str, str | None]:
    return {"name": run.name, "status": run.status, "started": run.started, "ended": run.ended or None}


def _stack(stack: StackPlace, known: Known[StackDrift]) -> dict[str, Any]:
    found = known.value
    return {
        "stack": stack.name,
        "account": stack.account,
        "region": stack.region,
        "status": (found.status if found else "") or None,
        "drift": (found.drift if found else "") or None,
        "resources": list(found.resources) if found else [],
        "unknown": known.unknown or None,
    }


def _pipeline(status: GroupStatus) -> dict[str, Any]:
    group, state = status.group, status.pipeline.value

    def run(each: promotions.Run | promotions.Waiting) -> dict[str, Any]:
        return {
            "stage": each.stage,
            "action": each.action,
            "execution": each.execution,
            "version": group.version_of(each.package_arn),
        }

    def waiting(each: promotions.Waiting) -> dict[str, Any]:
        policy, command = each.approver_policy_arn, each.command
        return {
            **run(each), "since": each.since, "expires": each.expires, "approverPolicyArn": policy, "command": command,
        }  # fmt: skip

    def failed(each: promotions.Run) -> dict[str, Any]:
        return {**run(each), "cause": each.cause, "reason": each.reason or None, "log": _log(each.log)}

    def tested(each: Tested) -> dict[str, Any]:
        version = group.version_of(each.package_arn)
        return {
            "stage": each.stage, "execution": each.execution, "version": version, "verdict": each.verdict,
            "text": each.text,
        }  # fmt: skip

    return {
        "pipeline": group.pipeline_name,
        "account": group.tooling_account,
        "region": group.tooling_region,
        "running": None if state is None else [run(each) for each in state.running],
        "waiting": None if state is None else [waiting(each) for each in state.waiting],
        "failed": None if state is None else [failed(each) for each in state.failed],
        "tests": None if state is None else [tested(each) for each in state.tests],
        "unknown": status.pipeline.unknown or None,
    }
