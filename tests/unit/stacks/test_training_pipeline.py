"""A group's training pipeline in the tooling account."""

from __future__ import annotations

import copy
import json
from typing import Any

import pytest

# the variables that the peers' training repositories read
PEERS = {
    "SAGEMAKER_PROJECT_NAME",
    "PROJECT_NAME",
    "ENV_TYPE",
    "AWS_REGION",
    "ASSUME_ROLE_ARN",
    "SAGEMAKER_PIPELINE_NAME",
    "SAGEMAKER_PIPELINE_DESCRIPTION",
    "SAGEMAKER_PIPELINE_ROLE_ARN",
    "MODEL_PACKAGE_GROUP_NAME",
    "ARTIFACT_BUCKET",
    "ARTIFACT_BUCKET_KMS_ID",
    "ARTIFACT_BUCKET_KMS_KEY",
    "PIPELINE_BUCKET_NAME",
    "PIPELINE_KMS_ARN",
    "ENABLE_NETWORK_ISOLATION",
    "ENCRYPT_INTER_CONTAINER_TRAFFIC",
    "SUBNET_IDS",
    "SECURITY_GROUP_IDS",
    "PRE_PROD_ACCOUNT_ID",
    "PROD_ACCOUNT_ID",
}


def variables(project: dict[str, Any]) -> dict[str, str]:
    return {each["Name"]: each["Value"] for each in project["Properties"]["Environment"]["EnvironmentVariables"]}


def test_source_and_build(assembly: Any, one: Any) -> None:
    live = assembly.group("live")
    properties = one(assembly.training("live"), "AWS::CodePipeline::Pipeline")["Properties"]
    assert (properties["Name"], properties["PipelineType"]) == (live.training.name, "V2")
    source, build = (stage["Actions"] for stage in properties["Stages"])
    assert source[0]["ActionTypeId"]["Provider"] == "CodeCommit"
    assert source[0]["Configuration"] == {
        "RepositoryName": "model-build",
        "BranchName": "main",
        "PollForSourceChanges": "false",
        "OutputArtifactFormat": "CODE_ZIP",
    }
    assert build[0]["ActionTypeId"]["Provider"] == "CodeBuild"
    assert build[0]["Configuration"] == {"ProjectName": live.training.project.name}
    assert build[0]["InputArtifacts"] == source[0]["OutputArtifacts"]
    store = properties["ArtifactStore"]
    assert store["Location"] == live.training.artifacts.bucket.name


@pytest.mark.parametrize(("group", "branch"), [("live", "main"), ("research", "dev")])
def test_a_push_to_exactly_one_branch_starts_it(assembly: Any, one: Any, group: str, branch: str) -> None:
    template, names = assembly.training(group), assembly.group(group)
    rule = one(template, "AWS::Events::Rule", Name=names.training.push_rule)["Properties"]
    assert rule["EventPattern"] == {
        "source": ["aws.codecommit"],
        "detail-type": ["CodeCommit Repository State Change"],
        "resources": ["arn:aws:codecommit:eu-west-1:111111111111:model-build"],
        "detail": {
            "event": ["referenceCreated", "referenceUpdated"],
            "referenceType": ["branch"],
            "referenceName": [branch],
        },
    }
    (target,) = rule["Targets"]
    assert target["Arn"] == names.training.arn


def test_events_start_one_pipeline(assembly: Any, statements: Any) -> None:
    live = assembly.group("live")
    allowed = statements(assembly.training("live"), live.training.events_role.name)
    assert list(allowed) == ["Start"]
    assert allowed["Start"]["Action"] == "codepipeline:StartPipelineExecution"
    assert allowed["Start"]["Resource"] == live.training.arn


def test_a_schedule_is_a_second_rule(synthesize: Any, parameters: Any, find: Any) -> None:
    scheduled = copy.deepcopy(parameters)
    scheduled["deployment-groups"][1]["schedule"] = "rate(7 days)"
    made = synthesize(scheduled)
    training = made.group("live").training
    rules = [rule["Properties"] for rule in find(made.training("live"), "AWS::Events::Rule")]
    assert [rule.get("ScheduleExpression") for rule in rules] == [None, "rate(7 days)", None]
    assert [rule["Name"] for rule in rules[:2]] == [training.push_rule, training.schedule_rule]
    assert rules[0]["Targets"] == rules[1]["Targets"]
    assert len(find(made.training("research"), "AWS::Events::Rule")) == 2


def test_a_build_that_does_not_wait_needs_nothing_that_stops(
    assembly: Any, synthesize: Any, parameters: Any, find: Any, one: Any
) -> None:
    changed = copy.deepcopy(parameters)
    changed["deployment-groups"][1]["training"] = {"wait": False, "timeoutMinutes": 2160}
    made = synthesize(changed)
    assert not find(made.training("live"), "AWS::StepFunctions::StateMachine")
    assert not find(made.build("live"), "AWS::IAM::Role", RoleName=assembly.group("live").stopping.role.name)
    for of, minutes, waits in ((assembly, 480, "true"), (made, 2160, "false")):
        project = one(of.training("live"), "AWS::CodeBuild::Project")
        assert (project["Properties"]["TimeoutInMinutes"], variables(project)["WAIT_FOR_EXECUTION"]) == (minutes, waits)


def test_the_end_of_a_build_may_stop_one_pipeline_and_no_more(assembly: Any, one: Any, statements: Any) -> None:
    live = assembly.group("live")
    allowed = statements(assembly.build("live"), live.stopping.role.name)
    pipeline = live.sagemaker_pipeline.arn
    assert {sid: (each["Action"], each["Resource"]) for sid, each in allowed.items()} == {
        "Find": ("sagemaker:ListPipelineExecutions", pipeline),
        "Executions": ("sagemaker:StopPipelineExecution", f"{pipeline}/execution/*"),
    }
    (trust,) = one(assembly.build("live"), "AWS::IAM::Role", RoleName=live.stopping.role.name)["Properties"][
        "AssumeRolePolicyDocument"
    ]["Statement"]
    assert trust["Condition"] == {"ArnEquals": {"aws:PrincipalArn": live.stopping.machine.role.arn}}
    own = statements(assembly.training("live"), live.stopping.machine.role.name)
    assert (own["Build"]["Action"], own["Stop"]["Resource"]) == ("codebuild:BatchGetBuilds", live.stopping.role.arn)


def test_the_build_has_the_peers_variables_and_the_runner(assembly: Any, one: Any) -> None:
    live = assembly.group("live")
    project = one(assembly.training("live"), "AWS::CodeBuild::Project")
    environment = project["Properties"]["Environment"]
    assert (environment["Image"], environment["ComputeType"]) == ("aws/codebuild/standard:7.0", "BUILD_GENERAL1_SMALL")
    assert "PrivilegedMode" not in environment
    found = variables(project)
    assert set(found) >= PEERS
    expected = {
        "ASSUME_ROLE_ARN": live.start_role.arn,
        "SAGEMAKER_PIPELINE_ROLE_ARN": live.registry.execution_role.arn,
        "MODEL_PACKAGE_GROUP_NAME": live.models.name,
        "ARTIFACT_BUCKET": live.registry.bucket.name,
        "ARTIFACT_BUCKET_KMS_ID": live.registry.key_alias.arn,
        "PIPELINE_BUCKET_NAME": live.training.artifacts.bucket.name,
        "AWS_REGION": "eu-west-1",
        "ENV_TYPE": "preprod",
        "PRE_PROD_ACCOUNT_ID": "555555555555",
        "PROD_ACCOUNT_ID": "666666666666",
        "ENABLE_NETWORK_ISOLATION": "false",
        "SUBNET_IDS": "[]",
        "DEPLOYMENT_GROUP": "live",
        "SOURCE_BRANCH": "main",
        "REPOSITORY_NAME": "model-build",
        "PIPELINE_PARAMETERS": "{}",
    }
    assert expected.items() <= found.items()
    bucket, key = found["MODEL_CICD_RUNNER"].removeprefix("s3://").split("/")
    assert bucket == "cdk-hnb659fds-assets-111111111111-eu-west-1"
    assert (assembly.directory / f"asset.{key}").is_file()
    assert found["MODEL_CICD_RUNNER_FILE"].endswith("-py3-none-any.whl")


RESOLVED = "{{resolve:secretsmanager:prod/database:SecretString:password}}"


def test_pipeline_parameters_and_network_reach_the_build(synthesize: Any, parameters: Any, one: Any) -> None:
    changed = copy.deepcopy(parameters)
    changed["deployment-groups"][0]["pipelineParameters"] = {"MaxMse": 7.5, "InputDataUrl": RESOLVED}
    changed["deployment-groups"][0]["networkConfig"] = {
        "enableNetworkIsolation": True,
        "encryptInterContainerTraffic": True,
        "subnetIds": ["subnet-01234567", "subnet-89abcdef"],
        "securityGroupIds": ["sg-01234567"],
    }
    found = variables(one(synthesize(changed).training("research"), "AWS::CodeBuild::Project"))
    assert json.loads(found["PIPELINE_PARAMETERS"]) == {"InputDataUrl": RESOLVED, "MaxMse": 7.5}
    assert "{{" not in found["PIPELINE_PARAMETERS"], "CloudFormation would put a secret there"
    assert (found["ENABLE_NETWORK_ISOLATION"], found["ENCRYPT_INTER_CONTAINER_TRAFFIC"]) == ("true", "true")
    assert (found["SUBNET_IDS"], found["SECURITY_GROUP_IDS"]) == (
        '["subnet-01234567", "subnet-89abcdef"]',
        '["sg-01234567"]',
    )


def test_the_build_assumes_one_role_and_reads_one_runner(assembly: Any, statements: Any, one: Any) -> None:
    live = assembly.group("live")
    allowed = statements(assembly.training("live"), live.training.project.role.name)
    assert allowed["StartTraining"] == {
        "Sid": "StartTraining",
        "Effect": "Allow",
        "Action": "sts:AssumeRole",
        "Resource": live.start_role.arn,
    }
    runner = variables(one(assembly.training("live"), "AWS::CodeBuild::Project"))["MODEL_CICD_RUNNER"]
    assert allowed["Runner"]["Resource"] == f"arn:aws:s3:::{runner.removeprefix('s3://')}"
    assert set(allowed) == {
        "Log",
        "StartTraining",
        "Runner",
        "ReadSource",
        "ArtifactBucket",
        "ArtifactKey",
        "DescribeArtifactKey",
    }


def test_the_pipeline_reads_one_repository_and_starts_one_project(assembly: Any, statements: Any) -> None:
    live = assembly.group("live")
    allowed = statements(assembly.training("live"), live.training.role.name)
    assert allowed["Source"]["Action"] == "sts:AssumeRole"
    assert allowed["Source"]["Resource"] == live.training.source_role.arn
    assert allowed["Build"]["Resource"] == live.training.project.arn
    allowed = statements(assembly.training("live"), live.training.source_role.name)
    assert allowed["Source"]["Resource"] == "arn:aws:codecommit:eu-west-1:111111111111:model-build"
    writing = ("codecommit:GitPush", "codecommit:PutFile", "codecommit:CreateCommit")
    assert not set(writing) & set(allowed["Source"]["Action"])


def test_the_artifact_key_is_named_by_its_arn(assembly: Any, statements: Any) -> None:
    """Rights by alias take minutes to come into force, and a new pipeline runs at once."""
    training, template = assembly.group("live").training, assembly.training("live")
    (key,) = [id for id, each in template["Resources"].items() if each["Type"] == "AWS::KMS::Key"]
    for role in (training.role.name, training.project.role.name, training.source_role.name):
        allowed = statements(template, role)
        assert allowed["ArtifactKey"]["Resource"] == {"Fn::GetAtt": [key, "Arn"]}
        assert allowed["ArtifactKey"]["Condition"] == {"StringEquals": {"kms:ViaService": "s3.eu-west-1.amazonaws.com"}}


def test_groups_deploy_after_what_they_need(assembly: Any) -> None:
    manifest = json.loads((assembly.directory / "manifest.json").read_text())["artifacts"]
    live, tooling = assembly.group("live"), assembly.topology.tooling.stack_name
    assert tooling in manifest[live.build_stack_name]["dependencies"]
    assert live.build_stack_name in manifest[live.tooling_stack_name]["dependencies"]
    last = manifest[assembly.topology.tooling.infra_stack_name]["dependencies"]
    assert {group.tooling_stack_name for group in assembly.topology.groups} <= set(last)


def test_no_stack_refers_to_another(assembly: Any) -> None:
    for template in assembly.templates.values():
        assert "Fn::ImportValue" not in json.dumps(template)
        assert not [output for output in template.get("Outputs", {}).values() if "Export" in output]
