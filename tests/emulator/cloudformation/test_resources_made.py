"""Resource types: what their properties become, and how updates change them, seen through each service's own API."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from tests.emulator.cloudformation.conftest import Stacks, own_tags

Client = Callable[..., Any]
ROOT = "arn:aws:iam::111111111111:root"


def resources(**found: tuple[str, dict[str, Any]]) -> dict[str, Any]:
    return {"Resources": {name: {"Type": kind, "Properties": properties} for name, (kind, properties) in found.items()}}


def document(*actions: str, **more: Any) -> dict[str, Any]:
    statement = {"Effect": "Allow", "Action": list(actions), "Resource": "*"} | more
    return {"Version": "2012-10-17", "Statement": [statement]}


def trust(service: str) -> dict[str, Any]:
    statement = {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"Service": service}}
    return {"Version": "2012-10-17", "Statement": [statement]}


def make(stacks: Stacks, template: dict[str, Any]) -> str:
    stack = stacks.create(template)
    assert stack["StackStatus"] == "CREATE_COMPLETE", stacks.reasons(stack["StackId"])
    name: str = stack["StackName"]
    return name


def change(stacks: Stacks, name: str, template: dict[str, Any]) -> None:
    assert stacks.update(name, template)["StackStatus"] == "UPDATE_COMPLETE", stacks.reasons(name)


def remove(stacks: Stacks, name: str) -> None:
    stack = stacks.delete(name)
    assert stack["StackStatus"] == "DELETE_COMPLETE", stacks.reasons(stack["StackId"])


def test_bucket_and_its_policy(stacks: Stacks, client: Client, refused: Callable[..., str]) -> None:
    s3, key = client("s3"), client("kms").create_key()["KeyMetadata"]["Arn"]
    deny = {"Version": "2012-10-17", "Statement": [
        {"Effect": "Deny", "Principal": "*", "Action": "s3:*", "Resource": {"Fn::Sub": "${B.Arn}/*"},
         "Condition": {"Bool": {"aws:SecureTransport": "false"}}},
    ]}  # fmt: skip
    properties = {
        "BucketEncryption": {"ServerSideEncryptionConfiguration": [
            {"BucketKeyEnabled": True,
             "ServerSideEncryptionByDefault": {"SSEAlgorithm": "aws:kms", "KMSMasterKeyID": key}},
        ]},
        "VersioningConfiguration": {"Status": "Enabled"},
        "OwnershipControls": {"Rules": [{"ObjectOwnership": "BucketOwnerEnforced"}]},
        "PublicAccessBlockConfiguration": {"BlockPublicAcls": "true", "RestrictPublicBuckets": True},
        "LifecycleConfiguration": {"Rules": [
            {"Id": "a", "Status": "Enabled", "Prefix": "runs/", "ExpirationInDays": "30",
             "NoncurrentVersionExpiration": {"NoncurrentDays": 7}},
            {"Id": "b", "Status": "Enabled", "AbortIncompleteMultipartUpload": {"DaysAfterInitiation": 1}},
        ]},
        "LoggingConfiguration": {"LogFilePrefix": "logs/"},
        "CorsConfiguration": {"CorsRules": [{"AllowedMethods": ["GET"], "AllowedOrigins": ["*"], "MaxAge": 3}]},
        "Tags": [{"Key": "a", "Value": "1"}],
    }  # fmt: skip
    log_policy = {
        "Effect": "Allow",
        "Principal": {"Service": "logging.s3.amazonaws.com"},
        "Action": "s3:PutObject",
        "Resource": "*",
    }
    template = resources(
        B=("AWS::S3::Bucket", {k: v for k, v in properties.items() if k != "LoggingConfiguration"}),
        P=("AWS::S3::BucketPolicy", {"Bucket": {"Ref": "B"}, "PolicyDocument": deny}),
    )
    name = make(stacks, template)
    bucket = stacks.physical(name)["B"]
    assert bucket.startswith(f"{name}-b-")
    assert s3.get_bucket_versioning(Bucket=bucket)["Status"] == "Enabled"
    rule = s3.get_bucket_encryption(Bucket=bucket)["ServerSideEncryptionConfiguration"]["Rules"][0]
    assert rule == {
        "ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "aws:kms", "KMSMasterKeyID": key},
        "BucketKeyEnabled": True,
    }
    blocked = s3.get_public_access_block(Bucket=bucket)["PublicAccessBlockConfiguration"]
    assert (blocked["BlockPublicAcls"], blocked["BlockPublicPolicy"]) == (True, False)
    rules = s3.get_bucket_lifecycle_configuration(Bucket=bucket)["Rules"]
    assert [(r["ID"], r["Filter"], r.get("Expiration")) for r in rules] == [
        ("a", {"Prefix": "runs/"}, {"Days": 30}),
        ("b", {"Prefix": ""}, None),
    ]
    assert s3.get_bucket_ownership_controls(Bucket=bucket)["OwnershipControls"]["Rules"] == [
        {"ObjectOwnership": "BucketOwnerEnforced"}
    ]
    policy = json.loads(s3.get_bucket_policy(Bucket=bucket)["Policy"])
    assert policy["Statement"][0]["Resource"] == f"arn:aws:s3:::{bucket}/*"
    s3.put_object(Bucket=bucket, Key="k", Body=b"x")  # a conditional Deny locks nobody out
    assert s3.get_object(Bucket=bucket, Key="k")["Body"].read() == b"x"
    version = s3.list_object_versions(Bucket=bucket)["Versions"][0]["VersionId"]
    s3.delete_object(Bucket=bucket, Key="k", VersionId=version)

    lighter: dict[str, Any] = {"Tags": [{"Key": "b", "Value": "2"}], "VersioningConfiguration": {"Status": "Suspended"}}
    allow = {"Version": "2012-10-17", "Statement": [log_policy]}
    change(
        stacks,
        name,
        resources(
            B=("AWS::S3::Bucket", lighter),
            P=("AWS::S3::BucketPolicy", {"Bucket": {"Ref": "B"}, "PolicyDocument": allow}),
        ),
    )
    assert s3.get_bucket_versioning(Bucket=bucket)["Status"] == "Suspended"
    assert own_tags(s3.get_bucket_tagging(Bucket=bucket)["TagSet"]) == lighter["Tags"]
    assert json.loads(s3.get_bucket_policy(Bucket=bucket)["Policy"]) == allow
    logging = lighter | {"LoggingConfiguration": {"LogFilePrefix": "logs/"}}
    change(
        stacks,
        name,
        resources(
            B=("AWS::S3::Bucket", logging),
            P=("AWS::S3::BucketPolicy", {"Bucket": {"Ref": "B"}, "PolicyDocument": allow}),
        ),
    )
    assert s3.get_bucket_logging(Bucket=bucket)["LoggingEnabled"] == {"TargetBucket": bucket, "TargetPrefix": "logs/"}
    change(stacks, name, resources(B=("AWS::S3::Bucket", lighter)))
    assert "LoggingEnabled" not in s3.get_bucket_logging(Bucket=bucket)
    assert "NoSuchBucketPolicy" in refused(s3.get_bucket_policy, Bucket=bucket)
    for found in s3.list_object_versions(Bucket=bucket)["Versions"]:  # what was logged
        s3.delete_object(Bucket=bucket, Key=found["Key"], VersionId=found["VersionId"])
    remove(stacks, name)
    assert bucket not in {found["Name"] for found in s3.list_buckets()["Buckets"]}


def test_role_with_policies(stacks: Stacks, client: Client) -> None:
    iam = client("iam")

    def template(service: str, action: str, managed: list[Any], **role: Any) -> dict[str, Any]:
        return resources(
            R=(
                "AWS::IAM::Role",
                {
                    "AssumeRolePolicyDocument": trust(service),
                    "Path": "/p/",
                    "ManagedPolicyArns": managed,
                    "Policies": [{"PolicyName": "inline", "PolicyDocument": document(action)}],
                    **role,
                },
            ),
            M=("AWS::IAM::ManagedPolicy", {"PolicyDocument": document(action), "Path": "/m/"}),
            P=("AWS::IAM::Policy", {"PolicyName": "own", "PolicyDocument": document(action), "Roles": [{"Ref": "R"}]}),
        )

    reading = "arn:aws:iam::aws:policy/ReadOnlyAccess"
    first = template(
        "codebuild.amazonaws.com",
        "s3:GetObject",
        [{"Ref": "M"}, reading],
        MaxSessionDuration="7200",
        Tags=[{"Key": "a", "Value": "1"}],
    )
    name = make(stacks, first)
    physical = stacks.physical(name)
    role = iam.get_role(RoleName=physical["R"])["Role"]
    assert (role["MaxSessionDuration"], role["Path"]) == (7200, "/p/")
    attached = {
        item["PolicyArn"] for item in iam.list_attached_role_policies(RoleName=physical["R"])["AttachedPolicies"]
    }
    assert attached == {physical["M"], reading}
    assert set(iam.list_role_policies(RoleName=physical["R"])["PolicyNames"]) == {"inline", "own"}

    boundary = "arn:aws:iam::aws:policy/PowerUserAccess"
    for action in ("s3:PutObject", "s3:A", "s3:B", "s3:C", "s3:DeleteObject"):
        change(stacks, name, template("lambda.amazonaws.com", action, [{"Ref": "M"}], PermissionsBoundary=boundary))
    assert stacks.physical(name) == physical
    role = iam.get_role(RoleName=physical["R"])["Role"]
    assert role["AssumeRolePolicyDocument"]["Statement"][0]["Principal"] == {"Service": "lambda.amazonaws.com"}
    assert role["PermissionsBoundary"]["PermissionsBoundaryArn"] == boundary
    assert role["MaxSessionDuration"] == 3600
    assert iam.list_role_tags(RoleName=physical["R"])["Tags"] == []
    inline = iam.get_role_policy(RoleName=physical["R"], PolicyName="inline")["PolicyDocument"]
    assert inline["Statement"][0]["Action"] == ["s3:DeleteObject"]
    version = iam.get_policy(PolicyArn=physical["M"])["Policy"]["DefaultVersionId"]
    shown = iam.get_policy_version(PolicyArn=physical["M"], VersionId=version)["PolicyVersion"]["Document"]
    assert shown["Statement"][0]["Action"] == ["s3:DeleteObject"]
    remove(stacks, name)
    assert iam.list_roles(PathPrefix="/p/")["Roles"] == []


def test_a_role_with_foreign_policies_cannot_be_deleted(stacks: Stacks, client: Client) -> None:
    name = make(stacks, resources(R=("AWS::IAM::Role", {"AssumeRolePolicyDocument": trust("codebuild.amazonaws.com")})))
    role = stacks.physical(name)["R"]
    client("iam").put_role_policy(RoleName=role, PolicyName="foreign", PolicyDocument=json.dumps(document("s3:*")))
    assert stacks.delete(name)["StackStatus"] == "DELETE_FAILED"
    assert "DeleteConflict" in stacks.reasons(name)[0]


def test_key_and_alias(stacks: Stacks, client: Client) -> None:
    kms = client("kms")

    def template(description: str, rotation: Any, target: str) -> dict[str, Any]:
        policy = document("kms:*", Principal={"AWS": ROOT}, Sid=description)
        key = {
            "KeyPolicy": policy,
            "Description": description,
            "EnableKeyRotation": rotation,
            "Tags": [{"Key": "d", "Value": description}],
        }
        return resources(
            K=("AWS::KMS::Key", key | {"PendingWindowInDays": 7}),
            L=("AWS::KMS::Key", {}),
            A=("AWS::KMS::Alias", {"AliasName": "alias/mine", "TargetKeyId": {"Fn::GetAtt": [target, "Arn"]}}),
        )

    name = make(stacks, template("one", "true", "K"))
    physical = stacks.physical(name)
    key = physical["K"]
    assert kms.describe_key(KeyId="alias/mine")["KeyMetadata"]["KeyId"] == key
    assert kms.get_key_rotation_status(KeyId=key)["KeyRotationEnabled"] is True
    change(stacks, name, template("two", False, "L"))
    assert stacks.physical(name) == physical
    assert kms.describe_key(KeyId=key)["KeyMetadata"]["Description"] == "two"
    assert kms.get_key_rotation_status(KeyId=key)["KeyRotationEnabled"] is False
    assert json.loads(kms.get_key_policy(KeyId=key, PolicyName="default")["Policy"])["Statement"][0]["Sid"] == "two"
    assert kms.list_resource_tags(KeyId=key)["Tags"] == [{"TagKey": "d", "TagValue": "two"}]
    assert kms.describe_key(KeyId="alias/mine")["KeyMetadata"]["KeyId"] == physical["L"]
    fixed = template("two", False, "L")
    fixed["Resources"]["K"]["Properties"]["KeySpec"] = "RSA_2048"
    assert stacks.update(name, fixed)["StackStatus"] == "UPDATE_ROLLBACK_COMPLETE"
    assert "cannot change the KeySpec" in stacks.reasons(name)[0]
    remove(stacks, name)
    assert kms.describe_key(KeyId=key)["KeyMetadata"]["KeyState"] == "PendingDeletion"


def test_parameters_logs_and_topics(stacks: Stacks, client: Client) -> None:
    def template(value: str, days: int | None) -> dict[str, Any]:
        subscription = {"Protocol": "email", "Endpoint": f"{value}@example.com"}
        policy = document("sns:Publish", Sid=value, Principal="*", Resource={"Ref": "T"})
        group = {"LogGroupName": "/made/log", "Tags": [{"Key": "v", "Value": value}]} | (
            {"RetentionInDays": days} if days else {}
        )
        return resources(
            P=("AWS::SSM::Parameter", {"Name": "/made/p", "Type": "String", "Value": value, "Tags": {"v": value}}),
            L=("AWS::Logs::LogGroup", group),
            T=("AWS::SNS::Topic", {"DisplayName": value, "Subscription": [subscription]}),
            TP=("AWS::SNS::TopicPolicy", {"Topics": [{"Ref": "T"}], "PolicyDocument": policy}),
        )

    name = make(stacks, template("one", 7))
    physical = stacks.physical(name)
    logs, sns, ssm = client("logs"), client("sns"), client("ssm")
    assert logs.describe_log_groups(logGroupNamePrefix="/made/log")["logGroups"][0]["retentionInDays"] == 7
    change(stacks, name, template("two", None))
    assert stacks.physical(name) == physical
    group = logs.describe_log_groups(logGroupNamePrefix="/made/log")["logGroups"][0]
    assert "retentionInDays" not in group
    assert own_tags(logs.list_tags_log_group(logGroupName="/made/log")["tags"]) == {"v": "two"}
    assert ssm.get_parameter(Name="/made/p")["Parameter"]["Value"] == "two"
    tags = ssm.list_tags_for_resource(ResourceType="Parameter", ResourceId="/made/p")["TagList"]
    assert own_tags(tags) == [{"Key": "v", "Value": "two"}]
    ends = {
        item["Endpoint"]: item["SubscriptionArn"]
        for item in sns.list_subscriptions_by_topic(TopicArn=physical["T"])["Subscriptions"]
    }
    # nobody confirmed them: such a subscription cannot be taken away, and ends by itself
    assert ends == dict.fromkeys(("one@example.com", "two@example.com"), "PendingConfirmation")
    policy = json.loads(sns.get_topic_attributes(TopicArn=physical["T"])["Attributes"]["Policy"])
    assert policy["Statement"][0]["Sid"] == "two"
    remove(stacks, name)
    assert logs.describe_log_groups(logGroupNamePrefix="/made/log")["logGroups"] == []


def test_image_repository(stacks: Stacks, client: Client) -> None:
    ecr = client("ecr")

    def template(mutability: str, sid: str) -> dict[str, Any]:
        selection = {"tagStatus": "untagged", "countType": "imageCountMoreThan", "countNumber": 5}
        rules = json.dumps({"rules": [{"rulePriority": 1, "selection": selection, "action": {"type": "expire"}}]})
        return resources(
            R=(
                "AWS::ECR::Repository",
                {
                    "RepositoryName": "images",
                    "ImageTagMutability": mutability,
                    "RepositoryPolicyText": document("ecr:*", Sid=sid, Principal={"AWS": "111111111111"}),
                    "LifecyclePolicy": {"LifecyclePolicyText": rules},
                    "Tags": [{"Key": "s", "Value": sid}],
                },
            )
        )

    name = make(stacks, template("IMMUTABLE", "one"))
    change(stacks, name, template("MUTABLE", "two"))
    found = ecr.describe_repositories(repositoryNames=["images"])["repositories"][0]
    assert found["imageTagMutability"] == "MUTABLE"
    assert "two" in ecr.get_repository_policy(repositoryName="images")["policyText"]
    tags = ecr.list_tags_for_resource(resourceArn=found["repositoryArn"])["tags"]
    assert own_tags(tags) == [{"Key": "s", "Value": "two"}]
    remove(stacks, name)
    assert ecr.describe_repositories()["repositories"] == []


def test_repository_is_seeded_from_a_zip(stacks: Stacks, client: Client) -> None:
    s3, codecommit = client("s3"), client("codecommit")
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("README.md", "hello")
        script = zipfile.ZipInfo("bin/run.sh")
        script.external_attr = 0o755 << 16
        archive.writestr(script, "#!/bin/sh\n")
        archive.writestr("data/blob.bin", bytes(range(256)))
    s3.create_bucket(Bucket="seeds")
    s3.put_object(Bucket="seeds", Key="seed.zip", Body=packed.getvalue())

    def template(description: str) -> dict[str, Any]:
        code = {"BranchName": "main", "S3": {"Bucket": "seeds", "Key": "seed.zip"}}
        found = resources(
            R=(
                "AWS::CodeCommit::Repository",
                {
                    "RepositoryName": "seeded",
                    "RepositoryDescription": description,
                    "Code": code,
                    "Tags": [{"Key": "d", "Value": description}],
                },
            )
        )
        return found | {"Outputs": {"Name": {"Value": {"Fn::GetAtt": ["R", "Name"]}}, "Id": {"Value": {"Ref": "R"}}}}

    name = make(stacks, template("one"))
    head = codecommit.get_branch(repositoryName="seeded", branchName="main")["branch"]["commitId"]
    assert codecommit.get_file(repositoryName="seeded", filePath="data/blob.bin")["fileContent"] == bytes(range(256))
    assert codecommit.get_file(repositoryName="seeded", filePath="bin/run.sh")["fileMode"] == "EXECUTABLE"
    shown = {item["OutputKey"]: item["OutputValue"] for item in stacks.describe(name)["Outputs"]}
    metadata = codecommit.get_repository(repositoryName="seeded")["repositoryMetadata"]
    assert shown == {"Name": "seeded", "Id": metadata["repositoryId"]}
    assert stacks.physical(name) == {"R": metadata["repositoryId"]}
    change(stacks, name, template("two"))
    metadata = codecommit.get_repository(repositoryName="seeded")["repositoryMetadata"]
    assert metadata["repositoryDescription"] == "two"
    assert codecommit.get_branch(repositoryName="seeded", branchName="main")["branch"]["commitId"] == head
    remove(stacks, name)
    assert codecommit.list_repositories()["repositories"] == []


def test_no_repository_is_seeded_with_an_empty_file(stacks: Stacks, client: Client) -> None:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("README.md", "hello")
        archive.writestr("package/__init__.py", "")
    s3 = client("s3")
    s3.create_bucket(Bucket="empty-seeds")
    s3.put_object(Bucket="empty-seeds", Key="seed.zip", Body=packed.getvalue())
    code = {"S3": {"Bucket": "empty-seeds", "Key": "seed.zip"}}
    wanted = resources(R=("AWS::CodeCommit::Repository", {"RepositoryName": "never", "Code": code}))
    stack = stacks.create(wanted)
    assert stack["StackStatus"] == "ROLLBACK_COMPLETE"
    assert "empty files, of which no initial commit is made: package/__init__.py" in str(
        stacks.reasons(stack["StackId"])
    )
    assert client("codecommit").list_repositories()["repositories"] == []


def test_build_project(stacks: Stacks, client: Client) -> None:
    codebuild = client("codebuild")

    def template(command: str, **more: Any) -> dict[str, Any]:
        buildspec = f"version: 0.2\nphases: {{build: {{commands: [{command}]}}}}\n"
        return resources(
            Role=("AWS::IAM::Role", {"AssumeRolePolicyDocument": trust("codebuild.amazonaws.com")}),
            P=(
                "AWS::CodeBuild::Project",
                {
                    "ServiceRole": {"Fn::GetAtt": ["Role", "Arn"]},
                    "Artifacts": {"Type": "NO_ARTIFACTS"},
                    "Source": {"Type": "NO_SOURCE", "BuildSpec": buildspec},
                    "Environment": {
                        "ComputeType": "BUILD_GENERAL1_SMALL",
                        "Image": "aws/codebuild/standard:7.0",
                        "Type": "LINUX_CONTAINER",
                        "PrivilegedMode": "false",
                        "EnvironmentVariables": [{"Name": "A", "Type": "PLAINTEXT", "Value": command}],
                    },
                    "LogsConfig": {"CloudWatchLogs": {"Status": "ENABLED", "GroupName": "/b"}},
                    **more,
                },
            ),
        )

    name = make(stacks, template("one", Description="d", TimeoutInMinutes="10"))
    project = stacks.physical(name)["P"]
    found = codebuild.batch_get_projects(names=[project])["projects"][0]
    assert (found["timeoutInMinutes"], found["description"]) == (10, "d")
    assert found["environment"]["environmentVariables"] == [{"name": "A", "value": "one", "type": "PLAINTEXT"}]
    change(stacks, name, template("two"))
    found = codebuild.batch_get_projects(names=[project])["projects"][0]
    assert "two" in found["source"]["buildspec"]
    assert found["timeoutInMinutes"] == 60
    assert not found.get("description")
    remove(stacks, name)
    assert codebuild.list_projects()["projects"] == []


def test_pipeline(stacks: Stacks, client: Client) -> None:
    codepipeline = client("codepipeline")

    def template(branch: str) -> dict[str, Any]:
        def action(name: str, category: str, provider: str, **more: Any) -> dict[str, Any]:
            kind = {"Category": category, "Owner": "AWS", "Provider": provider, "Version": "1"}
            return {"Name": name, "ActionTypeId": kind, "RunOrder": 1} | more

        source = action(
            "Source",
            "Source",
            "CodeCommit",
            OutputArtifacts=[{"Name": "S"}],
            Configuration={"RepositoryName": "code", "BranchName": branch, "PollForSourceChanges": False},
        )
        return resources(
            Role=("AWS::IAM::Role", {"AssumeRolePolicyDocument": trust("codepipeline.amazonaws.com")}),
            Repo=("AWS::CodeCommit::Repository", {"RepositoryName": "code"}),
            B=("AWS::S3::Bucket", {"VersioningConfiguration": {"Status": "Enabled"}}),
            P=(
                "AWS::CodePipeline::Pipeline",
                {
                    "RoleArn": {"Fn::GetAtt": ["Role", "Arn"]},
                    "PipelineType": "V2",
                    "ExecutionMode": "QUEUED",
                    "ArtifactStore": {"Type": "S3", "Location": {"Ref": "B"}},
                    "Variables": [{"Name": "V", "DefaultValue": "v"}],
                    "Stages": [
                        {"Name": "Source", "Actions": [source]},
                        {"Name": "Gate", "Actions": [action("Approve", "Approval", "Manual")]},
                    ],
                    "Tags": [{"Key": "b", "Value": branch}],
                },
            ),
        ) | {"Outputs": {"Arn": {"Value": {"Fn::GetAtt": ["P", "Arn"]}}}}

    name = make(stacks, template("main"))
    pipeline = stacks.physical(name)["P"]
    found = codepipeline.get_pipeline(name=pipeline)["pipeline"]
    configuration = found["stages"][0]["actions"][0]["configuration"]
    assert configuration == {"RepositoryName": "code", "BranchName": "main", "PollForSourceChanges": "false"}
    assert found["pipelineType"] == "V2"
    change(stacks, name, template("dev"))
    found = codepipeline.get_pipeline(name=pipeline)
    assert found["pipeline"]["version"] == 2
    assert found["metadata"]["pipelineArn"] == stacks.describe(name)["Outputs"][0]["OutputValue"]
    tags = codepipeline.list_tags_for_resource(resourceArn=found["metadata"]["pipelineArn"])["tags"]
    assert [tag for tag in tags if tag["key"] == "b"] == [{"key": "b", "value": "dev"}]
    remove(stacks, name)
    assert codepipeline.list_pipelines()["pipelines"] == []


def test_rules_and_bus_policies(stacks: Stacks, client: Client) -> None:
    events = client("events")

    def template(branch: str, account: str) -> dict[str, Any]:
        pattern = {"source": ["aws.codecommit"], "detail": {"referenceName": [branch]}}
        statement = {
            "Effect": "Allow", "Principal": {"AWS": f"arn:aws:iam::{account}:root"}, "Action": "events:PutEvents",
            "Resource": "arn:aws:events:us-east-1:111111111111:event-bus/default",
        }  # fmt: skip
        return resources(
            Role=("AWS::IAM::Role", {"AssumeRolePolicyDocument": trust("events.amazonaws.com")}),
            R=("AWS::Events::Rule", {
                "EventPattern": pattern, "Description": branch,
                "Targets": [{"Id": branch, "Arn": "arn:aws:events:us-east-1:222222222222:event-bus/default",
                             "RoleArn": {"Fn::GetAtt": ["Role", "Arn"]}}],
            }),
            S=("AWS::Events::Rule", {"ScheduleExpression": "rate(5 days)", "State": "DISABLED"}),
            P=("AWS::Events::EventBusPolicy", {"StatementId": "build", "Statement": statement}),
        ) | {"Outputs": {"Arn": {"Value": {"Fn::GetAtt": ["R", "Arn"]}}}}  # fmt: skip

    name = make(stacks, template("main", "222222222222"))
    rule = stacks.physical(name)["R"]
    change(stacks, name, template("dev", "333333333333"))
    assert stacks.physical(name)["R"] == rule
    found = events.describe_rule(Name=rule)
    assert found["Arn"] == stacks.describe(name)["Outputs"][0]["OutputValue"]
    assert json.loads(found["EventPattern"])["detail"] == {"referenceName": ["dev"]}
    assert [target["Id"] for target in events.list_targets_by_rule(Rule=rule)["Targets"]] == ["dev"]
    statements = json.loads(events.describe_event_bus()["Policy"])["Statement"]
    assert [(item["Sid"], item["Principal"]["AWS"]) for item in statements] == [
        ("build", "arn:aws:iam::333333333333:root")
    ]
    remove(stacks, name)
    assert events.list_rules()["Rules"] == []
    assert not events.describe_event_bus().get("Policy")


def test_model_package_group(stacks: Stacks, client: Client) -> None:
    sagemaker = client("sagemaker")
    arn = "arn:aws:sagemaker:us-east-1:111111111111:model-package-group/models"

    def template(account: str, description: str = "d") -> dict[str, Any]:
        principal = {"AWS": f"arn:aws:iam::{account}:root"}
        policy = document("sagemaker:DescribeModelPackageGroup", Principal=principal, Resource=arn)
        return resources(
            G=(
                "AWS::SageMaker::ModelPackageGroup",
                {
                    "ModelPackageGroupName": "models",
                    "ModelPackageGroupDescription": description,
                    "ModelPackageGroupPolicy": policy,
                    "Tags": [{"Key": "a", "Value": account}],
                },
            )
        )

    name = make(stacks, template("222222222222"))
    assert stacks.physical(name) == {"G": arn}
    change(stacks, name, template("333333333333"))
    policy = json.loads(sagemaker.get_model_package_group_policy(ModelPackageGroupName="models")["ResourcePolicy"])
    assert policy["Statement"][0]["Principal"] == {"AWS": "arn:aws:iam::333333333333:root"}
    assert own_tags(sagemaker.list_tags(ResourceArn=arn)["Tags"]) == [{"Key": "a", "Value": "333333333333"}]
    assert stacks.update(name, template("333333333333", "other"))["StackStatus"] == "UPDATE_ROLLBACK_COMPLETE"
    assert "Rename models" in stacks.reasons(name)[0]
    remove(stacks, name)
    assert sagemaker.list_model_package_groups()["ModelPackageGroupSummaryList"] == []


def test_sagemaker_pipeline(stacks: Stacks, client: Client) -> None:
    sagemaker = client("sagemaker")

    def template(message: str) -> dict[str, Any]:
        definition = {
            "Version": "2020-12-01", "Metadata": {}, "Parameters": [],
            "Steps": [{"Name": "No", "Type": "Fail", "Arguments": {"ErrorMessage": message}}],
        }  # fmt: skip
        return resources(
            Role=("AWS::IAM::Role", {"AssumeRolePolicyDocument": trust("sagemaker.amazonaws.com")}),
            P=(
                "AWS::SageMaker::Pipeline",
                {
                    "PipelineName": "training",
                    "RoleArn": {"Fn::GetAtt": ["Role", "Arn"]},
                    "PipelineDescription": message,
                    "PipelineDefinition": {"PipelineDefinitionBody": json.dumps(definition)},
                },
            ),
        )

    name = make(stacks, template("one"))
    change(stacks, name, template("two"))
    found = sagemaker.describe_pipeline(PipelineName="training")
    assert "two" in found["PipelineDefinition"]
    assert found["PipelineDescription"] == "two"
    remove(stacks, name)
    assert sagemaker.list_pipelines()["PipelineSummaries"] == []


def test_attributes_that_the_schemas_have(stacks: Stacks) -> None:
    template = resources(
        Meta=("AWS::CDK::Metadata", {"Analytics": "v2:deflate64:x"}),
        Repo=("AWS::CodeCommit::Repository", {"RepositoryName": "attributed"}),
        Rule=("AWS::Events::Rule", {"Name": "daily", "ScheduleExpression": "rate(1 day)", "State": "DISABLED"}),
    )
    names = [("Meta", "Id"), ("Repo", "RepositoryId"), ("Rule", "RuleName")]
    outputs = {logical_id: {"Value": {"Fn::GetAtt": [logical_id, name]}} for logical_id, name in names}
    name = make(stacks, template | {"Outputs": outputs})
    shown = {item["OutputKey"]: item["OutputValue"] for item in stacks.describe(name)["Outputs"]}
    assert shown == stacks.physical(name) | {"Rule": "daily"}
    remove(stacks, name)


def test_stacks_that_add_statements_to_one_bus_at_the_same_time_lose_none(stacks: Stacks, client: Client) -> None:
    def template(name: str) -> dict[str, Any]:
        statement = {
            "Effect": "Allow", "Principal": {"AWS": ROOT}, "Action": "events:PutEvents",
            "Resource": "arn:aws:events:us-east-1:111111111111:event-bus/default",
        }  # fmt: skip
        return resources(P=("AWS::Events::EventBusPolicy", {"StatementId": name, "Statement": statement}))

    names = [f"at-once-{number}" for number in range(8)]
    with ThreadPoolExecutor(len(names)) as pool:
        made = list(pool.map(lambda name: make(stacks, template(name)), names))
    statements = json.loads(client("events").describe_event_bus()["Policy"])["Statement"]
    assert {each["Sid"] for each in statements} == set(names)
    for stack in made:
        remove(stacks, stack)
