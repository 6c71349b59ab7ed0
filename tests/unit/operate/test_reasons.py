"""Why a training failed, of what AWS and the programs said."""

from __future__ import annotations

import pytest

from model_cicd.operate import logs, reasons
from model_cicd.operate.reasons import Reason

DENIED = (
    "User: arn:aws:sts::222222222222:assumed-role/execution/SageMaker is not authorized to perform: s3:GetObject on "
    "resource: arn:aws:s3:::data/x because no identity-based policy allows the s3:GetObject action"
)


@pytest.mark.parametrize(
    ("said", "log", "kind", "text"),
    [
        (
            "AlgorithmError: See job logs for more information, exit code: 1",
            ["reading", "Traceback (most recent call last):", "RuntimeError: the flux is broken", "Reporting failure"],
            reasons.SCRIPT,
            "RuntimeError: the flux is broken",
        ),
        (
            "AlgorithmError: Traceback\nKeyError: 'target', exit code: 1",
            [],
            reasons.SCRIPT,
            "KeyError: 'target'",
        ),
        ("AlgorithmError: , exit code: 137", [], reasons.SCRIPT, "AlgorithmError: , exit code: 137"),
        (
            "AlgorithmError: See job logs for more information, exit code: 1",
            ["botocore.exceptions.ClientError: An error occurred (AccessDenied) when calling GetObject"],
            reasons.PERMISSION,
            "botocore.exceptions.ClientError: An error occurred (AccessDenied) when calling GetObject",
        ),
        (
            f"ClientError: Failed to invoke sagemaker:CreateTrainingJob. Error Details: {DENIED}",
            [],
            reasons.PERMISSION,
            DENIED.partition(" because")[0],
        ),
        (
            "ClientError: Training job runtime exceeded MaxRuntimeInSeconds provided",
            [],
            reasons.TIMEOUT,
            "ClientError: Training job runtime exceeded MaxRuntimeInSeconds provided",
        ),
        (
            "ResourceLimitExceeded: The account-level service limit 'ml.m5.large for training job usage' is 0",
            [],
            reasons.OTHER,
            "ResourceLimitExceeded: The account-level service limit 'ml.m5.large for training job usage' is 0",
        ),
    ],
)
def test_the_reason_of_a_job(said: str, log: list[str], kind: str, text: str) -> None:
    assert reasons.of_job(said, log) == Reason(kind, text)


GATE = ["gate failed: the model is worse than its threshold", "CheckMSE: mse is 9, expected at most 4: does not hold"]


@pytest.mark.parametrize(
    ("message", "printed", "expected"),
    [
        (
            "Build terminated with state: TIMED_OUT. Phase: BUILD",
            ["x"],
            Reason(reasons.TIMEOUT, "Build terminated with state: TIMED_OUT. Phase: BUILD"),
        ),
        (
            "Build terminated with state: STOPPED",
            [],
            Reason(reasons.STOPPED, "Build terminated with state: STOPPED"),
        ),
        ("Build terminated", ["step Train Failed", *GATE], Reason(reasons.GATE, GATE[1])),
        (
            "Build terminated",
            ["uploaded", "pipeline.yaml:3: pipeline.steps: got nothing, expected a list"],
            Reason(reasons.BUILD, "pipeline.yaml:3: pipeline.steps: got nothing, expected a list"),
        ),
        ("Build terminated", [DENIED], Reason(reasons.PERMISSION, DENIED.partition(" because")[0])),
        ("Build terminated with state: FAILED", [], Reason(reasons.BUILD, "Build terminated with state: FAILED")),
    ],
)
def test_the_reason_of_a_build(message: str, printed: list[str], expected: Reason) -> None:
    assert reasons.of_build(message, printed) == expected


def test_a_reason_is_a_line_of_some_length() -> None:
    assert len(reasons.of_job("Error\n" * 1000).text) == 500
    assert str(Reason(reasons.GATE, "mse is 9")) == "gate not passed: mse is 9"


def test_what_the_command_that_ended_a_build_printed() -> None:
    lines = [
        "[Container] 2026/11/29 11:00:00.000000 Running command pip install x",
        "installed",
        "[Container] 2026/11/29 11:00:01.000000 Running command model-cicd run pipeline.yaml",
        "started",
        "",
        "it failed",
        "[Container] 2026/11/29 11:00:02.000000 Command did not exit successfully model-cicd run exit status 1",
        "[Container] 2026/11/29 11:00:02.000000 Phase complete: BUILD State: FAILED",
        "more",
    ]
    assert logs.printed_by_failed_command(lines) == ["started", "it failed"]


def test_a_log_is_found_by_command_and_in_the_console() -> None:
    log = logs.of_build("churn-training:7d3b2c1a", "111111111111", "eu-west-1")
    assert log is not None
    assert log.command == (
        "aws logs get-log-events --region eu-west-1 --log-group-name /aws/codebuild/churn-training "
        "--log-stream-name 7d3b2c1a --output text --query 'events[].[message]'"
    )
    assert log.console == (
        "https://eu-west-1.console.aws.amazon.com/cloudwatch/home?region=eu-west-1#logsV2:log-groups/log-group/"
        "$252Faws$252Fcodebuild$252Fchurn-training/log-events/7d3b2c1a"
    )
    assert logs.of_build("arn:aws:cloudformation:eu-west-1:1:stack/x/y", "1", "eu-west-1") is None
