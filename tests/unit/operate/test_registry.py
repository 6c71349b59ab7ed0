"""Approve and reject against a registry: the right account, the right version, and what is refused and how."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from model_cicd.operate import packages
from model_cicd.operate.access import Access, DeniedError
from model_cicd.operate.decide import approve, reject
from model_cicd.operate.promote import promote
from model_cicd.operate.records import Group
from model_cicd.operate.status import Report, gather
from model_cicd.operate.status_json import as_json
from model_cicd.operate.status_text import View, as_text
from model_cicd.text.errors import ModelCicdError
from tests.emulator.roles import almighty
from tests.unit.operate.conftest import BUILD, PREPROD, REGION, TOOLING, make_group, place, trusting

if TYPE_CHECKING:
    from rehearsal.embedded_aws import EmbeddedAws

pytestmark = pytest.mark.slow

NOW = datetime(2026, 11, 29, tzinfo=UTC)

Act = Callable[[str], Access]
Register = Callable[..., str]


def status_of(world: EmbeddedAws, arn: str) -> tuple[str, str]:
    found = world.client("sagemaker", account=BUILD, region=REGION).describe_model_package(ModelPackageName=arn)
    return found["ModelApprovalStatus"], found.get("ApprovalDescription", "")


def test_the_newest_pending_version_is_approved_with_its_reason(
    world: EmbeddedAws, act_in: Act, registry: Register, group: Group
) -> None:
    first, second = registry("PendingManualApproval"), registry("PendingManualApproval")
    said = approve(act_in(BUILD), group, None, "looks good", yes=False, say=print)
    assert status_of(world, second) == ("Approved", "looks good")
    assert status_of(world, first) == ("PendingManualApproval", "")
    assert said == (
        "churn: version 2 is approved; promotion to approval, live begins; approvals of their own come before live"
    )


def test_who_approves_is_shown_what_would_be_released(
    act_in: Act, registry: Register, group: Group, capsys: pytest.CaptureFixture[str]
) -> None:
    registry("PendingManualApproval", CommitId="abc", Mse="3.5")
    approve(act_in(BUILD), group, None, None, yes=True, say=print)
    assert capsys.readouterr().out.splitlines() == [
        "churn: version 1, commit abc, Mse 3.5, would release",
        f"  image 683313688378.dkr.ecr.{REGION}.amazonaws.com/sagemaker-xgboost:1.7-1",
        "  artifact s3://registry/models/model.tar.gz",
    ]


def test_a_version_is_approved_once(act_in: Act, registry: Register, group: Group) -> None:
    registry("Approved")
    with pytest.raises(ModelCicdError, match=r"version 1 is approved already; `model-cicd promote churn 1` promotes"):
        approve(act_in(BUILD), group, 1, None, yes=True, say=print)


def test_a_rejected_version_is_approved_only_when_it_is_meant(
    world: EmbeddedAws, act_in: Act, registry: Register, group: Group
) -> None:
    arn = registry("PendingManualApproval")
    reject(act_in(BUILD), group, 1, "drifts")
    with pytest.raises(ModelCicdError, match="no version is PendingManualApproval, so there is none to approve"):
        approve(act_in(BUILD), group, None, None, yes=True, say=print)
    with pytest.raises(ModelCicdError, match=r"version 1 of churn was rejected \(drifts\).*add --yes"):
        approve(act_in(BUILD), group, 1, None, yes=False, say=print)
    assert status_of(world, arn) == ("Rejected", "drifts")
    with pytest.raises(
        ModelCicdError, match=r"version 1 is Rejected \(drifts\), expected Approved; a rejected version"
    ):
        promote(act_in(BUILD), group, 1, yes=True)
    approve(act_in(BUILD), group, 1, "measured again", yes=True, say=print)
    assert status_of(world, arn) == ("Approved", "measured again")


def test_an_open_way_to_prod_is_asked_about(world: EmbeddedAws, act_in: Act, registry: Register) -> None:
    arn = registry("PendingManualApproval")
    open_group = make_group(places=(place("live", PREPROD, "prod"),))
    with pytest.raises(ModelCicdError, match="touches prod: live"):
        approve(act_in(BUILD), open_group, None, None, yes=False, say=print)
    assert status_of(world, arn)[0] == "PendingManualApproval"
    approve(act_in(BUILD), open_group, None, None, yes=True, say=print)
    assert status_of(world, arn)[0] == "Approved"


def test_only_the_build_account_decides(world: EmbeddedAws, act_in: Act, registry: Register, group: Group) -> None:
    arn = registry("PendingManualApproval")
    with pytest.raises(DeniedError) as refused:
        approve(act_in(TOOLING), group, None, None, yes=True, say=print)
    text = str(refused.value)
    for part in (f"{TOOLING}:user/administrator may not approve", BUILD, group.approver_policy_arn, "--role-arn"):
        assert part in text
    assert status_of(world, arn)[0] == "PendingManualApproval"


def test_a_role_of_the_build_account_may_be_asked_for(
    world: EmbeddedAws, act_in: Act, registry: Register, group: Group
) -> None:
    arn = registry("PendingManualApproval")
    iam = world.client("iam", account=BUILD, region=REGION)
    role = almighty(iam, "lead", trusting(TOOLING))
    act_in(TOOLING)
    reject(Access(role_arn=role), group, None, "drifts")
    assert status_of(world, arn) == ("Rejected", "drifts")


def test_a_role_that_is_not_there_is_named(act_in: Act) -> None:
    act_in(TOOLING)
    role = f"arn:aws:iam::{BUILD}:role/nobody"
    with pytest.raises(DeniedError, match=rf"may not sts:AssumeRole on {role}\n  AWS says: .*not authorized"):
        Access(role_arn=role)


def test_rejecting_what_serves_says_what_that_does_not_do(act_in: Act, registry: Register, group: Group) -> None:
    registry("Approved")
    assert "goes on serving until another version is promoted" in reject(act_in(BUILD), group, 1, None)
    with pytest.raises(ModelCicdError, match="rejected already"):
        reject(act_in(BUILD), group, 1, None)


def test_only_approved_versions_are_promoted(act_in: Act, registry: Register, group: Group) -> None:
    registry("PendingManualApproval")
    with pytest.raises(ModelCicdError, match=r"version 1 is PendingManualApproval, expected Approved; `model-cicd app"):
        promote(act_in(BUILD), group, 1, yes=True)
    with pytest.raises(ModelCicdError, match="no version is Approved"):
        promote(act_in(BUILD), group, None, yes=True)


def test_promoting_without_a_look_into_the_registry_needs_the_version(
    act_in: Act, registry: Register, group: Group
) -> None:
    registry("Approved")
    with pytest.raises(ModelCicdError, match="name the VERSION to promote without reading the registry"):
        promote(act_in(TOOLING), group, None, yes=True)


def test_status_shows_what_the_caller_may_see_and_names_the_rest(act_in: Act, registry: Register, group: Group) -> None:
    registry("Approved", CommitId="abc", Mse="3.25", MaxMse="4")
    found = gather(act_in(BUILD), [group], NOW)
    assert [(each.number, each.status, each.commit) for each in found[0].versions.value or []] == [
        (1, packages.APPROVED, "abc")
    ]
    assert found[0].pipeline.value is None
    text = as_text(found)
    assert "Mse 3.25 (at most 4)" in text
    lookup = group.places[1].lookup_role_arn
    assert f"unknown  (no permission: sts:AssumeRole on {lookup})" in text
    (data,) = as_json(Report(tuple(found)))["groups"]
    assert data["versions"][0]["metrics"] == {"MaxMse": 4.0, "Mse": 3.25}
    assert data["environments"][1]["version"] is None
    assert data["environments"][1]["unknown"] == f"no permission: sts:AssumeRole on {lookup}"
    assert data["promotion"]["waiting"] is None
    assert data["promotion"]["unknown"]
    assert data["phase"] == "unknown"
    assert data["trainings"] is None


def test_before_the_first_apply_there_is_no_registry(act_in: Act, group: Group) -> None:
    with pytest.raises(ModelCicdError, match=f"there is no model package group {group.model_package_group_name}"):
        approve(act_in(BUILD), group, None, None, yes=True, say=print)
    found = gather(act_in(TOOLING), [make_group(build_account=TOOLING)], NOW)
    assert found[0].phase == "notDeployed"
    assert as_text(found, View(manifest="manifests/m")).splitlines() == [
        f"churn (module models-m, registry in account {TOOLING} {REGION})",
        "  not deployed yet: seedfarmer apply manifests/m",
    ]


def test_credentials_that_are_none_are_told_apart(monkeypatch: pytest.MonkeyPatch, act_in: Act) -> None:
    act_in(TOOLING)
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIAUNKNOWN")
    with pytest.raises(ModelCicdError, match="credentials are not valid"):
        Access()
    monkeypatch.delenv("AWS_ACCESS_KEY_ID")
    with pytest.raises(ModelCicdError, match="no AWS credentials were found"):
        Access()
