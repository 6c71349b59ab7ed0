"""The statements of a pipeline's role: what the steps use, and nothing besides."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from model_cicd.aws.place import Place
from model_cicd.pipeline.checks import parse_config
from model_cicd.pipeline.environment import PipelineEnvironment
from model_cicd.pipeline.permissions import permissions
from model_cicd.text.errors import ModelCicdError
from model_cicd.text.source import parse

HERE = PipelineEnvironment(
    place=Place("aws", "111122223333", "eu-west-1"),
    region="eu-west-1",
    role_arn="arn:aws:iam::111122223333:role/jobs",
    bucket="own",
    kms_key="arn:aws:kms:eu-west-1:111122223333:key/k",
    pipeline_name="churn",
    runs="",
    models="",
)
PROCESSING = """
    - name: Prepare
      type: Processing
      processing:
        imageUri: 444455556666.dkr.ecr.eu-west-1.amazonaws.com/tools/prepare:1
        instanceType: ml.m5.large
        inputs: [{inputName: data, s3Uri: %s}]
        outputs: [{outputName: out}, {outputName: own, s3Uri: s3://reports/daily/}]
"""
ROOT = "arn:aws:sagemaker:eu-west-1:111122223333"


def statements(
    steps: str, parameters: str = "[]", more: str = "", environment: PipelineEnvironment = HERE
) -> dict[str, dict[str, Any]]:
    text = f"projectName: churn\npipeline:\n  parameters: {parameters}\n{more}  steps:{steps}"
    made = [each.json() for each in permissions(parse_config(parse(text, "p.yaml"), {}), environment)]
    assert len({each["Sid"] for each in made}) == len(made)
    return {each["Sid"]: each for each in made}


def test_a_processing_step_needs_its_data_its_places_its_image_and_its_kind_of_job() -> None:
    found = statements(PROCESSING % "s3://data/table.csv")
    assert found["Read"]["Resource"] == [
        "arn:aws:s3:::own/churn/*",
        "arn:aws:s3:::data/table.csv*",
        "arn:aws:s3:::reports/daily/Prepare/*",
    ]
    assert found["Write"]["Resource"] == ["arn:aws:s3:::own/churn/*", "arn:aws:s3:::reports/daily/Prepare/*"]
    assert found["List"]["Condition"] == {"StringLike": {"s3:prefix": ["churn/*"]}}
    assert found["List1"]["Condition"] == {"StringLike": {"s3:prefix": ["table.csv*"]}}
    assert found["Images"]["Resource"] == "arn:aws:ecr:eu-west-1:444455556666:repository/tools/prepare"
    assert found["Jobs"]["Action"] == [f"sagemaker:{verb}ProcessingJob" for verb in ("Create", "Describe", "Stop")]
    assert found["Jobs"]["Resource"] == f"{ROOT}:processing-job/pipelines-*"
    assert found["Logs"]["Resource"].endswith(":log-group:/aws/sagemaker/ProcessingJobs:*")
    assert "Register" not in found
    assert "NetworkInterfaces" not in found
    assert found["PassItself"]["Resource"] == HERE.role_arn


def test_only_actions_without_a_resource_have_a_star() -> None:
    found = statements(PROCESSING % "s3://data/table.csv")
    assert {sid for sid, each in found.items() if each["Resource"] == "*"} == {"ImageToken", "Metrics"}
    assert not [each for each in found.values() if "*" in each["Action"]]


@pytest.mark.parametrize(
    ("parameter", "resources"),
    [
        ("{name: Data, defaultValue: s3://data/a}", ["arn:aws:s3:::data/a*"]),
        (
            "{name: Data, defaultValue: s3://data/a, enumValues: [s3://data/a, s3://more/b]}",
            ["arn:aws:s3:::data/a*", "arn:aws:s3:::more/b*"],
        ),
    ],
)
def test_a_parameter_stands_for_its_values(parameter: str, resources: list[str]) -> None:
    found = statements(PROCESSING % "{parameter: Data}", f"[{parameter}]")
    assert found["Read"]["Resource"][1:-1] == resources


def test_text_with_a_parameter_is_as_narrow_as_what_is_known_of_it() -> None:
    found = statements(PROCESSING % "'s3://data/{parameter.Day}/x'", "[{name: Day}]")
    assert found["Read"]["Resource"][1] == "arn:aws:s3:::data/*/x*"
    with pytest.raises(ModelCicdError, match=r"got '\*' for an S3 URI, expected one whose bucket is known"):
        statements(PROCESSING % "{parameter: Data}", "[{name: Data}]")


def test_outputs_of_other_steps_need_nothing_of_their_own() -> None:
    second = PROCESSING.replace("Prepare", "Second") % "'{output.Prepare.out}/part'"
    found = statements(PROCESSING % "s3://data/table.csv" + second)
    assert [each for each in found["Read"]["Resource"] if "part" in each] == []


def test_a_prefix_for_each_environment_narrows_the_pipeline_s_own_place() -> None:
    stages = "[{name: Stage, defaultValue: dev, enumValues: [dev, prod]}]"
    more = "  storage: {prefix: '{parameter.Stage}'}\n"
    found = statements(PROCESSING % "s3://data/x", stages, more)
    assert found["Write"]["Resource"][:2] == ["arn:aws:s3:::own/dev/churn/*", "arn:aws:s3:::own/prod/churn/*"]


def test_a_deployment_group_s_prefixes_stand_in_front() -> None:
    environment = replace(HERE, runs="runs/", models="models/")
    found = statements(PROCESSING % "s3://data/x", environment=environment)
    assert found["Write"]["Resource"][:2] == ["arn:aws:s3:::own/runs/churn/*", "arn:aws:s3:::own/models/churn/*"]


OTHERS = "arn:aws:sagemaker:eu-west-1:444455556666:model-package-group/churn"


@pytest.mark.parametrize(
    ("name", "group"), [("Churn-Models", f"{ROOT}:model-package-group/churn-models"), (OTHERS, OTHERS)]
)
def test_models_are_registered_in_the_named_group_with_the_named_status_only(name: str, group: str) -> None:
    register = """
    - name: Register
      type: RegisterModel
      register:
        imageUri: xgboost:1.7-1
        modelDataUrl: s3://data/model.tar.gz
        modelPackageGroupName: GROUP
        approvalStatus: Approved
        contentTypes: [text/csv]
        responseTypes: [text/csv]
"""
    found = statements(register.replace("GROUP", name))
    assert found["Register"]["Resource"] == [group, group.replace("package-group/", "package/") + "/*"]
    assert found["Register"]["Condition"] == {"StringEquals": {"sagemaker:ModelApprovalStatus": ["Approved"]}}
    assert found["Images"]["Resource"] == "arn:aws:ecr:eu-west-1:141502667606:repository/sagemaker-xgboost"
    assert "Jobs" not in found
    assert "sagemaker:UpdateModelPackage" not in str(found)


def test_keys_of_outputs_and_of_volumes_are_granted_for_what_each_does() -> None:
    keys = PROCESSING.replace(
        "        inputs", "        volumeKmsKeyId: vol\n        outputKmsKeyId: alias/out\n        inputs"
    )
    found = statements(keys % "s3://data/x")
    volume = "arn:aws:kms:eu-west-1:111122223333:key/vol"
    assert found["JobVolumes"]["Resource"] == [HERE.kms_key_arn, volume]
    assert found["JobVolumes"]["Condition"] == {"Bool": {"kms:GrantIsForAWSResource": "true"}}
    assert found["Key"]["Resource"] == HERE.kms_key_arn
    assert found["AliasKey"]["Condition"]["ForAnyValue:StringEquals"] == {"kms:ResourceAliases": ["alias/out"]}


def test_texts_of_the_place_may_be_tokens_and_stay_whole() -> None:
    place = Place("aws", "${Token[A.2]}", "${Token[R.3]}")
    environment = replace(HERE, bucket="${Token[B.1]}", place=place)
    found = statements(PROCESSING % "s3://data/x", environment=environment)
    assert found["Write"]["Resource"][0] == "arn:aws:s3:::${Token[B.1]}/churn/*"
    assert found["Jobs"]["Resource"] == "arn:aws:sagemaker:${Token[R.3]}:${Token[A.2]}:processing-job/pipelines-*"


def test_subnets_and_security_groups_are_exact() -> None:
    more = "  networkConfig: {subnetIds: [subnet-1], securityGroupIds: [sg-1]}\n"
    found = statements(PROCESSING % "s3://data/x", more=more)
    ec2 = "arn:aws:ec2:eu-west-1:111122223333"
    wanted = [f"{ec2}:network-interface/*", f"{ec2}:subnet/subnet-1", f"{ec2}:security-group/sg-1"]
    assert found["NetworkInterfaces"]["Resource"] == wanted


def test_what_is_outside_of_sagemaker_is_exact_too() -> None:
    outside = """
    - name: Notify
      type: Lambda
      lambda: {functionArn: "arn:aws:lambda:eu-west-1:111122223333:function:notify"}
    - name: Ask
      type: Callback
      callback: {sqsQueueUrl: https://sqs.eu-west-1.amazonaws.com/111122223333/approvals}
    - name: Spark
      type: EMR
      emr: {clusterId: j-1, jar: job.jar}
"""
    found = statements(outside)
    assert found["Invoke"]["Resource"] == "arn:aws:lambda:eu-west-1:111122223333:function:notify"
    assert found["Ask"]["Resource"] == "arn:aws:sqs:eu-west-1:111122223333:approvals"
    assert found["Clusters"]["Resource"] == "arn:aws:elasticmapreduce:eu-west-1:111122223333:cluster/j-1"
    assert "PassToClusters" not in found
