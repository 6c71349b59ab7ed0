"""Executions that are recorded in an experiment and a trial, made with the pipeline's role."""

from __future__ import annotations

import json
from typing import Any

import pytest
from botocore.exceptions import ClientError

CONFIG = {"ExperimentName": {"Get": "Execution.PipelineName"}, "TrialName": {"Get": "Execution.PipelineExecutionId"}}


def define(lab: Any, name: str, config: Any, role: str | None = None) -> None:
    step = {"Name": "Step", "Type": "Condition", "Arguments": {"Conditions": [
        {"Type": "Equals", "LeftValue": 1, "RightValue": 1}], "IfSteps": [], "ElseSteps": []}}  # fmt: skip
    definition = {"Version": "2020-12-01", "PipelineExperimentConfig": config, "Steps": [step]}
    lab.sagemaker.create_pipeline(
        PipelineName=name, PipelineDefinition=json.dumps(definition), RoleArn=role or lab.role
    )


def test_executions_are_trials_of_one_experiment(lab: Any) -> None:
    define(lab, "recorded", CONFIG)
    executions = [lab.start("recorded") for _ in range(2)]
    for arn in executions:
        assert lab.wait(arn)["PipelineExecutionStatus"] == "Succeeded"
    names = {arn.rpartition("/")[2] for arn in executions}
    trials = lab.sagemaker.list_trials(ExperimentName="recorded")["TrialSummaries"]
    assert {trial["TrialName"] for trial in trials} == names
    described = lab.sagemaker.describe_trial(TrialName=min(names))
    assert described["ExperimentName"] == "recorded"
    assert described["TrialArn"] == f"arn:aws:sagemaker:{lab.region}:{lab.account}:experiment-trial/{min(names)}"
    assert lab.sagemaker.describe_experiment(ExperimentName="recorded")["DisplayName"] == "recorded"
    with pytest.raises(ClientError, match="has trials"):
        lab.sagemaker.delete_experiment(ExperimentName="recorded")
    for name in names:
        lab.sagemaker.delete_trial(TrialName=name)
    lab.sagemaker.delete_experiment(ExperimentName="recorded")
    assert "recorded" not in str(lab.sagemaker.list_experiments()["ExperimentSummaries"])
    with pytest.raises(ClientError, match="ResourceNotFound"):
        lab.sagemaker.describe_experiment(ExperimentName="recorded")


@pytest.mark.parametrize("config", [None, {}])
def test_no_configuration_records_nothing_and_an_empty_one_under_the_pipeline_s_name(lab: Any, config: Any) -> None:
    name = "nothing" if config is None else "defaults"
    define(lab, name, config)
    assert lab.wait(lab.start(name))["PipelineExecutionStatus"] == "Succeeded"
    found = [row["ExperimentName"] for row in lab.sagemaker.list_experiments()["ExperimentSummaries"]]
    assert (name in found) == (config is not None)


@pytest.mark.parametrize("action", ["CreateExperiment", "CreateTrial"])
def test_a_role_without_the_rights_fails_the_execution(lab: Any, action: str) -> None:
    role = lab.make_role(f"without-{action}")
    deny = {"Effect": "Deny", "Action": f"sagemaker:{action}", "Resource": "*"}
    document = json.dumps({"Version": "2012-10-17", "Statement": [deny]})
    lab.client("iam").put_role_policy(RoleName=f"without-{action}", PolicyName="deny", PolicyDocument=document)
    define(lab, f"without-{action}", CONFIG, role)
    found = lab.wait(lab.start(f"without-{action}"))
    assert found["PipelineExecutionStatus"] == "Failed"
    assert f"Failed to invoke sagemaker:{action}." in found["FailureReason"]
    assert f"not authorized to perform: sagemaker:{action}" in found["FailureReason"]


@pytest.mark.parametrize(
    ("config", "text"),
    [
        ({"Experiment": "x"}, "PipelineExperimentConfig.Experiment: unknown member (did you mean ExperimentName?)"),
        ({"ExperimentName": "a_b"}, "PipelineExperimentConfig.ExperimentName: got 'a_b', expected the pattern"),
        ({"TrialName": {"Get": "Steps.Step.Outcome"}}, "PipelineExperimentConfig: Steps.Step.Outcome: no step has run"),
        ([], "PipelineExperimentConfig: got list"),
    ],
)
def test_what_is_wrong_is_named_at_definition(lab: Any, config: Any, text: str) -> None:
    with pytest.raises(ClientError) as raised:
        define(lab, "wrong", config)
    assert text in str(raised.value)


def test_a_trial_needs_its_experiment_and_names_are_unique(lab: Any) -> None:
    with pytest.raises(ClientError, match="Experiment 'absent' does not exist"):
        lab.sagemaker.create_trial(TrialName="t", ExperimentName="absent")
    lab.sagemaker.create_experiment(ExperimentName="twice")
    with pytest.raises(ClientError, match="already exists"):  # the words that the SDK looks for
        lab.sagemaker.create_experiment(ExperimentName="twice")
