"""Baselines: a release takes them along, and the stack of a monitored endpoint analyses with exactly its rights."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import xgboost

from model_cicd.aws.monitor_images import image, repository_arn
from model_cicd.aws.place import Named, Place
from model_cicd.aws.resources import Consumer, Sharing, Store
from model_cicd.aws.sharing import read_models
from model_cicd.hosting import Capture, Hosting, InstanceHosting, Monitoring, Prefix
from model_cicd.retrain_states import Retraining, Watched, counter, definition
from model_cicd.settings.names import Names
from tests.emulator.sagemaker.hosting import as_csv, booster, packed
from tests.emulator.sagemaker.test_monitoring import executed

from .conftest import BUILD, DEPLOY, IMAGE, REGION, TOOLING, Lab, until
from .test_prepare import plan
from .test_releasing import body, refused, released, sha

pytestmark = [pytest.mark.usefixtures("pipeline"), pytest.mark.slow]
ROWS = np.random.default_rng(7).normal(size=(120, 3))
ENDPOINT = "watched"
TOPIC = f"arn:aws:sns:{REGION}:{DEPLOY}:drift"
BUS = f"arn:aws:events:{REGION}:{TOOLING}:event-bus/default"
SENDER = "watched-drift-events"
MONITOR = "live.shop.monitor-model"


def register(lab: Lab, name: str, *, baselines: bool = True, model: bytes = b"a model") -> str:
    """A version with drift baselines in the registry, once it is recorded; its ARN."""
    files = {each: lab.put(f"runs/{name}/{each}.json", json.dumps({each: name}).encode()) for each in FILES}
    given = {each.title(): {"ContentType": "application/json", "S3Uri": uri} for each, uri in files.items()}
    return made(lab, {"ModelDataQuality": given} if baselines else {}, model)


FILES = ("statistics", "constraints")


def made(lab: Lab, baselines: dict[str, Any], model: bytes) -> str:
    package = lab.client("sagemaker", BUILD).create_model_package(
        ModelPackageGroupName="live",
        ModelApprovalStatus="PendingManualApproval",
        CustomerMetadataProperties={"CommitId": "0"},
        InferenceSpecification={
            "Containers": [{"Image": IMAGE, "ModelDataUrl": lab.model(model)}],
            "SupportedContentTypes": ["text/csv"],
            "SupportedResponseMIMETypes": ["text/csv"],
        },
        **({"DriftCheckBaselines": baselines} if baselines else {}),
    )
    arn = str(package["ModelPackageArn"])
    record = f"registrations/{arn.rpartition('/')[2]}.json"
    until(lambda: lab.s3.list_objects_v2(Bucket="releases", Prefix=record)["KeyCount"])
    return arn


def test_a_release_takes_baselines_along_with_their_digests(lab: Lab, tmp_path: Path) -> None:
    arn = register(lab, "one")
    lab.approve(arn)
    release, version = released(lab, tmp_path, arn, plan(lab, baselines=("data",))), arn.rpartition("/")[2]
    found = release["DriftCheckBaselines"]["ModelDataQuality"]
    for each in FILES:
        content = json.dumps({each: "one"}).encode()
        uri = f"s3://releases/models/{version}/baseline/data/{each}.json"
        assert found[each.title()] == {"ContentType": "application/json", "ContentDigest": sha(content), "S3Uri": uri}
        assert body(lab, uri) == content


def test_where_nobody_monitors_none_is_taken(lab: Lab, tmp_path: Path) -> None:
    arn = register(lab, "two")
    lab.approve(arn)
    assert "DriftCheckBaselines" not in released(lab, tmp_path, arn)
    (tmp_path / "promotion.env").unlink()
    why = refused(lab, tmp_path, arn, plan(lab, baselines=("data",)))
    assert "was released without the drift baselines ModelDataQuality.Constraints, ModelDataQuality.Statistics" in why


def test_a_version_without_a_baseline_is_not_released_to_who_monitors(lab: Lab, tmp_path: Path) -> None:
    arn = register(lab, "three", baselines=False)
    lab.approve(arn)
    why = refused(lab, tmp_path, arn, plan(lab, baselines=("data",)))
    assert "has no drift baseline ModelDataQuality.Constraints, and an environment monitors it" in why


def test_model_quality_takes_a_baseline_of_its_own(lab: Lab, tmp_path: Path) -> None:
    arn = register(lab, "four")
    lab.approve(arn)
    why = refused(lab, tmp_path, arn, plan(lab, baselines=("data", "model")))
    assert "has no drift baseline ModelQuality.Constraints" in why


def test_a_baseline_that_training_changes_after_the_registration_is_refused(lab: Lab, tmp_path: Path) -> None:
    arn = register(lab, "five")
    time.sleep(1.1)  # S3 dates objects to the second
    lab.put("runs/five/constraints.json", b"an attacker's: nothing ever drifts")
    lab.approve(arn)
    why = refused(lab, tmp_path, arn, plan(lab, baselines=("data",)))
    assert "s3://registry/runs/five/constraints.json was overwritten after the registration" in why


def test_a_baseline_outside_of_the_registry_is_refused(lab: Lab, tmp_path: Path) -> None:
    uri = lab.put("constraints.json", b"{}", bucket="elsewhere")
    source = {"ContentType": "application/json", "S3Uri": uri}
    arn = made(lab, {"ModelDataQuality": {"Constraints": source, "Statistics": source}}, b"a model")
    lab.approve(arn)
    assert f"{uri} is outside of the registry" in refused(lab, tmp_path, arn, plan(lab, baselines=("data",)))


# --- the stack of a monitored endpoint --------------------------------------------------------------------------------
def hosting() -> Hosting:
    return Hosting(
        kind=InstanceHosting("ml.m5.large", 1),
        scaling=None,
        vpc=None,  # type: ignore[arg-type]
        network_isolation=True,
        capture=Capture(100, "captured-by-us", "shop", None),
        own_volume_key=False,
        volume_key_arn=None,
        rollout=None,
        monitoring=Monitoring(1, Prefix("reports-of-us", "shop"), "ml.m5.large", None, TOPIC, forwards=True),
    )


def template(directory: Path) -> str:
    import aws_cdk as cdk

    from model_cicd.aws.resources import Vpc
    from model_cicd.sagemaker_model_cicd.stacks.endpoint import EndpointStack

    found = hosting()
    app = cdk.App(outdir=str(directory / "cdk.out"))
    EndpointStack(app, "Watched", hosting=Hosting(**(vars(found) | {"vpc": Vpc()})), boundary=None)
    app.synth()
    return (directory / "cdk.out" / "Watched.template.json").read_text()


class _Account:
    """The deploy account as `executed` of the emulator's tests wants it."""

    def __init__(self, lab: Lab) -> None:
        self.sagemaker = lab.client("sagemaker", DEPLOY)


def share(lab: Lab, monitors: tuple[Named, ...]) -> None:
    """The policies that let the deploy account read releases."""
    place = Place("aws", BUILD, REGION)
    role = Named("live.shop-model", f"arn:aws:iam::{DEPLOY}:role/live.shop-model")
    consumer = Consumer(DEPLOY, role, f"arn:aws:iam::{DEPLOY}:root", monitors=monitors)
    store = Store(place, Named("releases", "arn:aws:s3:::releases"), Named("k", "k"))
    statements = read_models(store, Sharing((consumer,), None))
    lab.s3.put_bucket_policy(Bucket="releases", Policy=json.dumps({"Version": "2012-10-17", "Statement": statements}))
    group = f"arn:aws:sagemaker:{REGION}:{BUILD}:model-package/live-releases/*"
    who = {"AWS": f"arn:aws:iam::{DEPLOY}:root"}
    allowed = {"Effect": "Allow", "Principal": who, "Action": "sagemaker:*", "Resource": group}
    lab.client("sagemaker", BUILD).put_model_package_group_policy(
        ModelPackageGroupName="live-releases",
        ResourcePolicy=json.dumps({"Version": "2012-10-17", "Statement": [allowed]}),
    )


def baseline(lab: Lab, name: str) -> dict[str, Any]:
    """Drift baselines of the training data with their predictions, as the stand-in of the image suggests them."""
    said = booster().predict(xgboost.DMatrix(ROWS))
    lines = [",".join(repr(float(value)) for value in (score, *row)) for score, row in zip(said, ROWS, strict=True)]
    lab.put(f"data/{name}/data.csv", "\n".join(["said,a,b,c", *lines]).encode())
    sagemaker, root = lab.client("sagemaker", BUILD), "/opt/ml/processing"
    role = lab.role("suggester", BUILD, {"Service": "sagemaker.amazonaws.com"})
    source = {"S3Uri": f"s3://registry/data/{name}", "LocalPath": f"{root}/data", "S3DataType": "S3Prefix"}
    target = {"S3Uri": f"s3://registry/runs/{name}", "LocalPath": f"{root}/out", "S3UploadMode": "EndOfJob"}
    sagemaker.create_processing_job(
        ProcessingJobName=f"suggest-{name}",
        RoleArn=role,
        AppSpecification={"ImageUri": image(Place("aws", BUILD, REGION))},
        Environment={
            "dataset_format": json.dumps({"csv": {"header": True}}),
            "dataset_source": f"{root}/data",
            "output_path": f"{root}/out",
        },
        ProcessingInputs=[{"InputName": "data", "S3Input": source | {"S3InputMode": "File"}}],
        ProcessingOutputConfig={"Outputs": [{"OutputName": "out", "S3Output": target}]},
        ProcessingResources={
            "ClusterConfig": {"InstanceCount": 1, "InstanceType": "ml.m5.large", "VolumeSizeInGB": 20}
        },
    )

    def ended() -> bool:
        found = sagemaker.describe_processing_job(ProcessingJobName=f"suggest-{name}")
        assert found["ProcessingJobStatus"] != "Failed", found
        return bool(found["ProcessingJobStatus"] == "Completed")

    until(ended, 60)
    uris = {each.title(): f"s3://registry/runs/{name}/{each}.json" for each in FILES}
    return {"ModelDataQuality": {key: {"ContentType": "a/b", "S3Uri": uri} for key, uri in uris.items()}}


def told(lab: Lab) -> Callable[[], list[str]]:
    """A topic with an address: what is mailed to it from then on."""
    sns = lab.client("sns", DEPLOY)
    topic = sns.create_topic(Name="drift")["TopicArn"]
    who = {"Service": "events.amazonaws.com"}
    allowed = {"Effect": "Allow", "Principal": who, "Action": "sns:Publish", "Resource": topic}
    policy = json.dumps({"Version": "2012-10-17", "Statement": [allowed]})
    sns.set_topic_attributes(TopicArn=topic, AttributeName="Policy", AttributeValue=policy)
    sns.subscribe(TopicArn=topic, Protocol="email", Endpoint="ops@example.com")
    asked = until(lambda: [each for each in lab.world.mailbox.all() if each.topic == topic])[0]
    sns.confirm_subscription(TopicArn=topic, Token=asked.token)
    return lambda: [each.text for each in lab.world.mailbox.all() if each.topic == topic]


def trains(lab: Lab, directory: Path) -> None:
    """What the tooling account has where drift trains, and a training pipeline with nothing but a source."""
    import aws_cdk as cdk

    from model_cicd.constructs.event_forwarding import PROCESSING_STATE_CHANGE
    from model_cicd.constructs.event_reception import sender_reception
    from model_cicd.constructs.retraining import retraining

    tooling = Place("aws", TOOLING, REGION)
    of, pipeline = Names(("live",)), tooling.named("codepipeline", "training", "")
    counted = of.event_machine(tooling, "-retrained", role="-retrained")
    monitor = f"arn:aws:iam::{DEPLOY}:role/{MONITOR}"
    watched = Watched("shop", monitor, f"s3://captured-by-us/shop/{ENDPOINT}/")
    app = cdk.App(outdir=str(directory / "tooling.out"))
    stack = cdk.Stack(app, "Tooling", synthesizer=cdk.LegacyStackSynthesizer())
    sender = f"arn:aws:iam::{DEPLOY}:role/{SENDER}"
    place = {"partition": "aws", "statement_id": "drift", "event_bus_arn": BUS}
    sender_reception(
        stack, "Reception", senders=[sender], detail_type=PROCESSING_STATE_CHANGE, organization_id=None, **place
    )
    retraining(
        stack,
        machine=of.event_machine(tooling, "-retrain", role="-retrainer"),
        counting=counted,
        place=tooling,
        group="live",
        pipeline=pipeline,
        wanted=Retraining(3, 24, "training", counted.state_machine.arn, (watched,)),
        accounts=[DEPLOY],
    )
    app.synth()
    stacks = lab.client("cloudformation", TOOLING)
    template = (directory / "tooling.out" / "Tooling.template.json").read_text()
    stacks.create_stack(StackName="tooling", TemplateBody=template, Capabilities=["CAPABILITY_NAMED_IAM"])
    status = until(lambda: ended(stacks, "tooling"), 60)
    events = stacks.describe_stack_events(StackName="tooling")["StackEvents"]
    assert status == "CREATE_COMPLETE", [each.get("ResourceStatusReason") for each in events]
    training_pipeline(lab, "training")


def training_pipeline(lab: Lab, name: str) -> None:
    declared = lab.client("codepipeline", TOOLING).get_pipeline(name="promotion")["pipeline"]
    kept = {key: value for key, value in declared.items() if key != "version"}
    more = {"name": name, "pipelineType": "V2", "variables": [{"name": "Reason", "defaultValue": "none"}]}
    lab.client("codepipeline", TOOLING).create_pipeline(pipeline=kept | more)


def ended(stacks: Any, name: str) -> str | None:
    status: str = stacks.describe_stacks(StackName=name)["Stacks"][0]["StackStatus"]
    return None if status.endswith("_IN_PROGRESS") else status


def trainings(lab: Lab, name: str = "training") -> list[str]:
    """Why trainings were started, those that somebody said it of."""
    pipelines = lab.client("codepipeline", TOOLING)
    found = []
    for each in pipelines.list_pipeline_executions(pipelineName=name)["pipelineExecutionSummaries"]:
        id = each["pipelineExecutionId"]
        one = pipelines.get_pipeline_execution(pipelineName=name, pipelineExecutionId=id)["pipelineExecution"]
        found += [value["resolvedValue"] for value in one.get("variables", []) if value["resolvedValue"] != "none"]
    return found


def runs(lab: Lab) -> list[str]:
    states = lab.client("stepfunctions", TOOLING)
    machine = next(each for each in states.list_state_machines()["stateMachines"] if each["name"] == "live-retrain")
    return [each["status"] for each in states.list_executions(stateMachineArn=machine["stateMachineArn"])["executions"]]


def test_the_stack_of_a_monitored_endpoint_analyses_what_it_captures(lab: Lab, tmp_path: Path) -> None:
    arn = made(lab, baseline(lab, "watched"), packed(booster()))
    lab.approve(arn)
    release = released(lab, tmp_path, arn, plan(lab, baselines=("data",)))
    place = Place("aws", DEPLOY, REGION)
    share(lab, (Named(MONITOR, f"arn:aws:iam::{DEPLOY}:role/{MONITOR}"),))
    s3 = lab.client("s3", DEPLOY)
    for bucket in ("captured-by-us", "reports-of-us"):
        s3.create_bucket(Bucket=bucket, CreateBucketConfiguration={"LocationConstraint": REGION})
    values = {
        "ModelPackageArn": release["ModelPackageArn"],
        "Version": arn.rpartition("/")[2],
        "Digest": release["CustomerMetadataProperties"]["Digest"],
        "Commit": "0",
        "EndpointName": ENDPOINT,
        "ReleaseBucketName": "releases",
        "ReleaseKeyArn": f"arn:aws:kms:{REGION}:{BUILD}:key/none",
        "ModelExecutionRoleName": "live.shop-model",
        "ImageRepositories": f"arn:aws:ecr:{REGION}:141502667606:repository/*",
        "MonitorRoleName": MONITOR,
        "DataScheduleName": "watched-data-quality",
        "DriftRuleName": "watched-drift",
        "DriftRoleName": SENDER,
        "ToolingBusArn": BUS,
        "MonitorImage": image(place),
        "MonitorRepositoryArn": repository_arn(place),
    }
    mails = told(lab)
    trains(lab, tmp_path)
    stacks = lab.client("cloudformation", DEPLOY)
    stacks.create_stack(
        StackName="watched",
        TemplateBody=template(tmp_path),
        Parameters=[{"ParameterKey": key, "ParameterValue": value} for key, value in values.items()],
        Capabilities=["CAPABILITY_NAMED_IAM"],
    )

    status = until(lambda: ended(stacks, "watched"), 90)
    events = stacks.describe_stack_events(StackName="watched")["StackEvents"]
    assert status == "CREATE_COMPLETE", [each.get("ResourceStatusReason") for each in events]

    runtime = lab.client("sagemaker-runtime", DEPLOY)
    shifted = ROWS + np.array([3.0, 0.0, 0.0])
    runtime.invoke_endpoint(EndpointName=ENDPOINT, Body=as_csv(shifted), ContentType="text/csv")
    until(lambda: s3.list_objects_v2(Bucket="captured-by-us", Prefix=f"shop/{ENDPOINT}/").get("Contents"))
    account = _Account(lab)
    scheduled = account.sagemaker.describe_monitoring_schedule(MonitoringScheduleName="watched-data-quality")
    config = scheduled["MonitoringScheduleConfig"]
    assert config["ScheduleConfig"] == {"ScheduleExpression": "cron(0 * ? * * *)"}
    found = now(account, config, "at-once")
    assert found["MonitoringExecutionStatus"] == "CompletedWithViolations", found
    reports = s3.list_objects_v2(Bucket="reports-of-us", Prefix=f"shop/{ENDPOINT}/at-once/")["Contents"]
    assert {each["Key"].rpartition("/")[2] for each in reports} == {
        "statistics.json",
        "constraints.json",
        "constraint_violations.json",
    }
    mail = until(lambda: [each for each in mails() if "CompletedWithViolations" in each])[0]
    assert f"Monitoring in account {DEPLOY}: CompletedWithViolations: Job completed successfully with" in mail

    cloudwatch = lab.client("cloudwatch", DEPLOY)
    metrics = cloudwatch.list_metrics(Namespace="aws/sagemaker/Endpoints/data-metrics")["Metrics"]
    assert "feature_baseline_drift_a" in {each["MetricName"] for each in metrics}

    (first,) = until(lambda: trainings(lab))
    assert first.startswith(f"drift in shop, found by arn:aws:sagemaker:{REGION}:{DEPLOY}:processing-job/")
    assert f"; captured data s3://captured-by-us/shop/{ENDPOINT}/ until 20" in first
    assert now(account, config, "again")["MonitoringExecutionStatus"] == "CompletedWithViolations"
    until(lambda: [each for each in runs(lab) if each == "SUCCEEDED"])  # it looked, and another one is in its cooldown
    assert trainings(lab) == [first]

    share(lab, ())  # without the statements about baselines the role reads none
    found = now(account, config, "unshared")
    assert found["MonitoringExecutionStatus"] == "Failed"
    assert "AccessDenied" in found["FailureReason"]


def now(account: Any, config: dict[str, Any], name: str) -> dict[str, Any]:
    """An execution of a schedule's job definition, at once."""
    times = {"ScheduleExpression": "NOW", "DataAnalysisStartTime": "-PT1H", "DataAnalysisEndTime": "-PT0H"}
    account.sagemaker.create_monitoring_schedule(
        MonitoringScheduleName=name, MonitoringScheduleConfig=config | {"ScheduleConfig": times}
    )
    return executed(account, name)


def test_drift_trains_at_most_so_often_whatever_the_cooldown(lab: Lab) -> None:
    training_pipeline(lab, "counted")
    states = lab.client("stepfunctions", TOOLING)
    role = lab.role("counting", TOOLING, {"Service": "states.amazonaws.com"})

    def machine(name: str, definition: dict[str, Any]) -> str:
        arguments = {"definition": json.dumps(definition), "roleArn": role, "type": "STANDARD"}
        return str(states.create_state_machine(name=name, **arguments)["stateMachineArn"])

    wanted = Retraining(2, 0, "counted", machine("counter", counter()), (Watched("shop", "arn:watched", "s3://c/p/"),))
    retrain = machine("counted", definition(wanted, "aws"))

    def drift(role: str = "arn:watched") -> list[str]:
        """The states that an execution came through."""
        event = {"detail": {"RoleArn": role, "ProcessingJobArn": "arn:job"}, "time": "2026-01-01T00:00:00Z"}
        arn = states.start_execution(stateMachineArn=retrain, input=json.dumps(event))["executionArn"]
        until(lambda: states.describe_execution(executionArn=arn)["status"] != "RUNNING")
        assert states.describe_execution(executionArn=arn)["status"] == "SUCCEEDED"
        events = states.get_execution_history(executionArn=arn)["events"]
        return [each["stateEnteredEventDetails"]["name"] for each in events if "stateEnteredEventDetails" in each]

    assert [drift()[-1] for _ in range(3)] == ["Over", "Over", "UsedUp"]
    assert trainings(lab, "counted") == 2 * [
        "drift in shop, found by arn:job; captured data s3://c/p/ until 2026-01-01T00:00:00Z"
    ]
    assert drift("arn:of-somebody-else") == ["Which", "NotOurs"]
