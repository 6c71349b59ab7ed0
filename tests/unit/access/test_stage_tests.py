"""Tests between stages and shadows: what their builds may do in their environment, and what they may not is named."""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

import pytest

from model_cicd.access.deployment import Deployment
from model_cicd.access.policy_simulation import EFFECTIVE
from model_cicd.access.report import Report, make_report
from tests.unit.access.conftest import Parameters

KINDS = ("stage test role", "stage settle role", "invoke role", "shadow role")


@pytest.fixture(scope="module")
def tested(parameters: Parameters) -> Parameters:
    changed = copy.deepcopy(parameters)
    for group in changed["deployment-groups"]:
        for environment in group["deployEnvironments"]:
            environment["tests"] = {"suite": "golden"}
            environment.setdefault("endpoint", {})["shadow"] = {"percentage": 50}
    return changed


@pytest.fixture(scope="module")
def report(deploy: Callable[..., Deployment], tested: Parameters) -> Report:
    return make_report(deploy(tested))


def test_everything_is_as_expected(report: Report) -> None:
    assert [str(each) for each in report.differences] == []


def test_the_tests_of_an_environment_reach_its_endpoint_their_log_and_the_suites(report: Report) -> None:
    """By way of the invoke role, which does nothing else.

    What settles and what compares deploys in that environment's account alone; what compares never calls an endpoint.
    """
    found: dict[str, set[tuple[str, str]]] = {kind: set() for kind in KINDS}
    for cell in report.cells:
        if cell.principal.kind in KINDS and cell.layer == EFFECTIVE:
            found[cell.principal.kind].add((cell.resource.kind, cell.grant))
            if cell.resource.environment:
                assert cell.resource.environment == cell.principal.environment
            assert cell.principal.groups <= cell.resource.groups or not cell.resource.groups
    ordinary = {
        ("published runner", "s3:GetObject"),
        ("promotion artifact bucket", "s3:GetBucketLocation"),
        ("promotion artifact bucket", "s3:GetBucketVersioning"),
        ("promotion artifact key", "kms:Decrypt (through S3)"),
        ("promotion artifact key", "kms:DescribeKey"),
    }
    suites = {("stage test suites", "s3:GetObject"), ("stage test suites", "s3:GetObjectVersion")}
    log = {"logs:CreateLogStream", "logs:PutLogEvents"}
    assert found == {
        "invoke role": {("tested endpoint", "sagemaker:InvokeEndpoint")},
        "stage test role": {
            *ordinary,
            *suites,
            *(("stage test log", each) for each in log),
            ("invoke role", "sts:AssumeRole"),
        },
        "shadow role": {
            *ordinary,
            ("promotion sources", "s3:GetObject"),
            ("promotion sources", "s3:GetObjectVersion"),
            *(("shadow log", each) for each in log),
            ("CDK deploy role", "sts:AssumeRole"),
            ("CDK lookup role", "sts:AssumeRole"),
        },
        "stage settle role": {
            *ordinary,
            *suites,
            *(("stage settle log", each) for each in log),
            ("CDK deploy role", "sts:AssumeRole"),
            ("promotion pipeline", "codepipeline:ListActionExecutions"),
        },
    }


GRANTS = (
    ("-tests", "s3:PutObject", "stage test suites"),
    ("-tests", "s3:GetObject", "promotion sources"),
    ("-tests", "codepipeline:PutApprovalResult", "promotion approvals"),
    ("-tests", "sts:AssumeRole", "CDK deploy role"),
    ("-settle", "sts:AssumeRole", "invoke role"),
    ("-settle", "codepipeline:StartPipelineExecution", "promotion pipeline"),
    ("-shadow", "sts:AssumeRole", "invoke role"),
    ("-shadow", "sagemaker:InvokeEndpoint", "tested endpoint"),
    ("-shadow", "codepipeline:PutApprovalResult", "promotion approvals"),
)
ROLES = {"-tests": "stage test role", "-settle": "stage settle role", "-shadow": "shadow role"}


def _more(app: Any) -> None:
    """A policy more for the roles of tests and shadows, on everything."""
    from aws_cdk.aws_iam import CfnRole

    for construct in app.node.find_all():
        for ending in ROLES:
            if isinstance(construct, CfnRole) and str(construct.role_name).endswith(ending):
                actions = [action for role, action, _ in GRANTS if role == ending]
                statement = {"Effect": "Allow", "Action": actions, "Resource": "*"}
                policy = {"Version": "2012-10-17", "Statement": [statement]}
                construct.add_property_override("Policies.1", {"PolicyName": "more", "PolicyDocument": policy})


def test_what_the_builds_get_besides_is_named(deploy: Callable[..., Deployment], tested: Parameters) -> None:
    found = [str(each) for each in make_report(deploy(tested, change=_more)).differences]
    for ending, action, resource in GRANTS:
        role = ROLES[ending]
        assert any(role in each and action in each and resource in each for each in found), (role, action, found)
