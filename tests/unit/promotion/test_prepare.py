"""The Prepare stage on an embedded AWS: `model-cicd prepare-promotion` as its build runs it."""

from __future__ import annotations

import hashlib
import json
import subprocess
from pathlib import Path
from typing import Any

import pytest

from model_cicd.promotion.plan import Plan, PlannedEnvironment
from model_cicd.promotion.prepare import exported, script

from .conftest import BUILD, DEPLOY, REGION, Lab, until

TEMPLATE = {
    "Resources": {"Nothing": {"Type": "AWS::SSM::Parameter", "Properties": {"Type": "String", "Value": "-"}}},
    "Outputs": {"Version": {"Value": "4"}, "Commit": {"Value": "0123456789abcdef"}},
}


def plan(lab: Lab, **more: Any) -> Plan:
    environment = PlannedEnvironment("shop", "prod", DEPLOY, REGION, "endpoint-of-shop", lab.lookup)
    given: dict[str, Any] = {
        "group": "live",
        "region": REGION,
        "model_packages": f"arn:aws:sagemaker:{REGION}:{BUILD}:model-package/live/",
        "registry_bucket": "registry",
        "artifacts": ("models/", "code/"),
        "release_role_arn": lab.releaser,
        "release_bucket": "releases",
        "release_group": "live-releases",
        "key_parameter": "/live/key",
        "image_repositories": (),
        "environments": (environment,),
    }
    return Plan(**(given | more))


def prepare(
    lab: Lab, directory: Path, wanted: Plan, arn: str, *, pipeline: str = "promotion", execution: str = "own"
) -> subprocess.CompletedProcess[str]:
    (directory / "promotion.json").write_text(wanted.to_json())
    return lab.run(
        "model_cicd.cli",
        "prepare-promotion",
        str(directory / "promotion.json"),
        "--output",
        str(directory / "promotion.env"),
        MODEL_PACKAGE_ARN=arn,
        PIPELINE_NAME=pipeline,
        PIPELINE_EXECUTION_ID=execution,
    )


def variables(directory: Path, names: list[str]) -> dict[str, str]:
    """The variables as the build's shell has them after the file."""
    show = "; ".join(f'printf "%s\\0" "${name}"' for name in names)
    done = subprocess.run(
        ["bash", "-c", f"set -a; . ./promotion.env; set +a; {show}"], cwd=directory, capture_output=True, check=True
    )
    return dict(zip(names, done.stdout.decode().split("\0")[:-1], strict=True))


def execution(pipelines: Any, id: str) -> dict[str, Any]:
    found: dict[str, Any] = pipelines.get_pipeline_execution(pipelineName="promotion", pipelineExecutionId=id)
    return dict(found["pipelineExecution"])


def waiting(pipelines: Any) -> str | None:
    state = pipelines.get_pipeline_state(name="promotion")["stageStates"][1]
    latest = state["actionStates"][0].get("latestExecution") or {}
    return state["latestExecution"]["pipelineExecutionId"] if latest.get("token") else None


@pytest.mark.usefixtures("pipeline")
def test_an_approved_version_gives_the_variables_of_the_later_stages(lab: Lab, tmp_path: Path) -> None:
    arn = lab.register(CommitId="1a2b3c", Mse="3.5", MaxMse="4", Note="by = me @home: a/b+c")
    lab.approve(arn)
    done = prepare(lab, tmp_path, plan(lab), arn)
    assert (done.returncode, done.stderr) == (0, "")
    found = variables(tmp_path, exported(1))
    assert found == {
        "Version": arn.rpartition("/")[2],
        "Commit": "1a2b3c",
        "Metrics": "Mse 3.5 (at most 4)",
        "Release": f"arn:aws:sagemaker:{REGION}:{BUILD}:model-package/live-releases/1",
        "Digest": f"sha256:{hashlib.sha256(b'a model').hexdigest()}",
        "ReleaseKeyArn": "arn:of:the:key",
        "Serving_1": "nothing, it has no endpoint yet",
    }


@pytest.mark.usefixtures("pipeline")
def test_a_version_that_is_not_approved_is_refused(lab: Lab, tmp_path: Path) -> None:
    done = prepare(lab, tmp_path, plan(lab), lab.register())
    assert done.returncode == 1
    assert "is PendingManualApproval, expected Approved" in done.stderr
    assert "Traceback" not in done.stderr and not (tmp_path / "promotion.env").exists()


@pytest.mark.usefixtures("pipeline")
def test_a_version_that_is_not_there_is_refused_in_one_line(lab: Lab, tmp_path: Path) -> None:
    done = prepare(lab, tmp_path, plan(lab), f"arn:aws:sagemaker:{REGION}:{BUILD}:model-package/live/99")
    assert done.returncode == 1
    assert "DescribeModelPackage was refused" in done.stderr and "Traceback" not in done.stderr


def test_a_version_of_another_group_is_refused_before_anything_is_asked(lab: Lab, tmp_path: Path) -> None:
    nobody = plan(lab, release_role_arn="arn:aws:iam::222222222222:role/nobody")
    done = prepare(lab, tmp_path, nobody, f"arn:aws:sagemaker:{REGION}:{BUILD}:model-package/other/1")
    assert done.returncode == 1
    assert "is not of deployment group live" in done.stderr


def test_what_an_environment_serves_is_read_from_its_stack(lab: Lab, tmp_path: Path, pipeline: Any) -> None:
    stacks = lab.client("cloudformation", DEPLOY)
    stacks.create_stack(StackName="endpoint-of-shop", TemplateBody=json.dumps(TEMPLATE))
    until(lambda: stacks.describe_stacks(StackName="endpoint-of-shop")["Stacks"][0]["StackStatus"] == "CREATE_COMPLETE")
    arn = lab.register()
    lab.approve(arn)
    assert prepare(lab, tmp_path, plan(lab), arn).returncode == 0
    assert variables(tmp_path, ["Serving_1"]) == {"Serving_1": "version 4 (commit 0123456789ab)"}


@pytest.mark.usefixtures("pipeline")
def test_an_account_that_cannot_be_read_is_left_to_its_own_stage(lab: Lab, tmp_path: Path) -> None:
    missing = f"arn:aws:iam::{DEPLOY}:role/not-bootstrapped"
    wanted = plan(lab, environments=(PlannedEnvironment("shop", "prod", DEPLOY, REGION, "stack", missing),))
    arn = lab.register()
    lab.approve(arn)
    done = prepare(lab, tmp_path, wanted, arn)
    assert done.returncode == 0, done.stderr
    assert f"cdk bootstrap aws://{DEPLOY}/{REGION} --trust" in done.stdout
    assert variables(tmp_path, ["Serving_1"]) == {"Serving_1": "unknown, its account cannot be read"}


def test_a_newer_version_takes_the_place_of_one_that_waits_for_an_approval(
    lab: Lab, tmp_path: Path, pipeline: Any
) -> None:
    older = pipeline.start_pipeline_execution(name="promotion")["pipelineExecutionId"]
    until(lambda: waiting(pipeline))
    arn = lab.register()
    lab.approve(arn)
    older = waiting(pipeline) or older
    done = prepare(lab, tmp_path, plan(lab), arn, execution="11111111-2222-3333-4444-555555555555")
    assert done.returncode == 0, done.stderr
    assert f"execution {older}, which waits for an approval, is superseded by version" in done.stdout
    stopped = until(lambda: (found := execution(pipeline, older))["status"] == "Stopped" and found)
    assert "superseded by version" in stopped["statusSummary"]


def test_an_execution_without_a_version_stops_itself(lab: Lab, tmp_path: Path, pipeline: Any) -> None:
    own = pipeline.start_pipeline_execution(name="promotion")["pipelineExecutionId"]
    until(lambda: waiting(pipeline) == own)
    done = prepare(lab, tmp_path, plan(lab), "none", execution=own)
    assert (done.returncode, done.stderr) == (0, "")
    assert "nothing to promote" in done.stdout
    assert execution(pipeline, own)["status"] == "Stopping"  # after what runs; here the approval, there Prepare itself


def test_values_are_quoted_for_the_shell() -> None:
    assert script({"A": "it's $HOME"}) == "A='it'\"'\"'s $HOME'\n"


def test_outside_of_a_pipeline_it_says_what_is_missing(lab: Lab, tmp_path: Path) -> None:
    done = lab.run("model_cicd.cli", "prepare-promotion", "promotion.json", "--output", str(tmp_path / "out"))
    assert done.returncode == 1
    assert "MODEL_PACKAGE_ARN, PIPELINE_NAME, PIPELINE_EXECUTION_ID must be set" in done.stderr


def test_it_is_no_command_for_people(lab: Lab) -> None:
    assert "prepare-promotion" not in lab.run("model_cicd.cli", "--help").stdout
