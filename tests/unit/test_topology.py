from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import Any

import pytest
import yaml

from model_cicd.aws import naming
from model_cicd.sagemaker_model_cicd.settings import ModelCicdSettings
from model_cicd.sagemaker_model_cicd.topology import GroupTopology, Topology, build
from model_cicd.settings.context import ModuleContext

from .topology_names import every_name

EXAMPLE = Path(__file__).parents[3] / "shared/examples/sagemaker-model-cicd-module.yaml"
CONTEXT = ModuleContext("mlops", "local", "models-price", "123456789010", "us-east-1")


def group(name: str, branch: str, **changes: Any) -> dict[str, Any]:
    environments = {
        "buildEnvironment": {"name": "train", "account": "222222222222", "region": "eu-west-1", "type": "preprod"},
        "deployEnvironments": [
            {"name": "approval", "account": "333333333333", "type": "preprod"},
            {"name": "live", "account": "444444444444", "type": "prod"},
        ],
    }
    return {"name": name, "sourceBranch": branch} | environments | changes


def topology(*groups: dict[str, Any], context: ModuleContext = CONTEXT, **parameters: Any) -> Topology:
    data = {
        "infra-repo": {"name": "infra"},
        "model-build-repo": {"name": "training"},
        "deployment-groups": list(groups),
    }
    return build(ModelCicdSettings.model_validate(data | parameters), context)


def test_defaults_of_the_example() -> None:
    if not EXAMPLE.exists():
        pytest.skip("the example stands outside this repository")
    parameters = {each["name"]: each["value"] for each in yaml.safe_load(EXAMPLE.read_text())["parameters"]}
    dev, prod = build(ModelCicdSettings.model_validate(parameters), CONTEXT).groups
    assert [(each.name, each.account) for each in dev.deploy] == [
        ("experiment-env1", "123456789012"),  # the build environment joins: its account is not among them
        ("experiment-env2", "123456789013"),
        ("experiment-env3", "123456789014"),
    ]
    assert {each.region for each in (*dev.deploy, *prod.deploy)} == {"us-east-1"}
    assert (prod.pre_prod_account, prod.prod_account) == ("123456789016", "123456789017")
    assert (dev.pre_prod_account, dev.prod_account) == ("", "")
    assert [each.account for each in dev.consumers] == ["123456789013", "123456789014"]


def test_the_build_environment_does_not_join_when_its_account_is_listed() -> None:
    own = {"name": "serve", "account": "222222222222", "type": "preprod"}
    [only] = topology(group("g", "main", deployEnvironments=[own])).groups
    assert [each.name for each in only.deploy] == ["serve"]
    assert only.consumers == ()
    assert [each.environments for each in only.local_consumers] == [("serve",)]


def test_names_and_arns_of_a_group() -> None:
    result = topology(group("prod", "main"))
    [only] = result.groups
    assert result.prefix == result.tooling.stack_name == "mlops-local-models-price"
    assert only.build_stack_name == "mlops-local-models-price-prod-build"
    assert only.tooling_stack_name == "mlops-local-models-price-prod-tooling"
    assert only.training and result.tooling.infra
    assert only.training.arn == ("arn:aws:codepipeline:us-east-1:123456789010:mlops-local-models-price-prod-training")
    assert only.start_role.arn == "arn:aws:iam::222222222222:role/mlops-local-models-price-prod-start"
    assert (
        only.training.project.role.arn == "arn:aws:iam::123456789010:role/mlops-local-models-price-prod-training-build"
    )
    assert only.registry.bucket.name.endswith("-registry-222222222222-eu-west-1")
    assert only.registry.bucket.arn == f"arn:aws:s3:::{only.registry.bucket.name}"
    assert only.registry.key_alias.arn == f"arn:aws:kms:eu-west-1:222222222222:{only.registry.key_alias.name}"
    assert only.models.arn == (
        "arn:aws:sagemaker:eu-west-1:222222222222:model-package-group/mlops-local-models-price-prod"
    )
    assert only.models.packages_arn == (
        "arn:aws:sagemaker:eu-west-1:222222222222:model-package/mlops-local-models-price-prod/*"
    )
    assert only.parameter("bucket-name") == "/mlops-model-cicd/local/models-price/prod/bucket-name"
    infra, training, promotion = result.tooling.infra, only.training, only.promotion.pipeline
    assert infra.artifacts.bucket.name == "mlops-local-models-price-infra-123456789010-us-east-1"
    assert training.artifacts.bucket.name == "mlops-local-models-price-prod-training-123456789010-us-east-1"
    assert training.sources_arn == f"{training.artifacts.bucket.arn}/mlops-local-models-p/Source/"
    assert len({each.artifacts.bucket.name for each in (infra, training, promotion)}) == 3


def test_consumers_are_the_roles_of_other_accounts() -> None:
    [only] = topology(group("prod", "main")).groups
    assert [
        (each.account, each.type, each.model_execution_role.arn, each.deploy_role_arn) for each in only.consumers
    ] == [
        (
            "333333333333",
            "preprod",
            "arn:aws:iam::333333333333:role/mlops-local-models-price-prod.approval-model",
            "arn:aws:iam::333333333333:role/cdk-hnb659fds-cfn-exec-role-333333333333-eu-west-1",
        ),
        (
            "444444444444",
            "prod",
            "arn:aws:iam::444444444444:role/mlops-local-models-price-prod.live-model",
            "arn:aws:iam::444444444444:role/cdk-hnb659fds-cfn-exec-role-444444444444-eu-west-1",
        ),
    ]


def test_accounts_and_deploy_roles_are_the_same_when_preprod_and_prod_share_an_account() -> None:
    deploy = [
        {"name": "approval", "account": "333333333333", "type": "preprod"},
        {"name": "live", "account": "333333333333", "type": "prod"},
    ]
    [only] = topology(group("prod", "main", deployEnvironments=deploy)).groups
    assert {(each.account, each.deploy_role_arn) for each in only.consumers} == {
        ("333333333333", "arn:aws:iam::333333333333:role/cdk-hnb659fds-cfn-exec-role-333333333333-eu-west-1")
    }
    assert len({each.model_execution_role for each in only.consumers}) == 2


def test_bootstrap_roles_of_every_account_and_region_that_holds_stacks() -> None:
    result = topology(group("a", "a"), group("b", "b"))
    assert [(each.account, each.region) for each in result.bootstrap_roles] == [
        ("123456789010", "us-east-1"),
        ("222222222222", "eu-west-1"),
    ]
    foreign = result.bootstrap_roles[1]
    assert foreign.assumable == tuple(
        f"arn:aws:iam::222222222222:role/cdk-hnb659fds-{kind}-role-222222222222-eu-west-1"
        for kind in ("deploy", "file-publishing", "image-publishing", "lookup")
    )
    assert foreign.cfn_exec == "arn:aws:iam::222222222222:role/cdk-hnb659fds-cfn-exec-role-222222222222-eu-west-1"
    assert [each.account for each in result.deploy_bootstrap_roles] == ["333333333333", "444444444444"]


@pytest.mark.parametrize(
    ("account", "region", "forwards", "accounts"),
    [
        ("222222222222", "us-east-1", True, ("222222222222",)),
        ("123456789010", "us-east-1", False, ()),
        ("123456789010", "eu-west-1", True, ()),
    ],
)
def test_events_are_forwarded_unless_they_are_on_the_tooling_bus_already(
    account: str, region: str, forwards: bool, accounts: tuple[str, ...]
) -> None:
    own = {"name": "train", "account": account, "region": region, "type": "preprod"}
    result = topology(group("g", "main", buildEnvironment=own))
    assert (result.groups[0].forwarding is not None) is forwards
    assert result.tooling.forwarding_accounts == accounts


def test_other_partitions() -> None:
    own = {"name": "train", "account": "222222222222", "region": "cn-north-1", "type": "preprod"}
    context = dataclasses.replace(CONTEXT, tooling_region="cn-northwest-1")
    result = topology(group("g", "main", buildEnvironment=own), context=context)
    assert result.groups[0].registry.bucket.arn.startswith("arn:aws-cn:s3:::")
    assert result.groups[0].build.place.via_s3 == "s3.cn-north-1.amazonaws.com.cn"


LONG = ModuleContext("p" * 35, "D" * 64, "Group_of.modules-" + "m" * 100, "123456789010", "ap-southeast-1")


@pytest.mark.parametrize("context", [CONTEXT, LONG, dataclasses.replace(CONTEXT, project="1st")])
@pytest.mark.parametrize("name", ["g", "Prod", "experimenation-deployment-group", "G" * 63])
def test_every_derived_name_is_valid_whatever_the_length(context: ModuleContext, name: str) -> None:
    environment = {"name": "E" * 63, "account": "333333333333", "type": "dev"}
    told = {"notifications": {"emails": ["a@example.com"]}, "dashboards": True}
    scheduled = group(name, "main", deployEnvironments=[environment], schedule="rate(1 day)")
    result = topology(scheduled, context=context, **told)
    [only] = result.groups
    found = list(every_name(result))
    assert len(found) > 50
    assert {naming.TOPIC, naming.DASHBOARD, naming.ALARM} <= {each.limit for each in found}
    for each in found:
        assert each.limit.complaint(each.name) is None, each
    assert naming.PARAMETER.complaint(only.parameter("model-package-group-name")) is None


@pytest.mark.parametrize("context", [CONTEXT, LONG])
def test_names_of_different_things_differ(context: ModuleContext) -> None:
    long = "g" * 62
    names = ["infra", "artifacts", "registry", "training", "build", f"{long}a", f"{long}b", "a", "a-b", "a-b-start"]
    emails = {"emails": ["a@example.com"]}
    told = {"notifications": emails, "dashboards": True}
    groups = [group(name, name, notifications=emails, schedule="rate(1 day)") for name in names]
    result = topology(*groups, context=context, **told)
    by_kind: dict[str, dict[str, set[str]]] = {}
    for each in every_name(result):
        # a thing may stand in several records
        by_kind.setdefault(each.limit.what, {}).setdefault(each.name.casefold(), set()).add(each.arn or each.path)
    assert {naming.ROLE.what, naming.RULE.what, naming.BUCKET.what, naming.STACK.what} <= set(by_kind)
    del by_kind[naming.LOG_GROUP.what]  # named after their projects
    del by_kind[naming.STAGE.what]  # of one pipeline
    for names_of_kind in by_kind.values():
        for name, things in names_of_kind.items():
            assert len(things) == 1, (name, things)


def test_the_same_settings_give_the_same_topology() -> None:
    def make(tags: dict[str, str]) -> Topology:
        return topology(group("g", "main"), context=CONTEXT, **{"custom-tags": tags})

    assert make({"a": "1", "b": "2"}) == make({"b": "2", "a": "1"})
    assert list(make({"b": "2", "a": "1"}).tags) == ["a", "b"]


def test_the_order_of_groups_changes_nothing_in_a_group() -> None:
    def by_name(result: Topology) -> dict[str, GroupTopology]:
        return {each.name: each for each in result.groups}

    one, other = group("a", "a"), group("b", "b")
    assert by_name(topology(one, other)) == by_name(topology(other, one))
