"""Trainings that compare themselves with what serves read the releases of their own group, and change none."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from model_cicd.access.deployment import Deployment, load_groups
from model_cicd.access.policy_simulation import EFFECTIVE
from model_cicd.access.report import Report, make_report
from model_cicd.sagemaker_model_cicd.settings.load import load
from model_cicd.sagemaker_model_cicd.topology import build
from tests.unit.access.conftest import Parameters
from tests.unit.stacks.conftest import ROOT, environment

RELEASES = ("release key", "release bucket", "release models", "release group", "releases", "registrations")
COMPARED = {
    ("execution role", "release key"): {"kms:Decrypt (through S3)"},
    ("execution role", "release bucket"): {"s3:ListBucket (of models)"},
    ("execution role", "release models"): {"s3:GetObject"},
    ("start role", "release group"): {"sagemaker:ListModelPackages"},
    ("start role", "releases"): {"sagemaker:DescribeModelPackage", "sagemaker:ListModelPackages"},
}


@pytest.fixture(scope="module")
def compared(parameters: Parameters) -> Parameters:
    """The group `live` compares, `research` does not."""
    research, live = parameters["deployment-groups"]
    return parameters | {"deployment-groups": [research, live | {"compareWithServing": True}]}


@pytest.fixture(scope="module")
def report(deploy: Callable[..., Deployment], compared: Parameters, tmp_path_factory: pytest.TempPathFactory) -> Report:
    made: Path = tmp_path_factory.mktemp("compared")
    deploy(compared, directory=made)
    return make_report(load_groups(build(*load(environment(compared, "eu-west-1"))), made / "cdk.out", ROOT))


def grants(report: Report, group: str) -> dict[tuple[str, str], set[str]]:
    """What roles of training of `group` can do with anybody's releases."""
    found: dict[tuple[str, str], set[str]] = {}
    for cell in report.cells:
        principal: Any = cell.principal
        training = principal.kind in ("execution role", "start role") and group in principal.groups
        if training and cell.layer == EFFECTIVE and cell.resource.kind in RELEASES:
            found.setdefault((principal.kind, cell.resource.kind), set()).add(cell.grant)
            assert cell.resource.groups == {group}
    return found


def test_everything_is_as_expected(report: Report) -> None:
    assert [str(each) for each in report.differences] == []


def test_the_group_that_compares_reads_its_own_releases_and_no_more(report: Report) -> None:
    assert grants(report, "live") == COMPARED


def test_one_that_does_not_has_no_right_on_releases(report: Report) -> None:
    assert grants(report, "research") == {}
