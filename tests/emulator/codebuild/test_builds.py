from __future__ import annotations

import contextlib
import hashlib
import json
import socket
import threading
import time
from typing import Any

import pytest
from botocore.exceptions import ClientError

from rehearsal.codebuild import build_logs
from rehearsal.embedded_aws import EmbeddedAws
from tests.processes import asleep, ended

from .conftest import ACCOUNT, ENVIRONMENT, REGION, Builder, context, phases, service_role


def spec(**given: Any) -> str:
    """A buildspec with these phases, each a list of commands or a whole phase."""
    env = given.pop("env", {})
    made = {name: value if isinstance(value, dict) else {"commands": value} for name, value in given.items()}
    return json.dumps({"version": "0.2", "env": env, "phases": made})


def variables(**given: str) -> dict[str, Any]:
    return {"environmentVariablesOverride": [{"name": name, "value": value} for name, value in given.items()]}


class Meeting:
    """A port that answers two builds once both have come; only builds that run side by side get an answer."""

    port = 7117

    def __init__(self) -> None:
        self._both = threading.Barrier(2)

    def answer(self, connection: socket.socket) -> None:
        def serve() -> None:
            with connection, contextlib.suppress(threading.BrokenBarrierError):
                self._both.wait(30)
                connection.sendall(b"met\n")

        threading.Thread(target=serve, daemon=True).start()


def test_commands_of_all_phases_share_one_shell(builder: Builder) -> None:
    build = builder.run(
        spec(
            install=["export A=1", "B=2", "greet() { echo hello $1; }"],
            pre_build=["mkdir -p below && cd below"],
            build=["greet $A$B", "pwd"],
            post_build=["basename $PWD"],
        )
    )
    assert build["buildStatus"] == "SUCCEEDED"
    lines = builder.output(build)
    assert lines[0] == "hello 12"
    assert lines[1].endswith("/src/below")
    assert lines[2] == "below"
    assert list(phases(build)) == [
        "SUBMITTED",
        "QUEUED",
        "PROVISIONING",
        "DOWNLOAD_SOURCE",
        "INSTALL",
        "PRE_BUILD",
        "BUILD",
        "POST_BUILD",
        "UPLOAD_ARTIFACTS",
        "FINALIZING",
        "COMPLETED",
    ]
    assert set(phases(build).values()) == {"SUCCEEDED", ""}
    assert "endTime" not in build["phases"][-1]
    assert build["endTime"] >= build["startTime"]
    assert build["currentPhase"] == "COMPLETED"


def test_a_command_that_ends_the_shell_fails_its_phase_and_loses_nothing(builder: Builder) -> None:
    build = builder.run(
        spec(
            build={"commands": ["cd /usr; export A=$'two\\nlines'; f() { echo f; }", "exit 7"], "finally": ["f; pwd"]},
            post_build=['echo "$A"', "echo $CODEBUILD_BUILD_SUCCEEDING"],
        )
    )
    assert build["buildStatus"] == "FAILED"
    assert builder.output(build) == ["f", "/usr", "two", "lines", "0"]
    assert context(build, "BUILD") == {
        "statusCode": "COMMAND_EXECUTION_ERROR",
        "message": "Error while executing command: exit 7. Reason: exit status 7",
    }


def test_set_e_and_a_syntax_error_fail_the_command_only(builder: Builder) -> None:
    build = builder.run(spec(build=["set -e", "false; echo never"], post_build={"commands": ["echo after"]}))
    assert (build["buildStatus"], builder.output(build)) == ("FAILED", ["after"])
    build = builder.run(spec(build=["if then"], post_build=["echo after"]))
    assert build["buildStatus"] == "FAILED"
    assert builder.output(build)[-1] == "after"


@pytest.mark.parametrize(
    ("failing", "on_failure", "entered"),
    [
        ("install", None, ["INSTALL"]),
        ("pre_build", None, ["INSTALL", "PRE_BUILD"]),
        ("build", None, ["INSTALL", "PRE_BUILD", "BUILD", "POST_BUILD", "UPLOAD_ARTIFACTS"]),
        ("build", "ABORT", ["INSTALL", "PRE_BUILD", "BUILD"]),
        ("install", "CONTINUE", ["INSTALL", "PRE_BUILD", "BUILD", "POST_BUILD", "UPLOAD_ARTIFACTS"]),
        ("post_build", None, ["INSTALL", "PRE_BUILD", "BUILD", "POST_BUILD"]),
    ],
)
def test_which_phases_follow_a_failure(
    builder: Builder, failing: str, on_failure: str | None, entered: list[str]
) -> None:
    made: dict[str, Any] = {
        name: {"commands": ["echo " + name], "finally": ["echo finally " + name]}
        for name in ("install", "pre_build", "build", "post_build")
    }
    made[failing]["commands"] = ["false", "echo never"]
    if on_failure:
        made[failing]["on-failure"] = on_failure
    build = builder.run(spec(**made))
    assert build["buildStatus"] == "FAILED"
    found = [name for name in phases(build) if name not in ("SUBMITTED", "QUEUED", "PROVISIONING", "DOWNLOAD_SOURCE")]
    assert found == [*entered, "FINALIZING", "COMPLETED"]
    assert phases(build)[failing.upper()] == "FAILED"
    assert "never" not in builder.output(build)
    assert f"finally {failing}" in builder.output(build)


def test_codebuild_and_credentials_are_in_the_environment(builder: Builder) -> None:
    build = builder.run(
        spec(build=["env", "aws sts get-caller-identity --query Arn --output text"]), {"sourceVersion": "v1"}
    )
    shown = dict(line.partition("=")[::2] for line in builder.output(build) if "=" in line)
    number = build["buildNumber"]
    expected = {
        "AWS_REGION": REGION,
        "AWS_DEFAULT_REGION": REGION,
        "CI": "true",
        "CODEBUILD_BUILD_ARN": build["arn"],
        "CODEBUILD_BUILD_ID": build["id"],
        "CODEBUILD_BUILD_IMAGE": "aws/codebuild/standard:7.0",
        "CODEBUILD_BUILD_NUMBER": str(number),
        "CODEBUILD_BUILD_SUCCEEDING": "1",
        "CODEBUILD_INITIATOR": "administrator",
        "CODEBUILD_KMS_KEY_ID": build["encryptionKey"],
        "CODEBUILD_LOG_PATH": build["logs"]["streamName"],
        "CODEBUILD_PROJECT_ARN": f"arn:aws:codebuild:us-east-1:{ACCOUNT}:project/{build['projectName']}",
        "CODEBUILD_SOURCE_VERSION": "v1",
    }
    assert {name: shown.get(name) for name in expected} == expected
    assert int(shown["CODEBUILD_START_TIME"]) == int(build["startTime"].timestamp() * 1000)
    assert builder.output(build)[-1].startswith(f"arn:aws:sts::{ACCOUNT}:assumed-role/build/AWSCodeBuild-")
    assert "VIRTUAL_ENV" not in shown


def test_variables_of_the_start_win_over_the_project_and_it_over_the_buildspec(builder: Builder) -> None:
    given = [{"name": name, "value": "project"} for name in ("B", "C")]
    build = builder.run(
        spec(env={"variables": {"A": "spec", "B": "spec", "C": "spec"}}, build=["echo $A $B $C"]),
        variables(C="start"),
        environment=ENVIRONMENT | {"environmentVariables": given},
    )
    assert builder.output(build) == ["spec project start"]


def test_parameters_and_secrets_are_read_with_the_role_and_masked_in_logs(builder: Builder, world: EmbeddedAws) -> None:
    ssm = world.client("ssm", account=ACCOUNT, region=REGION)
    secrets = world.client("secretsmanager", account=ACCOUNT, region=REGION)
    ssm.put_parameter(Name="/build/token", Value="parameter-value", Type="SecureString")
    arn = secrets.create_secret(Name="login", SecretString=json.dumps({"user": "u-ser", "pass": "pass-word"}))["ARN"]
    env = {"parameter-store": {"P": "/build/token"}, "secrets-manager": {"S": "login:user", "T": f"{arn}:pass"}}
    given = [{"name": "Q", "value": "/build/token", "type": "PARAMETER_STORE"}]
    given += [{"name": "U", "value": "login", "type": "SECRETS_MANAGER"}]
    build = builder.run(
        spec(env=env, build=["echo is $P", 'echo "$P $Q $S $T $U" | md5sum', 'echo "$S"']),
        environment=ENVIRONMENT | {"environmentVariables": given},
    )
    assert build["buildStatus"] == "SUCCEEDED"
    assert builder.output(build)[0] == "is ***"
    assert builder.output(build)[2] == "***"
    text = 'parameter-value parameter-value u-ser pass-word {"user": "u-ser", "pass": "pass-word"}\n'
    assert builder.output(build)[1].split()[0] == hashlib.md5(text.encode()).hexdigest()


def test_a_missing_parameter_fails_the_build_before_its_commands(builder: Builder) -> None:
    build = builder.run(spec(env={"parameter-store": {"P": "/not/there"}}, build=["echo ran"]))
    assert build["buildStatus"] == "FAILED"
    assert "ParameterNotFound" in context(build, "DOWNLOAD_SOURCE")["message"]
    assert "/not/there" in context(build, "DOWNLOAD_SOURCE")["message"]
    assert builder.output(build) == []


def test_exported_variables_are_shown(builder: Builder) -> None:
    build = builder.run(
        spec(
            env={"exported-variables": ["A", "B", "NONE"], "variables": {"B": "from spec"}},
            build=["export A=$'1\\n2'", "HIDDEN=3"],
        )
    )
    assert build["exportedEnvironmentVariables"] == [
        {"name": "A", "value": "1\n2"},
        {"name": "B", "value": "from spec"},
        {"name": "NONE", "value": ""},
    ]


def test_logs_are_in_cloudwatch_and_in_a_file(builder: Builder, world: EmbeddedAws) -> None:
    config = {"cloudWatchLogs": {"status": "ENABLED", "groupName": "/my/builds", "streamName": "pre"}}
    build = builder.run(spec(build=["echo one", "printf 'no line end'"]), {"logsConfigOverride": config})
    uuid = build["id"].partition(":")[2]
    assert build["logs"]["groupName"] == "/my/builds"
    assert build["logs"]["streamName"] == f"pre/{uuid}"
    assert build["logs"]["cloudWatchLogs"] == config["cloudWatchLogs"]
    logs = world.client("logs", account=ACCOUNT, region=REGION)
    events = logs.get_log_events(logGroupName="/my/builds", logStreamName=f"pre/{uuid}", startFromHead=True)["events"]
    messages = [event["message"] for event in events]
    assert "one\n" in messages
    assert "no line end\n" in messages
    assert any("Running command echo one" in message for message in messages)
    assert "".join(messages) == builder.log(build)
    (log,) = [log for log in build_logs(world.directory) if log.id == build["id"]]
    assert (log.status, log.account, log.region) == ("SUCCEEDED", ACCOUNT, REGION)
    default = builder.run(spec(build=["true"]))
    assert default["logs"]["groupName"] == f"/aws/codebuild/{default['projectName']}"
    assert default["logs"]["streamName"] == default["id"].partition(":")[2]
    off = builder.run(spec(build=["true"]), {"logsConfigOverride": {"cloudWatchLogs": {"status": "DISABLED"}}})
    assert "groupName" not in off["logs"]


def test_many_lines_arrive_complete_and_in_order(builder: Builder, world: EmbeddedAws) -> None:
    build = builder.run(spec(build=["seq 1 30000"]))
    assert builder.output(build) == [str(number) for number in range(1, 30001)]
    logs = world.client("logs", account=ACCOUNT, region=REGION)
    where = {"logGroupName": build["logs"]["groupName"], "logStreamName": build["logs"]["streamName"]}
    answer = logs.get_log_events(**where, startFromHead=True)
    found: list[str] = []
    token = None
    while answer["nextForwardToken"] != token:
        found += [event["message"] for event in answer["events"]]
        token = answer["nextForwardToken"]
        answer = logs.get_log_events(**where, startFromHead=True, nextToken=token)
    assert [line for line in found if line.strip().isdigit()] == [f"{number}\n" for number in range(1, 30001)]


def test_stop_ends_the_build_and_all_it_started(builder: Builder) -> None:
    name = builder.project(
        spec(
            build={"commands": ["sleep 300.25 & sleep 301"], "finally": ["echo finally"]},
            post_build=["echo post"],
        )
    )
    build_id = builder.api.start_build(projectName=name)["build"]["id"]
    deadline = time.monotonic() + 60
    while not asleep("300.25") and time.monotonic() < deadline:
        time.sleep(0.05)
    began = time.monotonic()
    assert builder.api.stop_build(id=build_id)["build"]["buildStatus"] == "STOPPED"
    assert time.monotonic() - began < 5
    build = builder.wait(build_id)
    assert phases(build)["BUILD"] == "STOPPED"
    assert "POST_BUILD" not in phases(build)
    assert builder.output(build) == []
    assert ended("300.25")
    assert builder.api.stop_build(id=build_id)["build"]["buildStatus"] == "STOPPED"


def test_a_build_that_takes_too_long_is_ended(builder: Builder, world: EmbeddedAws) -> None:
    scheduler = world.services.codebuild.scheduler
    scheduler.minute = 1.6
    try:
        build = builder.run(spec(build=["sleep 100"], post_build=["echo post"]), timeoutInMinutes=5)
    finally:
        scheduler.minute = 60.0
    assert build["buildStatus"] == "TIMED_OUT"
    timed_out = [name for name, status in phases(build).items() if status == "TIMED_OUT"]
    assert timed_out == ["BUILD"]
    assert context(build, "BUILD")["message"] == "Build has timed out after 5 minutes."
    assert builder.output(build) == []


def test_background_processes_do_not_outlive_the_build(builder: Builder) -> None:
    build = builder.run(spec(build=["sleep 300.75 & jobs"]))
    assert build["buildStatus"] == "SUCCEEDED"
    assert any("sleep 300.75" in line for line in builder.output(build))
    assert ended("300.75")


def test_builds_run_side_by_side_unless_limited(builder: Builder, world: EmbeddedAws) -> None:
    world.confinement.open(Meeting.port, Meeting().answer)
    meet = f"exec 3<>/dev/tcp/127.0.0.1/{Meeting.port}; read -r said <&3; echo $said; [ $said = met ]"
    name = builder.project(spec(build=[meet]))
    ids = [builder.api.start_build(projectName=name)["build"]["id"] for _ in range(2)]
    assert [builder.wait(build_id)["buildStatus"] for build_id in ids] == ["SUCCEEDED", "SUCCEEDED"]
    scheduler = world.services.codebuild.scheduler
    scheduler.concurrency = 1
    try:
        ordered = builder.project(spec(build=["date +%s.%N; sleep .3; date +%s.%N"]))
        ids = [builder.api.start_build(projectName=ordered)["build"]["id"] for _ in range(3)]
        builds = [builder.wait(build_id) for build_id in ids]
        assert {build["buildStatus"] for build in builds} == {"SUCCEEDED"}
    finally:
        scheduler.concurrency = None
    spans = sorted([float(line) for line in builder.output(build)] for build in builds)
    times = [moment for span in spans for moment in span]
    assert times == sorted(times)
    assert all(end - start >= 0.3 for start, end in zip(times[::2], times[1::2], strict=True))


def test_a_build_that_waits_for_its_turn_can_be_stopped_and_times_out(builder: Builder, world: EmbeddedAws) -> None:
    scheduler = world.services.codebuild.scheduler
    name = builder.project(spec(build=["sleep 100"]), queuedTimeoutInMinutes=5)
    first = builder.api.start_build(projectName=name)["build"]["id"]
    while builder.api.batch_get_builds(ids=[first])["builds"][0]["currentPhase"] in ("SUBMITTED", "QUEUED"):
        time.sleep(0.02)
    scheduler.concurrency = 1
    try:
        second = builder.api.start_build(projectName=name)["build"]["id"]
        assert builder.api.batch_get_builds(ids=[second])["builds"][0]["currentPhase"] == "QUEUED"
        assert builder.api.stop_build(id=second)["build"]["buildStatus"] == "STOPPED"
        scheduler.minute = 0.05
        third = builder.wait(builder.api.start_build(projectName=name)["build"]["id"])
        assert (third["buildStatus"], phases(third)["QUEUED"]) == ("TIMED_OUT", "TIMED_OUT")
    finally:
        scheduler.concurrency, scheduler.minute = None, 60.0
        builder.api.stop_build(id=first)


def test_the_concurrent_build_limit_of_a_project_holds(builder: Builder) -> None:
    name = builder.project(spec(build=["sleep 60"]), concurrentBuildLimit=1)
    first = builder.api.start_build(projectName=name)["build"]["id"]
    with pytest.raises(ClientError) as raised:
        builder.api.start_build(projectName=name)
    assert raised.value.response["Error"]["Code"] == "AccountLimitExceededException"
    builder.api.stop_build(id=first)


def test_lists_and_retry(builder: Builder) -> None:
    name = builder.project(spec(build=["echo $X"]))
    ids = [builder.api.start_build(projectName=name, **variables(X=x))["build"]["id"] for x in ("1", "2")]
    for build_id in ids:
        builder.wait(build_id)
    again = builder.wait(builder.api.retry_build(id=ids[0])["build"]["id"])
    assert builder.output(again) == ["1"]
    assert again["buildNumber"] == 3
    assert builder.api.list_builds_for_project(projectName=name)["ids"] == [again["id"], ids[1], ids[0]]
    assert builder.api.list_builds_for_project(projectName=name, sortOrder="ASCENDING")["ids"][0] == ids[0]
    assert builder.api.list_builds()["ids"][0] == again["id"]
    answer = builder.api.batch_get_builds(ids=[ids[0], "none:1"])
    assert [build["id"] for build in answer["builds"]] == [ids[0]]
    assert answer["buildsNotFound"] == ["none:1"]
    builder.api.delete_project(name=name)
    assert builder.api.batch_get_builds(ids=[ids[0]])["builds"]  # builds outlive their project


def test_an_idempotency_token_starts_one_build(builder: Builder) -> None:
    name = builder.project(spec(build=["true"]))
    first, second = (builder.api.start_build(projectName=name, idempotencyToken="t")["build"]["id"] for _ in "12")
    assert first == second
    with pytest.raises(ClientError) as raised:
        builder.api.start_build(projectName=name, idempotencyToken="t", sourceVersion="x")
    assert raised.value.response["Error"]["Code"] == "InvalidInputException"


@pytest.mark.parametrize(
    ("start", "named"),
    [
        ({"debugSessionEnabled": True}, "debugSessionEnabled"),
        ({"sourceAuthOverride": {"type": "OAUTH"}}, "source.auth"),
        ({"certificateOverride": "b/k"}, "environment.certificate"),
        ({"fleetOverride": {"fleetArn": "arn:x"}}, "environment.fleet"),
        ({"reportBuildStatusOverride": True}, "source.reportBuildStatus"),
        ({"autoRetryLimitOverride": 1}, "autoRetryLimit"),
        ({"imageOverride": "own/image"}, "environment.image 'own/image'"),
        ({"cacheOverride": {"type": "S3", "location": "b"}}, "cache.type 'S3'"),
    ],
)
def test_overrides_that_are_not_supported_are_refused_by_name(
    builder: Builder, start: dict[str, Any], named: str
) -> None:
    name = builder.project(spec(build=["true"]))
    with pytest.raises(ClientError) as raised:
        builder.api.start_build(projectName=name, **start)
    assert raised.value.response["Error"]["Code"] == "InvalidInputException"
    assert named in raised.value.response["Error"]["Message"]


def test_every_member_of_start_build_is_honoured_or_refused(world: EmbeddedAws) -> None:
    from rehearsal.codebuild.settings import OVERRIDES, START_ONLY

    client = world.client("codebuild", account=ACCOUNT, region=REGION)
    members = client.meta.service_model.operation_model("StartBuild").input_shape.members
    assert set(members) <= {*OVERRIDES, *START_ONLY}


def test_overrides_are_honoured(builder: Builder, world: EmbeddedAws) -> None:
    other = service_role(world, name="other")
    build = builder.run(
        spec(build=["echo project"]),
        {
            "buildspecOverride": spec(build=["echo override $CODEBUILD_BUILD_IMAGE", "aws sts get-caller-identity"]),
            "serviceRoleOverride": other,
            "imageOverride": "aws/codebuild/amazonlinux2-x86_64-standard:5.0",
            "computeTypeOverride": "BUILD_GENERAL1_LARGE",
            "environmentTypeOverride": "ARM_CONTAINER",
            "privilegedModeOverride": True,
            "timeoutInMinutesOverride": 7,
            "queuedTimeoutInMinutesOverride": 8,
            "encryptionKeyOverride": "arn:aws:kms:us-east-1:111111111111:key/k",
        },
    )
    assert builder.output(build)[0] == "override aws/codebuild/amazonlinux2-x86_64-standard:5.0"
    assert "assumed-role/other/" in builder.log(build)
    assert build["serviceRole"] == other
    assert build["environment"]["computeType"] == "BUILD_GENERAL1_LARGE"
    assert build["environment"]["type"] == "ARM_CONTAINER"
    assert build["environment"]["privilegedMode"] is True
    assert (build["timeoutInMinutes"], build["queuedTimeoutInMinutes"]) == (7, 8)
    assert build["encryptionKey"].endswith("key/k")


def test_a_bad_buildspec_fails_the_download_phase(builder: Builder) -> None:
    build = builder.run("version: 0.2\nphases: {build: {run-as: me}}")
    assert build["buildStatus"] == "FAILED"
    assert context(build, "DOWNLOAD_SOURCE") == {
        "statusCode": "YAML_FILE_ERROR",
        "message": "phases.build.run-as: not supported by the embedded AWS",
    }


@pytest.mark.parametrize(
    ("image", "runtimes", "message"),
    [
        ("standard:7.0", "{python: 2.7, nodejs: 8}", "Unknown runtime version named '2.7' of python. This build image "
         "has the following versions: 3.9, 3.10, 3.11, 3.12, 3.13, 3.14"),
        ("standard:6.0", "{python: 3.11}", "Unknown runtime version named '3.11' of python. This build image has the "
         "following versions: 3.10"),
        ("amazonlinux2-x86_64-standard:4.0", "{nodejs: 18}", "Unknown runtime version named '18' of nodejs. This build "
         "image has the following versions: 16"),
        ("amazonlinux2-aarch64-standard:3.0", "{cobol: 85}", "Unknown runtime named 'cobol'. This build image has the "
         "following runtimes: docker, dotnet, golang, java, nodejs, php, python, ruby, rust"),
    ],
)  # fmt: skip
def test_runtimes_that_the_image_does_not_have_fail_the_build(
    builder: Builder, image: str, runtimes: str, message: str
) -> None:
    text = f"version: 0.2\nphases: {{install: {{runtime-versions: {runtimes}}}, build: {{commands: ['true']}}}}"
    build = builder.run(text, {"imageOverride": f"aws/codebuild/{image}"})
    assert build["buildStatus"] == "FAILED"
    assert context(build, "DOWNLOAD_SOURCE") == {"statusCode": "YAML_FILE_ERROR", "message": message}


def test_runtimes_are_versions_and_may_leave_parts_open(builder: Builder) -> None:
    for wanted in ("3.10", "3.x", "latest", "3.12"):
        text = f"version: 0.2\nphases: {{install: {{runtime-versions: {{python: {wanted}}}}}}}"
        build = builder.run(text, {"imageOverride": "aws/codebuild/standard:7.0-24.10.29"})
        assert build["buildStatus"] == "SUCCEEDED", (wanted, builder.log(build))


def test_nothing_of_a_build_is_left(builder: Builder, world: EmbeddedAws) -> None:
    build = builder.run(spec(build=["touch ~/here ./there"]))
    directory = world.directory / "codebuild" / build["id"].partition(":")[2]
    deadline = time.monotonic() + 10
    while directory.exists() and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not directory.exists()
