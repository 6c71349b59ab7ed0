"""The suites of a version, taken along by Prepare on an embedded AWS: those that it was registered with, no others."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from model_cicd.promotion.plan import Plan
from model_cicd.stage_tests import bundle

from .conftest import BUILD, Lab
from .test_prepare import plan, prepare, variables

CONTENT = json.dumps({"suites": {"golden": {"rows": [{"body": "1,2", "expected": 3}]}}}).encode()
OTHER = json.dumps({"suites": {"golden": {"rows": [{"body": "1,2"}]}}}).encode()
DIGEST = bundle.digest_of(CONTENT)


def wanted(lab: Lab, suite: str = "golden") -> Plan:
    made = plan(lab)
    return replace(made, environments=(replace(made.environments[0], suite=suite),))


def publish(lab: Lab, content: bytes, digest: str = DIGEST) -> None:
    lab.put(bundle.key(digest), content)


@pytest.mark.usefixtures("pipeline")
def test_a_version_is_tested_with_the_suites_that_it_was_registered_with(lab: Lab, tmp_path: Path) -> None:
    publish(lab, CONTENT)
    arn = lab.register(CommitId="1", StageTests=DIGEST)
    # who approves may change the metadata of a version, who trains may write over the file
    lab.client("sagemaker", BUILD).update_model_package(
        ModelPackageArn=arn, CustomerMetadataProperties={"StageTests": bundle.digest_of(OTHER)}
    )
    publish(lab, OTHER, bundle.digest_of(OTHER))
    publish(lab, OTHER)
    lab.approve(arn)
    done = prepare(lab, tmp_path, wanted(lab), arn)
    assert done.returncode == 0, done.stdout + done.stderr
    assert (tmp_path / "stage-tests.json").read_bytes() == CONTENT
    assert variables(tmp_path, ["Suites"]) == {"Suites": DIGEST}
    number = arn.rpartition("/")[2]
    kept = lab.s3.get_object(Bucket="releases", Key=f"models/{number}/stage-tests.json")["Body"].read()
    assert kept == CONTENT
    # a release has its suites, whatever becomes of the registry
    lab.s3.delete_object(Bucket="registry", Key=bundle.key(DIGEST))
    again = prepare(lab, tmp_path, wanted(lab), arn)
    assert again.returncode == 0, again.stdout + again.stderr
    (tmp_path / "stage-tests.json").unlink()
    released = variables(tmp_path, ["Release"])["Release"]
    properties = lab.client("sagemaker", BUILD).describe_model_package(ModelPackageName=released)
    assert properties["CustomerMetadataProperties"]["StageTests"] == DIGEST


@pytest.mark.parametrize(
    ("registered", "suite", "message"),
    [
        ({}, "golden", "was registered without suites, and its environments are tested with golden: put tests/stage/"),
        ({"StageTests": DIGEST}, "gulden", "there is no suite 'gulden' (tests/stage/gulden.yaml) at the version's"),
        ({"StageTests": f"sha256:{'0' * 64}"}, "golden", "there is no object s3://registry/code/stage-tests/"),
    ],
)
def test_what_cannot_be_tested_is_not_released(
    lab: Lab, tmp_path: Path, registered: dict[str, str], suite: str, message: str
) -> None:
    publish(lab, CONTENT)
    arn = lab.register((), CommitId="1", **registered)
    lab.approve(arn)
    done = prepare(lab, tmp_path, wanted(lab, suite), arn)
    assert done.returncode == 1
    assert message in done.stderr
    listed = lab.client("sagemaker", BUILD).list_model_packages(ModelPackageGroupName="live-releases")
    wording = f"Release of version {arn.rpartition('/')[2]}"
    assert wording not in [each.get("ModelPackageDescription") for each in listed["ModelPackageSummaryList"]]
