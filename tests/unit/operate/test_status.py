"""What status makes of what it was told: phases, warnings, text that holds at 80 columns, changes."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from model_cicd.operate import reasons
from model_cicd.operate.drift import StackDrift
from model_cicd.operate.logs import Log
from model_cicd.operate.packages import REJECTED, Version
from model_cicd.operate.promotions import Run, State, Waiting
from model_cicd.operate.reasons import Reason
from model_cicd.operate.records import StackPlace, Trainer
from model_cicd.operate.serving import Serving
from model_cicd.operate.status import GroupStatus, Known, Report
from model_cicd.operate.status_changes import changes, facts
from model_cicd.operate.status_command import seldom
from model_cicd.operate.status_json import as_json
from model_cicd.operate.status_text import View, as_text
from model_cicd.operate.trainings import Training, Trainings
from model_cicd.text import terminal
from tests.unit.operate.conftest import BUILD, PREPROD, PROD, REGION, TOOLING, make_group

NOW = datetime(2026, 11, 29, 12, tzinfo=UTC)
GROUP = make_group(kept=("model package group churn-models", "buckets a and b with their keys"))
ARN = f"arn:aws:sagemaker:{REGION}:{BUILD}:model-package/churn-models/2"
LOG = Log(BUILD, REGION, "/aws/sagemaker/ProcessingJobs", "pipelines-abc-Prepare/algo-1")
FAILED = Training(
    f"arn:aws:sagemaker:{REGION}:{BUILD}:pipeline/churn/execution/abc", "Failed", NOW - timedelta(hours=2), "c" * 40,
    "Prepare", Reason(reasons.SCRIPT, "RuntimeError: the flux is broken"), LOG,
)  # fmt: skip
GOOD = Training("arn/good", "Succeeded", NOW - timedelta(days=1), "b" * 40)
WAITING = Waiting(
    "Deploy-live", "Approve", "execution", ARN, "2026-11-23T15:00:00+00:00", "2026-11-30T15:00:00+00:00",
    f"arn:aws:iam::{TOOLING}:policy/churn-stage-approver",
    "aws codepipeline put-approval-result --region us-east-1 --pipeline-name churn-promotion --stage-name Deploy-live",
)  # fmt: skip


def status(**changed: Any) -> GroupStatus:
    version = Version(2, ARN, "Approved", "2026-11-28T12:00:00+00:00", "b" * 40, {}, "Mse 3.5 (at most 4)", "")
    serving = Serving(2, f"{ARN}-release/7", f"sha256:{'0' * 64}", "UPDATE_COMPLETE", "InService")
    fields: dict[str, Any] = {
        "group": GROUP,
        "now": NOW,
        "versions": Known([version]),
        "registry": True,
        "pipeline": Known(State((), (), ())),
        "trainings": Known(Trainings((GOOD,))),
        "environments": tuple((place, Known(serving)) for place in GROUP.places),
    }
    return GroupStatus(**(fields | changed))


GONE = Known(State((), (), (), exists=False))


@pytest.mark.parametrize(
    ("changed", "phase"),
    [
        ({}, "deployed"),
        ({"left_manifest": True}, "removed"),
        ({"pipeline": GONE}, "destroyed"),
        ({"pipeline": GONE, "registry": False}, "notDeployed"),
        ({"pipeline": Known(None, "no permission")}, "unknown"),
    ],
)
def test_the_phase_of_a_group(changed: dict[str, Any], phase: str) -> None:
    assert status(**changed).phase == phase


def test_a_destroyed_group_says_what_is_kept_and_what_is_left() -> None:
    nothing = [(place, Known(Serving())) for place in GROUP.places]
    assert as_text([status(pipeline=GONE, environments=tuple(nothing))]).splitlines() == [
        f"churn (module models-m, registry in account {BUILD} {REGION})",
        "  destroyed; kept on purpose: model package group churn-models (1 version), buckets a and b with their keys, "
        f"in account {BUILD}",
    ]
    assert status(pipeline=GONE).warnings[0] == f"approval is still there: stack churn-approval of account {PREPROD}"


def test_a_group_that_left_the_manifest_is_not_shown_as_a_normal_one() -> None:
    (warning,) = status(left_manifest=True).warnings
    assert warning.startswith("churn is not in the manifest any more and still deployed: the next `seedfarmer apply`")


def test_an_approval_that_expires_soon_is_warned_of() -> None:
    waits = Known(State((), (WAITING,), ()))
    assert status(pipeline=waits).warnings == []
    soon = status(pipeline=waits, now=datetime(2026, 11, 30, 12, tzinfo=UTC))
    assert soon.warnings == ["the approval of stage Deploy-live expires in 3 h"]
    assert "to approve version 2, expires in 1 d 3 h:" in as_text([status(pipeline=waits)])


def test_a_missed_schedule_is_warned_of() -> None:
    group = replace(GROUP, trainer=Trainer("churn", "churn-training", "cron(0 6 * * ? *)"))
    before, after = NOW - timedelta(days=1), NOW - timedelta(hours=5, minutes=55)
    assert status(group=group, trainings=Known(Trainings((), starts=(before,)))).warnings == [
        "no training began at 2026-11-29T06:00+00:00, as cron(0 6 * * ? *) asks for"
    ]
    for starts in ((after, before), ()):
        assert status(group=group, trainings=Known(Trainings((), starts=starts))).warnings == []


def test_only_what_failed_since_the_last_good_training_is_shown() -> None:
    older = replace(FAILED, execution="older", started=NOW - timedelta(days=2))
    found = Trainings((FAILED, GOOD, older))
    assert found.failed == [FAILED]
    assert Trainings((replace(GOOD, status="InProgress"), FAILED, older)).failed == [FAILED, older]


def test_a_failed_training_has_its_reason_and_the_way_to_its_log() -> None:
    text = as_text([status(trainings=Known(Trainings((FAILED, GOOD))))])
    assert (
        "failed at 2026-11-29T10:00:00+00:00, commit cccccccccccc, at Prepare: script failed: RuntimeError: the flux"
    ) in text
    for part in (LOG.command, LOG.console, f"log in account {BUILD}: {LOG.group} {LOG.stream}"):
        assert part in text
    (data,) = as_json(Report((status(trainings=Known(Trainings((FAILED, GOOD)))),)))["groups"]
    assert data["trainings"][0] | {"log": None} == {
        "execution": FAILED.execution,
        "status": "Failed",
        "started": "2026-11-29T10:00:00+00:00",
        "commit": "c" * 40,
        "step": "Prepare",
        "kind": "script",
        "reason": "RuntimeError: the flux is broken",
        "log": None,
    }


def test_who_may_not_see_is_told_what_allows_it() -> None:
    text = as_text([status(trainings=Known(None, "no permission: x"), versions=Known(None, "no permission: y"))])
    start, see = GROUP.training_scientist_policy_arn, GROUP.scientist_policy_arn
    assert f"unknown (no permission: x); allowed by {start} or {see}" in text
    assert f"unknown (no permission: y); allowed by {see}" in text


@pytest.mark.parametrize("width", [80, 60])
def test_nothing_is_broken_in_two(width: int) -> None:
    failed = Run("Prepare", "Prepare", "e", ARN, "Build terminated", "version 2 was changed after it was registered")
    found = status(
        trainings=Known(Trainings((FAILED, GOOD))),
        pipeline=Known(State((), (WAITING,), (replace(failed, log=LOG),))),
        stacks=((StackPlace("churn-build", BUILD, REGION), Known(StackDrift(StackPlace("churn-build", BUILD, REGION),
                 "CREATE_COMPLETE", "DRIFTED", ("AWS::S3::Bucket Bucket was changed: /Tags",)))),),
    )  # fmt: skip
    wide, narrow = as_text([found]), as_text([found], View(width))
    assert wide.replace("\\\n", " ").split() == narrow.replace("\\\n", " ").split(), "every word, whole and in order"
    words = [line.strip() for line in narrow.splitlines() if len(line) > width]
    assert all(" " not in each for each in words), "only words that are longer stand out"
    assert PREPROD in narrow
    assert PROD in narrow


def test_drift_is_a_warning() -> None:
    place = StackPlace("churn-build", BUILD, REGION)
    looked = StackDrift(place, "CREATE_COMPLETE", "DRIFTED", ("AWS::S3::Bucket Bucket was deleted",))
    assert status(stacks=((place, Known(looked)),)).warnings == [
        f"stack churn-build of account {BUILD} has drifted: AWS::S3::Bucket Bucket was deleted"
    ]
    had = Serving(2, "r/1", "sha256:0", "UPDATE_COMPLETE", "InService", "DRIFTED", "2026-11-01T00:00:00+00:00")
    (warning, _) = status(environments=tuple((place, Known(had)) for place in GROUP.places)).warnings
    assert warning == "stack churn-approval of approval had drifted at 2026-11-01T00:00:00+00:00"


def test_what_others_wrote_has_no_power_over_a_terminal() -> None:
    """Logs, approvals and stacks hold what whoever pushes, or has an account, put there."""
    title, clear, bidi, newline = "\x1b]0;owned\x07", "\x9b2J", "\u202e", "\nlive  prod  version 9"
    failed = replace(FAILED, reason=Reason(reasons.SCRIPT, f"RuntimeError: {title}"), step=f"Prepare{clear}")
    version = replace((status().versions.value or [])[0], summary=f"Mse{bidi} 3.5", reason=f"fine{newline}")
    run = Run("Deploy-live", "Deploy", "execution", ARN, f"it failed{clear}")
    shown = status(
        versions=Known([version]),
        trainings=Known(Trainings((failed, GOOD))),
        pipeline=Known(State((), (), (run,))),
        environments=tuple((place, Known(None, f"no{title}")) for place in GROUP.places),
    )
    text = as_text([shown], View(80), [f"note{title}"])
    assert [each for each in text if not each.isprintable() and each != "\n"] == []
    assert "\nlive" not in text
    assert "RuntimeError:  ]0;owned" in text
    document = terminal.as_json(as_json(Report((shown,))))
    assert [each for each in document if not each.isprintable() and each != "\n"] == []
    assert json.loads(document) == as_json(Report((shown,)))


def test_changes_are_sentences() -> None:
    before = status()
    version = replace((before.versions.value or [])[0], status=REJECTED)
    after = status(
        versions=Known([version]), trainings=Known(Trainings((FAILED, GOOD))), pipeline=Known(State((), (WAITING,), ()))
    )
    assert next(changes({}, facts([before]))) == "churn: it is deployed"
    assert list(changes(facts([before]), facts([before]))) == []
    told = list(changes(facts([before]), facts([after])))
    assert told == [
        "churn: version 2 is Rejected",
        "churn: training of commit cccccccccccc is Failed at Prepare: script failed: RuntimeError: the flux is broken",
        "churn: stage Deploy-live waits for approval until 2026-11-30T15:00:00+00:00",
        "churn: warning: version 2 is Rejected and serves in approval",
        "churn: warning: version 2 is Rejected and serves in live",
    ]
    assert "churn: no longer: stage Deploy-live waits for approval until 2026-11-30T15:00:00+00:00" in list(
        changes(facts([after]), facts([before]))
    )


def test_watching_looks_for_leftovers_now_and_then_only() -> None:
    moments, asked = iter([0.0, 299.0, 301.0, 301.0, 302.0]), iter("ab")
    look = seldom(lambda: next(asked), 300.0, lambda: next(moments))
    assert [look() for _ in range(4)] == ["a", "a", "b", "b"]
