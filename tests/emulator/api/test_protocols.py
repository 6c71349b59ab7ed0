"""CloudWatch speaks CBOR, JSON and the query protocol; every answer has an id where its protocol has one."""

from __future__ import annotations

import datetime
import importlib.util
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError
from botocore.loaders import Loader
from botocore.session import Session

from rehearsal import cbor
from rehearsal.embedded_aws import EmbeddedAws
from tests.emulator.conftest import ACCOUNTS, REGION
from tests.emulator.raw import send, signed

Client = Callable[..., Any]
ALARM = {"ComparisonOperator": "GreaterThanThreshold", "EvaluationPeriods": 1, "MetricName": "m", "Namespace": "n",
         "Period": 60, "Statistic": "Sum", "Threshold": 1.5}  # fmt: skip
RPC = "/service/GraniteServiceVersion20100801/operation/DescribeAlarms"


@pytest.fixture(scope="module", params=["smithy-rpc-v2-cbor", "json", "query"])
def current(world: EmbeddedAws, request: pytest.FixtureRequest) -> Any:
    """A client of the command line's own, current model, which speaks one of its protocols."""
    session, spec = Session(), importlib.util.find_spec("awscli")
    assert spec is not None
    assert spec.origin is not None
    loader = Loader()
    loader.search_paths.insert(0, str(Path(spec.origin).parent / "botocore/data"))
    model = loader.load_service_model("cloudwatch", "service-2")
    assert request.param in model["metadata"]["protocols"]
    spoken = {**model, "metadata": {**model["metadata"], "protocols": [request.param]}}
    loader.load_service_model = lambda name, kind, api_version=None: (  # type: ignore[method-assign,assignment]
        spoken if kind == "service-2" else Loader.load_service_model(loader, name, kind, api_version)
    )
    session.register_component("data_loader", loader)
    who = world.accounts.add(ACCOUNTS[0])
    made = session.create_client(
        "cloudwatch",
        region_name=REGION,
        endpoint_url=world.endpoint,
        aws_access_key_id=who.access_key,
        aws_secret_access_key=who.secret_key,
    )
    assert made.meta.service_model.resolved_protocol == request.param
    return made


def test_current_clients_make_alarms_set_their_state_and_see_it(current: Any, client: Client) -> None:
    current.put_metric_alarm(AlarmName="a", **ALARM)
    current.set_alarm_state(AlarmName="a", StateValue="ALARM", StateReason="tried")
    (alarm,) = current.describe_alarms(AlarmNames=["a"])["MetricAlarms"]
    (seen,) = client("cloudwatch").describe_alarms(AlarmNames=["a"])["MetricAlarms"]
    assert (alarm["StateValue"], alarm["Threshold"]) == ("ALARM", 1.5)
    assert isinstance(alarm["AlarmConfigurationUpdatedTimestamp"], datetime.datetime)
    assert seen["AlarmArn"] == alarm["AlarmArn"]


def test_current_clients_write_metrics_and_read_them(current: Any) -> None:
    now = datetime.datetime.now(datetime.UTC)
    day = {"StartTime": now - datetime.timedelta(days=1), "EndTime": now + datetime.timedelta(days=1)}
    space = f"ours/{current.meta.service_model.resolved_protocol}"
    current.put_metric_data(Namespace=space, MetricData=[{"MetricName": "m", "Value": 2.5, "Timestamp": now}])
    assert [each["MetricName"] for each in current.list_metrics(Namespace=space)["Metrics"]] == ["m"]
    found = current.get_metric_statistics(Namespace=space, MetricName="m", Statistics=["Sum"], Period=86400 * 2, **day)[
        "Datapoints"
    ]
    assert sum(each["Sum"] for each in found) == 2.5
    query = {"Id": "q", "MetricStat": {"Metric": {"Namespace": space, "MetricName": "m"}, "Period": 60, "Stat": "Sum"}}
    (result,) = current.get_metric_data(MetricDataQueries=[query], **day)["MetricDataResults"]
    assert sum(result["Values"]) == 2.5


def test_current_clients_keep_dashboards(current: Any) -> None:
    current.put_dashboard(DashboardName="d", DashboardBody='{"widgets":[]}')
    assert current.get_dashboard(DashboardName="d")["DashboardBody"] == '{"widgets":[]}'
    assert [each["DashboardName"] for each in current.list_dashboards()["DashboardEntries"]] == ["d"]
    current.delete_dashboards(DashboardNames=["d"])
    assert not current.list_dashboards()["DashboardEntries"]


def test_errors_have_the_names_of_their_shapes_and_an_id(current: Any) -> None:
    with pytest.raises(current.exceptions.ResourceNotFound) as caught:
        current.set_alarm_state(AlarmName="absent", StateValue="OK", StateReason="x")
    assert len(caught.value.response["ResponseMetadata"]["RequestId"]) == 36


def test_the_json_protocol_is_served_too(world: EmbeddedAws) -> None:
    target = {"X-Amz-Target": "GraniteServiceVersion20100801.DescribeAlarms",
              "Content-Type": "application/x-amz-json-1.0"}  # fmt: skip
    who = world.accounts.add(ACCOUNTS[0])
    answer = send(world, signed(world, who, "monitoring", headers=target, body=b"{}"))
    assert answer.status == 200, answer.text
    assert "MetricAlarms" in json.loads(answer.body)
    wrong = send(world, signed(world, who, "monitoring", headers=target, body=b'{"AlarmNames": "x"}'))
    assert wrong.status == 400
    assert json.loads(wrong.body)["__type"] == "ValidationError"


@pytest.mark.parametrize(
    ("path", "headers", "body"),
    [
        (RPC, {"smithy-protocol": "rpc-v2-cbor", "Content-Type": "application/cbor"}, b"\xff"),
        (RPC, {"smithy-protocol": "rpc-v2-cbor", "Content-Type": "application/cbor"}, b"\xa1\x61x"),
        (RPC, {"smithy-protocol": "rpc-v2-json", "Content-Type": "application/json"}, b"{}"),
        (RPC, {"smithy-protocol": "rpc-v2-cbor", "Content-Type": "application/json"}, b"\xa0"),
        (RPC.replace("Granite", "Other"), {"smithy-protocol": "rpc-v2-cbor"}, b"\xa0"),
        ("/", {"smithy-protocol": "rpc-v2-cbor", "Content-Type": "application/cbor"}, b"\xa0"),
    ],
)
def test_other_forms_of_cbor_are_refused(world: EmbeddedAws, path: str, headers: dict[str, str], body: bytes) -> None:
    who = world.accounts.add(ACCOUNTS[0])
    answer = send(world, signed(world, who, "monitoring", target=path, headers=headers, body=body))
    assert answer.status == 400
    assert cbor.loads(answer.body)["__type"] in ("SerializationException", "UnknownOperationException")


def test_s3_has_its_own_ids(client: Client) -> None:
    s3 = client("s3")
    first, second = s3.list_buckets()["ResponseMetadata"], s3.list_buckets()["ResponseMetadata"]
    assert len(first["RequestId"]) == 16
    assert first["HostId"]
    assert first["RequestId"] != second["RequestId"]
    with pytest.raises(ClientError) as caught:
        s3.get_bucket_policy(Bucket="absent-bucket")
    assert len(caught.value.response["ResponseMetadata"]["RequestId"]) == 16


def test_members_that_no_model_has_are_refused_by_their_key_path(world: EmbeddedAws) -> None:
    who = world.accounts.add(ACCOUNTS[0])
    target = {"X-Amz-Target": "AmazonSSM.GetParametersByPath", "Content-Type": "application/x-amz-json-1.1"}
    body = json.dumps({"Path": "/", "ParameterFilters": [{"Key": "Type", "Newer": 1}]}).encode()
    answer = send(world, signed(world, who, "ssm", headers=target, body=body))
    assert (answer.status, "ParameterFilters.0.Newer" in answer.text) == (400, True)


def test_a_request_may_be_bent_in_cbor_only_as_far_as_it_is_cbor() -> None:
    now = datetime.datetime.fromtimestamp(1700000000.5, datetime.UTC)
    value = {"a": [1, -1, 300, 70000, 2**40, 1.5, True, False, None], "b": b"x", "t": now, "é": "ü" * 30}
    assert cbor.loads(cbor.dumps(value)) == value
    assert cbor.loads(b"\xbf\x61a\x9f\x01\x02\xff\xff") == {"a": [1, 2]}
    assert cbor.loads(b"\x7f\x61a\x61b\xff") == "ab"
    for bad in (
        b"",
        b"\x01\x02",
        b"\x18",
        b"\xc2\x01",
        b"\xa2\x61a\x01\x61a\x02",
        b"\x81\xff",
        b"\x81" * 100 + b"\x01",
    ):
        with pytest.raises(ValueError):
            cbor.loads(bad)
