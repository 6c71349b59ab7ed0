"""Changes of a manifest, synthesized for real: each is said in words, with what it costs and who must do what."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from model_cicd.access.modules import GroupsModule
from model_cicd.plan.compare import module_plan, only_group
from model_cicd.plan.documents import as_json, as_markdown
from model_cicd.plan.groups import renamed_modules
from model_cicd.plan.page import as_html
from model_cicd.plan.records import ADDED, CHANGED, REMOVED, ModulePlan, Plan
from model_cicd.plan.side import SideModule, jobs_of
from model_cicd.plan.text import as_text
from model_cicd.sagemaker_model_cicd.settings.load import load
from model_cicd.sagemaker_model_cicd.topology import Topology, build
from tests.pages import BROWSER, Page, measure
from tests.unit.stacks.conftest import PARAMETERS, ROOT, environment

pytestmark = pytest.mark.synth
Synthesize = Callable[[dict[str, object]], SideModule]


@pytest.fixture(scope="module")
def everyday(synthesize_side: Synthesize, before: SideModule) -> ModulePlan:
    """Another branch, an environment more, one less, another instance type and an approval."""
    changed = copy.deepcopy(PARAMETERS)
    research, live = changed["deployment-groups"]
    research["deployEnvironments"] = [{"name": "elsewhere", "account": "777777777777", "type": "dev"}]
    live["sourceBranch"] = "release"
    live["deployEnvironments"][0] |= {"endpoint": {"instanceType": "ml.m5.xlarge"}, "requireApproval": True}
    return module_plan("m.yaml", before, synthesize_side(changed))


@pytest.fixture(scope="module")
def moved(synthesize_side: Synthesize, before: SideModule) -> ModulePlan:
    """A group renamed, and the other one trained in another account."""
    changed = copy.deepcopy(PARAMETERS)
    research, live = changed["deployment-groups"]
    research["name"] = "laboratory"
    live["buildEnvironment"]["account"] = "888888888888"
    return module_plan("m.yaml", before, synthesize_side(changed))


def test_the_same_manifest_changes_nothing(before: SideModule) -> None:
    plan = module_plan("m.yaml", before, before)
    assert not plan.changes
    assert plan == ModulePlan(plan.module)
    assert Plan("m.yaml", "HEAD", (plan,)).summary == "no changes"


def test_a_branch_and_environments_in_words(everyday: ModulePlan) -> None:
    said = "\n".join(everyday.said)
    assert "group live trains on pushes to branch release instead of main" in said
    assert "group research serves in elsewhere (account 777777777777 eu-west-1) too" in said
    assert "group research no longer promotes to try-out" in said
    assert "environment approval of group live asks for an approval before it is changed" in said


def test_when_environments_sleep_in_words(synthesize_side: Synthesize, before: SideModule) -> None:
    changed = copy.deepcopy(PARAMETERS)
    changed["deployment-groups"][1]["deployEnvironments"][0]["endpoint"] = {
        "asleep": {"from": "20:00", "until": "06:00"}
    }
    sleeping = synthesize_side(changed)
    said = [each for each in module_plan("m.yaml", before, sleeping).said if "sleep" in each]
    assert said == [
        "environment approval of group live sleeps at cron(0 20 ? * MON,TUE,WED,THU,FRI *) and wakes at "
        "cron(0 6 ? * MON,TUE,WED,THU,FRI *), in UTC, from the next promotion on"
    ]
    said = [each for each in module_plan("m.yaml", sleeping, before).said if "sleep" in each]
    assert said == ["environment approval of group live does not sleep, from the next promotion on"]


def test_an_environment_that_left_is_named_with_who_deletes_it(everyday: ModulePlan) -> None:
    (gone,) = [each for each in everyday.stacks if each.what == REMOVED]
    assert (gone.group, gone.environment, gone.account) == ("research", "try-out", "333333333333")
    assert gone.fate == "the next apply deletes it, before anything else"
    assert any(each.endswith("model-cicd leftovers m.yaml") for each in everyday.duties)


def test_endpoints_change_with_the_next_promotion(everyday: ModulePlan) -> None:
    (changed,) = [each for each in everyday.stacks if each.environment == "approval"]
    assert (changed.what, changed.by) == (CHANGED, "the next promotion")
    paths = [change.path for each in changed.resources for change in each.properties]
    assert "ProductionVariants[0].InstanceType" in paths
    assert any("model-cicd promote live" in each for each in everyday.duties)


def test_permissions_are_gained_and_lost_across_accounts(everyday: ModulePlan) -> None:
    gained = {(each.who, each.what): each for each in everyday.grants if each.gained}
    lost = {(each.who, each.what): each for each in everyday.grants if not each.gained}
    models = gained["model role of elsewhere (dev) of research", "release models of research"]
    assert models.actions == ("s3:GetObject",)
    assert models.who_arn.startswith("arn:aws:iam::777777777777:role/")
    key = lost["model role of try-out (dev) of research", "release key of research"]
    assert "kms:Decrypt (through S3)" in key.actions
    assert ":alias/" in key.what_arn
    assert not [each for each in everyday.grants if "live" in each.who and "release models" in each.what]


def test_a_new_account_is_bootstrapped_first(everyday: ModulePlan) -> None:
    assert everyday.duties[0].startswith("bootstrap account 777777777777 before the apply: npx cdk bootstrap aws://")
    assert "--trust 111111111111" in everyday.duties[0]


def test_instances_start_and_stop_costing(everyday: ModulePlan) -> None:
    found = {(each.account, each.kind): (each.before, each.after) for each in everyday.costs}
    assert found["555555555555", "endpoint on ml.m5.large"] == (1, 0)
    assert found["555555555555", "endpoint on ml.m5.xlarge"] == (0, 1)
    assert found["777777777777", "customer managed key"] == (0, 1)
    assert found["333333333333", "endpoint on ml.m5.large"] == (1, 0)


def test_what_trainings_run_on_starts_and_stops_costing(before: SideModule, moved: ModulePlan) -> None:
    changed = copy.deepcopy(PARAMETERS)
    changed["deployment-groups"][0]["pipelineParameters"] = {"TrainingInstanceType": "ml.c5.2xlarge"}
    env = environment(changed, "eu-west-1")
    trained = replace(before, jobs=tuple(jobs_of(GroupsModule(build(*load(env)), ROOT, env))))
    assert [
        (each.account, each.kind, each.unit, each.before, each.after)
        for each in module_plan("m.yaml", before, trained).costs
    ] == [
        ("222222222222", "training job on ml.c5.2xlarge", "instance-hour, while it runs", 0, 1),
        ("222222222222", "training job on ml.m5.large", "instance-hour, while it runs", 1, 0),
    ]
    found = {(each.account, each.kind): (each.before, each.after) for each in moved.costs}
    assert found["444444444444", "training job on ml.m5.large"] == (1, 0)
    assert found["888888888888", "training job on ml.m5.large"] == (0, 1)


def test_what_is_kept_goes_on_costing(moved: ModulePlan) -> None:
    found = {(each.account, each.kind): (each.before, each.after) for each in moved.costs}
    assert ("444444444444", "bucket") not in found  # of the account that it moved away from
    before, after = found["222222222222", "customer managed key"]
    assert after == 2 * before - 1  # the endpoint's alone goes, and the new group has as many
    assert found["222222222222", "bucket"] == (2, 4)


def test_a_renamed_group_is_a_new_one_and_says_what_stays(moved: ModulePlan) -> None:
    said = "\n".join(moved.said)
    assert "group research is renamed to laboratory" in said
    assert "the next apply takes down its pipelines and its endpoint " in said
    assert "group laboratory is new" not in said
    fates = {each.fate for each in moved.stacks if each.group == "research"}
    assert fates == {"the next apply takes it down"}
    kept = [each for stack in moved.stacks if stack.group == "research" for each in stack.resources if each.kept]
    assert {"AWS::S3::Bucket", "AWS::KMS::Key", "AWS::SageMaker::ModelPackageGroup"} <= {each.type for each in kept}


def test_a_new_groups_own_permissions_are_counted(moved: ModulePlan) -> None:
    (one,) = [each for each in moved.grants if each.gained and not each.who_arn]
    assert "roles of the new group laboratory" in one.who
    assert not [
        each
        for each in moved.grants
        if each.gained and each.who.endswith("of laboratory") and each.what.endswith("of laboratory")
    ]


def test_another_build_account_starts_an_empty_registry(moved: ModulePlan) -> None:
    (said,) = [each for each in moved.said if each.startswith("group live")]
    assert "trains in account 888888888888 eu-west-1 instead of 444444444444" in said
    assert (
        "the apply is refused until buildEnvironment says movedFrom: '444444444444'; then it starts an empty registry"
        in said
    )
    assert (
        "group live: say that it moves, if that is meant: buildEnvironment says movedFrom: '444444444444'"
        in moved.duties
    )
    (former,) = [each for each in moved.stacks if each.account == "444444444444" and each.name.endswith("-build")]
    assert former.fate == "stays while something serves from there: model-cicd leftovers"
    assert any(each.startswith("group live: push to main to train, then approve") for each in moved.duties)


def test_one_group_alone(everyday: ModulePlan) -> None:
    live = only_group(everyday, "live")
    assert {each.group for each in live.stacks} == {"", "live"}
    assert not [each for each in live.said if "group research" in each]


def test_a_module_that_is_new_or_removed(before: SideModule) -> None:
    new, gone = module_plan("m.yaml", None, before), module_plan("m.yaml", before, None)
    assert {each.what for each in new.stacks} == {ADDED}
    assert {each.fate for each in gone.stacks} == {"Seed-Farmer destroys it with its module"}
    assert "module training-prices is new" in new.said[0]
    assert "Seed-Farmer destroys it" in gone.said[1]


def test_a_renamed_module_is_recognized(before: SideModule) -> None:
    topology = before.topology
    assert isinstance(topology, Topology)
    less = replace(topology, groups=topology.groups[:1])
    (found,) = renamed_modules({"m-old": topology, "m-less": less}, {"m-less": less, "m-new": topology})
    assert (found.before, found.after) == ("m-old", "m-new")
    assert renamed_modules({"m": topology}, {"m": less}) == []


def test_a_moved_tooling_account_is_said(before: SideModule) -> None:
    topology = before.topology
    assert isinstance(topology, Topology)
    place = topology.tooling.place.elsewhere("999988887777")
    elsewhere = replace(topology, tooling=replace(topology.tooling, place=place))
    plan = module_plan("m.yaml", before, replace(before, topology=elsewhere))
    assert plan.said[0].startswith(
        "the tooling account changes from 111111111111 to 999988887777: the apply is refused, for Seed-Farmer forgets "
        "what was there before. Run `seedfarmer destroy "
    )


def test_every_form_of_it(everyday: ModulePlan, moved: ModulePlan) -> None:
    plan = Plan("m.yaml", "HEAD <b>@someone</b>", (everyday, moved))
    lines = as_text(plan).splitlines()
    assert lines[-1] == plan.summary
    long = [each for each in lines if len(each) > 80]
    assert all(" " not in each.strip().removeprefix("+ ").removeprefix("~ ").removeprefix("- ") for each in long)
    page = Page(as_html(plan))
    assert page.problems == []
    assert "against HEAD <b>@someone</b>" in page.text
    assert "release models of research" in page.text
    assert json.loads(as_json(plan))["modules"][0]["said"] == list(everyday.said)
    assert "@someone" not in as_markdown(plan)
    assert as_text(plan) == as_text(Plan("m.yaml", "HEAD <b>@someone</b>", (everyday, moved)))


@pytest.mark.skipif(BROWSER is None, reason="there is no browser here")
@pytest.mark.parametrize("width", [1200, 700])
def test_the_page_fits_its_window(everyday: ModulePlan, moved: ModulePlan, tmp_path: Path, width: int) -> None:
    found = measure(as_html(Plan("m.yaml", "HEAD", (everyday, moved))), tmp_path, width)
    assert found["problems"] == []
    assert found["scrolls"] <= found["width"]
