"""Updates of endpoints: blue/green in steps, and back to the old configuration when something is wrong."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from botocore.exceptions import ClientError

from rehearsal.embedded_aws import EmbeddedAws
from tests.emulator.roles import open_to
from tests.emulator.sagemaker.conftest import XGBOOST, Lab
from tests.emulator.sagemaker.hosting import OTHER, Host, as_csv, booster, packed, processes, until

ROW = [[1.0, 2.0, 3.0]]


@pytest.fixture(scope="module")
def host(lab: Lab) -> Host:
    lab.share(OTHER)
    return Host(lab, OTHER)


@pytest.fixture
def slow(world: EmbeddedAws) -> Iterator[None]:
    """Waits long enough to look at: 100 s are 2 s."""
    before, world.wait_factor = world.wait_factor, 1 / 50
    yield
    world.wait_factor = before


@pytest.fixture(scope="module")
def models(lab: Lab, host: Host) -> tuple[str, str]:
    made = []
    for factor in (1.0, 100.0):
        url = lab.put(f"models/{factor}/model.tar.gz", packed(booster(factor)))
        made.append(host.model({"Image": XGBOOST, "ModelDataUrl": url}))
    return made[0], made[1]


@pytest.fixture(scope="module")
def configs(host: Host, models: tuple[str, str]) -> tuple[str, str]:
    return host.config(host.variant(models[0], 2)), host.config(host.variant(models[1], 2))


@pytest.fixture(scope="module")
def answers(host: Host, configs: tuple[str, str]) -> tuple[float, float]:
    old, new = (host.predict(host.up(config), ROW)[0] for config in configs)
    assert old != new
    return old, new


@pytest.fixture
def alarm(host: Host) -> str:
    name = f"alarm-{time.monotonic_ns()}"
    host.client("cloudwatch").put_metric_alarm(
        AlarmName=name,
        Namespace="AWS/SageMaker",
        MetricName="Invocation5XXErrors",
        Statistic="Sum",
        Period=60,
        EvaluationPeriods=1,
        Threshold=1,
        ComparisonOperator="GreaterThanOrEqualToThreshold",
    )
    return name


def blue_green(kind: str = "ALL_AT_ONCE", wait: int = 0, alarms: Any = (), **size: Any) -> dict[str, Any]:
    policy = {"TrafficRoutingConfiguration": {"Type": kind, "WaitIntervalInSeconds": wait} | size}
    found: dict[str, Any] = {"BlueGreenUpdatePolicy": policy}
    if alarms:
        found["AutoRollbackConfiguration"] = {"Alarms": [{"AlarmName": name} for name in alarms]}
    return found


def half(member: str = "CanarySize", value: int = 50) -> dict[str, Any]:
    return {member: {"Type": "CAPACITY_PERCENT", "Value": value}}


def test_an_update_never_stops_answering(host: Host, configs: tuple[str, str], answers: tuple[float, float]) -> None:
    name = host.up(configs[0])
    host.update(name, configs[1])
    seen = []
    while host.describe(name)["EndpointStatus"] == "Updating":
        seen += host.predict(name, ROW)
    assert set(seen) <= set(answers)
    assert host.describe(name)["EndpointConfigName"] == configs[1]
    assert host.predict(name, ROW) == [answers[1]]
    assert "PendingDeploymentSummary" not in host.describe(name)


def test_an_update_waits_for_the_answers_that_the_old_one_owes(
    host: Host, configs: tuple[str, str], answers: tuple[float, float]
) -> None:
    name = host.up(configs[0])
    old = list(processes(f"/{name}/"))
    assert old
    with ThreadPoolExecutor(1) as caller:
        for process in old:
            os.kill(process, signal.SIGSTOP)
        try:
            answer = caller.submit(host.predict, name, ROW)
            time.sleep(2)  # it is with the old one now
            host.update(name, configs[1])
            until(lambda: host.describe(name), lambda found: found["EndpointConfigName"] == configs[1])
            time.sleep(0.5)
            assert host.describe(name)["EndpointStatus"] == "Updating"
        finally:
            for process in old:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(process, signal.SIGCONT)
        assert answer.result() == [answers[0]]
    assert host.rest(name)["EndpointStatus"] == "InService"


def test_a_canary_serves_both_and_then_the_new(
    host: Host, configs: tuple[str, str], answers: tuple[float, float], alarm: str, slow: None
) -> None:
    name = host.up(configs[0])
    host.update(name, configs[1], DeploymentConfig=blue_green("CANARY", 100, [alarm], **half()))
    pending = until(
        lambda: host.describe(name).get("PendingDeploymentSummary", {}),
        lambda found: (
            found
            and found["ProductionVariants"]
            and found["ProductionVariants"][0]["VariantStatus"][0]["Status"] == "Baking"
        ),
    )
    assert pending["EndpointConfigName"] == configs[1]
    with pytest.raises(ClientError, match="Cannot update in-progress endpoint"):
        host.update(name, configs[0])
    with pytest.raises(ClientError, match="in-progress endpoint"):
        host.sagemaker.delete_endpoint(EndpointName=name)
    assert {host.predict(name, ROW)[0] for _ in range(40)} == set(answers)
    found = host.rest(name)
    assert (found["EndpointConfigName"], found.get("FailureReason")) == (configs[1], None)
    assert {host.predict(name, ROW)[0] for _ in range(10)} == {answers[1]}


def test_an_alarm_while_baking_brings_the_old_one_back(
    host: Host, configs: tuple[str, str], answers: tuple[float, float], alarm: str, slow: None
) -> None:
    name = host.up(configs[0])
    host.update(name, configs[1], DeploymentConfig=blue_green("LINEAR", 200, [alarm], **half("LinearStepSize")))
    until(lambda: "PendingDeploymentSummary" in host.describe(name), bool)
    host.client("cloudwatch").set_alarm_state(AlarmName=alarm, StateValue="ALARM", StateReason="by hand")
    found = host.rest(name)
    assert (found["EndpointStatus"], found["EndpointConfigName"]) == ("InService", configs[0])
    assert f"tripped alarms: {alarm}" in found["FailureReason"]
    assert {host.predict(name, ROW)[0] for _ in range(10)} == {answers[0]}
    host.update(name, configs[1])  # which does not look at alarms
    assert host.rest(name)["EndpointConfigName"] == configs[1]
    assert "FailureReason" not in host.describe(name)


def test_a_metric_above_the_threshold_while_baking_brings_the_old_one_back(
    host: Host, configs: tuple[str, str], alarm: str, slow: None
) -> None:
    name = host.up(configs[0])
    cloudwatch = host.client("cloudwatch")
    cloudwatch.put_metric_alarm(
        AlarmName=alarm,
        Namespace="AWS/SageMaker",
        MetricName="Invocation4XXErrors",
        Statistic="Sum",
        Period=60,
        EvaluationPeriods=1,
        Threshold=1,
        ComparisonOperator="GreaterThanOrEqualToThreshold",
        Dimensions=[{"Name": "EndpointName", "Value": name}, {"Name": "VariantName", "Value": "AllTraffic"}],
    )
    host.update(name, configs[1], DeploymentConfig=blue_green("CANARY", 300, [alarm], **half()))
    with pytest.raises(ClientError, match="Loading csv data failed"):
        host.invoke(name, b"a,b,c")
    found = host.rest(name)
    assert (found["EndpointConfigName"], "tripped alarms" in found.get("FailureReason", "")) == (configs[0], True)


def test_a_model_that_cannot_be_loaded_leaves_the_old_one(
    lab: Lab, host: Host, configs: tuple[str, str], answers: tuple[float, float]
) -> None:
    url = lab.put("models/bad/model.tar.gz", b"nothing")
    bad = host.config(host.variant(host.model({"Image": XGBOOST, "ModelDataUrl": url}), 2))
    name = host.up(configs[0])
    host.update(name, bad)
    found = host.rest(name)
    assert (found["EndpointStatus"], found["EndpointConfigName"]) == ("InService", configs[0])
    assert "Failed to extract model data archive" in found["FailureReason"]
    assert host.predict(name, ROW) == [answers[0]]


def test_states_are_sent_as_events(host: Host, configs: tuple[str, str]) -> None:
    arn = f"arn:aws:sqs:us-east-1:{OTHER}:states"
    attributes = open_to("events.amazonaws.com", arn)
    queue = host.client("sqs").create_queue(QueueName="states", Attributes=attributes)["QueueUrl"]
    pattern = {"source": ["aws.sagemaker"], "detail-type": ["SageMaker Endpoint State Change"]}
    host.client("events").put_rule(Name="states", EventPattern=json.dumps(pattern))
    host.client("events").put_targets(Rule="states", Targets=[{"Id": "q", "Arn": arn}])
    name = host.up(configs[0])
    seen: list[str] = []

    def statuses() -> list[str]:
        for message in host.client("sqs").receive_message(QueueUrl=queue, MaxNumberOfMessages=10).get("Messages", []):
            detail = json.loads(message["Body"])["detail"]
            assert detail["EndpointName"] == name
            seen.append(detail["EndpointStatus"])
        return seen

    assert set(until(statuses, lambda found: len(found) == 2)) == {"CREATING", "IN_SERVICE"}


def test_weights_and_counts(host: Host, models: tuple[str, str]) -> None:
    config = host.config(
        host.variant(models[0], VariantName="a"), host.variant(models[1], VariantName="b", InitialVariantWeight=0)
    )
    name = host.up(config)
    one = {host.predict(name, ROW)[0] for _ in range(10)}
    assert len(one) == 1
    wanted = [
        {"VariantName": "a", "DesiredWeight": 0.0, "DesiredInstanceCount": 3},
        {"VariantName": "b", "DesiredWeight": 1.0},
    ]
    host.sagemaker.update_endpoint_weights_and_capacities(EndpointName=name, DesiredWeightsAndCapacities=wanted)
    host.rest(name)
    other = {host.predict(name, ROW)[0] for _ in range(10)}
    assert len(other) == 1
    assert one != other
    host.update(name, config, RetainAllVariantProperties=True)
    a, b = host.rest(name)["ProductionVariants"]
    assert (a["CurrentInstanceCount"], a["CurrentWeight"], b["CurrentWeight"]) == (3, 0.0, 1.0)
    host.update(name, config)
    assert host.rest(name)["ProductionVariants"][0]["CurrentInstanceCount"] == 1
    with pytest.raises(ClientError, match=r"The variant name.s. c is/are not present"):
        host.sagemaker.update_endpoint_weights_and_capacities(
            EndpointName=name, DesiredWeightsAndCapacities=[{"VariantName": "c", "DesiredWeight": 1.0}]
        )


def test_deployments_refused(host: Host, models: tuple[str, str], configs: tuple[str, str]) -> None:
    single = host.config(host.variant(models[1], 1))
    renamed = host.config(host.variant(models[1], 2, VariantName="other"))
    serverless = host.config(host.serverless(models[0]))
    name, free = host.up(configs[0]), host.up(serverless)
    count: dict[str, Any] = {"CanarySize": {"Type": "INSTANCE_COUNT", "Value": 1}}
    refused = [
        (name, single, blue_green("CANARY", **half()), "CanarySize must be less than or equal to 50%"),
        (name, single, blue_green("CANARY", **count), "which is 1 of 1 instances"),
        (name, configs[1], blue_green("CANARY", **half(value=60)), "which is 2 of 2 instances"),
        (name, configs[1], blue_green("LINEAR", **half("LinearStepSize", 60)), "LinearStepSize must be 10-50%"),
        (name, configs[1], blue_green("CANARY"), "CanarySize is required for traffic routing type CANARY"),
        (name, configs[1], blue_green("ALL_AT_ONCE", **half()), "CanarySize cannot be specified"),
        (name, configs[1], blue_green(alarms=["nothing"]), r"Could not find CloudWatch alarm\(s\).*: nothing"),
        (name, renamed, blue_green("CANARY", **half()), "needs the same variant names"),
        (free, serverless, blue_green("CANARY", **half()), "not supported for serverless"),
        (name, configs[1], {"RollingUpdatePolicy": {"MaximumBatchSize": {"Type": "INSTANCE_COUNT", "Value": 1},
                            "WaitIntervalInSeconds": 1}}, "does not support DeploymentConfig RollingUpdatePolicy"),
    ]  # fmt: skip
    for endpoint, config, deployment, text in refused:
        with pytest.raises(ClientError, match=text):
            host.update(endpoint, config, DeploymentConfig=deployment)
    with pytest.raises(ClientError, match=r'Could not find endpoint configuration ".*/nothing"'):
        host.update(name, "nothing")
    assert host.describe(name)["EndpointStatus"] == "InService"
    assert host.invoke(name, as_csv(ROW))["Body"]
