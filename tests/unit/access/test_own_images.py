"""Images that groups build themselves: who pushes, who pulls, and what is named where more is let."""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

import pytest

from model_cicd.access.deployment import Deployment
from model_cicd.access.policy_simulation import EFFECTIVE
from model_cicd.access.report import Report, make_report
from tests.unit.access.conftest import Parameters

PULL = {"ecr:BatchCheckLayerAvailability", "ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"}
PUSH = {"ecr:CompleteLayerUpload", "ecr:InitiateLayerUpload", "ecr:PutImage", "ecr:UploadLayerPart"}


@pytest.fixture(scope="module")
def images(parameters: Parameters) -> Parameters:
    changed = copy.deepcopy(parameters)
    for group in changed["deployment-groups"]:
        group["images"] = [{"name": "train", "path": "images/train"}]
    return changed


@pytest.fixture(scope="module")
def report(deploy: Callable[..., Deployment], images: Parameters) -> Report:
    return make_report(deploy(images))


def test_everything_is_as_expected(report: Report) -> None:
    assert [str(each) for each in report.differences] == []


def test_the_build_pushes_the_groups_jobs_and_endpoints_pull_and_nobody_else(report: Report) -> None:
    found: dict[str, set[str]] = {}
    for cell in report.cells:
        if cell.resource.kind == "own images" and cell.layer == EFFECTIVE and cell.principal.kind != "administrator":
            if cell.principal.kind in ("CloudFormation role",):
                continue
            assert cell.principal.groups == cell.resource.groups
            found.setdefault(cell.principal.kind, set()).add(cell.grant)
    assert found == {
        "image build role": {*PUSH, "ecr:BatchCheckLayerAvailability", "ecr:BatchGetImage"},
        "execution role": PULL,
        "model role": PULL,
    }


def _widened(change: Callable[[dict[str, Any]], None], kind: str) -> Callable[[Any], None]:
    """A change of every resource of a type in the templates of an app, before it is written."""

    def run(app: Any) -> None:
        from aws_cdk import CfnResource

        for construct in app.node.find_all():
            if isinstance(construct, CfnResource) and construct.cfn_resource_type == kind:
                change({"construct": construct})

    return run


@pytest.mark.parametrize(
    ("path", "value", "said"),
    [
        (
            "RepositoryPolicyText.Statement.1.Condition.ArnEquals",
            {"aws:PrincipalArn": "arn:aws:iam::333333333333:role/another"},
            "arn:aws:iam::333333333333:role/another",
        ),
        ("RepositoryPolicyText.Statement.1.Principal", {"AWS": "*"}, "lets in AWS *"),
        ("RepositoryPolicyText.Statement.1.Action", ["ecr:BatchGetImage", "ecr:PutImage"], "ecr:PutImage"),
        ("ImageTagMutability", "MUTABLE", "ImageTagMutability"),
        ("ImageScanningConfiguration", {"ScanOnPush": False}, "ImageScanningConfiguration"),
    ],
)
def test_a_repository_that_is_wider_is_named(
    deploy: Callable[..., Deployment], images: Parameters, path: str, value: Any, said: str
) -> None:
    def widen(found: dict[str, Any]) -> None:
        found["construct"].add_property_override(path, value)

    differences = make_report(deploy(images, change=_widened(widen, "AWS::ECR::Repository"))).differences
    assert any(said in str(each) for each in differences), [str(each) for each in differences]


def test_another_privileged_project_is_named(deploy: Callable[..., Deployment], images: Parameters) -> None:
    def widen(found: dict[str, Any]) -> None:
        found["construct"].add_property_override("Environment.PrivilegedMode", True)

    differences = [
        str(each) for each in make_report(deploy(images, change=_widened(widen, "AWS::CodeBuild::Project"))).differences
    ]
    assert any("privileged" in each and "training" in each for each in differences)
    assert not any("-images" in each for each in differences)
