"""Stubbed steps: later steps find in place of what they refer to values that have its shape, and objects in S3."""

from __future__ import annotations

import json
import tarfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from botocore.validate import ParamValidator

from rehearsal.errors import UsageError
from rehearsal.local import document, options
from rehearsal.local.local_aws import LocalAws
from rehearsal.local.store import Store
from rehearsal.sagemaker import shapes
from rehearsal.sagemaker.pipelines.state import Execution
from rehearsal.sagemaker.ports import StepOptions
from rehearsal.sagemaker.steps import STEP_TYPES
from rehearsal.step_options import StepChoices
from tests.executor.conftest import Bench, fail, get, processing, uri

IMAGE = "683313688378.dkr.ecr.us-east-1.amazonaws.com/sagemaker-xgboost:1.7-1"
REPORT = {"PropertyFileName": "Report", "OutputName": "report", "FilePath": "deep/report.json"}
ROLE = "arn:aws:iam::111122223333:role/jobs"
CLUSTER = {"InstanceCount": 1, "InstanceType": "ml.m5.large", "VolumeSizeInGB": 10}
TRAINING = {
    "AlgorithmSpecification": {"TrainingImage": IMAGE, "TrainingInputMode": "File"},
    "OutputDataConfig": {"S3OutputPath": "s3://bench/models"},
    "ResourceConfig": CLUSTER,
    "StoppingCondition": {"MaxRuntimeInSeconds": 60},
}
CHANNEL = {"S3DataSource": {"S3DataType": "S3Prefix", "S3Uri": "s3://bench/in"}}
TUNING = {
    "HyperParameterTuningJobConfig": {
        "Strategy": "Random",
        "ResourceLimits": {"MaxParallelTrainingJobs": 1, "MaxNumberOfTrainingJobs": 1},
        "HyperParameterTuningJobObjective": {"Type": "Minimize", "MetricName": "validation:rmse"},
        "ParameterRanges": {"IntegerParameterRanges": [{"Name": "max_depth", "MinValue": "2", "MaxValue": "3"}]},
    },
    "TrainingJobDefinition": TRAINING
    | {"InputDataConfig": [{"ChannelName": "train", "DataSource": CHANNEL}], "RoleArn": ROLE},
}  # fmt: skip
TRANSFORM = {
    "ModelName": "any",
    "TransformInput": {"DataSource": CHANNEL},
    "TransformOutput": {"S3OutputPath": "s3://bench/predictions"},
    "TransformResources": {"InstanceType": "ml.m5.large", "InstanceCount": 1},
}
CHECK = processing("x", "print(1)", outputs=["check"])["Arguments"]
OUTPUTS = [{"OutputName": name, "OutputType": name} for name in ("String", "Integer", "Float", "Boolean")]
PACKAGE: dict[str, Any] = {"ModelPackageGroupName": "g", "InferenceSpecification": {
    "Containers": [{"Image": IMAGE, "ModelDataUrl": "s3://bench/m.tar.gz"}],
    "SupportedContentTypes": ["text/csv"], "SupportedResponseMIMETypes": ["text/csv"]}}  # fmt: skip

# step type -> arguments, other members, and properties that something later reads
KINDS: dict[str, tuple[dict[str, Any], dict[str, Any], tuple[str, ...]]] = {
    "Training": (TRAINING, {}, ("ModelArtifacts.S3ModelArtifacts", "FinalMetricDataList['rmse'].Value",
                                "TrainingStartTime", "OutputDataConfig.S3OutputPath")),
    "Tuning": (TUNING, {}, ("BestTrainingJob.TrainingJobName", "TrainingJobSummaries[0].TrainingJobName",
                            "BestTrainingJob.FinalHyperParameterTuningJobObjectiveMetric.Value",
                            "TrainingJobSummaries[2].TrainingJobArn")),
    "Transform": (TRANSFORM, {}, ("TransformOutput.S3OutputPath", "TransformJobName")),
    "Model": ({"PrimaryContainer": {"Image": IMAGE}}, {}, ("ModelName", "PrimaryContainer.Image")),
    "RegisterModel": (PACKAGE, {}, ("ModelPackageArn", "ModelApprovalStatus")),
    "QualityCheck": (CHECK, {"CheckType": "DATA_QUALITY", "SuppliedBaselineStatistics": "s3://bench/old.json"},
                     ("CalculatedBaselineConstraints", "CalculatedBaselineStatistics",
                      "BaselineUsedForDriftCheckConstraints", "BaselineUsedForDriftCheckStatistics")),
    "ClarifyCheck": (CHECK, {"CheckType": "DATA_BIAS"}, ("CalculatedBaselineConstraints",)),
    "Callback": ({}, {"SqsQueueUrl": "q", "OutputParameters": OUTPUTS}, ("OutputParameters['Integer']",)),
    "Lambda": ({}, {"FunctionArn": "arn:aws:lambda:us-east-1:111122223333:function:f", "OutputParameters": OUTPUTS},
               ("OutputParameters['Float']",)),
    "EMR": ({"ClusterId": "j-1", "StepConfig": {}}, {}, ("ClusterId", "Status.State", "Config.Jar")),
    "EMRServerless": ({}, {}, ("Anything.At[0].All",)),
    "AutoML": ({"OutputDataConfig": {"S3OutputPath": "s3://bench/auto"}}, {},
               ("BestCandidate.InferenceContainers[0].ModelDataUrl", "BestCandidate.CandidateName",
                "BestCandidate.InferenceContainers[0].Environment['SAGEMAKER_PROGRAM']",
                "BestCandidateProperties.ModelInsightsJsonReportPath")),
    "Endpoint": ({"EndpointConfigName": "c"}, {}, ("EndpointArn", "EndpointStatus")),
}  # fmt: skip


@pytest.fixture(scope="module")
def done(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[LocalAws, Execution]]:
    """A pipeline of one stubbed step of each type, and a step that reads all that is asked of them."""
    steps = [
        {"Name": kind, "Type": kind, "Arguments": arguments} | more for kind, (arguments, more, _) in KINDS.items()
    ]
    asked = [get(f"Steps.{kind}.{path}") for kind, (_, _, paths) in KINDS.items() for path in paths]
    reader = {"Name": "Reader", "Type": "Lambda", "FunctionArn": "f", "Arguments": {"all": asked}}
    text = json.dumps({"Version": "2020-12-01", "Steps": [*steps, reader]})
    directory = tmp_path_factory.mktemp("stubs")
    (directory / "logs").mkdir()
    aws = LocalAws(
        account="111122223333", region="us-east-1", store=Store(directory / "store"), directory=directory,
        choices=StepChoices(), step_options=StepOptions(stubs=dict.fromkeys([*KINDS, "Reader"], "Succeeded")),
        on_event=lambda kind, detail: None, say=lambda line: None,
    )  # fmt: skip
    made = {"PipelineName": "all", "PipelineDefinition": text, "RoleArn": ROLE}
    aws.sagemaker.pipelines.create_pipeline(aws.caller, made)
    execution = aws.sagemaker.executions.prepare(aws.caller, {"PipelineName": "all"})
    aws.sagemaker.executions.begin(execution)
    assert execution.finished.wait(30)
    yield aws, execution
    aws.close()


def test_every_step_succeeds_and_what_others_read_of_it_is_there(done: tuple[LocalAws, Execution]) -> None:
    _, execution = done
    assert {name: run.failure for name, run in execution.steps.items() if run.status != "Succeeded"} == {}
    assert set(execution.steps) == {*KINDS, "Reader"}


@pytest.mark.parametrize("kind", [kind for kind in KINDS if getattr(STEP_TYPES[kind], "describe", None)])
def test_properties_have_the_shape_of_the_describe_answer(done: tuple[LocalAws, Execution], kind: str) -> None:
    describe = STEP_TYPES[kind].describe
    assert describe
    shape = shapes.output_shape(describe)
    shown = {name: value for name, value in done[1].steps[kind].properties.items() if name in shape.members}
    assert ParamValidator().validate(shown, shape).generate_report() == ""
    assert set(shape.required_members) <= set(shown)


def test_outputs_have_objects(done: tuple[LocalAws, Execution]) -> None:
    aws, execution = done
    for kind in KINDS:
        for address in STEP_TYPES[kind].outputs(execution.steps[kind].properties).values():
            bucket, _, key = address.removeprefix("s3://").partition("/")
            assert list(aws.store.objects.keys(bucket, key)), (kind, address)
    model = execution.steps["Training"].properties["ModelArtifacts"]["S3ModelArtifacts"].removeprefix("s3://bench/")
    with tarfile.open(aws.store.objects.path("bench", model)) as packed:
        assert packed.getnames() == ["stand-in"]
    assert execution.steps["QualityCheck"].properties["BaselineUsedForDriftCheckStatistics"] == "s3://bench/old.json"


def gate(name: str, left: Any, right: Any) -> dict[str, Any]:
    condition = {"Type": "LessThanOrEqualTo", "LeftValue": left, "RightValue": right}
    sides = {"IfSteps": [fail(f"{name}Good", "good")], "ElseSteps": [fail(f"{name}Bad", "bad")]}
    return {"Name": name, "Type": "Condition", "Arguments": {"Conditions": [condition], **sides}}


def measured(path: str = "rows[0].error") -> dict[str, Any]:
    return {"Std:JsonGet": {"PropertyFile": get("Steps.Measure.PropertyFiles.Report"), "Path": path}}


MEASURE = processing("Measure", "raise SystemExit(1)", outputs=["report", "rows"], PropertyFiles=[REPORT])


def test_property_files_have_what_is_read_of_them(bench: Bench) -> None:
    file = bench.define(MEASURE, gate("Gate", measured(), 5.0))
    ran = bench.run(file, "--stub", "Measure=Succeeded")
    assert ran.steps["Gate"]["Metadata"]["Condition"]["Outcome"] == "True"
    report = ran.output("Measure", "report") / "deep" / "report.json"
    assert json.loads(report.read_text()) == {"rows": [{"error": 0}]}
    assert [path.name for path in ran.output("Measure", "rows").iterdir()] == ["stand-in"]
    said = "Measure.PropertyFiles.Report.rows[0].error=9"
    ran = bench.run(file, "--stub", "Measure=Succeeded", "--stub-output", said)
    assert ran.steps["Gate"]["Metadata"]["Condition"]["Outcome"] == "False"


def test_what_is_uploaded_or_said_takes_the_place_of_stand_ins(bench: Bench) -> None:
    bench.write("real/deep/report.json", '{"rows": [{"error": 7}]}')
    train = {"Name": "Train", "Type": "Training", "Arguments": TRAINING}
    where = {"Std:Join": {"On": "/", "Values": [uri("Measure", "rows"), "other.json"]}}
    word = {"Type": "Equals", "LeftValue": {"Std:JsonGet": {"S3Uri": where, "Path": "word"}}, "RightValue": "good"}
    arguments = {"Conditions": [word], "IfSteps": [], "ElseSteps": []}
    file = bench.define(
        MEASURE,
        train,
        gate("Stubbed", measured(), 5.0),
        {"Name": "ByUri", "Type": "Condition", "Arguments": arguments},
        {"Name": "Said", "Type": "Condition", "Arguments": arguments | {"Conditions": [
            {"Type": "Equals", "LeftValue": get("Steps.Train.FinalMetricDataList['rmse'].Value"), "RightValue": 2.5}]}},
        {"Name": "Uploaded", "Type": "Condition", "Arguments": arguments | {"Conditions": [
            {"Type": "Equals", "LeftValue": measured(), "RightValue": 7}]}},
    )  # fmt: skip
    ran = bench.run(
        file, "--upload", "real=s3://bench/Measure/report",
        "--stub", "Measure=Succeeded", "--stub", "Train=Succeeded", "--stub", "Stubbed=Succeeded",
        "--stub-output", "Train.FinalMetricDataList['rmse'].Value=2.5", "--stub-output", "Stubbed.Outcome=False",
    )  # fmt: skip
    outcomes = {name: row["Metadata"]["Condition"]["Outcome"] for name, row in ran.steps.items()
                if "Condition" in row.get("Metadata", {})}  # fmt: skip
    assert outcomes == {"Uploaded": "True", "Said": "True", "ByUri": "False"}
    assert "StubbedBad" in ran.steps


@pytest.mark.parametrize(
    ("output", "text"),
    [
        ("Trian.TrainingJobName=x", "--stub-output Trian: there is no such step (did you mean Train?)"),
        ("Train.ModelArtifact.S3ModelArtifacts=s3://x", "no property ModelArtifact (did you mean ModelArtifacts?)"),
        ("Train.ModelArtifacts.S3ModelArtefacts=s3://x", "S3ModelArtefacts (did you mean S3ModelArtifacts?)"),
        ("Train.FinalMetricDataList[0].Value=low", "got 'low', expected float"),
        ("Train.TrainingJobStatus=Done", "got 'Done', expected InProgress, Completed"),
        ("Train.ModelArtifacts=x", "a structure has no value of its own: name a member of it"),
        ("Other.PropertyFiles.Report.rows=1", "the step is not stubbed (--stub Other=Succeeded)"),
        ("Measure.PropertyFiles.Reprot.rows=1", "there is no property file Reprot (did you mean Report?)"),
        ("Measure.PropertyFiles.Report=1", "expected STEP.PropertyFiles.NAME.PATH=VALUE"),
        ("Train=x", "expected STEP.PATH=VALUE"),
        ("Train", "expected STEP.PATH=VALUE"),
    ],
)
def test_a_wrong_value_is_refused_with_what_was_expected(bench: Bench, output: str, text: str) -> None:
    train = {"Name": "Train", "Type": "Training", "Arguments": TRAINING}
    file = bench.define(train, MEASURE, MEASURE | {"Name": "Other"})
    with pytest.raises(UsageError) as raised:
        wanted = options.parse(
            [str(file), "--stub", "Train=Succeeded", "--stub", "Measure=Succeeded", "--stub-output", output]
        )
        document.check(wanted, file.read_text())
    assert text in str(raised.value)


def test_the_case_of_a_quality_check_before_a_registration(bench: Bench) -> None:
    bench.write("model/model.tar.gz", "x")
    check = {"Name": "Check", "Type": "QualityCheck", "CheckType": "DATA_QUALITY", "Arguments": CHECK}
    metrics = {
        name: {"ContentType": "application/json", "S3Uri": get(f"Steps.Check.CalculatedBaseline{name}")}
        for name in ("Statistics", "Constraints")
    }
    container = {"Image": IMAGE, "ModelDataUrl": "s3://bench-model/model.tar.gz"}
    package = PACKAGE | {"InferenceSpecification": PACKAGE["InferenceSpecification"] | {"Containers": [container]}}
    arguments = package | {"ModelMetrics": {"ModelDataQuality": metrics}}
    register = {"Name": "Register", "Type": "RegisterModel", "Arguments": arguments}
    ran = bench.run(bench.define(check, register), "--stub", "Check=Succeeded", "--upload", "model=s3://bench-model")
    assert ran.code == 0, ran.out
    (model,) = ran.report["ModelPackages"]
    found = model["ModelMetrics"]["ModelDataQuality"]
    assert found["Statistics"]["S3Uri"] == "s3://bench/x/check/statistics.json"
    assert Path(bench.store / "objects" / "bench" / "x" / "check" / "constraints.json").read_text() == "{}"
