"""The promotion of a group: stages in order, names within every limit, and what an endpoint is made of."""

from __future__ import annotations

import dataclasses
import itertools
from typing import Any

import pytest

from model_cicd.aws import naming
from model_cicd.sagemaker_model_cicd.topology import EndpointTarget, PromotionTopology, Topology
from model_cicd.settings.context import ModuleContext

from .test_topology import CONTEXT, LONG, group, named, topology

LIMITS = {
    "stack_name": naming.STACK,
    "pipeline_name": naming.PIPELINE,
    "prepare_project_name": naming.PROJECT,
    "prepare_log_group_name": naming.LOG_GROUP,
    "state_machine_name": naming.STATE_MACHINE,
    "state_machine_log_group_name": naming.LOG_GROUP,
    "stage_name": naming.STAGE,
    "endpoint_name": naming.ENDPOINT,
    "errors_alarm_name": naming.ALARM,
    "latency_alarm_name": naming.ALARM,
    "rule_name": naming.RULE,
}


def limit_of(field: str) -> naming.Limit:
    if field.endswith("_role_name"):
        return naming.ROLE
    return naming.POLICY if field.endswith("_policy_name") else LIMITS[field]


def targets(endpoint: dict[str, Any] | None = None, **changes: Any) -> tuple[EndpointTarget, ...]:
    live = {"name": "live", "account": "444444444444", "type": "prod", "endpoint": endpoint or {}} | changes
    [only] = topology(group("prod", "main", deployEnvironments=[live])).groups
    return only.promotion.targets


def test_the_build_environment_comes_first_where_it_joins() -> None:
    [only] = topology(group("prod", "main")).groups
    assert [each.environment.name for each in only.promotion.targets] == ["train", "approval", "live"]
    assert tuple(each.environment for each in only.promotion.targets) == only.deploy
    assert [each.stage_name for each in only.promotion.targets] == ["Deploy-train", "Deploy-approval", "Deploy-live"]


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
        promotion.pipeline_arn == "arn:aws:codepipeline:us-east-1:123456789010:mlops-local-models-price-prod-promotion"
    )
    assert promotion.state_machine_arn == (
        "arn:aws:states:us-east-1:123456789010:stateMachine:mlops-local-models-price-prod-promotion"
    )
    assert (
        promotion.prepare_role_arn == "arn:aws:iam::123456789010:role/mlops-local-models-price-prod-promotion-prepare"
    )
    assert promotion.reader_role_arn == "arn:aws:iam::222222222222:role/mlops-local-models-price-prod-promotion-reader"
    assert promotion.approver_policy_arn == "arn:aws:iam::222222222222:policy/mlops-local-models-price-prod-approver"
    assert promotion.stage_approver_policy_arn.startswith("arn:aws:iam::123456789010:policy/")
    assert live.endpoint_arn == f"arn:aws:sagemaker:eu-west-1:444444444444:endpoint/{live.endpoint_name}"
    assert live.key_alias_arn == f"arn:aws:kms:eu-west-1:444444444444:{live.key_alias}"
    assert live.deploy_role_arn == "arn:aws:iam::444444444444:role/cdk-hnb659fds-deploy-role-444444444444-eu-west-1"
    assert live.cfn_exec_role_arn.endswith("cdk-hnb659fds-cfn-exec-role-444444444444-eu-west-1")
    assert live.lookup_role_arn.endswith("cdk-hnb659fds-lookup-role-444444444444-eu-west-1")


def test_the_model_execution_role_is_the_one_that_the_registry_lets_in() -> None:
    [only] = topology(group("prod", "main")).groups
    grants = {each.model_execution_role_arn for each in (*only.consumers, *only.local_consumers)}
    assert {each.model_execution_role_arn for each in only.promotion.targets} == grants
    assert {each.cfn_exec_role_arn for each in only.promotion.targets} == {
        each.deploy_role_arn for each in (*only.consumers, *only.local_consumers)
    }


def test_the_name_of_an_endpoint_stays() -> None:
    # fixed: another name would be another endpoint, and those who invoke it would call the old one
    live = targets()[1]
    assert live.endpoint_name == "mlops-local-models-price-prod-live-9f400e67"
    assert live.stack_name == "mlops-local-models-price-prod-live-9f400e67-endpoint"
    assert targets({"instanceCount": 3}, account="555555555555")[1].endpoint_name == live.endpoint_name


@pytest.mark.parametrize("context", [CONTEXT, LONG, dataclasses.replace(CONTEXT, project="1st")])
@pytest.mark.parametrize("name", ["g", "Prod", "G" * 63])
def test_every_name_is_within_its_services_limits(context: ModuleContext, name: str) -> None:
    environment = {"name": "E" * 63, "account": "333333333333", "type": "dev"}
    [only] = topology(group(name, "main", deployEnvironments=[environment]), context=context).groups
    checked = 0
    for record in (only.promotion, *only.promotion.targets):
        for field, value in named(record).items():
            checked += 1
            assert limit_of(field).complaint(value) is None, (field, value)
    assert checked == 14 + 2 * 6
    for target in only.promotion.targets:
        assert naming.KEY_ALIAS.complaint(target.key_alias) is None
        assert target.endpoint_name == target.endpoint_name.lower()


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
    "x" * 62 + "y",
]
ENVIRONMENTS = ["b", "c", "b-c", "endpoint", "live", "Source", "Prepare", "e" * 62 + "f", "e" * 62 + "g"]


def kind_of(record: object, field: str) -> str:
    """The name space that a name stands in."""
    if field in {"pipeline_name", "training_pipeline_name", "infra_pipeline_name"}:
        return "pipeline"
    if field.endswith("log_group_name"):
        return "log group"
    for kind in ("role", "policy", "rule", "project", "stack", "alarm", "state_machine", "endpoint", "bucket"):
        if field.endswith(f"{kind}_name"):
            return kind
    return f"{type(record).__name__}.{field}"


def all_names(result: Topology) -> list[tuple[str, str]]:
    """Every name with its name space, as if all accounts were one."""
    records: list[object] = [result.tooling]
    for each in result.groups:
        records += [each, each.promotion, *each.promotion.targets]
    return [
        (kind_of(record, field), value.casefold())
        for record in records
        for field, value in named(record).items()
        if not field.startswith("stage_name")
    ]


@pytest.mark.parametrize("context", [CONTEXT, LONG])
def test_no_two_things_have_one_name(context: ModuleContext) -> None:
    deploy = [{"name": name, "account": "123456789010", "type": "dev"} for name in ENVIRONMENTS]
    own = {"name": "train", "account": "123456789010", "region": "us-east-1", "type": "dev"}
    result = topology(
        *(group(name, name, buildEnvironment=own, deployEnvironments=deploy) for name in AMBIGUOUS), context=context
    )
    names = all_names(result)
    repeated = {name for name in names if names.count(name) > 1}
    assert repeated == set()
    assert len(names) > len(AMBIGUOUS) * (len(ENVIRONMENTS) * 5 + 30)
    aliases = [target.key_alias for each in result.groups for target in each.promotion.targets]
    aliases += [each.key_alias for each in result.groups]
    assert len(set(aliases)) == len(aliases)


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
        return {value for each in only.promotion.targets for value in (each.endpoint_name, each.stack_name)}

    assert not names(one, "prod-a") & names(other, "a")


def test_the_order_of_groups_and_environments_changes_no_name() -> None:
    deploy = [{"name": name, "account": "333333333333", "type": "dev"} for name in ("a", "b", "c")]
    found: set[frozenset[str]] = set()
    for order in itertools.permutations(deploy):
        [only] = topology(group("g", "main", deployEnvironments=list(order))).groups
        found.add(frozenset(each.endpoint_name for each in only.promotion.targets))
    assert len(found) == 1


def test_the_reader_and_the_approver_are_of_the_build_account_and_the_rest_of_the_tooling_account() -> None:
    [only] = topology(group("prod", "main")).groups
    own = {"reader_role_arn", "approver_policy_arn"}
    for field in dataclasses.fields(PromotionTopology):
        if field.name.endswith("_arn"):
            account = getattr(only.promotion, field.name).split(":")[4]
            assert account == ("222222222222" if field.name in own else "123456789010"), field.name
