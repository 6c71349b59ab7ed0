"""EventBridge and Step Functions."""

from __future__ import annotations

import json

from tests.live.probe import Fact, Scene, code, probe
from tests.live.resources import allow, document, make_bucket, make_role, make_rule, queue_of, service_trust

_DETAIL = "probe of model-cicd"


@probe(
    Fact(
        "bus-policy-sees-source-and-detail-type",
        "`events:source` and `events:detail-type` in the policy of an event bus are those of an event that a rule of "
        "another account forwards",
        "model_cicd/constructs/event_reception.py",
        "the event arrives",
        costs="a few events: less than 0.01 USD",
    )
)
def bus_policy(scene: Scene) -> str:
    here, there = scene.client("events"), scene.client("events", 1)
    bus, source = scene.name("bus"), scene.name("source")
    arn = here.create_event_bus(Name=bus)["EventBusArn"]
    scene.undo(f"bus {bus}", here.delete_event_bus, Name=bus)
    here.put_permission(
        EventBusName=bus,
        Policy=document(
            {
                "Sid": "probe",
                "Effect": "Allow",
                "Principal": {"AWS": f"arn:{scene.partition}:iam::{scene.accounts[1]}:root"},
                "Action": "events:PutEvents",
                "Resource": arn,
                "Condition": {"StringEquals": {"events:source": source, "events:detail-type": _DETAIL}},
            }
        ),
    )
    queue = queue_of(scene, bus, {"source": [source]})
    trust = service_trust("events.amazonaws.com", scene.accounts[1])
    role = make_role(scene, "forward", trust, allow("events:PutEvents", arn), number=1)
    make_rule(scene, scene.name("forward"), {"source": [source]}, {"Arn": arn, "RoleArn": role}, number=1)
    event = {"Source": source, "DetailType": _DETAIL, "Detail": "{}"}
    return _arrives(scene, queue, lambda: there.put_events(Entries=[event]))


@probe(
    Fact(
        "source-account-in-trust-of-events",
        "EventBridge assumes the role of a target whose trust asks for `aws:SourceAccount`",
        "model_cicd/constructs/iam.py",
        "the state machine runs",
        costs="a few events and executions: less than 0.01 USD",
    )
)
def source_account(scene: Scene) -> str:
    states, events = scene.client("stepfunctions"), scene.client("events")
    machine = _machine(scene, {"Type": "Pass", "End": True})
    trust = service_trust("events.amazonaws.com", scene.accounts[0])
    role = make_role(scene, "start", trust, allow("states:StartExecution", machine))
    source = scene.name("source")
    make_rule(scene, scene.name("start"), {"source": [source]}, {"Arn": machine, "RoleArn": role})

    def ran() -> str | None:
        events.put_events(Entries=[{"Source": source, "DetailType": _DETAIL, "Detail": "{}"}])
        found = states.list_executions(stateMachineArn=machine)["executions"]
        return "the state machine runs" if found else None

    return scene.wait(ran, "an execution")


@probe(
    Fact(
        "states-writes-an-object-as-it-is",
        "Step Functions writes a JSON object as the body of `PutObject` as JSON, not as text in quotes",
        "docs/adr/0020-releases.md",
        "a JSON object",
        costs="one execution: less than 0.01 USD",
    )
)
def states_body(scene: Scene) -> str:
    bucket = make_bucket(scene, "body")
    state = {
        "Type": "Task",
        "Resource": f"arn:{scene.partition}:states:::aws-sdk:s3:putObject",
        "Parameters": {"Bucket": bucket, "Key": "body.json", "Body.$": "$.record"},
        "End": True,
    }
    machine = _machine(scene, state, allow("s3:PutObject", f"arn:{scene.partition}:s3:::{bucket}/*"))
    states, s3 = scene.client("stepfunctions"), scene.client("s3")

    def written() -> bytes | None:
        run = states.start_execution(stateMachineArn=machine, input='{"record": {"a": 1}}')["executionArn"]
        scene.wait(lambda: None if _status(scene, run) == "RUNNING" else True, "the execution")
        if _status(scene, run) != "SUCCEEDED":
            return None  # its role may not be known everywhere yet
        body: bytes = s3.get_object(Bucket=bucket, Key="body.json")["Body"].read()
        return body

    found = json.loads(scene.wait(written, "the object"))
    return "a JSON object" if found == {"a": 1} else f"JSON of the type {type(found).__name__}"


def _status(scene: Scene, run: str) -> str:
    return str(scene.client("stepfunctions").describe_execution(executionArn=run)["status"])


def _machine(scene: Scene, state: dict[str, object], *statements: dict[str, object]) -> str:
    states, name = scene.client("stepfunctions"), scene.name("machine")
    role = make_role(scene, "machine", service_trust("states.amazonaws.com", scene.accounts[0]), *statements)
    definition = json.dumps({"StartAt": "Only", "States": {"Only": state}})

    def make() -> str | None:
        from botocore.exceptions import ClientError

        try:
            return str(states.create_state_machine(name=name, definition=definition, roleArn=role)["stateMachineArn"])
        except ClientError as error:
            if "AccessDenied" in error.response["Error"]["Code"]:
                return None  # the role is not known everywhere yet
            raise

    arn = scene.wait(make, "the role of the state machine")
    scene.undo(f"state machine {name}", states.delete_state_machine, stateMachineArn=arn)
    return arn


def _arrives(scene: Scene, queue: str, send: object) -> str:
    sqs = scene.client("sqs")

    def arrived() -> str | None:
        send()  # type: ignore[operator]  # again and again: a new rule takes a while to match
        found = sqs.receive_message(QueueUrl=queue, WaitTimeSeconds=0).get("Messages", [])
        return "the event arrives" if found else None

    return scene.wait(arrived, "the event")


@probe(
    Fact(
        "bus-policy-names-who-exists",
        "the policy of an event bus is refused when it names a role that is not there",
        "docs/adr/0023-one-validator.md",
        "refused: ValidationException",
    )
)
def bus_policy_of_nobody(scene: Scene) -> str:
    events, name = scene.client("events"), scene.name("nobody")
    arn = events.create_event_bus(Name=name)["EventBusArn"]
    scene.undo(f"event bus {name}", events.delete_event_bus, Name=name)
    nobody = {"AWS": f"arn:{scene.partition}:iam::{scene.accounts[0]}:role/{scene.name('nobody')}"}
    policy = document(allow("events:PutEvents", arn, Sid="probe", Principal=nobody))
    return code(events.put_permission, EventBusName=name, Policy=policy)
