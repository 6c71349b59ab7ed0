"""Structures: what is stored, and what is refused by name."""

from __future__ import annotations

from typing import Any

import pytest
from botocore.exceptions import ClientError

from .conftest import ROLE, Lab, action, approval, stage


def test_versions_and_tags(lab: Lab) -> None:
    lab.commit("defs", "main", {"a": "1"})
    lab.create("defs", lab.source("defs"), stage("Deploy", approval()), first="", pipelineType="V2")
    found = lab.pipelines.get_pipeline(name="defs")
    pipeline, metadata = found["pipeline"], found["metadata"]
    assert metadata["pipelineArn"] == "arn:aws:codepipeline:us-east-1:111111111111:defs"
    assert (pipeline["version"], pipeline["pipelineType"], pipeline["executionMode"]) == (1, "V2", "SUPERSEDED")
    pipeline["stages"][1]["actions"][0]["configuration"] = {"CustomData": "look"}
    assert lab.pipelines.update_pipeline(pipeline=pipeline)["pipeline"]["version"] == 2
    assert (
        lab.pipelines.get_pipeline(name="defs", version=1)["pipeline"]["stages"][1]["actions"][0]["configuration"] == {}
    )
    with pytest.raises(ClientError, match="PipelineVersionNotFoundException"):
        lab.pipelines.get_pipeline(name="defs", version=3)
    arn = metadata["pipelineArn"]
    lab.pipelines.tag_resource(resourceArn=arn, tags=[{"key": "a", "value": "1"}])
    assert lab.pipelines.list_tags_for_resource(resourceArn=arn)["tags"] == [{"key": "a", "value": "1"}]
    lab.pipelines.untag_resource(resourceArn=arn, tagKeys=["a"])
    assert lab.pipelines.list_tags_for_resource(resourceArn=arn)["tags"] == []
    summary = {each["name"]: each for each in lab.pipelines.list_pipelines()["pipelines"]}["defs"]
    assert summary["version"] == 2
    with pytest.raises(ClientError, match="PipelineNameInUseException"):
        lab.pipelines.create_pipeline(pipeline=pipeline)
    lab.pipelines.delete_pipeline(name="defs")
    with pytest.raises(ClientError, match="PipelineNotFoundException"):
        lab.pipelines.get_pipeline(name="defs")
    lab.pipelines.delete_pipeline(name="defs")


def test_other_operations_are_refused(lab: Lab) -> None:
    with pytest.raises(ClientError, match=r"UnknownOperationException.*codepipeline OverrideStageCondition"):
        lab.pipelines.override_stage_condition(
            pipelineName="p",
            stageName="s",
            pipelineExecutionId="11111111-1111-1111-1111-111111111111",
            conditionType="BEFORE_ENTRY",
        )


SOURCE = {"RepositoryName": "r", "BranchName": "main"}
CFN = {"ActionMode": "CREATE_UPDATE", "StackName": "s", "TemplatePath": "src::t.yaml", "RoleArn": ROLE}


def source(**configuration: str) -> dict[str, Any]:
    return stage(
        "Source", action("Source", "Source", "CodeCommit", SOURCE | configuration, out=["src"], namespace="Src")
    )


def deploy(*actions: dict[str, Any]) -> list[dict[str, Any]]:
    return [source(), stage("Deploy", *actions)]


@pytest.mark.parametrize(
    ("stages", "more", "reason"),
    [
        ([source()], {}, "InvalidStructureException.*at least two stages, got 1"),
        (
            [source(OutputArtifactFormat="CODEBUILD_CLONE_REF"), stage("D", approval())],
            {},
            "InvalidActionDeclaration.*action Source of stage Source: .*OutputArtifactFormat CODEBUILD_CLONE_REF",
        ),
        (
            deploy(action("L", "Invoke", "Lambda", {"FunctionName": "f"})),
            {},
            "action L of stage Deploy: .*does not support Invoke/AWS/Lambda version 1: supported are .*Manual",
        ),
        (deploy(action("B", "Build", "CodeBuild", {}, into=["src"])), {}, "action B of stage Deploy.*lacks Project"),
        (
            deploy(action("B", "Build", "CodeBuild", {"ProjectName": "b", "BatchEnabled": "true"}, into=["src"])),
            {},
            "does not support BatchEnabled",
        ),
        (
            deploy(action("B", "Build", "CodeBuild", {"ProjectName": "b", "Fast": "yes"}, into=["src"])),
            {},
            "does not support Fast in its configuration",
        ),
        (
            deploy(action("B", "Build", "CodeBuild", {"ProjectName": "b"}, into=["none"])),
            {},
            "input artifact none is made by no earlier action",
        ),
        (
            deploy(action("C", "Deploy", "CloudFormation", CFN | {"ActionMode": "GUESS"}, into=["src"])),
            {},
            "does not support ActionMode GUESS",
        ),
        (
            deploy(action("C", "Deploy", "CloudFormation", CFN, into=["src"], region="eu-west-1")),
            {},
            "region eu-west-1 has no artifact store",
        ),
        (deploy(approval(CustomData="#{Src.CommitId} #{Other.X}")), {}, r"CustomData refers to #\{Other.X\}"),
        (deploy(approval(CustomData="#{variables.X}")), {"pipelineType": "V2"}, r"refers to #\{variables.X\}"),
        (deploy(approval(), approval()), {}, "action of stage Deploy Approve is there more than once"),
        ([source(), stage("D", action("S", "Source", "CodeCommit", SOURCE, out=["x"]))], {}, "source actions only"),
        (deploy(approval()), {"executionMode": "QUEUED"}, "executionMode is supported by pipelines of type V2 only"),
        (deploy(approval()), {"variables": [{"name": "X"}]}, "variables is supported by pipelines of type V2 only"),
        (
            [source(), {**stage("D", approval()), "beforeEntry": {"conditions": [{"result": "FAIL"}]}}],
            {},
            "does not support beforeEntry of stage D",
        ),
    ],
)
def test_refused(lab: Lab, stages: list[dict[str, Any]], more: dict[str, Any], reason: str) -> None:
    store = {"type": "S3", "location": lab.bucket}
    with pytest.raises(ClientError, match=reason):
        lab.pipelines.create_pipeline(
            pipeline={"name": "bad", "roleArn": ROLE, "artifactStore": store, "stages": stages, **more}
        )
    assert "bad" not in [each["name"] for each in lab.pipelines.list_pipelines()["pipelines"]]


def test_every_problem_is_named_at_once(lab: Lab) -> None:
    stages = deploy(action("L", "Invoke", "Lambda"), action("B", "Build", "Jenkins"), approval(CustomData="#{No.x}"))
    with pytest.raises(ClientError) as caught:
        lab.pipelines.create_pipeline(
            pipeline={
                "name": "bad",
                "roleArn": ROLE,
                "artifactStore": {"type": "S3", "location": "bucket"},
                "stages": stages,
            }
        )
    for name in ("action L", "action B", "#{No.x}"):
        assert name in str(caught.value)


def test_the_role_must_trust_codepipeline(lab: Lab) -> None:
    role = lab.role("untrusting", {"Service": "codebuild.amazonaws.com"})
    store = {"type": "S3", "location": lab.bucket}
    for arn in (role, role + "-none"):
        with pytest.raises(ClientError, match="not authorized to perform AssumeRole on role"):
            lab.pipelines.create_pipeline(
                pipeline={"name": "bad", "roleArn": arn, "artifactStore": store, "stages": deploy(approval())}
            )
