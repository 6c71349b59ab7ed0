"""Who gets in with a token of GitHub Actions, and through connections: exactly what the settings name."""

from __future__ import annotations

import copy
import dataclasses
import json
from collections.abc import Callable
from typing import Any

import pytest

from model_cicd.access.closed_world import unknown_in_templates
from model_cicd.access.crowds import Cell
from model_cicd.access.deployment import Deployment
from model_cicd.access.differences import differences
from model_cicd.access.make_simulation import parse
from model_cicd.access.policy_simulation import EFFECTIVE, IDENTITY, RESOURCE
from model_cicd.access.report import Report, make_report
from model_cicd.access.resolve import Document
from model_cicd.access.web_identities import WITH_TOKEN, asked_tokens
from tests.unit.access.mutants import mutants
from tests.unit.access.test_mutants import Laboratory
from tests.unit.stacks import github
from tests.unit.stacks.github import ISSUER

JOBS = {"workflow jobs", "infra workflow jobs", "jobs of another issuer"}


@pytest.fixture(scope="module")
def deployment(deploy: Callable[..., Deployment]) -> Deployment:
    return deploy(github.parameters())


@pytest.fixture(scope="module")
def report(deployment: Deployment) -> Report:
    return make_report(deployment)


def cells(report: Report) -> list[Cell]:
    return [cell for cell in report.cells if cell.principal.kind in JOBS]


def test_everything_is_as_expected(report: Report) -> None:
    assert [str(each) for each in report.differences] == []


def test_it_is_with_a_connection_that_a_parameter_holds(connected: list[Deployment]) -> None:
    report = make_report(connected[0])
    assert [str(each) for each in report.differences] == []
    used = {(cell.principal.kind, cell.resource.kind, cell.grant) for cell in report.cells if "UseC" in cell.grant}
    assert {(who, what) for who, what, _ in used} == {
        ("training source role", "training connection"),
        ("infra source role", "infra connection"),
    }
    assert {grant for *_, grant in used} == {
        "codeconnections:UseConnection (of the repository)",
        "codestar-connections:UseConnection (of the repository)",
    }


def test_every_role_is_for_its_own_jobs_and_one_token(report: Report) -> None:
    found = {(cell.principal.label, cell.resource.label, cell.grant, cell.layer) for cell in cells(report)}
    assert found == {
        ("workflow jobs of acme/price for research", "the start role of research", WITH_TOKEN, RESOURCE),
        ("workflow jobs of acme/price for deployed", "the start role of deployed", WITH_TOKEN, RESOURCE),
        ("infra workflow jobs of acme/platform", "the infra workflow role", WITH_TOKEN, RESOURCE),
    }


def test_what_is_asked_with_besides(deployment: Deployment) -> None:
    """Each of these is a request of its own; that none goes through, the tests above say."""
    from model_cicd.access.condition_context import condition_contexts

    simulation, words = deployment.simulation, {}
    for principal in simulation.principals:
        if principal.kind == "workflow jobs":
            resource = next(each for each in simulation.resources if each.kind == "start role")
            asked = condition_contexts(simulation.common, principal, resource, WITH_TOKEN)
            words[next(iter(principal.groups))] = [word for word, _ in asked]
    common = ["", "for another audience"]
    others = ["of another repository", "of a fork", "with ids", "of a tag", "of a pull request", "in other letters"]
    assert words["research"] == [*common, "of another branch", "of a branch below", *others]
    assert words["deployed"] == [*common, "of another environment", *others, "of another workflow"]


def test_the_platforms_role_takes_seedfarmers_and_nothing_else(report: Report) -> None:
    found = {
        (cell.resource.kind, cell.grant)
        for cell in report.cells
        if cell.principal.kind == "infra workflow role" and cell.layer in (EFFECTIVE, IDENTITY)
    }
    assert found == {("toolchain role", "sts:AssumeRole")}


def test_a_workflow_may_what_a_build_may(report: Report, plain: Deployment) -> None:
    def grants(of: Report) -> set[tuple[str, str, str]]:
        return {
            (cell.resource.kind, cell.grant, cell.layer)
            for cell in of.cells
            if cell.principal.label == "start role of research"
        }

    runner = {("published runner of workflows", "s3:GetObject", layer) for layer in (EFFECTIVE, IDENTITY)}
    assert grants(report) == grants(make_report(plain)) | runner


def test_mutants_of_every_trust_and_grant_are_caught(deployment: Deployment) -> None:
    laboratory = Laboratory(deployment)
    new = {"start role", "infra workflow role", "training source role", "training connection"}
    tried = [each for each in (*laboratory.resource(), *laboratory.identity()) if each[0] in new]
    survivors = [f"{kind}: {mutant.change}" for kind, mutant, caught in tried if not caught()]
    assert len([each for each in tried if "FullRepositoryId" in each[1].change]) >= 4
    assert len([each for each in tried if f"{ISSUER}:sub" in each[1].change]) >= 6
    assert [each for each in survivors if ISSUER in each or "onnection" in each or "anybody" in each] == []


CHANGES: dict[str, Callable[[dict[str, Any]], None]] = {
    "no subject": lambda statement: statement["Condition"]["StringEquals"].pop(f"{ISSUER}:sub"),
    "no audience": lambda statement: statement["Condition"]["StringEquals"].pop(f"{ISSUER}:aud"),
    "no condition": lambda statement: statement.pop("Condition"),
    "any branch": lambda statement: statement.update(
        Condition={"StringLike": {f"{ISSUER}:sub": "repo:acme/price:*"}, **_audience()}
    ),
    "every job of the owner": lambda statement: statement.update(
        Condition={"StringLike": {f"{ISSUER}:sub": "repo:acme/*"}, **_audience()}
    ),
    "whatever the letters": lambda statement: statement.update(
        Condition={"StringEqualsIgnoreCase": {f"{ISSUER}:sub": "repo:acme/price:ref:refs/heads/dev"}, **_audience()}
    ),
    "if there is a subject": lambda statement: statement.update(
        Condition={"StringEqualsIfExists": statement["Condition"]["StringEquals"]}
    ),
    "another group's branch": lambda statement: statement["Condition"]["StringEquals"].update(
        {f"{ISSUER}:sub": "repo:acme/price:environment:lab"}
    ),
    "two branches": lambda statement: statement["Condition"]["StringEquals"].update(
        {f"{ISSUER}:sub": ["repo:acme/price:ref:refs/heads/dev", "repo:acme/price:pull_request"]}
    ),
    "another audience": lambda statement: statement["Condition"]["StringEquals"].update(
        {f"{ISSUER}:aud": "https://github.com/acme"}
    ),
    "another issuer": lambda statement: statement.update(
        Principal={"Federated": "arn:aws:iam::222222222222:oidc-provider/tokens.example.com"}
    ),
    "another account's provider": lambda statement: statement.update(
        Principal={"Federated": f"arn:aws:iam::999999999999:oidc-provider/{ISSUER}"}
    ),
    "without a token": lambda statement: statement.update(Action="sts:AssumeRole", Principal={"AWS": "222222222222"}),
}


def _audience() -> dict[str, Any]:
    return {"StringEquals": {f"{ISSUER}:aud": "sts.amazonaws.com"}}


@pytest.mark.parametrize("name", CHANGES)
def test_other_trust_is_a_difference(deployment: Deployment, name: str) -> None:
    (arn,) = [arn for arn in deployment.resolved.roles if arn.endswith("-research-start")]
    trust = deployment.resolved.roles[arn].trust
    body = copy.deepcopy(trust.body)
    CHANGES[name](body["Statement"][0])
    changed, simulation = Document(trust.origin, body), deployment.simulation
    original = simulation.resource_policies[arn]
    simulation.resource_policies[arn] = parse(changed)
    try:
        found = [str(each) for each in differences(simulation, deployment.expected, list(simulation.all()))]
    finally:
        simulation.resource_policies[arn] = original
    unknown = list(deployment.closed_world.of_resource(arn, ["start role"], "the start role", changed))
    assert found or unknown


def test_providers_and_triggers_that_are_otherwise(deployment: Deployment) -> None:
    templates = deployment.templates

    def said(change: Callable[[dict[str, Any]], None], kind: str) -> list[str]:
        stacks = []
        for stack in templates.stacks:
            template = json.loads(json.dumps(stack.template))
            for resource in template["Resources"].values():
                if resource["Type"] == kind:
                    change(resource["Properties"])
            stacks.append(dataclasses.replace(stack, template=template))
        return list(unknown_in_templates(dataclasses.replace(templates, stacks=tuple(stacks))))

    provider = "AWS::IAM::OIDCProvider"
    assert said(lambda _: None, provider) == []
    assert len(said(lambda each: each.update(Url="https://tokens.example.com"), provider)) == 4  # each twice
    assert len(said(lambda each: each["ClientIdList"].append("https://github.com/acme"), provider)) == 2

    def any_branch(properties: dict[str, Any]) -> None:
        for trigger in properties.get("Triggers", ()):
            trigger["GitConfiguration"]["Push"][0]["Branches"]["Includes"] = ["**"]

    def pull_requests(properties: dict[str, Any]) -> None:
        for trigger in properties.get("Triggers", ()):
            trigger["GitConfiguration"]["PullRequest"] = [{"Branches": {"Includes": ["main"]}}]

    for change in (any_branch, pull_requests, lambda each: each.pop("Triggers", None)):
        assert len(said(change, "AWS::CodePipeline::Pipeline")) == 1


def test_mutants_are_some() -> None:
    """A trust policy of a workflow's role has mutants of its conditions at all."""
    claims = {f"{ISSUER}:aud": "a", f"{ISSUER}:sub": "s"}
    statement = {
        "Effect": "Allow",
        "Principal": {"Federated": "arn:aws:iam::222222222222:oidc-provider/x"},
        "Action": WITH_TOKEN,
        "Condition": {"StringEquals": claims},
    }
    changes = [
        each.change.removeprefix("statement 1: ")
        for each in mutants({"Version": "2012-10-17", "Statement": [statement]})
    ]
    assert {f"without StringEquals {ISSUER}:sub", f"{ISSUER}:sub: any value", "anybody"} <= set(changes)


def test_another_issuer_and_a_customized_subject(deploy: Callable[..., Deployment]) -> None:
    parameters = github.parameters()
    parameters["deployment-groups"][0]["training"]["workflow"] = github.WORKFLOW
    parameters["infra-repo"]["workflow"] = github.WORKFLOW
    parameters["github"] = {
        "issuer": "https://github.example.com/_services/token",
        "audience": "our-aws",
        "subjectTemplate": ["repository_owner", "repo", "context", "job_workflow_ref"],
        "existingProviders": ["222222222222"],
    }
    report = make_report(deploy(parameters))
    assert [str(each) for each in report.differences] == []
    assert len(cells(report)) == 3


def test_a_workflow_may_train_in_the_tooling_account(deploy: Callable[..., Deployment]) -> None:
    parameters = github.parameters()
    for group in parameters["deployment-groups"]:
        if group["name"] in ("research", "deployed"):
            group["buildEnvironment"]["account"] = "111111111111"
    assert [str(each) for each in make_report(deploy(parameters)).differences] == []


def test_subjects_with_ids_are_for_exactly_these(deploy: Callable[..., Deployment]) -> None:
    parameters = github.parameters()
    parameters["github"] = {"immutableSubjects": ["acme@123/price@456"]}
    made = deploy(parameters)
    assert [str(each) for each in make_report(made).differences] == []
    [jobs] = [each.jobs for each in made.simulation.principals if each.jobs and "research" in each.groups]
    assert jobs.subject == "repo:acme@123/price@456:ref:refs/heads/dev"
    asked = {word: token[f"{ISSUER}:sub"] for word, token in asked_tokens(jobs)}
    assert asked["without ids"] == "repo:acme/price:ref:refs/heads/dev"
    assert asked["of another owner of the name"] == "repo:acme@1231/price@456:ref:refs/heads/dev"
    assert asked["of another repository of the name"] == "repo:acme@123/price@4561:ref:refs/heads/dev"
