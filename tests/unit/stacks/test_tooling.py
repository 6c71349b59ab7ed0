"""What the groups share in the tooling account, and the options of the module."""

from __future__ import annotations

import copy
import json
import shlex
import zipfile
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).parents[3]


def repositories(assembly: Any, find: Any) -> dict[str, Any]:
    found = find(assembly.tooling, "AWS::CodeCommit::Repository")
    return {each["Properties"]["RepositoryName"]: each for each in found}


def seed(assembly: Any, repository: dict[str, Any]) -> set[str]:
    location = repository["Properties"]["Code"]["S3"]
    assert location["Bucket"] == "cdk-hnb659fds-assets-111111111111-eu-west-1"
    with zipfile.ZipFile(assembly.directory / f"asset.{location['Key']}") as archive:
        return set(archive.namelist())


def test_repositories_are_created_seeded_and_kept(assembly: Any, find: Any) -> None:
    found = repositories(assembly, find)
    assert set(found) == {"infra", "model-build"}
    for repository in found.values():
        assert repository["DeletionPolicy"] == repository["UpdateReplacePolicy"] == "Retain"
        assert repository["Properties"]["Code"]["BranchName"] == "main"
    assert {"pipeline.yaml", "buildspec.yml", "scripts/preprocess.py"} <= seed(assembly, found["model-build"])
    infra = seed(assembly, found["infra"])
    assert {
        "app.py",
        "deployspec.yaml",
        "requirements.txt",
        "model_cicd/sagemaker_model_cicd/app.py",
        "seedcode/model-build/buildspec.yml",
    } <= infra
    assert not [name for name in infra if "__pycache__" in name or "/." in name or name.startswith(".")]


def test_the_seed_goes_to_the_first_branch_where_no_group_trains_from_main(
    synthesize: Any, parameters: Any, find: Any
) -> None:
    changed = copy.deepcopy(parameters)
    changed["deployment-groups"][1]["sourceBranch"] = "release"
    found = repositories(synthesize(changed), find)
    assert found["model-build"]["Properties"]["Code"]["BranchName"] == "dev"


@pytest.mark.parametrize(("name", "repository"), [("infra-repo", "infra"), ("model-build-repo", "model-build")])
def test_create_false_uses_the_existing_repository(
    synthesize: Any, parameters: Any, find: Any, name: str, repository: str
) -> None:
    made = synthesize({**parameters, name: {**parameters[name], "create": False}})
    assert set(repositories(made, find)) == {"infra", "model-build"} - {repository}
    pipelines = json.dumps([find(template, "AWS::CodePipeline::Pipeline") for template in made.templates.values()])
    assert f'"RepositoryName": "{repository}"' in pipelines


def test_exactly_the_build_accounts_may_send_model_events(assembly: Any, one: Any) -> None:
    statement = one(assembly.tooling, "AWS::Events::EventBusPolicy")["Properties"]["Statement"]
    assert statement == {
        "Effect": "Allow",
        "Principal": {"AWS": ["arn:aws:iam::222222222222:root", "arn:aws:iam::444444444444:root"]},
        "Action": "events:PutEvents",
        "Resource": "arn:aws:events:eu-west-1:111111111111:event-bus/default",
        "Condition": {
            "StringEquals": {
                "events:source": "aws.sagemaker",
                "events:detail-type": "SageMaker Model Package State Change",
            }
        },
    }


def test_model_events_of_one_group_go_to_the_tooling_bus(assembly: Any, one: Any, statements: Any) -> None:
    live, template = assembly.group("live"), assembly.build("live")
    rule = one(template, "AWS::Events::Rule", Name=live.forwarding.rule)["Properties"]
    assert rule["EventPattern"] == {
        "source": ["aws.sagemaker"],
        "detail-type": ["SageMaker Model Package State Change"],
        "detail": {"ModelPackageGroupName": [live.models.name]},
    }
    bus = "arn:aws:events:eu-west-1:111111111111:event-bus/default"
    assert [target["Arn"] for target in rule["Targets"]] == [bus]
    assert statements(template, live.forwarding.role.name)["Forward"] == {
        "Sid": "Forward",
        "Effect": "Allow",
        "Action": "events:PutEvents",
        "Resource": bus,
    }


def test_a_build_account_that_is_the_tooling_account_forwards_nothing(
    synthesize: Any, parameters: Any, find: Any
) -> None:
    own = copy.deepcopy(parameters)
    for group in own["deployment-groups"]:
        group["buildEnvironment"]["account"] = "111111111111"
    made = synthesize(own)
    assert find(made.tooling, "AWS::Events::EventBusPolicy") == []
    rules = [each["Properties"]["Name"] for each in find(made.build("live"), "AWS::Events::Rule")]
    assert rules == [made.group("live").releases.recorder.rule]


def test_the_infra_pipeline_redeploys_what_seedfarmer_deployed(assembly: Any, one: Any) -> None:
    project = one(assembly.infra, "AWS::CodeBuild::Project")["Properties"]
    spec = yaml.safe_load(project["Source"]["BuildSpec"])
    deployspec = yaml.safe_load((ROOT / "deployspec.yaml").read_text())["deploy"]["phases"]
    for phase in ("install", "build"):
        assert spec["phases"][phase]["commands"][-len(deployspec[phase]["commands"]) :] == deployspec[phase]["commands"]
    (variable,) = project["Environment"]["EnvironmentVariables"]
    key = variable["Value"].rpartition("/")[2]
    script = (assembly.directory / f"asset.{key}").read_text()
    settings = dict(shlex.split(line)[0].split("=", 1) for line in script.splitlines())
    assert settings["SEEDFARMER_MODULE_NAME"] == "training-prices"
    groups = json.loads(settings["SEEDFARMER_PARAMETER_DEPLOYMENT_GROUPS"])
    assert [group["name"] for group in groups] == ["research", "live"]
    source = one(assembly.infra, "AWS::CodePipeline::Pipeline")["Properties"]["Stages"][0]["Actions"][0]
    assert source["Configuration"]["BranchName"] == "main"


def test_the_infra_pipeline_assumes_exactly_the_bootstrap_roles(assembly: Any, one: Any) -> None:
    policy = one(assembly.infra, "AWS::IAM::ManagedPolicy")["Properties"]
    (statement,) = policy["PolicyDocument"]["Statement"]
    assert statement["Action"] == "sts:AssumeRole"
    assert set(statement["Resource"]) == {
        f"arn:aws:iam::{account}:role/cdk-hnb659fds-{kind}-role-{account}-eu-west-1"
        for account in ("111111111111", "222222222222", "444444444444")
        for kind in ("deploy", "file-publishing", "image-publishing", "lookup")
    } | {
        # a redeployment deletes what a failed first promotion left over in a deploy account
        f"arn:aws:iam::{account}:role/cdk-hnb659fds-deploy-role-{account}-eu-west-1"
        for account in ("333333333333", "555555555555", "666666666666")
    }


def test_many_build_accounts_fit_several_policies(synthesize: Any, parameters: Any, find: Any) -> None:
    many = copy.deepcopy(parameters)
    model = many["deployment-groups"][1]
    many["deployment-groups"] = [
        {
            **copy.deepcopy(model),
            "name": f"group-{number}",
            "sourceBranch": f"branch-{number}",
            "buildEnvironment": {**model["buildEnvironment"], "account": f"{700000000000 + number}"},
        }
        for number in range(30)
    ]
    policies = find(synthesize(many).infra, "AWS::IAM::ManagedPolicy")
    assert len(policies) == 3
    for policy in policies:
        assert len(json.dumps(policy["Properties"]["PolicyDocument"], separators=(",", ":"))) < 6144


def test_each_pipeline_has_artifacts_of_its_own(assembly: Any, one: Any) -> None:
    """Bucket and key are in the pipeline's own stack, and no other pipeline's role stands in their policies."""
    pipelines = {assembly.topology.tooling.infra.name: (assembly.topology.tooling.infra, assembly.infra)}
    for group in assembly.topology.groups:
        pipelines[group.training.name] = (group.training, assembly.training(group.name))
        pipelines[group.promotion.pipeline.name] = (group.promotion.pipeline, assembly.promotion(group.name))
    buckets = {pipeline.artifacts.bucket.name for pipeline, _ in pipelines.values()}
    assert len(buckets) == len(pipelines) == 5
    for name, (pipeline, template) in pipelines.items():
        store = one(template, "AWS::CodePipeline::Pipeline")["Properties"]["ArtifactStore"]
        assert store["Location"] == one(template, "AWS::S3::Bucket")["Properties"]["BucketName"]
        assert store["Location"] == pipeline.artifacts.bucket.name
        (key,) = [id for id, each in template["Resources"].items() if each["Type"] == "AWS::KMS::Key"]
        assert store["EncryptionKey"]["Id"] == {"Fn::GetAtt": [key, "Arn"]}
        statements = template["Resources"][key]["Properties"]["KeyPolicy"]["Statement"]
        policy = {each["Sid"]: each for each in statements}
        assert policy["Write"]["Condition"]["ArnEquals"] == {"aws:PrincipalArn": pipeline.source_role.arn}
        assert policy["Read"]["Action"] == "kms:Decrypt"
        readers = [pipeline.role.arn, pipeline.project.role.arn]
        assert policy["Read"]["Condition"] == {
            "ArnEquals": {"aws:PrincipalArn": readers},
            "StringEquals": {"kms:ViaService": "s3.eu-west-1.amazonaws.com"},
        }
        text = json.dumps(template)
        for other in buckets - {pipeline.artifacts.bucket.name}:
            assert other not in text, name


def test_the_source_role_alone_writes_artifacts(assembly: Any, find: Any) -> None:
    writing = {
        role["Properties"]["RoleName"]: [each["Resource"] for each in statements if "s3:PutObject" in each["Action"]]
        for template in (assembly.infra, assembly.training("live"), assembly.promotion("live"))
        for role in find(template, "AWS::IAM::Role")
        for statements in [role["Properties"]["Policies"][0]["PolicyDocument"]["Statement"]]
    }
    live = assembly.group("live")
    sources = (assembly.topology.tooling.infra, live.training, live.promotion.pipeline)
    assert {name: found for name, found in writing.items() if found} == {
        pipeline.source_role.name: [f"{pipeline.sources_arn}*"] for pipeline in sources
    }


def test_parameters_of_every_account(assembly: Any, find: Any) -> None:
    def named(template: dict[str, Any]) -> dict[str, Any]:
        found = find(template, "AWS::SSM::Parameter")
        return {each["Properties"]["Name"]: each["Properties"]["Value"] for each in found}

    live, path = assembly.group("live"), "/shop-model-cicd/models/training-prices"
    build, training = named(assembly.build("live")), named(assembly.training("live"))
    assert build[f"{path}/live/registry-bucket-name"] == live.registry.bucket.name
    assert build[f"{path}/live/model-package-group-arn"] == live.models.arn
    assert build[f"{path}/live/registry-key-arn"]["Fn::GetAtt"][1] == "Arn"
    assert training[f"{path}/live/training/repository-name"] == "model-build"
    assert training[f"{path}/live/training/pipeline-arn"] == live.training.arn
    assert training[f"{path}/live/training/registry-key-alias-arn"] == live.registry.key_alias.arn
    assert named(assembly.infra)[f"{path}/infra-pipeline-name"] == assembly.topology.tooling.infra.name
    # below /<project>/<deployment>/ Seed-Farmer takes every parameter for one of its own
    assert not [name for name in (*build, *training) if name.startswith("/shop/")]


def test_permissions_boundary_is_on_every_role(synthesize: Any, parameters: Any, find: Any, assembly: Any) -> None:
    made = synthesize({**parameters, "permissions-boundary-name": "limits/of-us".replace("/", "-")})
    roles = [role for template in made.templates.values() for role in find(template, "AWS::IAM::Role")]
    assert len(roles) == 4 + 2 * 7 + 2 * 6 + 2 * 5
    for role in roles:
        assert "policy/limits-of-us" in json.dumps(role["Properties"]["PermissionsBoundary"])
    (endpoint,) = made.endpoints.values()
    (role,) = find(endpoint, "AWS::IAM::Role")
    assert "policy/limits-of-us" in json.dumps(role["Properties"]["PermissionsBoundary"])
    assert "PermissionsBoundary" not in json.dumps([assembly.templates, assembly.endpoints])


def test_everything_goes_by_the_qualifier_of_the_bootstrap(synthesize: Any, parameters: Any) -> None:
    made = synthesize({**parameters, "cdk-qualifier": "acme"})
    written = [path.read_text() for path in made.directory.glob("*.json")] + [json.dumps(made.source("live"))]
    assert [text for text in written if "hnb659fds" in text] == []
    assert "role/cdk-acme-deploy-role-666666666666-eu-west-1" in json.dumps(made.promotion("live"))
    assert "/cdk-bootstrap/acme/version" in json.dumps(made.tooling)


def test_every_build_runs_where_and_installs_from_where_the_settings_say(
    synthesize: Any, parameters: Any, assembly: Any, one: Any, statements: Any
) -> None:
    vpc = {"vpcId": "vpc-01234567", "subnetIds": ["subnet-01234567"], "securityGroupIds": ["sg-01234567"]}
    builds = {
        "image": "aws/codebuild/amazonlinux-x86_64-standard:5.0",
        "computeType": "BUILD_GENERAL1_LARGE",
        "vpc": vpc,
        "pythonIndexParameter": "/packages/python",
        "npmRegistryUrl": "https://npm.example.com/",
        "npmTokenParameter": "/packages/npm-token",
    }
    made = synthesize({**parameters, "builds": builds})
    live = made.group("live")
    for template, project in (
        (made.infra, made.topology.tooling.infra.project),
        (made.training("live"), live.training.project),
        (made.promotion("live"), live.promotion.pipeline.project),
    ):
        found = one(template, "AWS::CodeBuild::Project")["Properties"]
        environment = found["Environment"]
        assert (environment["Image"], environment["ComputeType"]) == (builds["image"], "BUILD_GENERAL1_LARGE")
        assert found["VpcConfig"] == {
            "VpcId": "vpc-01234567",
            "Subnets": ["subnet-01234567"],
            "SecurityGroupIds": ["sg-01234567"],
        }
        variables = environment["EnvironmentVariables"]
        infra = template is made.infra
        assert [each for each in variables if each["Name"] == "NPM_TOKEN"] == (
            [{"Name": "NPM_TOKEN", "Value": "/packages/npm-token", "Type": "PARAMETER_STORE"}] if infra else []
        )
        assert variables[-4 if infra else -3 :][:3] == [
            {"Name": "PIP_INDEX_URL", "Value": "/packages/python", "Type": "PARAMETER_STORE"},
            {"Name": "UV_DEFAULT_INDEX", "Value": "/packages/python", "Type": "PARAMETER_STORE"},
            {"Name": "NPM_CONFIG_REGISTRY", "Value": "https://npm.example.com/"},
        ]
        allowed = statements(template, project.role.name)
        assert allowed["LetCodeBuildUseNetworkInterfaces"]["Condition"] == {
            "ArnEquals": {"ec2:Subnet": ["arn:aws:ec2:eu-west-1:111111111111:subnet/subnet-01234567"]},
            "StringEquals": {"ec2:AuthorizedService": "codebuild.amazonaws.com"},
        }
        assert allowed["PackageIndex"] == {
            "Sid": "PackageIndex",
            "Effect": "Allow",
            "Action": "ssm:GetParameters",
            "Resource": "arn:aws:ssm:eu-west-1:111111111111:parameter/packages/python",
        }
        assert ("npm-token" in json.dumps(template)) == infra
        if infra:
            assert allowed["NpmToken"]["Resource"] == "arn:aws:ssm:eu-west-1:111111111111:parameter/packages/npm-token"
    plain = one(assembly.training("live"), "AWS::CodeBuild::Project")["Properties"]
    assert "VpcConfig" not in plain and "INDEX" not in json.dumps(plain)


def test_custom_tags_are_on_everything_that_takes_tags(synthesize: Any, parameters: Any, assembly: Any) -> None:
    made = synthesize({**parameters, "custom-tags": {"team": "pricing", "cost-centre": "42"}})
    # their CloudFormation types have no tags
    untagged = {
        "AWS::Events::EventBusPolicy",
        "AWS::IAM::ManagedPolicy",
        "AWS::KMS::Alias",
        "AWS::S3::BucketPolicy",
    }
    for template in made.templates.values():
        for resource in template["Resources"].values():
            tags = resource["Properties"].get("Tags")
            if resource["Type"] in untagged:
                continue
            pairs = tags if isinstance(tags, dict) else {tag["Key"]: tag["Value"] for tag in tags or []}
            assert pairs == {"cost-centre": "42", "team": "pricing"}, resource["Type"]
    assert '"Tags"' not in json.dumps(assembly.templates)


def logged(template: dict[str, Any], find: Any) -> set[str]:
    """The buckets whose access is logged."""
    buckets = [each["Properties"] for each in find(template, "AWS::S3::Bucket")]
    return {each["BucketName"] for each in buckets if "LoggingConfiguration" in each}


def test_access_logs_reach_the_bucket_of_the_tooling_account(
    synthesize: Any, parameters: Any, one: Any, find: Any
) -> None:
    made = synthesize({**parameters, "s3-access-logs-bucket-arn": "arn:aws:s3:::logs-of-tooling"})
    for template in (made.infra, made.training("live"), made.promotion("live")):
        bucket = one(template, "AWS::S3::Bucket")["Properties"]
        assert bucket["LoggingConfiguration"] == {
            "DestinationBucketName": "logs-of-tooling",
            "LogFilePrefix": f"{bucket['BucketName']}/",
        }
    # S3 delivers within one account only
    assert logged(made.build("live"), find) == set()


def test_access_logs_of_a_registry_in_the_tooling_account(synthesize: Any, parameters: Any, find: Any) -> None:
    own = copy.deepcopy(parameters)
    own["deployment-groups"][0]["buildEnvironment"]["account"] = "111111111111"
    made = synthesize({**own, "s3-access-logs-bucket-arn": "arn:aws:s3:::logs-of-tooling"})
    research = made.group("research")
    assert logged(made.build("research"), find) == {research.registry.bucket.name, research.releases.bucket.name}
    assert logged(made.build("live"), find) == set()


def test_other_partitions(synthesize: Any, parameters: Any) -> None:
    government = copy.deepcopy(parameters)
    for group in government["deployment-groups"]:
        group["buildEnvironment"]["region"] = "us-gov-west-1"
    text = json.dumps(synthesize(government, region="us-gov-west-1").templates)
    assert "arn:aws:" not in text
    assert "s3.us-gov-west-1.amazonaws.com" in text


def test_metadata_names_what_other_modules_want(assembly: Any) -> None:
    metadata = json.loads(assembly.tooling["Outputs"]["metadata"]["Value"])
    live = assembly.group("live")
    assert metadata["ModelBuildRepositoryName"] == "model-build"
    assert metadata["DeploymentGroups"]["live"] == {
        "RepositoryName": "model-build",
        "SourceBranch": "main",
        "TrainingPipelineName": live.training.name,
        "TrainingPipelineArn": live.training.arn,
        "TrainingScientistPolicyArn": live.training_scientist.arn,
        "ModelPackageGroupName": live.models.name,
        "ModelPackageGroupArn": live.models.arn,
        "ReleaseGroupArn": live.releases.models.arn,
        "RegistryBucketName": live.registry.bucket.name,
        "RegistryKeyAliasArn": live.registry.key_alias.arn,
        "PromotionPipelineName": live.promotion.pipeline.name,
        "ScientistPolicyArn": live.registry_scientist.arn,
        "ApproverPolicyArn": live.promotion.approver.arn,
        "StageApproverPolicyArn": live.promotion.stage_approver.arn,
        "BuildStack": live.build_stack_name,
    }


def test_the_readme_names_every_parameter(assembly: Any, find: Any) -> None:
    readme = (ROOT / "modules" / "sagemaker" / "sagemaker-model-cicd" / "README.md").read_text()
    path = assembly.topology.parameter_path
    names = {
        each["Properties"]["Name"]
        .removeprefix(f"{path}/")
        .replace("live/", "<group>/")
        .replace("research/", "<group>/")
        .replace("environment-00", "environment-NN")
        .replace("environment-01", "environment-NN")
        .replace("environment-02", "environment-NN")
        for template in assembly.templates.values()
        for each in find(template, "AWS::SSM::Parameter")
    }
    assert len(names) == 5 + 9 + 13 + 2
    assert [name for name in sorted(names) if f"`{name}`" not in readme] == []


def test_the_readme_names_every_variable_of_the_training_build(assembly: Any, one: Any) -> None:
    readme = (ROOT / "modules" / "sagemaker" / "sagemaker-model-cicd" / "README.md").read_text()
    environment = one(assembly.training("live"), "AWS::CodeBuild::Project")["Properties"]["Environment"]
    names = [each["Name"] for each in environment["EnvironmentVariables"]]
    assert [name for name in names if f"`{name}`" not in readme] == []
