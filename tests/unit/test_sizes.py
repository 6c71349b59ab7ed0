"""What a deployment would make is held against AWS's limits before anything is synthesized."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from model_cicd.aws import limits
from model_cicd.sagemaker_model_cicd.sizes import exceeded

from .test_topology import group, topology

PAGE = Path(__file__).parents[2] / "docs" / "limits.md"


def environments(count: int, kind: str = "preprod") -> list[dict[str, Any]]:
    return [{"name": f"env-{each}", "account": str(500000000000 + each), "type": kind} for each in range(count)]


def messages(*groups: dict[str, Any], **parameters: Any) -> list[tuple[str, str]]:
    return [(".".join(map(str, path)), message) for path, message in exceeded(topology(*groups, **parameters))]


def test_sixty_deploy_environments_are_too_many_stages() -> None:
    assert messages(group("prod", "main", deployEnvironments=environments(60))) == [
        (
            "deployment-groups.0.deployEnvironments",
            "61 environments serve, so the promotion would have 63 stages in a pipeline, expected at most 50",
        )
    ]


def test_policies_burst_before_the_stages_do() -> None:
    found = messages(group("prod", "main", deployEnvironments=environments(40, "prod")))
    assert [path for path, _ in found] == ["deployment-groups.0.deployEnvironments"] * len(found)
    assert [message.partition(" environments serve, so ")[2].split(", expected")[0][:24] for _, message in found] == [
        "the releases would have ",
        "the releases would have ",
    ]
    assert "characters of a model package group's policy, expected at most 20,480" in found[0][1]
    assert "bytes of a bucket policy, expected at most 20,480" in found[1][1]


def test_approvals_with_long_names_burst_their_policy() -> None:
    long = [each | {"name": f"{each['name']}-{'x' * 50}"} for each in environments(47, "prod")]
    named = group("g" * 60, "main", deployEnvironments=long)
    assert any("characters of a managed policy, expected at most 6,144" in each for _, each in messages(named))


def test_builds_of_tests_burst_the_pipelines_role() -> None:
    tested = [each | {"tests": {"suite": "golden"}} for each in environments(36, "preprod")]
    found = [message for _, message in messages(group("prod", "main", deployEnvironments=tested))]
    assert any("the promotion pipeline's role would have" in each and "inline policies" in each for each in found), (
        found
    )
    assert messages(group("prod", "main", deployEnvironments=tested[:15])) == []


def test_what_most_have_is_within_every_limit() -> None:
    groups = [group(f"group-{each}", f"b{each}", deployEnvironments=environments(15, "prod")) for each in range(20)]
    assert messages(*groups) == []


def test_many_build_accounts_burst_the_bus_policy_and_the_infra_pipelines_role() -> None:
    groups = []
    for each in range(310):
        build = {"name": "train", "account": str(600000000000 + each), "region": "eu-west-1", "type": "preprod"}
        groups.append(group(f"g{each}", f"b{each}", buildEnvironment=build, deployEnvironments=[]))
    found = messages(*groups)
    assert [path for path, _ in found] == ["deployment-groups"] * 2
    assert "managed policies on a role, expected at most 10" in found[0][1]
    assert "bytes of an event bus policy, expected at most 10,240" in found[1][1]


def test_many_image_repositories_do_not_fit_into_a_stack_parameter() -> None:
    images = [f"arn:aws:ecr:eu-west-1:222222222222:repository/models/{'x' * 60}{each}" for each in range(40)]
    found = messages(group("prod", "main", imageRepositories=images))
    assert [path for path, _ in found] == ["deployment-groups.0.imageRepositories"]
    assert "bytes of a stack parameter's value, expected at most 4,096" in found[0][1]


@pytest.mark.parametrize("each", [value for value in vars(limits).values() if isinstance(value, limits.Quota)])
def test_every_limit_stands_in_the_page_with_its_source(each: limits.Quota) -> None:
    assert each.source.startswith("https://docs.aws.amazon.com/")
    row = f"| {each.value:,} | {each.what} | {'yes' if each.raised else ''} | [AWS]({each.source}) |"
    assert row in PAGE.read_text(encoding="utf-8").splitlines()


def test_what_a_workflow_is_told_fits_into_a_parameter() -> None:
    workflow = {"runner": "github-actions", "repository": "acme/price"}
    many = {f"Parameter{each}": "x" * 100 for each in range(30)}
    assert messages(group("prod", "main", training=workflow)) == []
    [(path, message)] = messages(group("prod", "main", training=workflow, pipelineParameters=many))
    assert path == "deployment-groups.0.pipelineParameters"
    assert message.startswith("what its workflow is told has")
    assert message.endswith("bytes of a standard SSM parameter, expected at most 4,096")
    assert messages(group("prod", "main", pipelineParameters=many)) == []
