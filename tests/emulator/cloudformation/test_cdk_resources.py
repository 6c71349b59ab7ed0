"""Custom resources of the CDK: what they do, and that their function's role must be allowed to do it."""

from __future__ import annotations

import json
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.emulator.cloudformation.cdk_templates import call, custom, outputs
from tests.emulator.cloudformation.conftest import Stacks
from tests.emulator.conftest import ACCOUNTS, REGION, Client


def emptied(bucket: str, *, tagged: bool = True, granted: bool = True) -> dict[str, Any]:
    """As `auto_delete_objects=True` makes it."""
    tags = [{"Key": "aws-cdk:auto-delete-objects", "Value": "true"}] if tagged else []
    arn = f"arn:aws:s3:::{bucket}"
    actions = ["s3:PutBucketPolicy", "s3:GetBucket*", "s3:List*", "s3:DeleteObject*"]
    statement = {
        "Effect": "Allow",
        "Principal": {"AWS": {"Fn::GetAtt": ["Role", "Arn"]}},
        "Action": actions,
        "Resource": [arn, f"{arn}/*"],
    }
    versioned = {"BucketName": bucket, "Tags": tags, "VersioningConfiguration": {"Status": "Enabled"}}
    resources: dict[str, Any] = {"B": {"Type": "AWS::S3::Bucket", "Properties": versioned}}
    if granted:
        document = {"Version": "2012-10-17", "Statement": [statement]}
        policy = {"Bucket": {"Ref": "B"}, "PolicyDocument": document}
        resources["Policy"] = {"Type": "AWS::S3::BucketPolicy", "Properties": policy}
    return custom("Custom::S3AutoDeleteObjects", {"BucketName": {"Ref": "B"}}, **resources)


def test_a_bucket_with_versions_is_emptied_before_it_goes(stacks: Stacks, client: Client) -> None:
    name, s3 = stacks.create(emptied("cdk-emptied"))["StackName"], client("s3")
    for content in (b"1", b"2"):
        s3.put_object(Bucket="cdk-emptied", Key="x", Body=content)
    s3.delete_object(Bucket="cdk-emptied", Key="x")
    assert stacks.delete(name)["StackStatus"] == "DELETE_COMPLETE"
    with pytest.raises(ClientError, match="Not Found"):
        s3.head_bucket(Bucket="cdk-emptied")


@pytest.mark.parametrize(
    ("tagged", "granted", "said"),
    [(True, False, "AccessDenied: User: arn:aws:sts::111111111111:assumed-role/"), (False, True, "BucketNotEmpty")],
)
def test_without_its_grant_or_tag_it_stays(
    stacks: Stacks, client: Client, tagged: bool, granted: bool, said: str
) -> None:
    bucket = f"cdk-stays-{tagged}-{granted}".lower()
    name, s3 = stacks.create(emptied(bucket, tagged=tagged, granted=granted))["StackName"], client("s3")
    s3.put_object(Bucket=bucket, Key="x", Body=b"1")
    stack = stacks.delete(name)
    assert stack["StackStatus"] == "DELETE_FAILED"
    events = stacks.api.describe_stack_events(StackName=stack["StackId"])["StackEvents"]
    reasons = [each.get("ResourceStatusReason", "") for each in events if each["ResourceStatus"] == "DELETE_FAILED"]
    assert any(said in reason for reason in reasons), reasons
    assert s3.list_objects_v2(Bucket=bucket)["KeyCount"] == 1


def notifying(bucket: str, configuration: Any, **more: Any) -> dict[str, Any]:
    properties = {"BucketName": bucket, "NotificationConfiguration": configuration, "Managed": True, **more}
    actions = ["s3:PutBucketNotification", "s3:GetBucketNotification"]
    return custom("Custom::S3BucketNotifications", properties, (actions, "*"))


def test_notifications_are_put_and_taken_away(stacks: Stacks, client: Client) -> None:
    s3 = client("s3")
    s3.create_bucket(Bucket="cdk-notifying")
    name = stacks.create(notifying("cdk-notifying", {"EventBridgeConfiguration": {}}))["StackName"]
    assert "EventBridgeConfiguration" in s3.get_bucket_notification_configuration(Bucket="cdk-notifying")
    assert stacks.physical(name)["R"] == "R"
    stacks.delete(name)
    assert "EventBridgeConfiguration" not in s3.get_bucket_notification_configuration(Bucket="cdk-notifying")


def test_those_of_others_stay_on_a_bucket_of_another_stack(stacks: Stacks, client: Client) -> None:
    s3, sqs = client("s3"), client("sqs")
    s3.create_bucket(Bucket="cdk-imported")
    queues = [sqs.create_queue(QueueName=f"cdk-{number}")["QueueUrl"].rpartition("/")[2] for number in (1, 2)]
    first, second = (
        {"QueueArn": f"arn:aws:sqs:{REGION}:{ACCOUNTS[0]}:{queue}", "Events": ["s3:ObjectCreated:*"]}
        for queue in queues
    )
    theirs = {"QueueConfigurations": [{**first, "Id": "theirs"}]}
    s3.put_bucket_notification_configuration(Bucket="cdk-imported", NotificationConfiguration=theirs)
    template = notifying("cdk-imported", {"QueueConfigurations": [second]}, Managed=False)
    name = stacks.create(template)["StackName"]

    def arns() -> list[str]:
        found = s3.get_bucket_notification_configuration(Bucket="cdk-imported")
        return [each["QueueArn"] for each in found.get("QueueConfigurations", [])]

    assert arns() == [first["QueueArn"], second["QueueArn"]]
    stacks.delete(name)
    assert arns() == [first["QueueArn"]]


def test_a_role_without_the_grant_is_refused_by_name(stacks: Stacks, client: Client) -> None:
    client("s3").create_bucket(Bucket="cdk-refused")
    properties = {"BucketName": "cdk-refused", "NotificationConfiguration": {}, "Managed": True}
    stack = stacks.create(custom("Custom::S3BucketNotifications", properties))
    assert stack["StackStatus"] == "ROLLBACK_COMPLETE"
    reason = stacks.reasons(stack["StackId"])[0]
    assert reason.startswith("Received response status [FAILED] from custom resource. Message returned: AccessDenied: ")
    assert "is not authorized to perform: s3:PutBucketNotification" in reason
    assert "(RequestId: " in reason


def kept(group: str, days: int | None, **more: str) -> dict[str, Any]:
    properties = {"LogGroupName": group, **({"RetentionInDays": days} if days else {}), **more}
    actions = ["logs:CreateLogGroup", "logs:PutRetentionPolicy", "logs:DeleteRetentionPolicy", "logs:DeleteLogGroup"]
    return custom("Custom::LogRetention", properties, (actions, "*"))


def test_log_groups_are_made_with_their_retention(stacks: Stacks, client: Client) -> None:
    logs = client("logs")

    def days() -> dict[str, int | None]:
        found = logs.describe_log_groups(logGroupNamePrefix="/aws/lambda/")["logGroups"]
        return {each["logGroupName"]: each.get("retentionInDays") for each in found}

    template = outputs(kept("/aws/lambda/cdk-kept", 30, RemovalPolicy="destroy"), Group="LogGroupName")
    name = stacks.create(template)["StackName"]
    assert stacks.describe(name)["Outputs"][0]["OutputValue"] == "/aws/lambda/cdk-kept"
    own = f"/aws/lambda/{stacks.physical(name)['Handler']}"
    assert days() == {"/aws/lambda/cdk-kept": 30, own: 1}
    stacks.update(name, kept("/aws/lambda/cdk-kept", None, RemovalPolicy="destroy"))
    assert days()["/aws/lambda/cdk-kept"] is None
    stacks.delete(name)
    assert "/aws/lambda/cdk-kept" not in days()


def test_exports_for_another_region(stacks: Stacks, client: Client) -> None:
    elsewhere = client("ssm", region="eu-west-1")

    def writing(**exports: str) -> dict[str, Any]:
        wanted = {f"/cdk/exports/s/{key}": value for key, value in exports.items()}
        properties = {"WriterProps": {"region": "eu-west-1", "prefix": "s", "exports": wanted}}
        actions = ["ssm:PutParameter", "ssm:DeleteParameters", "ssm:ListTagsForResource", "ssm:GetParameters"]
        return custom("Custom::CrossRegionExportWriter", properties, (actions, "*"))

    def there() -> dict[str, str]:
        found = elsewhere.get_parameters_by_path(Path="/cdk/exports/s")["Parameters"]
        return {each["Name"].rpartition("/")[2]: each["Value"] for each in found}

    name = stacks.create(writing(a="1", b="2"))["StackName"]
    assert there() == {"a": "1", "b": "2"}
    stacks.update(name, writing(a="1", c="3"))
    assert there() == {"a": "1", "c": "3"}
    imports = {"region": "eu-west-1", "prefix": "reader", "imports": {"/cdk/exports/s/a": "1"}}
    actions = ["ssm:AddTagsToResource", "ssm:RemoveTagsFromResource", "ssm:GetParameters"]
    reading = custom("Custom::CrossRegionExportReader", {"ReaderProps": imports}, (actions, "*"))
    reader = stacks.create(outputs(reading, Value="/cdk/exports/s/a"))["StackName"]
    assert stacks.describe(reader)["Outputs"][0]["OutputValue"] == "1"
    assert json.dumps("aws-cdk:strong-ref:reader") in json.dumps(
        elsewhere.list_tags_for_resource(ResourceType="Parameter", ResourceId="/cdk/exports/s/a")["TagList"]
    )
    stacks.delete(reader)
    stacks.delete(name)
    assert there() == {}


def test_a_default_security_group_lets_nothing_through(stacks: Stacks, client: Client) -> None:
    ec2 = client("ec2")
    group = {"Fn::GetAtt": ["Vpc", "DefaultSecurityGroup"]}
    rules = [f"ec2:{verb}SecurityGroup{way}" for verb in ("Authorize", "Revoke") for way in ("Ingress", "Egress")]
    vpc = {"Type": "AWS::EC2::VPC", "Properties": {"CidrBlock": "10.0.0.0/16"}}
    properties = {"DefaultSecurityGroupId": group, "Account": {"Ref": "AWS::AccountId"}}
    template = custom("Custom::VpcRestrictDefaultSG", properties, (rules, "*"), Vpc=vpc)
    template["Outputs"] = {"Group": {"Value": group}}
    found = stacks.outputs(template)["Group"]
    (described,) = ec2.describe_security_groups(GroupIds=[found])["SecurityGroups"]
    assert (described["IpPermissions"], described["IpPermissionsEgress"]) == ([], [])


def test_calls_of_the_sdk_are_known_whatever_their_type_is_called(stacks: Stacks, client: Client) -> None:
    client("ssm").put_parameter(Name="/cdk/typed", Value="v", Type="String")
    read = call("SSM", "getParameter", parameters={"Name": "/cdk/typed"}, physicalResourceId={"id": "x"})
    properties = {"InstallLatestAwsSdk": False, "Create": read}
    template = custom("Custom::OwnName", properties, ("ssm:GetParameter", "*"))
    assert stacks.outputs(outputs(template, Value="Parameter.Value")) == {"Value": "v"}


def test_who_may_not_invoke_the_function_is_denied(stacks: Stacks, client: Client) -> None:
    trust = {"Effect": "Allow", "Principal": {"Service": "cloudformation.amazonaws.com"}, "Action": "sts:AssumeRole"}
    iam = client("iam")
    document = json.dumps({"Version": "2012-10-17", "Statement": [trust]})
    role = iam.create_role(RoleName="cdk-no-invoke", AssumeRolePolicyDocument=document)["Role"]["Arn"]
    statements = [{"Effect": "Allow", "Action": "*", "Resource": "*"}]
    statements += [{"Effect": "Deny", "Action": "lambda:InvokeFunction", "Resource": "*"}]
    policy = json.dumps({"Version": "2012-10-17", "Statement": statements})
    iam.put_role_policy(RoleName="cdk-no-invoke", PolicyName="p", PolicyDocument=policy)
    stack = stacks.create(kept("/aws/lambda/cdk-denied", 30), RoleARN=role)
    assert "is not authorized to perform: lambda:InvokeFunction" in stacks.reasons(stack["StackId"])[0]
