from __future__ import annotations

import io
import json
import os
import signal
import subprocess
import time
from contextlib import redirect_stderr, redirect_stdout
from pathlib import Path
from typing import Any

import pytest

from model_cicd.cli import main

PIPELINE = """
projectName: churn
pipeline:
  parameters:
    - {name: Data, defaultValue: file:data.csv}
    - {name: MaxMse, type: Float, defaultValue: 10}
    - {name: Rounds, type: Integer, defaultValue: 5}
    - {name: CommitId, defaultValue: unknown}
    - {name: Branch, defaultValue: unknown}
  steps:
    - name: Evaluate
      type: Processing
      processing:
        imageUri: xgboost:1.7-1
        instanceType: ml.m5.large
        scriptS3Uri: file:evaluate.py
        inputs: [{inputName: data, s3Uri: {parameter: Data}}]
        outputs: [{outputName: report}]
        propertyFiles: [{propertyFileName: Report, outputName: report, filePath: out.json}]
    - name: Train
      type: Training
      training:
        imageUri: xgboost:1.7-1
        instanceType: ml.m5.large
        hyperparameters: {num_round: {parameter: Rounds}}
        inputChannels: [{channelName: train, s3Uri: {parameter: Data}}]
    - name: Gate
      type: Condition
      condition:
        conditions:
          - operator: LessThanOrEqualTo
            stepName: Evaluate
            propertyFile: Report
            jsonPath: regression_metrics.mse.value
            threshold: {parameter: MaxMse}
        ifSteps: [Register]
        elseSteps: [TooBad]
    - name: Register
      type: RegisterModel
      register: {imageUri: xgboost:1.7-1, modelDataStep: Train, contentTypes: [text/csv], responseTypes: [text/csv]}
    - {name: TooBad, type: Fail, fail: {errorMessage: too bad}}
"""
# often seconds of waiting each
pytestmark = pytest.mark.slow

KEY_ARN = "arn:aws:kms:eu-west-1:111122223333:key/1234"  # of the key behind alias/registry
ARN = "arn:aws:sagemaker:eu-west-1:111122223333"


def step(name: str, status: str, kind: str = "", seconds: float | None = None, **details: Any) -> dict[str, Any]:
    found: dict[str, Any] = {"StepName": name, "StepStatus": status, "StartTime": 1_700_000_000}
    if seconds is not None:
        found["EndTime"] = 1_700_000_000 + seconds
    reason = details.pop("reason", "")
    return found | ({"Metadata": {kind: details}} if kind else {}) | ({"FailureReason": reason} if reason else {})


@pytest.fixture
def project(tmp_path: Path) -> Path:
    (tmp_path / "pipeline.yaml").write_text(PIPELINE)
    (tmp_path / "data.csv").write_text("1,2\n")
    (tmp_path / "evaluate.py").write_text("print()\n")
    return tmp_path


def go(command: list[str], environment: dict[str, str], project: Path, *more: str) -> subprocess.CompletedProcess[str]:
    """The command in this process, which has the SDK loaded, with no environment but the given one."""
    out, err = io.StringIO(), io.StringIO()
    arguments = [*command[command.index("run") :], "pipeline.yaml", *more]
    with pytest.MonkeyPatch.context() as patch, redirect_stdout(out), redirect_stderr(err):
        for name in {*os.environ} - {*environment}:
            patch.delenv(name)
        for name, value in environment.items():
            patch.setenv(name, value)
        patch.chdir(project)
        try:
            code = main(arguments)
        except SystemExit as end:
            code = int(end.code or 0)
    return subprocess.CompletedProcess(arguments, code, out.getvalue(), err.getvalue())


def process(
    command: list[str], environment: dict[str, str], project: Path, *more: str
) -> subprocess.CompletedProcess[str]:
    """The command as a build starts it."""
    arguments = [*command, "pipeline.yaml", *more]
    return subprocess.run(
        arguments, cwd=project, env=environment, capture_output=True, text=True, timeout=60, check=False
    )


def report_of(aws: Any, mse: float) -> None:
    """Let the Evaluate job have left its report where its description says, under an earlier run's prefix."""
    uri = "s3://registry/runs/churn/earlier/Evaluate/report"
    outputs = [{"OutputName": "report", "S3Output": {"S3Uri": uri}}]
    aws.answers["DescribeProcessingJob"] = lambda _: {"ProcessingOutputConfig": {"Outputs": outputs}}
    content = {"regression_metrics": {"mse": {"value": mse}}}
    aws.objects["registry/runs/churn/earlier/Evaluate/report/out.json"] = json.dumps(content).encode()


def evaluated(outcome: str) -> list[dict[str, Any]]:
    return [
        step("Evaluate", "Succeeded", "ProcessingJob", 3, Arn=f"{ARN}:processing-job/eval-1"),
        step("Train", "Succeeded", "TrainingJob", 4, Arn=f"{ARN}:training-job/train-1"),
        step("Gate", "Succeeded", "Condition", 0, Outcome=outcome),
    ]


def test_a_good_model_is_registered_and_reported(
    aws: Any, environment: dict[str, str], command: list[str], project: Path
) -> None:
    report_of(aws, 7.5)
    package = f"{ARN}:model-package/churn-models/3"
    aws.answers["DescribeModelPackage"] = lambda _: {"ModelApprovalStatus": "PendingManualApproval"}
    aws.looks = [
        ("Executing", "", [step("Evaluate", "Executing")]),
        ("Succeeded", "", [*evaluated("True"), step("Register", "Succeeded", "RegisterModel", 1, Arn=package)]),
    ]
    done = process(command, environment, project, "--output", "run.json")
    assert done.returncode == 0, done.stderr
    for shown in ("Evaluate", "Executing", "Succeeded in 3 s", "mse.value is 7.5, expected at most 10: holds", package):
        assert shown in done.stdout
    report = json.loads((project / "run.json").read_text())
    assert report["status"] == "Succeeded"
    assert report["gate"] == "passed"
    assert report["executionArn"].endswith("/execution/abc123")
    assert report["modelPackage"] == {
        "arn": package,
        "group": "churn-models",
        "version": 3,
        "approvalStatus": "PendingManualApproval",
    }
    assert report["metrics"] == {"Evaluate": {"regression_metrics.mse.value": 7.5}}
    assert report["conditions"][0]["holds"] is True
    # the steps came in pages of two
    assert [(each["name"], each["seconds"]) for each in report["steps"]] == [
        ("Evaluate", 3),
        ("Gate", 0),
        ("Register", 1),
        ("Train", 4),
    ]


def test_a_model_worse_than_the_threshold_fails_the_run(
    aws: Any, environment: dict[str, str], command: list[str], project: Path
) -> None:
    report_of(aws, 12.5)
    failed = step("TooBad", "Failed", "Fail", 0, ErrorMessage="too bad", reason="too bad")
    aws.looks = [("Failed", "Step failure", [*evaluated("False"), failed])]
    done = go(command, environment, project, "--output", "run.json")
    assert done.returncode == 1
    assert "gate failed: the model is worse than its threshold and was not registered" in done.stderr
    assert (done.stdout + done.stderr).count("mse.value is 12.5, expected at most 10: does not hold") == 1
    assert "does not hold" in done.stderr
    assert "Traceback" not in done.stderr
    report = json.loads((project / "run.json").read_text())
    assert (report["status"], report["gate"], report["modelPackage"]) == ("Failed", "failed", None)


def test_a_gate_without_a_fail_step_fails_the_run_too(
    aws: Any, environment: dict[str, str], command: list[str], project: Path
) -> None:
    text = PIPELINE.replace("        elseSteps: [TooBad]\n", "").split("    - {name: TooBad")[0]
    (project / "pipeline.yaml").write_text(text)
    report_of(aws, 12.5)
    aws.looks = [("Succeeded", "", evaluated("False"))]
    done = go(command, environment, project)
    assert done.returncode == 1
    assert "was not registered" in done.stderr


def test_a_threshold_given_for_the_run_is_the_one_reported(
    aws: Any, environment: dict[str, str], command: list[str], project: Path
) -> None:
    report_of(aws, 12.5)
    aws.looks = [("Succeeded", "", evaluated("True"))]
    done = go(command, environment, project, "--param", "MaxMse=20", "--output", "run.json")
    assert done.returncode == 0, done.stderr
    assert "expected at most 20: holds" in done.stdout


def test_a_failed_step_is_named_with_its_reason_and_log(
    aws: Any, environment: dict[str, str], command: list[str], project: Path
) -> None:
    broken = step(
        "Evaluate",
        "Failed",
        "ProcessingJob",
        2,
        Arn=f"{ARN}:processing-job/eval-1",
        reason="AlgorithmError: exit code 1",
    )
    aws.looks = [("Failed", "Step failure: Evaluate", [broken])]
    aws.answers["DescribeLogStreams"] = lambda given: {
        "logStreams": [{"logStreamName": given["logStreamNamePrefix"] + "1"}]
    }
    aws.answers["GetLogEvents"] = lambda _: {"events": [{"message": "ValueError: no column 'target'"}]}
    done = go(command, environment, project)
    assert done.returncode == 1
    assert "step Evaluate failed: AlgorithmError: exit code 1" in done.stderr
    assert "ValueError: no column 'target'" in done.stderr
    assert "gate failed" not in done.stderr
    assert "mse" not in done.stdout, "a condition that was not reached has nothing to say"
    assert aws.called("DescribeLogStreams")[0]["logStreamNamePrefix"] == "eval-1/"


def test_the_end_of_a_log_is_shown_once(
    aws: Any, environment: dict[str, str], command: list[str], project: Path
) -> None:
    """SageMaker puts the last lines of a container into the reason."""
    tail = ["Traceback (most recent call last):", "ValueError: no column 'target'"]
    reason = "AlgorithmError: " + "\n".join(tail) + ", exit code: 1"
    arn = f"{ARN}:processing-job/eval-1"
    aws.looks = [("Failed", "Step failure", [step("Evaluate", "Failed", "ProcessingJob", 2, Arn=arn, reason=reason)])]
    aws.answers["DescribeLogStreams"] = lambda _: {"logStreams": [{"logStreamName": "eval-1/1"}]}
    aws.answers["GetLogEvents"] = lambda _: {"events": [{"message": each} for each in tail]}
    done = go(command, environment, project)
    assert "step Evaluate failed: AlgorithmError, exit code: 1\n  | Traceback" in done.stderr
    assert done.stderr.count("ValueError: no column 'target'") == 1
    aws.answers["GetLogEvents"] = lambda _: {"events": []}
    assert "ValueError: no column 'target', exit code: 1" in go(command, environment, project).stderr


def test_no_wait_starts_and_leaves(aws: Any, environment: dict[str, str], command: list[str], project: Path) -> None:
    done = go(command, environment, project, "--no-wait", "--output", "run.json")
    assert done.returncode == 0, done.stderr
    assert not aws.called("DescribePipelineExecution")
    report = json.loads((project / "run.json").read_text())
    assert (report["status"], report["steps"]) == ("Executing", [])


def test_the_role_is_assumed_before_anything_else(
    aws: Any, environment: dict[str, str], command: list[str], project: Path
) -> None:
    go(command, environment, project, "--no-wait")
    first, *others = aws.calls
    assert first[0] == "AssumeRole"
    assert "role%2Fstart" in first[2]["body"]
    assert others
    assert {key for _, key, _ in others} == {"ASIASTART"}


def test_without_a_role_the_own_credentials_count(
    aws: Any, environment: dict[str, str], command: list[str], project: Path
) -> None:
    del environment["ASSUME_ROLE_ARN"]
    go(command, environment, project, "--no-wait")
    assert not aws.called("AssumeRole")
    assert {key for _, key, _ in aws.calls} == {"AKIABUILD"}


def test_local_files_go_up_once_by_their_content_and_encrypted(
    aws: Any, environment: dict[str, str], command: list[str], project: Path
) -> None:
    go(command, environment, project, "--no-wait")
    data = next(name for name in aws.objects if name.startswith("registry/data/") and name.endswith("/data.csv"))
    assert aws.objects[data] == b"1,2\n"
    [headers] = aws.called(f"PUT {data}")
    assert headers["x-amz-server-side-encryption"] == "aws:kms"
    assert headers["x-amz-server-side-encryption-aws-kms-key-id"] == KEY_ARN

    definition = json.loads(aws.pipelines["churn"]["PipelineDefinition"])
    assert definition["Parameters"][0]["DefaultValue"] == f"s3://{data}"
    before = len(aws.calls)
    second = go(command, environment, project, "--no-wait")
    assert not [name for name, _, _ in aws.calls[before:] if name.startswith("PUT")]
    assert "pipeline churn: unchanged" in second.stdout
    (project / "data.csv").write_text("3,4\n")
    third = go(command, environment, project, "--no-wait")
    assert "pipeline churn: updated" in third.stdout
    assert len([name for name in aws.objects if name.endswith("/data.csv")]) == 2


def test_volumes_name_the_key_by_its_arn_because_they_may_not_name_an_alias(
    aws: Any, environment: dict[str, str], command: list[str], project: Path
) -> None:
    go(command, environment, project, "--no-wait")
    definition = aws.pipelines["churn"]["PipelineDefinition"]
    assert "alias/" not in definition
    (train,) = (each for each in json.loads(definition)["Steps"] if each["Name"] == "Train")
    assert train["Arguments"]["ResourceConfig"]["VolumeKmsKeyId"] == KEY_ARN
    assert ("DescribeKey", "ASIASTART") in [(name, key) for name, key, _ in aws.calls]


def test_parameters_come_from_the_group_the_command_line_and_the_commit(
    aws: Any, environment: dict[str, str], command: list[str], project: Path
) -> None:
    more = {
        "PIPELINE_PARAMETERS": '{"MaxMse": 3, "Rounds": 7}',
        "CODEBUILD_RESOLVED_SOURCE_VERSION": "f00d",
        "SOURCE_BRANCH": "feature#1",
    }
    done = go(
        command, environment | more, project, "--no-wait", "--param", "Rounds=9", "--param", "Data=file:evaluate.py"
    )
    assert done.returncode == 0, done.stderr
    [started] = aws.called("StartPipelineExecution")
    values = {each["Name"]: each["Value"] for each in started["PipelineParameters"]}
    assert values.pop("Data").startswith("s3://registry/data/")
    # '#' may not stand in the metadata of a model package
    assert values == {"MaxMse": "3", "Rounds": "9", "CommitId": "f00d", "Branch": "feature_1"}
    assert started["PipelineExecutionDescription"] == "feature#1 f00d"


@pytest.mark.parametrize(
    "case",
    [
        (["--param", "MaxMes=1"], {}, "--param: unknown parameter 'MaxMes' (did you mean 'MaxMse'?)"),
        (["--param", "Rounds=1.5"], {}, "--param: Rounds: got '1.5', expected a whole number"),
        (["--param", "MaxMse=nan"], {}, "--param: MaxMse: got 'nan', expected a number"),
        (
            ["--param", "Data=file:dta.csv"],
            {},
            "--param: Data: the local file 'dta.csv' does not exist (did you mean 'data.csv'?)",
        ),
        (["--param", "Data=file:../x.csv"], {}, "got 'file:../x.csv', expected a path below the directory"),
        (["--param", "Data="], {}, "--param: Data: got an empty text, which SageMaker takes as a default only"),
        ([], {"PIPELINE_PARAMETERS": '{"Data": ""}'}, "PIPELINE_PARAMETERS: Data: got an empty text"),
        (["--param", "Rounds"], {}, "--param: got 'Rounds', expected NAME=VALUE"),
        (
            [],
            {"PIPELINE_PARAMETERS": '{"Round": 1}'},
            "PIPELINE_PARAMETERS: unknown parameter 'Round' (did you mean 'Rounds'?)",
        ),
        (
            [],
            {"PIPELINE_PARAMETERS": '{"Rounds": "1"}'},
            "PIPELINE_PARAMETERS: Rounds: got '1', expected a whole number",
        ),
        ([], {"PIPELINE_PARAMETERS": "{"}, "PIPELINE_PARAMETERS: not valid JSON"),
        ([], {"ENABLE_NETWORK_ISOLATION": "yes"}, "ENABLE_NETWORK_ISOLATION: got 'yes', expected true or false"),
        ([], {"ARTIFACT_BUCKET": ""}, "the artifact bucket is not given: set ARTIFACT_BUCKET"),
        ([], {"SAGEMAKER_PIPELINE_NAME": ""}, "set SAGEMAKER_PIPELINE_NAME"),
        ([], {"SAGEMAKER_PIPELINE_ROLE_ARN": ""}, "set SAGEMAKER_PIPELINE_ROLE_ARN"),
        ([], {"MODEL_PACKAGE_GROUP_NAME": ""}, "set MODEL_PACKAGE_GROUP_NAME"),
        ([], {"AWS_REGION": ""}, "the region is not given"),
        (
            [],
            {"AWS_REGION": "us-iso-east-1"},
            "no registry of the image 'xgboost:1.7-1' is known in region 'us-iso-east-1'",
        ),
        (
            [],
            {"SUBNET_IDS": "subnet-1"},
            "the network configuration needs both subnetIds and securityGroupIds: securityGroupIds is missing",
        ),
    ],
)
def test_what_is_wrong_or_missing_is_said_before_aws_is_called(
    aws: Any,
    environment: dict[str, str],
    command: list[str],
    project: Path,
    case: tuple[list[str], dict[str, str], str],
) -> None:
    arguments, variables, message = case
    done = go(command, environment | variables, project, *arguments)
    assert done.returncode == 1
    assert message in done.stderr
    assert "Traceback" not in done.stderr
    assert aws.calls == []


def test_the_group_s_network_is_used(aws: Any, environment: dict[str, str], command: list[str], project: Path) -> None:
    more = {
        "ENABLE_NETWORK_ISOLATION": "true",
        "ENCRYPT_INTER_CONTAINER_TRAFFIC": "false",
        "SUBNET_IDS": '["subnet-1", "subnet-2"]',
        "SECURITY_GROUP_IDS": "sg-1, sg-2",
    }
    done = go(command, environment | more, project, "--no-wait")
    assert done.returncode == 0, done.stderr
    evaluate, train, _ = json.loads(aws.pipelines["churn"]["PipelineDefinition"])["Steps"]
    expected = {
        "EnableNetworkIsolation": True,
        "EnableInterContainerTrafficEncryption": False,
        "VpcConfig": {"SecurityGroupIds": ["sg-1", "sg-2"], "Subnets": ["subnet-1", "subnet-2"]},
    }
    assert evaluate["Arguments"]["NetworkConfig"] == expected
    assert {key: train["Arguments"][key] for key in expected} == expected


def test_a_bad_pipeline_is_refused_with_its_lines(
    aws: Any, environment: dict[str, str], command: list[str], project: Path
) -> None:
    (project / "pipeline.yaml").write_text(PIPELINE.replace("modelDataStep: Train,", "modelDataStep: Trian,"))
    done = go(command, environment, project)
    assert done.returncode == 1
    assert (
        "pipeline.yaml:40: pipeline.steps[3].register.modelDataStep: unknown step 'Trian' (did you mean 'Train'?)"
        in done.stderr
    )
    assert aws.calls == []


def test_what_aws_refuses_is_one_line(aws: Any, environment: dict[str, str], command: list[str], project: Path) -> None:
    aws.operation = lambda operation, given: (400, {"__type": "AccessDeniedException", "message": f"no {operation}"})
    done = process(command, environment, project)
    assert done.returncode == 1
    assert done.stderr.strip() == "DescribeKey was refused: AccessDeniedException: no DescribeKey"


def test_ctrl_c_says_that_the_execution_goes_on(
    aws: Any, environment: dict[str, str], command: list[str], project: Path
) -> None:
    aws.looks = [("Executing", "", [step("Evaluate", "Executing")])]
    process = subprocess.Popen(
        [*command, "pipeline.yaml"],
        cwd=project,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        # tests run in the background ignore the signal, and their children would inherit that
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),  # noqa: PLW1509 (the other thread only serves)
    )
    try:
        deadline = time.monotonic() + 30
        while not aws.called("ListPipelineExecutionSteps") and time.monotonic() < deadline:
            time.sleep(0.05)
        time.sleep(0.3)
        os.kill(process.pid, signal.SIGINT)
        _, said = process.communicate(timeout=30)
    finally:
        process.kill()
    assert process.returncode == 1
    assert "the execution goes on" in said
    assert "stop-pipeline-execution --pipeline-execution-arn " + ARN in said
    assert "Traceback" not in said


def test_settings_of_a_parameter_stand_in_for_variables(
    aws: Any, environment: dict[str, str], command: list[str], project: Path
) -> None:
    moved = ("SAGEMAKER_PIPELINE_NAME", "ARTIFACT_BUCKET", "MODEL_PACKAGE_GROUP_NAME")
    stored = {name: environment.pop(name) for name in moved} | {"SAGEMAKER_PIPELINE_ROLE_ARN": "arn:aws:iam::1:role/no"}
    del environment["ASSUME_ROLE_ARN"]
    aws.answers["GetParameter"] = lambda given: {"Parameter": {"Name": given["Name"], "Value": json.dumps(stored)}}
    done = go(command, environment, project, "--no-wait", "--settings", "ssm:/models/live/github")
    assert done.returncode == 0, done.stderr
    assert aws.called("GetParameter")[0]["Name"] == "/models/live/github"
    assert aws.pipelines["churn"]["RoleArn"] == environment["SAGEMAKER_PIPELINE_ROLE_ARN"], "what is set counts"


@pytest.mark.parametrize(
    "case",
    [
        ("/models", "{}", "--settings: got '/models', expected ssm:/NAME"),
        ("ssm:/models", "[]", "expected a JSON object of variables"),
        ("ssm:/models", '{"path": "x"}', "path: expected names in capital letters"),
        ("ssm:/models", '{"PATH": 1}', "PATH: expected names in capital letters, with texts"),
    ],
)
def test_settings_that_are_none_are_refused(
    aws: Any, environment: dict[str, str], command: list[str], project: Path, case: tuple[str, str, str]
) -> None:
    given, value, said = case
    aws.answers["GetParameter"] = lambda _: {"Parameter": {"Value": value}}
    done = go(command, environment, project, "--settings", given)
    assert done.returncode == 1
    assert said in done.stderr
    assert not aws.called("StartPipelineExecution")


def test_a_report_tells_the_newest_approved_version(
    aws: Any, environment: dict[str, str], command: list[str], project: Path
) -> None:
    report_of(aws, 7.5)
    new, old = f"{ARN}:model-package/churn-models/3", f"{ARN}:model-package/churn-models/2"
    metrics = {new: {"Mse": "7.5", "CommitId": "f00d", "Odd": "nan"}, old: {"Mse": "9"}}
    aws.answers["DescribeModelPackage"] = lambda given: {
        "ModelApprovalStatus": "PendingManualApproval",
        "CustomerMetadataProperties": metrics[given["ModelPackageName"]],
    }
    aws.answers["ListModelPackages"] = lambda _: {
        "ModelPackageSummaryList": [{"ModelPackageArn": old, "ModelPackageVersion": 2}]
    }
    registered = step("Register", "Succeeded", "RegisterModel", 1, Arn=new)
    aws.looks = [("Succeeded", "", [*evaluated("True"), registered])]
    done = go(command, environment, project, "--report", "json=run.json", "--report", "env", "--report", "junit")
    assert done.returncode == 0, done.stderr
    report = json.loads((project / "run.json").read_text())
    assert report["registeredMetrics"] == {"Mse": 7.5}
    assert report["approved"] == {"arn": old, "version": 2, "metrics": {"Mse": 9.0}}
    assert aws.called("ListModelPackages")[0]["ModelApprovalStatus"] == "Approved"
    assert "export TRAINING_MODEL_PACKAGE_VERSION=3\n" in (project / "run.env").read_text()
    assert (project / "junit.xml").exists()
