from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from model_cicd.sagemaker_model_cicd.settings import load
from model_cicd.text.errors import ProblemsError

Parameters = dict[str, Any]
Environment = Callable[[Parameters], dict[str, str]]
EXAMPLE = Path(__file__).parents[4] / "shared/examples/sagemaker-model-cicd-module.yaml"


def problems(env: dict[str, str]) -> list[str]:
    with pytest.raises(ProblemsError) as caught:
        load(env)
    return [str(problem) for problem in caught.value.problems]


def test_the_example_manifest_loads_word_for_word(environment: Environment) -> None:
    if not EXAMPLE.exists():
        pytest.skip("the example stands outside this repository")
    manifest = yaml.safe_load(EXAMPLE.read_text())
    settings, context = load(environment({each["name"]: each["value"] for each in manifest["parameters"]}))
    assert [group.source_branch for group in settings.deployment_groups] == ["dev", "main"]
    assert settings.infra_repo and settings.infra_repo.branch == "main"
    assert settings.model_build_repo.create
    assert (context.tooling_account, context.partition) == ("123456789010", "aws")


def test_every_optional_parameter(environment: Environment, parameters: Parameters) -> None:
    parameters |= {
        "permissions-boundary-name": "boundary",
        "s3-access-logs-bucket-arn": "arn:aws:s3:::logs",
        "organization-id": "o-a1b2c3d4e5",
        "custom-tags": {"team": "ml", "cost": "42"},
    }
    parameters["model-build-repo"]["create"] = False
    parameters["infra-repo"] |= {"create": False, "branch": "release/1"}
    parameters["deployment-groups"][0] |= {
        "pipelineParameters": {"InputDataUrl": "s3://b/k", "MaxMse": 2.5, "Rounds": 7, "Warm": True},
        "schedule": "rate(7 days)",
        "networkConfig": {
            "enableNetworkIsolation": True,
            "encryptInterContainerTraffic": True,
            "subnetIds": ["subnet-0123456789abcdef0"],
            "securityGroupIds": ["sg-01234567"],
        },
    }
    settings, _ = load(environment(parameters))
    group = settings.deployment_groups[0]
    assert settings.permissions_boundary_name == "boundary"
    assert settings.s3_access_logs_bucket_arn == "arn:aws:s3:::logs"
    assert settings.organization_id == "o-a1b2c3d4e5"
    assert settings.custom_tags == {"team": "ml", "cost": "42"}
    assert settings.infra_repo and not settings.infra_repo.create
    assert not settings.model_build_repo.create
    assert group.pipeline_parameters == {"InputDataUrl": "s3://b/k", "MaxMse": 2.5, "Rounds": 7, "Warm": True}
    assert [type(value) for value in group.pipeline_parameters.values()] == [str, float, int, bool]
    assert group.schedule == "rate(7 days)"
    assert group.network_config.subnet_ids == ("subnet-0123456789abcdef0",)


def test_text_parameters_arrive_as_plain_text_even_when_they_look_like_json(
    environment: Environment, parameters: Parameters
) -> None:
    settings, _ = load(environment(parameters | {"permissions-boundary-name": "123"}))
    assert settings.permissions_boundary_name == "123"


def test_a_misspelt_parameter_is_refused_by_name(environment: Environment, parameters: Parameters) -> None:
    found = problems(environment(parameters | {"organisation-id": "o-a1b2c3d4e5"}))
    assert len(found) == 1
    assert found[0].startswith("SEEDFARMER_PARAMETER_ORGANISATION_ID: unknown parameter")
    assert found[0].endswith("(did you mean 'SEEDFARMER_PARAMETER_ORGANIZATION_ID'?)")


def test_bad_json_names_its_variable_and_nothing_else_is_said_about_it(
    environment: Environment, parameters: Parameters
) -> None:
    env = environment(parameters)
    env["SEEDFARMER_PARAMETER_INFRA_REPO"] = '{"name": "x"'
    found = problems(env)
    assert len(found) == 1
    assert found[0].startswith("SEEDFARMER_PARAMETER_INFRA_REPO: infra-repo: got text that is not valid JSON")


def test_everything_wrong_is_said_at_once(environment: Environment, parameters: Parameters) -> None:
    parameters["deployment-groups"][0]["buildEnvironment"]["account"] = 123456789015
    parameters["deployment-groups"][0]["buildEnvironment"]["regoin"] = "us-east-1"
    del parameters["model-build-repo"]
    env = environment(parameters)
    del env["CDK_DEFAULT_ACCOUNT"]
    env["SEEDFARMER_PROJECT_NAME"] = ""
    assert problems(env) == [
        "CDK_DEFAULT_ACCOUNT: not set, expected the tooling account's id, 12 digits",
        "SEEDFARMER_PARAMETER_DEPLOYMENT_GROUPS: deployment-groups[0].buildEnvironment.account: "
        "got the number 123456789015, expected text: put it in quotes, '123456789015'",
        "SEEDFARMER_PARAMETER_DEPLOYMENT_GROUPS: deployment-groups[0].buildEnvironment.regoin: "
        "unknown key, expected one of name, account, region, type, kind, endpoint, batch, async, monitoring, "
        "requireApproval, tests, movedFrom (did you mean 'region'?)",
        "SEEDFARMER_PARAMETER_MODEL_BUILD_REPO: model-build-repo: missing, but required",
        "SEEDFARMER_PROJECT_NAME: not set, expected the name of the Seed-Farmer project",
    ]


def test_a_region_of_another_partition_than_the_tooling_account_is_refused(
    environment: Environment, parameters: Parameters
) -> None:
    env = environment(parameters) | {"CDK_DEFAULT_REGION": "cn-north-1"}
    assert problems(env) == [
        "SEEDFARMER_PARAMETER_DEPLOYMENT_GROUPS: deployment-groups[0].buildEnvironment.region: "
        "got 'us-east-1', expected a region of the tooling account's partition aws-cn"
    ]


def test_a_region_that_is_not_the_modules_is_refused(environment: Environment, parameters: Parameters) -> None:
    env = environment(parameters) | {"CDK_DEFAULT_REGION": "eu-west-1"}
    assert problems(env) == [
        "SEEDFARMER_PARAMETER_DEPLOYMENT_GROUPS: deployment-groups[0].buildEnvironment.region: "
        "got 'us-east-1', expected 'eu-west-1', where the module and its pipelines are"
    ]
