"""The promotion of a group: stages in order, names within every limit, and what an endpoint is made of."""

from __future__ import annotations

import dataclasses
import itertools
from typing import Any

import pytest

from model_cicd.aws import naming
from model_cicd.aws.metrics import VARIABLE
from model_cicd.aws.notifications import registered_detail_type, rolled_back_detail_type
from model_cicd.sagemaker_model_cicd.topology import EndpointTarget
from model_cicd.sagemaker_model_cicd.topology.training_environment import training_environment
from model_cicd.settings.context import ModuleContext

from .test_topology import CONTEXT, LONG, group, topology
from .topology_names import every_name


def targets(endpoint: dict[str, Any] | None = None, **changes: Any) -> tuple[EndpointTarget, ...]:
    live = {"name": "live", "account": "444444444444", "type": "prod", "endpoint": endpoint or {}} | changes
    [only] = topology(group("prod", "main", deployEnvironments=[live])).groups
    return only.promotion.targets


def test_the_build_environment_comes_first_where_it_joins() -> None:
    [only] = topology(group("prod", "main")).groups
    assert [each.environment.name for each in only.promotion.targets] == ["train", "approval", "live"]
    assert tuple(each.environment for each in only.promotion.targets) == only.deploy
    assert [each.stage_name for each in only.promotion.targets] == ["Deploy-train", "Deploy-approval", "Deploy-live"]


@pytest.mark.parametrize("left_out", [True, False])
def test_without_deploy_environments_the_build_environment_is_the_only_one(left_out: bool) -> None:
    given = group("dev", "main", deployEnvironments=[])
    if left_out:
        del given["deployEnvironments"]
    [only] = topology(given).groups
    assert [each.environment.name for each in only.promotion.targets] == ["train"]
    assert (only.consumers, [each.account for each in only.local_consumers]) == ((), [only.build.account])


def test_prod_asks_for_approval_unless_told_otherwise() -> None:
    own = {
        "name": "train",
        "account": "222222222222",
        "region": "eu-west-1",
        "type": "preprod",
        "requireApproval": True,
    }
    deploy = [
        {"name": "a", "account": "333333333333", "type": "preprod"},
        {"name": "b", "account": "333333333333", "type": "preprod", "requireApproval": True},
        {"name": "c", "account": "444444444444", "type": "prod"},
        {"name": "d", "account": "444444444444", "type": "prod", "requireApproval": False},
    ]
    [only] = topology(group("prod", "main", buildEnvironment=own, deployEnvironments=deploy)).groups
    assert {each.environment.name: each.require_approval for each in only.promotion.targets} == {
        "train": True,
        "a": False,
        "b": True,
        "c": True,
        "d": False,
    }


def test_names_and_arns() -> None:
    [only] = topology(group("prod", "main")).groups
    promotion, live = only.promotion, only.promotion.targets[-1]
    assert (
        promotion.pipeline.arn == "arn:aws:codepipeline:us-east-1:123456789010:mlops-local-models-price-prod-promotion"
    )
    assert promotion.trigger.state_machine.arn == (
        "arn:aws:states:us-east-1:123456789010:stateMachine:mlops-local-models-price-prod-promotion"
    )
    assert (
        promotion.pipeline.project.role.arn
        == "arn:aws:iam::123456789010:role/mlops-local-models-price-prod-promotion-prepare"
    )
    assert promotion.approver.arn == "arn:aws:iam::222222222222:policy/mlops-local-models-price-prod-approver"
    assert promotion.stage_approver.arn.startswith("arn:aws:iam::123456789010:policy/")
    assert live.endpoint.arn == f"arn:aws:sagemaker:eu-west-1:444444444444:endpoint/{live.endpoint.name}"
    assert live.key_alias.arn == f"arn:aws:kms:eu-west-1:444444444444:{live.key_alias.name}"
    assert live.bootstrap.deploy == "arn:aws:iam::444444444444:role/cdk-hnb659fds-deploy-role-444444444444-eu-west-1"
    assert live.bootstrap.cfn_exec.endswith("cdk-hnb659fds-cfn-exec-role-444444444444-eu-west-1")
    assert live.bootstrap.lookup.endswith("cdk-hnb659fds-lookup-role-444444444444-eu-west-1")


def test_the_model_execution_role_is_the_one_that_the_registry_lets_in() -> None:
    [only] = topology(group("prod", "main")).groups
    grants = {each.model_execution_role.arn for each in (*only.consumers, *only.local_consumers)}
    assert {each.model_execution_role.arn for each in only.promotion.targets} == grants
    assert {each.bootstrap.cfn_exec for each in only.promotion.targets} == {
        each.deploy_role_arn for each in (*only.consumers, *only.local_consumers)
    }


def test_the_name_of_an_endpoint_stays() -> None:
    # fixed: another name would be another endpoint, and those who invoke it would call the old one
    live = targets()[1]
    assert live.endpoint.name == "mlops-local-models-price-prod-live-9f400e67"
    assert live.stack_name == "mlops-local-models-price-prod-live-9f400e67-endpoint"
    assert targets({"instanceCount": 3}, account="555555555555")[1].endpoint.name == live.endpoint.name


def test_endpoints_are_in_lower_case_as_their_arns_have_them() -> None:
    for context in (CONTEXT, LONG):
        [only] = topology(group("Prod", "main"), context=context).groups
        assert all(each.endpoint.name == each.endpoint.name.lower() for each in only.promotion.targets)


AMBIGUOUS = [
    "a",
    "a-b",
    "a-b-c",
    "a-promotion",
    "promotion",
    "infra",
    "training",
    "approver",
    "promoter",
    "scientist",
    "starter",
    "x" * 62 + "y",
]
ENVIRONMENTS = ["b", "c", "b-c", "endpoint", "live", "Source", "Prepare", "e" * 62 + "f", "e" * 62 + "g"]


@pytest.mark.parametrize("context", [CONTEXT, LONG])
def test_no_two_things_have_one_name(context: ModuleContext) -> None:
    deploy = [{"name": name, "account": "123456789010", "type": "dev"} for name in ENVIRONMENTS]
    own = {"name": "train", "account": "123456789010", "region": "us-east-1", "type": "dev"}
    result = topology(
        *(group(name, name, buildEnvironment=own, deployEnvironments=deploy) for name in AMBIGUOUS), context=context
    )
    # as if all accounts were one; log groups are named after their projects, stages are of one pipeline
    things: dict[tuple[str, str], set[str]] = {}
    for each in every_name(result):
        if each.limit not in (naming.LOG_GROUP, naming.STAGE):
            things.setdefault((each.limit.what, each.name.casefold()), set()).add(each.arn or each.path)
    assert {name: found for name, found in things.items() if len(found) > 1} == {}
    assert len(things) > len(AMBIGUOUS) * (len(ENVIRONMENTS) * 5 + 25)


def test_stages_are_none_of_the_pipelines_own() -> None:
    environments = [{"name": name, "account": "333333333333", "type": "dev"} for name in ENVIRONMENTS]
    [only] = topology(group("g", "main", deployEnvironments=environments)).groups
    stages = [each.stage_name for each in only.promotion.targets]
    assert len({*stages, "Source", "Prepare"}) == len(stages) + 2


def test_endpoints_of_two_modules_differ_where_their_parts_are_cut_differently() -> None:
    one = dataclasses.replace(CONTEXT, module="models-price")
    other = dataclasses.replace(CONTEXT, module="models-price-prod")
    deploy = [{"name": "b", "account": "333333333333", "type": "dev"}]

    def names(context: ModuleContext, name: str) -> set[str]:
        [only] = topology(group(name, "main", deployEnvironments=deploy), context=context).groups
        return {value for each in only.promotion.targets for value in (each.endpoint.name, each.stack_name)}

    assert not names(one, "prod-a") & names(other, "a")


def test_the_order_of_groups_and_environments_changes_no_name() -> None:
    deploy = [{"name": name, "account": "333333333333", "type": "dev"} for name in ("a", "b", "c")]
    found: set[frozenset[str]] = set()
    for order in itertools.permutations(deploy):
        [only] = topology(group("g", "main", deployEnvironments=list(order))).groups
        found.add(frozenset(each.endpoint.name for each in only.promotion.targets))
    assert len(found) == 1


def test_the_approver_is_of_the_build_account_and_the_rest_of_the_tooling_account() -> None:
    [only] = topology(group("prod", "main")).groups
    promotion = only.promotion
    for each in every_name(dataclasses.replace(promotion, targets=())):
        account = each.arn.split(":")[4] if each.arn else ""
        if account:  # a bucket's ARN names none
            own = each.name == promotion.approver.name
            assert account == ("222222222222" if own else "123456789010"), each


def test_releases_are_of_the_build_account_and_apart_from_a_group_of_that_name() -> None:
    price, other = topology(group("price", "main"), group("price-releases", "dev")).groups
    for each in every_name(price.releases):
        account = each.arn.split(":")[4] if each.arn else ""
        assert account in ("", "222222222222"), each
    assert price.releases.models.arn != other.models.arn
    assert price.releases.bucket.name != other.registry.bucket.name


def test_groups_of_one_name_tell_and_measure_apart() -> None:
    """Other modules and deployments have groups of that name in the tooling account, too."""
    found = []
    for context in (CONTEXT, dataclasses.replace(CONTEXT, module="models-other"), LONG):
        made = topology(
            group("G" * 63, "main", notifications={"emails": ["a@example.com"]}), context=context, dashboards=True
        )
        [only] = made.groups
        assert only.notifications
        assert only.notifications.detail_type == registered_detail_type(only.promotion.pipeline.name)
        told = only.notifications.detail_type, rolled_back_detail_type(only.promotion.pipeline.name)
        assert all(len(each) <= 128 for each in told)
        space = training_environment(made, only)[VARIABLE]
        assert len(space) <= 255
        found += [*told, space]
    assert len(set(found)) == len(found)
