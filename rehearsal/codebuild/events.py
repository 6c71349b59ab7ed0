"""CodeBuild's events. https://docs.aws.amazon.com/codebuild/latest/userguide/sample-build-notifications.html"""

from __future__ import annotations

import datetime

from rehearsal.api import Params
from rehearsal.codebuild.state import Build, Phase
from rehearsal.ports import EventSink


def state_changed(bus: EventSink, build: Build) -> None:
    """Tell that the status of a build changed."""
    phase = build.phases[-1] if build.phases else None
    detail = {
        "build-status": build.status,
        "current-phase": phase.type if phase else "SUBMITTED",
        "current-phase-context": _context(phase),
    }
    _emit(bus, build, "CodeBuild Build State Change", detail)


def phase_changed(bus: EventSink, build: Build, phase: Phase) -> None:
    """Tell that a phase was completed."""
    detail = {
        "completed-phase": phase.type,
        "completed-phase-status": phase.status,
        "completed-phase-start": _time(phase.start),
        "completed-phase-end": _time(phase.end or phase.start),
        "completed-phase-duration-seconds": int((phase.end or phase.start) - phase.start),
        "completed-phase-context": _context(phase),
    }
    _emit(bus, build, "CodeBuild Build Phase Change", detail)


def _emit(bus: EventSink, build: Build, detail_type: str, detail: Params) -> None:
    bus.emit(
        account=build.account,
        region=build.region,
        source="aws.codebuild",
        detail_type=detail_type,
        resources=[build.arn],
        detail=_common(build) | detail,
    )


def _common(build: Build) -> Params:
    settings = build.settings
    environment, source = settings["environment"], settings["source"]
    information: Params = {
        "artifact": {key: value for key, value in build.artifacts.items() if key != "artifactIdentifier"},
        "environment": {
            "image": environment["image"],
            "privileged-mode": environment["privilegedMode"],
            "compute-type": environment["computeType"],
            "type": environment["type"],
            "environment-variables": environment["environmentVariables"],
        },
        "timeout-in-minutes": settings["timeoutInMinutes"],
        "build-complete": build.end is not None,
        "build-number": build.number,
        "initiator": build.initiator,
        "build-start-time": _time(build.start),
        "source": {key: source[key] for key in ("type", "location") if key in source},
        "logs": {"group-name": build.log_group, "stream-name": build.log_stream},
        "phases": [
            {
                "phase-type": phase.type,
                "start-time": _time(phase.start),
                **({} if phase.end is None else {
                    "end-time": _time(phase.end),
                    "duration-in-seconds": int(phase.end - phase.start),
                    "phase-status": phase.status,
                    "phase-context": [_context(phase)],
                }),
            }
            for phase in list(build.phases)
        ],
    }  # fmt: skip
    if build.source_version:
        information["source-version"] = build.source_version
    return {
        "project-name": build.project,
        "build-id": build.arn,
        "version": "1",
        "additional-information": information,
    }


def _context(phase: Phase | None) -> str:
    context = phase.contexts[0] if phase and phase.contexts else {"statusCode": "", "message": ""}
    return f"[{context['statusCode']}: {context['message']}]"


def _time(seconds: float) -> str:
    moment = datetime.datetime.fromtimestamp(seconds, datetime.UTC)
    return f"{moment:%b} {moment.day}, {moment:%Y} {moment.hour % 12 or 12}:{moment:%M:%S %p}"
