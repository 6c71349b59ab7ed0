"""CreatePipeline refuses definitions that could not run, with every problem and its place."""

from __future__ import annotations

import json
from typing import Any

import pytest
from botocore.exceptions import ClientError


def refusal(lab: Any, document: Any, name: str = "refused") -> str:
    text = document if isinstance(document, str) else json.dumps(document)
    with pytest.raises(ClientError) as raised:
        lab.sagemaker.create_pipeline(PipelineName=name, PipelineDefinition=text, RoleArn=lab.role)
    assert raised.value.response["Error"]["Code"] == "ValidationException"
    return str(raised.value.response["Error"]["Message"])


def define(*steps: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"Version": "2020-12-01", "Steps": list(steps), **more}


def say(message: Any = "no", name: str = "Say", **more: Any) -> dict[str, Any]:
    return {"Name": name, "Type": "Fail", "Arguments": {"ErrorMessage": message}, **more}


def judge(*conditions: Any, **more: Any) -> dict[str, Any]:
    return {"Name": "Judge", "Type": "Condition", "Arguments": {"Conditions": list(conditions), **more}}


EQUAL = {"Type": "Equals", "LeftValue": 1, "RightValue": 1}


@pytest.mark.parametrize(
    ("document", "text"),
    [
        ("{", "It is no JSON"),
        ([], "got list, expected an object"),
        (define(), "at least one step"),
        ({"Version": "2021", "Steps": [say()]}, "Version: got '2021', expected '2020-12-01'"),
        (define(say(), Parameter=[]), "Parameter: unknown member (did you mean Parameters?)"),
        (define(say(), say()), "step Say: the name is used twice"),
        (define(say(), {"Name": "L", "Type": "Sleep", "Arguments": {}}), "step L: Type: the embedded AWS does not"),
        (define({"Name": "a b", "Type": "Fail", "Arguments": {}}), "Steps[0].Name: got 'a b'"),
        (define(say(DependOn=["x"])), "step Say: DependOn: unknown member of a Fail step (did you mean DependsOn?)"),
        (define(say(DependsOn=["Sya"]), say(name="Soy")), "step Say: DependsOn: there is no step Sya"),
        (define(say({"Get": "Parameters.Rounds"})), "Parameters.Rounds: there is no parameter Rounds"),
        (define(say({"Get": "Execution.PipelineNme"})), "did you mean PipelineName?"),
        (define(say({"Get": "Steps.X.Y"})), "Steps.X.Y: there is no step X"),
        (define(say({"Get": "nothing"})), "expected Parameters.NAME, Steps.NAME.PROPERTY or Execution.VARIABLE"),
        (define(say({"Std:Join": {"On": "/", "Value": []}})), "Std:Join"),
        (define(say(["a"])), "ErrorMessage: got list"),
        (define(say(DependsOn=["B"]), say(name="B", DependsOn=["Say"])), "steps wait for each other: B, Say"),
        (define(say(), Parameters=[{"Name": "A", "Type": "Int"}]), "Parameters[0].Type: got 'Int'"),
        (define(say(), Parameters=[{"Name": "A", "Type": "Integer", "DefaultValue": "1"}]), "expected Integer"),
        (define(say(), Parameters=[{"Name": "A"}, {"Name": "A"}]), "A is declared twice"),
        (define(say(DependsOn="B")), "step Say: DependsOn: expected a list"),
        (define(judge()), "at least one condition"),
        (define(judge({"Type": "LessThen", "LeftValue": 1, "RightValue": 2})), "did you mean LessThan?"),
        (define(judge({"Type": "Equals", "LeftValue": 1})), "Conditions[0].RightValue: missing"),
        (
            define(judge({"Type": "Or", "Conditions": [{"Type": "Not", "Expression": EQUAL}]})),
            "Conditions[0].Conditions[0].Expression: unknown member of Not, expected Condition",
        ),
        (define(judge({"Type": "Not", "Condition": EQUAL | {"Type": "Is"}})), "Conditions[0].Condition.Type: got 'Is'"),
        (define(judge(EQUAL), say(DependsOn=["Judge"])), "DependsOn: Judge is a Condition step, which no step can"),
        (
            define(judge(EQUAL, ElseSteps=[judge(EQUAL) | {"Name": "Inner"}])),
            "step Inner: a Condition step in a branch of Judge: nested conditions are not supported",
        ),
        (define(judge({"Type": "Equals", "LeftValue": 1, "RightValue": 1}, IfStep=[])), "did you mean IfSteps?"),
        (define(judge({"Type": "Equals", "LeftValue": 1, "RightValue": 1}, IfSteps=[say(), say()])), "used twice"),
    ],
)
def test_refused(lab: Any, document: Any, text: str) -> None:
    assert text in refusal(lab, document)


@pytest.mark.parametrize(
    ("change", "text"),
    [
        ({"ProcessingInput": []}, "Arguments.ProcessingInput: unknown member (did you mean ProcessingInputs?)"),
        ({"AppSpecification": {"ImageURI": "x"}}, "AppSpecification.ImageURI: unknown member (did you mean ImageUri?)"),
        (
            {
                "ProcessingResources": {
                    "ClusterConfig": {"InstanceCount": 1, "InstanceType": "ml.m5.huge", "VolumeSizeInGB": 1}
                }
            },
            "InstanceType: got 'ml.m5.huge'",
        ),
        ({"ExperimentConfig": {}}, "does not support CreateProcessingJob ExperimentConfig"),
    ],
)
def test_arguments_are_checked_against_the_request_they_become(lab: Any, change: dict[str, Any], text: str) -> None:
    arguments = lab.processing("print(1)") | change
    assert text in refusal(lab, define({"Name": "P", "Type": "Processing", "Arguments": arguments}))


def test_members_that_the_rehearsal_has_not_are_refused_in_definitions_too(lab: Any) -> None:
    config = {"Strategy": "Random", "StrategyConfig": {"HyperbandStrategyConfig": {"MinResource": 1}}}
    tuning = {"Name": "T", "Type": "Tuning", "Arguments": {"HyperParameterTuningJobConfig": config}}
    assert "HyperParameterTuningJobConfig.StrategyConfig: the embedded AWS does not support it" in refusal(
        lab, define(tuning)
    )


LONG = "p" * 91


@pytest.mark.parametrize(
    ("kind", "arguments", "text"),
    [
        ("Processing", {"ProcessingJobName": LONG}, "ProcessingJobName: got 91 characters, expected 1 to 63"),
        ("Processing", {"ProcessingJobName": "a_b"}, "ProcessingJobName: got 'a_b', expected the pattern"),
        ("Processing", {"ProcessingJobName": ""}, "ProcessingJobName: got 0 characters"),
        ("Training", {"TrainingJobName": LONG}, "TrainingJobName: got 91 characters, expected 1 to 63"),
        ("Transform", {"TransformJobName": LONG}, "TransformJobName: got 91 characters, expected 1 to 63"),
        ("Tuning", {"HyperParameterTuningJobName": "t" * 33}, "TuningJobName: got 33 characters, expected 1 to 32"),
        ("Model", {"ModelName": LONG}, "ModelName: got 91 characters, expected 0 to 63"),
        ("AutoML", {"AutoMLJobName": "a" * 33}, "AutoMLJobName: got 33 characters, expected 1 to 32"),
        ("QualityCheck", {"ProcessingJobName": LONG}, "ProcessingJobName: got 91 characters, expected 1 to 63"),
        ("ClarifyCheck", {"ProcessingJobNam": "a"}, "unknown member (did you mean ProcessingJobName?)"),
        ("EndpointConfig", {"EndpointConfigName": LONG}, "EndpointConfigName: got 91 characters, expected 0 to 63"),
    ],
)
def test_names_for_jobs_are_those_that_jobs_may_have(lab: Any, kind: str, arguments: Any, text: str) -> None:
    assert text in refusal(lab, define({"Name": "S", "Type": kind, "Arguments": arguments}))


def test_missing_arguments_are_named(lab: Any) -> None:
    text = refusal(lab, define({"Name": "T", "Type": "Training", "Arguments": {}}))
    for name in ("AlgorithmSpecification", "OutputDataConfig", "ResourceConfig", "StoppingCondition"):
        assert f"step T: Arguments.{name}: missing" in text
    assert "RoleArn" not in text  # the pipeline's own


def test_properties_of_steps_are_checked(lab: Any) -> None:
    job = {"Name": "P", "Type": "Processing", "Arguments": lab.processing("print(1)")}
    text = refusal(lab, define(job, say({"Get": "Steps.P.ProcessingOutputConfg.Outputs['a'].S3Output.S3Uri"})))
    assert "a Processing step has no property ProcessingOutputConfg (did you mean ProcessingOutputConfig?)" in text
    path = {"Std:JsonGet": {"PropertyFile": {"Get": "Steps.P.PropertyFiles.R"}, "Path": "a"}}
    assert "step P has no property file R" in refusal(lab, define(job, say(path)))
    report = {"PropertyFileName": "R", "OutputName": "reprt", "FilePath": "r.json"}
    assert "there is no output reprt" in refusal(lab, define(job | {"PropertyFiles": [report]}))


def test_retry_policies_are_checked(lab: Any) -> None:
    policies = [{"ExceptionType": ["SageMaker.JOB_INTERNAL_EROR"], "MaxAttempt": 3}]
    job = {"Name": "P", "Type": "Processing", "Arguments": lab.processing("print(1)"), "RetryPolicies": policies}
    text = refusal(lab, define(job))
    assert "RetryPolicies[0].MaxAttempt: unknown member (did you mean MaxAttempts?)" in text
    assert "did you mean SageMaker.JOB_INTERNAL_ERROR?" in text


@pytest.mark.parametrize(
    "config",
    [
        {"Enabled": True},
        {"Enabled": "yes"},
        *(
            {"Enabled": True, "ExpireAfter": text}
            for text in ("1 day", "12h", "P", "T", "", "PT", "5dT", "30", "-1d", 30)
        ),
    ],
)
def test_cache_configuration_is_checked(lab: Any, config: dict[str, Any]) -> None:
    job = {"Name": "P", "Type": "Processing", "Arguments": lab.processing("print(1)"), "CacheConfig": config}
    assert "CacheConfig" in refusal(lab, define(job))


def test_all_problems_come_at_once(lab: Any) -> None:
    text = refusal(lab, define(say({"Get": "Parameters.A"}, Extra=1), say({"Get": "Parameters.B"}, "Other")))
    assert "parameter A" in text
    assert "parameter B" in text
    assert "Extra" in text


def test_a_broken_update_leaves_the_pipeline_as_it_was(lab: Any) -> None:
    lab.pipeline("kept", [say("first")])
    before = lab.sagemaker.describe_pipeline(PipelineName="kept")["PipelineDefinition"]
    with pytest.raises(ClientError):
        lab.sagemaker.update_pipeline(PipelineName="kept", PipelineDefinition="{}")
    assert lab.sagemaker.describe_pipeline(PipelineName="kept")["PipelineDefinition"] == before
