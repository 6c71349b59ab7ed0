"""What Seed-Farmer grants the module's role before it runs the module."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

TOOLING = "111111111111"


@pytest.fixture(scope="module")
def template(root: Path) -> dict[str, Any]:
    from cfn_tools import load_yaml  # type: ignore[import-untyped]

    with (root / "modulestack.yaml").open(encoding="utf-8") as file:
        loaded: dict[str, Any] = load_yaml(file)
    return loaded


BOOTSTRAP_ROLES, SECRETS = "BootstrapRolesOfBuildAccounts", "SecretsOfParameters"


def resolve(template: dict[str, Any], resource: str = BOOTSTRAP_ROLES, **parameters: str) -> dict[str, Any]:
    """The policy statement for parameters as Seed-Farmer passes them: text, lists joined by commas."""
    values: dict[str, Any] = {name: each.get("Default") for name, each in template["Parameters"].items()}
    values.update(parameters)
    for name in ("BuildAccountIds", "DeployAccountIds", "SecretArns"):
        values[name] = values[name].split(",")
    pseudo = {"AWS::Partition": "aws", "AWS::AccountId": TOOLING, "AWS::NoValue": None}

    functions: dict[str, Callable[[Any], Any]] = {
        "Ref": lambda name: pseudo[name] if name in pseudo else values[name],
        "Fn::Sub": lambda text: re.sub(r"\$\{([\w:]+)\}", lambda found: str((pseudo | values)[found[1]]), text),
        "Fn::If": lambda three: evaluate(three[1] if evaluate(template["Conditions"][three[0]]) else three[2]),
        "Fn::Not": lambda one: not evaluate(one[0]),
        "Fn::Or": lambda several: any(evaluate(several)),
        "Condition": lambda name: evaluate(template["Conditions"][name]),
        "Fn::Split": lambda two: evaluate(two[1]).split(two[0]),
        "Fn::Equals": lambda two: evaluate(two[0]) == evaluate(two[1]),
        "Fn::Join": lambda two: two[0].join(evaluate(two[1])),
    }

    def evaluate(value: Any) -> Any:
        if isinstance(value, list):
            return [evaluate(each) for each in value]
        if not isinstance(value, dict):
            return value
        name = next(iter(value))
        if name in functions and len(value) == 1 and not (name == "Condition" and isinstance(value[name], dict)):
            return functions[name](value[name])
        evaluated = {key: evaluate(each) for key, each in value.items()}
        return {key: each for key, each in evaluated.items() if each is not None}

    properties = evaluate(template["Resources"][resource]["Properties"])
    assert properties["Roles"] == ["module-role"]
    (statement,) = properties["PolicyDocument"]["Statement"]
    result: dict[str, Any] = statement
    return result


def test_it_grants_the_bootstrap_roles_that_cdk_assumes_and_nothing_else(template: dict[str, Any]) -> None:
    assert list(template["Resources"]) == [BOOTSTRAP_ROLES, SECRETS]
    statement = resolve(template, RoleName="module-role")
    assert (statement["Effect"], statement["Action"]) == ("Allow", "sts:AssumeRole")
    assert statement["Resource"] == [
        f"arn:aws:iam::*:role/cdk-hnb659fds-{kind}-role-*"
        for kind in ("deploy", "file-publishing", "image-publishing", "lookup")
    ]
    assert statement["Condition"] == {"StringNotEquals": {"aws:ResourceAccount": TOOLING}}


def test_it_reads_exactly_the_secrets_that_it_is_given(template: dict[str, Any]) -> None:
    secrets = [f"arn:aws:secretsmanager:us-east-1:{TOOLING}:secret:{name}" for name in ("groups-AbCdEf", "tags-GhIjKl")]
    statement = resolve(template, SECRETS, RoleName="module-role", SecretArns=",".join(secrets))
    assert (statement["Effect"], statement["Action"]) == ("Allow", "secretsmanager:GetSecretValue")
    assert statement["Resource"] == secrets
    assert template["Resources"][SECRETS]["Condition"] == "ReadsSecrets"
    assert template["Parameters"]["SecretArns"]["Default"] == ""


def test_the_qualifier_of_the_bootstrap_is_that_of_the_settings(template: dict[str, Any]) -> None:
    statement = resolve(template, RoleName="module-role", CdkQualifier="acme")
    assert [each.partition("-role-")[0].rpartition("/")[2] for each in statement["Resource"]] == [
        "cdk-acme-deploy",
        "cdk-acme-file-publishing",
        "cdk-acme-image-publishing",
        "cdk-acme-lookup",
    ]


def test_the_organization_limits_it(template: dict[str, Any]) -> None:
    statement = resolve(template, RoleName="module-role", OrganizationId="o-a1b2c3d4e5")
    assert statement["Condition"]["StringEquals"] == {"aws:ResourceOrgID": "o-a1b2c3d4e5"}


def test_a_list_of_build_accounts_makes_it_exact(template: dict[str, Any]) -> None:
    accounts = "222222222222,444444444444"
    statement = resolve(template, RoleName="module-role", BuildAccountIds=accounts)
    assert statement["Condition"]["StringEquals"] == {"aws:ResourceAccount": accounts.split(",")}
    both = resolve(template, RoleName="module-role", BuildAccountIds=accounts, OrganizationId="o-a1b2c3d4e5")
    assert both["Condition"]["StringEquals"] == {
        "aws:ResourceOrgID": "o-a1b2c3d4e5",
        "aws:ResourceAccount": accounts.split(","),
    }


def test_deploy_accounts_are_added_to_the_build_accounts(template: dict[str, Any]) -> None:
    statement = resolve(
        template,
        RoleName="module-role",
        BuildAccountIds="222222222222,444444444444",
        DeployAccountIds="333333333333,666666666666",
    )
    assert statement["Condition"]["StringEquals"] == {
        "aws:ResourceAccount": ["222222222222", "444444444444", "333333333333", "666666666666"]
    }
    alone = resolve(template, RoleName="module-role", DeployAccountIds="333333333333")
    assert "StringEquals" not in alone["Condition"]


def test_seedfarmer_finds_the_parameters_and_chokes_on_none(template: dict[str, Any], root: Path) -> None:
    """Seed-Farmer joins list parameters of the same name with commas, which fails for a list of mappings."""
    utils = pytest.importorskip("seedfarmer.utils")
    named = {utils.upper_snake_case(name) for name in template["Parameters"]}
    assert named == {
        "ROLE_NAME",
        "ORGANIZATION_ID",
        "BUILD_ACCOUNT_IDS",
        "DEPLOY_ACCOUNT_IDS",
        "SECRET_ARNS",
        "CDK_QUALIFIER",
    }
    example = root.parent / "shared" / "examples" / "sagemaker-model-cicd-module.yaml"
    if not example.exists():
        pytest.skip("the example is not here")
    parameters = yaml.safe_load(example.read_text())["parameters"]
    assert not named & {utils.upper_snake_case(parameter["name"]) for parameter in parameters}
    required = {name for name, each in template["Parameters"].items() if "Default" not in each}
    assert required == {"RoleName"}


def test_cfn_lint(root: Path) -> None:
    command = [str(Path(sys.executable).parent / "cfn-lint"), str(root / "modulestack.yaml")]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (0, "")
