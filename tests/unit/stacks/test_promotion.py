"""The promotion pipeline of a group: trigger, stages, grants, approvals, and the source it deploys from."""

from __future__ import annotations

import copy
import json
from typing import Any

import pytest
import yaml

from model_cicd.promotion.plan import Plan, parse


@pytest.fixture(scope="module")
def live(assembly: Any) -> Any:
    return assembly.group("live")


@pytest.fixture(scope="module")
def template(assembly: Any) -> Any:
    return assembly.promotion("live")


@pytest.fixture(scope="module")
def pipeline(template: Any, one: Any) -> Any:
    return one(template, "AWS::CodePipeline::Pipeline")["Properties"]


def stages(pipeline: Any) -> dict[str, list[dict[str, Any]]]:
    return {stage["Name"]: stage["Actions"] for stage in pipeline["Stages"]}


def test_the_stages_are_the_environments_in_order_after_source_and_prepare(pipeline: Any) -> None:
    assert list(stages(pipeline)) == ["Source", "Prepare", "Deploy-train", "Deploy-approval", "Deploy-shop"]
    assert pipeline["PipelineType"] == "V2" and pipeline["ExecutionMode"] == "SUPERSEDED"
    assert pipeline["Variables"] == [
        {
            "Name": "ModelPackageArn",
            "DefaultValue": "none",
            "Description": "ARN of the approved model package to promote",
        }
    ]


def test_only_prod_waits_for_an_approval_that_says_what_it_is_about(pipeline: Any, live: Any) -> None:
    found = {name: [each["Name"] for each in actions] for name, actions in stages(pipeline).items()}
    assert found["Deploy-approval"] == ["CreateChangeSet", "ExecuteChangeSet"]
    assert found["Deploy-shop"] == ["CreateChangeSet", "Describe", "Approve", "ExecuteChangeSet"]
    assert [each["RunOrder"] for each in stages(pipeline)["Deploy-shop"]] == [1, 2, 3, 4]
    assert [each["RunOrder"] for each in stages(pipeline)["Deploy-approval"]] == [1, 2]
    text = stages(pipeline)["Deploy-shop"][2]["Configuration"]["CustomData"]
    # the third environment
    for part in (
        "live",
        "shop",
        "prod",
        "666666666666",
        "Version",
        "Commit",
        "Metrics",
        "Digest",
        "Prepare.Serving_3",
        "#{Describe-shop.Changes}",
    ):
        assert part in text
    target = live.promotion.targets[2]
    assert f"change set promotion-#{{codepipeline.PipelineExecutionId}} of stack {target.stack_name}" in text
    assert len(text) < 600  # of 1,000, before the variables in it have values


def test_approvals_are_asked_for_where_the_manifest_says_so(synthesize: Any, parameters: Any, one: Any) -> None:
    changed = copy.deepcopy(parameters)
    environments = changed["deployment-groups"][1]["deployEnvironments"]
    environments[0]["requireApproval"], environments[1]["requireApproval"] = True, False
    made = synthesize(changed)
    found = stages(one(made.promotion("live"), "AWS::CodePipeline::Pipeline")["Properties"])
    asking = [name for name, actions in found.items() for each in actions if each["Name"] == "Approve"]
    assert asking == ["Deploy-approval"]
    policy = one(made.promotion("live"), "AWS::IAM::ManagedPolicy")["Properties"]["PolicyDocument"]["Statement"]
    arn = made.group("live").promotion.pipeline.arn
    assert policy[0]["Resource"] == f"{arn}/Deploy-approval/Approve"


def test_an_approval_waits_as_long_as_the_manifest_says(
    synthesize: Any, parameters: Any, one: Any, pipeline: Any
) -> None:
    changed = copy.deepcopy(parameters)
    changed["deployment-groups"][1]["promotion"] = {"approvalTimeoutMinutes": 1440, "timeoutMinutes": 30}
    made = synthesize(changed).promotion("live")
    found = stages(one(made, "AWS::CodePipeline::Pipeline")["Properties"])["Deploy-shop"]
    assert [each.get("TimeoutInMinutes") for each in found] == [None, None, 1440, None]
    assert one(made, "AWS::CodeBuild::Project")["Properties"]["TimeoutInMinutes"] == 30
    assert "TimeoutInMinutes" not in json.dumps(pipeline)


def test_changes_are_made_through_the_bootstrap_roles_of_the_environment(pipeline: Any, live: Any) -> None:
    target = live.promotion.targets[2]
    create, _, _, execute = copy.deepcopy(stages(pipeline)["Deploy-shop"])
    role = "arn:aws:iam::666666666666:role/cdk-hnb659fds-{}-role-666666666666-eu-west-1"
    assert create["RoleArn"] == execute["RoleArn"] == role.format("deploy")
    assert "Region" not in create
    overrides = json.loads(create["Configuration"].pop("ParameterOverrides"))
    assert overrides == {
        "ModelPackageArn": "#{Prepare.Release}",
        "ReleaseKeyArn": "#{Prepare.ReleaseKeyArn}",
        "Version": "#{Prepare.Version}",
        "Digest": "#{Prepare.Digest}",
        "Commit": "#{Prepare.Commit}",
    }
    path = create["Configuration"].pop("TemplatePath")
    assert create["Configuration"] == {
        "ActionMode": "CHANGE_SET_REPLACE",
        "StackName": target.stack_name,
        "ChangeSetName": "promotion-#{codepipeline.PipelineExecutionId}",
        "RoleArn": role.format("cfn-exec"),
        "Capabilities": "CAPABILITY_NAMED_IAM",
        "TemplateConfiguration": "Source::live/shop.json",
    }
    assert path.startswith("Source::templates/endpoint-")
    assert execute["Configuration"] == {
        "ActionMode": "CHANGE_SET_EXECUTE",
        "StackName": target.stack_name,
        "ChangeSetName": "promotion-#{codepipeline.PipelineExecutionId}",
    }


def test_the_largest_overrides_fit_codepipeline(pipeline: Any) -> None:
    """One kilobyte, https://docs.aws.amazon.com/codepipeline/latest/userguide/action-reference-CloudFormation.html."""
    text = stages(pipeline)["Deploy-shop"][0]["Configuration"]["ParameterOverrides"]
    package = "arn:aws-us-gov:sagemaker:us-gov-west-1:444444444444:model-package/" + "g" * 63 + "/123456"
    longest = {
        "Release": package,
        "ReleaseKeyArn": "k" * 100,
        "Version": "1" * 6,
        "Digest": "d" * 71,
        "Commit": "c" * 64,
    }
    for name, value in longest.items():
        text = text.replace(f"#{{Prepare.{name}}}", value)
    assert "#{" not in text
    assert len(text) < 1000


def test_the_source_is_this_objects_zip_and_never_polled(
    pipeline: Any, template: Any, statements: Any, live: Any
) -> None:
    (source,) = stages(pipeline)["Source"]
    configuration = source["Configuration"]
    assert source["ActionTypeId"]["Provider"] == "S3"
    assert configuration["PollForSourceChanges"] == "false"
    bucket, key = configuration["S3Bucket"], configuration["S3ObjectKey"]
    assert bucket == "cdk-hnb659fds-assets-111111111111-eu-west-1"
    assert source["RoleArn"]["Fn::GetAtt"][0].startswith("PromotionSourceRole")
    granted = statements(template, live.promotion.pipeline.source_role.name)
    assert granted["Source"]["Resource"] == f"arn:aws:s3:::{bucket}/{key}"
    assert granted["WriteSource"]["Resource"] == f"{live.promotion.pipeline.sources_arn}*"
    assert granted["SourceBucket"]["Resource"] == f"arn:aws:s3:::{bucket}"


def test_the_pipeline_may_take_the_deploy_roles_of_its_environments_and_no_other(
    template: Any, statements: Any, live: Any
) -> None:
    granted = statements(template, live.promotion.pipeline.role.name)
    assert granted["Deploy"]["Action"] == "sts:AssumeRole"
    assert granted["Deploy"]["Resource"] == [
        f"arn:aws:iam::{account}:role/cdk-hnb659fds-deploy-role-{account}-eu-west-1"
        for account in ("444444444444", "555555555555", "666666666666")
    ]


def test_prepare_reads_and_cannot_deploy_or_approve(template: Any, statements: Any, live: Any) -> None:
    granted = statements(template, live.promotion.pipeline.project.role.name)
    assert granted["Look"]["Resource"] == [
        live.releases.role.arn,
        *(
            f"arn:aws:iam::{account}:role/cdk-hnb659fds-lookup-role-{account}-eu-west-1"
            for account in ("444444444444", "555555555555", "666666666666")
        ),
    ]
    assert granted["Supersede"]["Action"] == ["codepipeline:GetPipelineState", "codepipeline:StopPipelineExecution"]
    assert granted["Supersede"]["Resource"] == live.promotion.pipeline.arn
    text = json.dumps(granted)
    assert "PutApprovalResult" not in text and "deploy-role" not in text and "UpdateModelPackage" not in text


def test_the_release_role_of_the_build_account_is_assumed_by_prepare_alone(
    assembly: Any, statements: Any, one: Any, live: Any
) -> None:
    role = one(assembly.build("live"), "AWS::IAM::Role", RoleName=live.releases.role.name)
    (trust,) = role["Properties"]["AssumeRolePolicyDocument"]["Statement"]
    assert trust["Principal"] == {"AWS": "arn:aws:iam::111111111111:root"}
    assert trust["Condition"] == {"ArnEquals": {"aws:PrincipalArn": live.promotion.pipeline.project.role.arn}}
    granted = statements(assembly.build("live"), live.releases.role.name)
    path = "/shop-model-cicd/models/training-prices/live/release-key-arn"
    assert granted["KeyParameter"]["Resource"] == f"arn:aws:ssm:eu-west-1:444444444444:parameter{path}"


def test_prepare_gives_the_variables_that_the_stages_use(template: Any, one: Any, pipeline: Any) -> None:
    project = one(template, "AWS::CodeBuild::Project")["Properties"]
    spec = yaml.safe_load(project["Source"]["BuildSpec"])
    exported = spec["env"]["exported-variables"]
    assert exported == [
        *("Version", "Commit", "Metrics", "Release", "Digest", "ReleaseKeyArn"),
        *("Serving_1", "Serving_2", "Serving_3", "Changes"),
    ]
    import re

    used = set(re.findall(r"#\{Prepare\.(\w+)\}", json.dumps(pipeline["Stages"])))
    assert used <= set(exported)
    assert used == {"Version", "Commit", "Metrics", "Release", "Digest", "ReleaseKeyArn", "Serving_3"}
    given = json.loads(stages(pipeline)["Prepare"][0]["Configuration"]["EnvironmentVariables"])
    assert {each["name"]: each["value"] for each in given} == {
        "PROMOTION_STEP": "prepare-promotion",
        "MODEL_PACKAGE_ARN": "#{variables.ModelPackageArn}",
        "PIPELINE_NAME": pipeline["Name"],
        "PIPELINE_EXECUTION_ID": "#{codepipeline.PipelineExecutionId}",
    }


def test_an_approval_starts_the_pipeline_with_the_versions_arn(
    template: Any, one: Any, live: Any, statements: Any
) -> None:
    rule = one(template, "AWS::Events::Rule")["Properties"]
    assert rule["EventPattern"] == {
        "source": ["aws.sagemaker"],
        "detail-type": ["SageMaker Model Package State Change"],
        "account": ["444444444444"],
        "region": ["eu-west-1"],
        "detail": {
            "ModelPackageGroupName": [live.models.name],
            "ModelApprovalStatus": ["Approved"],
            "$or": [
                {"UpdatedModelPackageFields": ["ModelApprovalStatus"]},
                {"UpdatedModelPackageFields": [{"exists": False}]},
            ],
        },
    }
    machine = one(template, "AWS::StepFunctions::StateMachine")["Properties"]
    assert machine["StateMachineType"] == "EXPRESS" and machine["LoggingConfiguration"]["Level"] == "ALL"
    state = json.loads(machine["DefinitionString"])["States"]["StartPromotion"]
    assert state["Resource"] == "arn:aws:states:::aws-sdk:codepipeline:startPipelineExecution"
    assert state["Parameters"] == {
        "Name": live.promotion.pipeline.name,
        "ClientRequestToken.$": "States.Hash(States.Format('{} {} {}', $.arn, $.status, $.changed), 'SHA-256')",
        "Variables": [{"Name": "ModelPackageArn", "Value.$": "$.arn"}],
    }
    start = statements(template, live.promotion.trigger.role.name)["Start"]
    assert (start["Action"], start["Resource"]) == ("codepipeline:StartPipelineExecution", live.promotion.pipeline.arn)
    (target,) = rule["Targets"]
    assert target["Arn"]["Fn::GetAtt"][0] in template["Resources"]
    sender = statements(template, live.promotion.trigger.events_role.name)["Start"]
    assert (sender["Action"], sender["Resource"]) == ("states:StartExecution", target["Arn"])


@pytest.mark.parametrize(
    ("detail", "starts"),
    [
        ({"UpdatedModelPackageFields": ["ModelApprovalStatus", "ApprovalDescription"]}, True),
        ({}, True),
        ({"UpdatedModelPackageFields": ["CustomerMetadataProperties"]}, False),
        ({"ModelApprovalStatus": "Rejected", "UpdatedModelPackageFields": ["ModelApprovalStatus"]}, False),
        ({"ModelPackageGroupName": "another"}, False),
    ],
)
def test_which_events_start_it(template: Any, one: Any, live: Any, detail: dict[str, Any], starts: bool) -> None:
    from rehearsal.events.pattern import Pattern

    event = {
        "source": "aws.sagemaker",
        "detail-type": "SageMaker Model Package State Change",
        "account": "444444444444",
        "region": "eu-west-1",
        "detail": {
            "ModelPackageGroupName": live.models.name,
            "ModelApprovalStatus": "Approved",
            **detail,
        },
    }
    pattern = Pattern(json.dumps(one(template, "AWS::Events::Rule")["Properties"]["EventPattern"]))
    assert pattern.matches(event) is starts
    assert not pattern.matches({**event, "account": "222222222222"})


def test_approving_is_a_policy_of_its_own_in_each_of_two_accounts(
    assembly: Any, template: Any, one: Any, live: Any
) -> None:
    name = live.promotion.approver.name
    registry = one(assembly.build("live"), "AWS::IAM::ManagedPolicy", ManagedPolicyName=name)["Properties"]
    assert not {"Roles", "Users", "Groups"} & set(registry)
    decide = registry["PolicyDocument"]["Statement"][0]
    assert (decide["Action"], decide["Resource"]) == ("sagemaker:UpdateModelPackage", live.models.packages_arn)
    stage = one(template, "AWS::IAM::ManagedPolicy")["Properties"]
    assert stage["ManagedPolicyName"] == live.promotion.stage_approver.name
    assert not {"Roles", "Users", "Groups"} & set(stage)
    decide = stage["PolicyDocument"]["Statement"][0]
    assert decide["Action"] == "codepipeline:PutApprovalResult"
    assert decide["Resource"] == f"{live.promotion.pipeline.arn}/Deploy-shop/Approve"


def test_nobody_else_approves(assembly: Any, find: Any) -> None:
    for template in [*assembly.templates.values(), *assembly.endpoints.values()]:
        for role in find(template, "AWS::IAM::Role"):
            text = json.dumps(role["Properties"]["Policies"])
            assert "UpdateModelPackage" not in text and "PutApprovalResult" not in text


def test_a_group_without_approvals_has_none_to_answer(assembly: Any, one: Any) -> None:
    policy = one(assembly.promotion("research"), "AWS::IAM::ManagedPolicy")["Properties"]["PolicyDocument"]
    assert [each["Sid"] for each in policy["Statement"]] == ["See", "Promote"]


def test_the_source_holds_plan_templates_and_parameters(assembly: Any, live: Any) -> None:
    files = assembly.source("live")
    templates = [name for name in files if name.startswith("templates/")]
    assert len(templates) == 1  # all environments have the same settings
    configurations = {"live/train.json", "live/approval.json", "live/shop.json"}
    assert set(files) == {"promotion.json", *templates, *configurations}
    plan: Plan = parse(json.loads(files["promotion.json"]))
    assert plan.model_packages + "*" == live.models.packages_arn
    assert (plan.release_bucket, plan.release_group) == (live.releases.bucket.name, live.releases.models.name)
    assert plan.artifacts == ("models/", "code/", f"{live.sagemaker_pipeline.name}/")
    assert [each.name for each in plan.environments] == ["train", "approval", "shop"]
    assert plan.environments[2].stack == live.promotion.targets[2].stack_name


def test_every_parameter_of_a_template_has_its_value(assembly: Any) -> None:
    overrides = {"ModelPackageArn", "ReleaseKeyArn", "Version", "Digest", "Commit"}
    for group in assembly.topology.groups:
        files = assembly.source(group.name)
        for target in group.promotion.targets:
            name = target.environment.name
            given = json.loads(files[f"{group.name}/{name}.json"])["Parameters"]
            declared = assembly.endpoint(group.name, name)["Parameters"]
            assert set(declared) == set(given) | overrides
            assert not set(given) & overrides


def test_tags_of_module_and_environment_are_on_the_environments_stack(synthesize: Any, parameters: Any) -> None:
    changed = copy.deepcopy(parameters)
    changed["deployment-groups"][1]["deployEnvironments"][1]["endpoint"] = {"tags": {"team": "shop", "tier": "1"}}
    made = synthesize({**changed, "custom-tags": {"team": "pricing", "owner": "us"}})
    files = made.source("live")
    assert json.loads(files["live/shop.json"])["Tags"] == {"owner": "us", "team": "shop", "tier": "1"}
    assert json.loads(files["live/approval.json"])["Tags"] == {"owner": "us", "team": "pricing"}
    assert len(made.endpoints) == 1  # tags make no other template


def test_deploy_roles_read_the_source_of_their_groups_promotion_and_nothing_more(
    assembly: Any, one: Any, live: Any, template: Any
) -> None:
    policy = one(template, "AWS::S3::BucketPolicy")["Properties"]["PolicyDocument"]["Statement"]
    found = {each["Sid"]: each for each in policy}
    accounts = ("444444444444", "555555555555", "666666666666")
    roles = [f"arn:aws:iam::{each}:role/cdk-hnb659fds-deploy-role-{each}-eu-west-1" for each in accounts]
    assert found["DeployOther"]["Action"] == ["s3:GetObject", "s3:GetObjectVersion"]
    assert found["DeployOther"]["Resource"] == f"{live.promotion.pipeline.sources_arn}*"
    for sid in ("DeployOther", "DeployOtherBucket"):
        assert found[sid]["Principal"] == {"AWS": [f"arn:aws:iam::{each}:root" for each in accounts]}
        assert found[sid]["Condition"] == {"ArnEquals": {"aws:PrincipalArn": roles}}
    for other in (assembly.promotion("research"), assembly.training("live"), assembly.infra):
        assert "666666666666" not in json.dumps(one(other, "AWS::S3::BucketPolicy"))
    key = one(template, "AWS::KMS::Key")["Properties"]["KeyPolicy"]["Statement"]
    (decrypt,) = [each for each in key if each["Sid"] == "DeployOther"]
    assert decrypt["Action"] == "kms:Decrypt"
    assert decrypt["Condition"] == {
        "ArnEquals": {"aws:PrincipalArn": roles},
        "StringEquals": {"kms:ViaService": "s3.eu-west-1.amazonaws.com"},
    }


def test_a_deploy_role_of_the_tooling_account_is_a_principal_itself(synthesize: Any, parameters: Any, one: Any) -> None:
    own = copy.deepcopy(parameters)
    own["deployment-groups"][0]["buildEnvironment"]["account"] = "111111111111"
    made = synthesize({**own, "organization-id": "o-a1b2c3d4e5"})
    policy = one(made.promotion("research"), "AWS::S3::BucketPolicy")["Properties"]["PolicyDocument"]["Statement"]
    found = {each["Sid"]: each for each in policy}
    role = "arn:aws:iam::111111111111:role/cdk-hnb659fds-deploy-role-111111111111-eu-west-1"
    assert found["Deploy"]["Principal"] == {"AWS": role}
    assert "Condition" not in found["Deploy"]
    assert found["DeployOther"]["Condition"]["StringEquals"] == {"aws:PrincipalOrgID": "o-a1b2c3d4e5"}
    rule = one(made.promotion("research"), "AWS::Events::Rule")["Properties"]
    assert rule["EventPattern"]["account"] == ["111111111111"]


def test_promotions_are_deployed_after_the_registry_and_before_the_infra_pipeline(assembly: Any, live: Any) -> None:
    manifest = json.loads((assembly.directory / "manifest.json").read_text())["artifacts"]
    assert live.build_stack_name in manifest[live.promotion.stack_name]["dependencies"]
    assert live.promotion.stack_name in manifest[assembly.topology.tooling.infra_stack_name]["dependencies"]


def test_what_the_commands_look_up_is_published(assembly: Any, template: Any, find: Any, live: Any) -> None:
    from model_cicd.sagemaker_model_cicd.topology.outputs import promotion_parameters

    found = {each["Properties"]["Name"]: each["Properties"]["Value"] for each in find(template, "AWS::SSM::Parameter")}
    expected = promotion_parameters(assembly.topology, live)
    assert found == {live.parameter(key): value for key, value in expected.items()}


def test_what_is_described_is_what_the_stage_made(pipeline: Any, live: Any) -> None:
    create, described, _, _ = stages(pipeline)["Deploy-shop"]
    assert described["Namespace"] == "Describe-shop"
    given = {each["name"]: each["value"] for each in json.loads(described["Configuration"]["EnvironmentVariables"])}
    made = create["Configuration"]
    assert given == {
        "PROMOTION_STEP": "describe-change-set",
        "DEPLOY_ENVIRONMENT": "shop",
        "CHANGE_SET": made["ChangeSetName"],
        "CHANGE_SET_TEMPLATE": made["TemplatePath"].removeprefix("Source::"),
        "CHANGE_SET_CONFIGURATION": made["TemplateConfiguration"].removeprefix("Source::"),
        "CHANGE_SET_PARAMETERS": made["ParameterOverrides"],
    }


def test_the_longest_approval_says_all_that_it_is_about(pipeline: Any) -> None:
    """A thousand characters, https://docs.aws.amazon.com/codepipeline/latest/userguide/approvals.html."""
    from model_cicd.promotion import describe
    from model_cicd.text.metrics import LONGEST_METRICS

    text = stages(pipeline)["Deploy-shop"][2]["Configuration"]["CustomData"]
    longest = {
        "Prepare.Version": "1" * 6, "Prepare.Digest": "d" * 71, "Prepare.Commit": "c" * 64,
        "Prepare.Metrics": "m" * (LONGEST_METRICS + 5),
        "Prepare.Serving_3": "version 123456 (commit 123456789012)",
        "codepipeline.PipelineExecutionId": "e" * 36, "Describe-shop.Changes": "x" * (describe._LONGEST + 9),
    }  # fmt: skip
    for name, value in longest.items():
        text = text.replace(f"#{{{name}}}", value)
    assert "#{" not in text
    assert len(text) < 1000
