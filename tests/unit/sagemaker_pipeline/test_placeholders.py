"""`{{...}}` in a configuration is resolved from parameters, or refused by name."""

from __future__ import annotations

from typing import Any

import pytest

from .conftest import Read, Refused


def test_what_the_module_knows(read: Read, parameters: dict[str, Any]) -> None:
    parameters["domainArn"] = "arn:{{partition}}:sagemaker:{{region}}:{{account}}:domain/d-one"
    parameters["pipeline"]["steps"][0]["description"] = "of {{module_name}}"
    made = read(parameters)
    assert made.head.domain_arn == "arn:aws:sagemaker:us-east-1:111111111111:domain/d-one"
    assert made.config.pipeline.steps[0].description == "of models-price"


def test_what_parameters_say(read: Read, parameters: dict[str, Any]) -> None:
    parameters |= {"org": "acme", "domain": "sales", "env": "test", "context": {"account-2": "222222222222"}}
    parameters |= {"preProdAccountId": "{{context:account-2}}", "projectName": "{{org}}-{{domain}}-{{ env }}"}
    made = read(parameters)
    assert (made.head.pre_prod_account_id, made.head.project_name) == ("222222222222", "acme-sales-test")
    assert made.config.project_name == "acme-sales-test"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("{{context:account-2}}", "under the key 'account-2' (did you mean 'account-22'?)"),
        ("{{org}}", "no value is given for the placeholder {{org}}; give it with the parameter 'org'"),
        ("{{regoin}}", "expected one of account, context:NAME, domain, env, module_name, org, partition, region"),
        ("{{resolve:ssm:/path}}", "no value is given for the placeholder {{resolve:ssm:/path}}"),
    ],
)
def test_unknown_ones_are_named(refused: Refused, parameters: dict[str, Any], text: str, expected: str) -> None:
    parameters["context"] = {"account-22": "222222222222"}
    parameters["pipeline"]["steps"][0]["description"] = text
    (problem,) = refused(parameters)
    assert problem.startswith("SEEDFARMER_PARAMETER_PIPELINE: pipeline.steps[0].description: ")
    assert expected in problem


def test_what_a_placeholder_leaves_open_is_no_second_problem(refused: Refused, parameters: dict[str, Any]) -> None:
    parameters |= {"prodAccountId": "{{context:live}}", "domainId": "{{domain}}"}
    assert [line.split(":")[0] for line in refused(parameters)] == [
        "SEEDFARMER_PARAMETER_DOMAIN_ID",
        "SEEDFARMER_PARAMETER_PROD_ACCOUNT_ID",
    ]


def test_a_value_is_checked_once_it_is_known(refused: Refused, parameters: dict[str, Any]) -> None:
    parameters |= {"prodAccountId": "{{context:live}}", "context": {"live": "12345"}}
    assert refused(parameters) == [
        "SEEDFARMER_PARAMETER_PROD_ACCOUNT_ID: prodAccountId: got '12345' (5 digits), "
        "expected an account id of 12 digits"
    ]


@pytest.mark.parametrize("key", ["modelPackageGroupName", "preProdAccountId"])
def test_ssm_references_are_refused_by_name(refused: Refused, parameters: dict[str, Any], key: str) -> None:
    parameters |= {key: "ssm:/{{org}}/of-the-domain", "org": "acme"}
    found = refused(parameters)
    assert any("got the reference 'ssm:/acme/of-the-domain'" in line and "parameterStore" in line for line in found)
