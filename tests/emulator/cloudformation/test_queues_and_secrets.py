"""Queues, secrets, event buses and instance profiles of stacks, seen through each service's own API."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from tests.emulator.cloudformation.conftest import Stacks, own_tags

Client = Callable[..., Any]


def ref(name: str, attribute: str | None = None) -> dict[str, Any]:
    return {"Fn::GetAtt": [name, attribute]} if attribute else {"Ref": name}


def template(outputs: dict[str, Any] | None = None, **resources: tuple[str, dict[str, Any]]) -> dict[str, Any]:
    made = {name: {"Type": f"AWS::{kind}", "Properties": given} for name, (kind, given) in resources.items()}
    return {"Resources": made, "Outputs": {name: {"Value": value} for name, value in (outputs or {}).items()}}


def drift(stacks: Stacks, stack: str, name: str) -> list[str]:
    found = stacks.api.detect_stack_resource_drift(StackName=stack, LogicalResourceId=name)["StackResourceDrift"]
    return [each["PropertyPath"] for each in found["PropertyDifferences"]]


def test_queues_with_their_policy(stacks: Stacks, client: Client) -> None:
    sqs = client("sqs")
    statement = {
        "Effect": "Allow",
        "Principal": {"Service": "events.amazonaws.com"},
        "Action": "sqs:SendMessage",
        "Resource": ref("Queue", "Arn"),
    }
    policy = {"PolicyDocument": {"Version": "2012-10-17", "Statement": [statement]}, "Queues": [ref("Queue")]}
    redrive = {"deadLetterTargetArn": ref("Dead", "Arn"), "maxReceiveCount": 3}
    queue: dict[str, Any] = {"VisibilityTimeout": "60", "RedrivePolicy": redrive, "Tags": [{"Key": "a", "Value": "1"}]}

    def queues(**more: Any) -> dict[str, Any]:
        return template(
            {"Name": ref("Queue", "QueueName"), "Url": ref("Queue"), "Arn": ref("Queue", "Arn")},
            Dead=("SQS::Queue", {"FifoQueue": False}),
            Queue=("SQS::Queue", queue | more),
            Policy=("SQS::QueuePolicy", policy),
        )

    outputs = stacks.outputs(queues(), name="queues")
    assert outputs["Name"].startswith("queues-Queue-")
    url = outputs["Url"]
    assert sqs.get_queue_url(QueueName=outputs["Name"])["QueueUrl"] == url
    found = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["All"])["Attributes"]
    assert (found["VisibilityTimeout"], found["QueueArn"]) == ("60", outputs["Arn"])
    assert json.loads(found["RedrivePolicy"])["deadLetterTargetArn"].rpartition(":")[2].startswith("queues-Dead-")
    assert json.loads(found["Policy"])["Statement"][0]["Resource"] == outputs["Arn"]
    assert own_tags(sqs.list_queue_tags(QueueUrl=url)["Tags"]) == {"a": "1"}
    assert drift(stacks, "queues", "Queue") == []
    sqs.set_queue_attributes(QueueUrl=url, Attributes={"VisibilityTimeout": "90"})
    assert drift(stacks, "queues", "Queue") == ["/VisibilityTimeout"]
    lighter = queues(VisibilityTimeout=20, Tags=[{"Key": "b", "Value": "2"}])
    del lighter["Resources"]["Queue"]["Properties"]["RedrivePolicy"], lighter["Resources"]["Policy"]
    assert stacks.update("queues", lighter)["StackStatus"] == "UPDATE_COMPLETE", stacks.reasons("queues")
    found = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["All"])["Attributes"]
    assert (found["VisibilityTimeout"], found.get("RedrivePolicy"), found.get("Policy")) == ("20", None, None)
    assert own_tags(sqs.list_queue_tags(QueueUrl=url)["Tags"]) == {"b": "2"}
    assert stacks.delete("queues")["StackStatus"] == "DELETE_COMPLETE"
    assert outputs["Name"] not in str(sqs.list_queues().get("QueueUrls"))


def test_secrets_that_are_made(stacks: Stacks, client: Client) -> None:
    secrets = client("secretsmanager")
    how = {
        "SecretStringTemplate": '{"username": "admin"}',
        "GenerateStringKey": "password",
        "PasswordLength": 24,
        "ExcludePunctuation": "true",
    }

    def made(**more: Any) -> dict[str, Any]:
        given = {"GenerateSecretString": how, "Description": "d", "Tags": [{"Key": "a", "Value": "1"}]} | more
        parameter = {"Type": "String", "Value": {"Fn::Sub": "{{resolve:secretsmanager:${Made}:SecretString:username}}"}}
        return template(
            {"Made": ref("Made"), "Id": ref("Made", "Id")},
            Made=("SecretsManager::Secret", given),
            Given=("SecretsManager::Secret", {"Name": "given", "SecretString": "s"}),
            Plain=("SecretsManager::Secret", {"GenerateSecretString": {}}),
            User=("SSM::Parameter", parameter | {"Name": "/secrets/user"}),
        )

    arn = stacks.outputs(made(), name="secrets")["Made"]
    value = json.loads(secrets.get_secret_value(SecretId=arn)["SecretString"])
    assert value["username"] == "admin"
    assert len(value["password"]) == 24
    assert value["password"].isalnum()
    assert secrets.get_secret_value(SecretId="given")["SecretString"] == "s"
    plain = stacks.physical("secrets")["Plain"]
    assert len(secrets.get_secret_value(SecretId=plain)["SecretString"]) == 32
    assert client("ssm").get_parameter(Name="/secrets/user")["Parameter"]["Value"] == "admin"
    assert stacks.update("secrets", made(Description="other"))["StackStatus"] == "UPDATE_COMPLETE"
    assert json.loads(secrets.get_secret_value(SecretId=arn)["SecretString"]) == value, "a description made a new value"
    assert secrets.describe_secret(SecretId=arn)["Description"] == "other"
    secrets.update_secret(SecretId=arn, Description="by hand")
    assert drift(stacks, "secrets", "Made") == ["/Description"]
    changed = made(GenerateSecretString=how | {"PasswordLength": 12})
    assert stacks.update("secrets", changed)["StackStatus"] == "UPDATE_COMPLETE", stacks.reasons("secrets")
    assert len(json.loads(secrets.get_secret_value(SecretId=arn)["SecretString"])["password"]) == 12
    assert stacks.delete("secrets")["StackStatus"] == "DELETE_COMPLETE"
    assert stacks.outputs(made(), name="secrets"), "the names are still taken"
    both = template(S=("SecretsManager::Secret", {"SecretString": "s", "GenerateSecretString": {}}))
    assert stacks.create(both, name="both")["StackStatus"] == "ROLLBACK_COMPLETE"


def test_an_event_bus(stacks: Stacks, client: Client) -> None:
    events = client("events")
    statement = {
        "Sid": "s",
        "Effect": "Allow",
        "Principal": {"AWS": "arn:aws:iam::222222222222:root"},
        "Action": "events:PutEvents",
        "Resource": {"Fn::Sub": "arn:aws:events:us-east-1:111111111111:event-bus/own"},
    }
    policy = {"Version": "2012-10-17", "Statement": [statement]}
    bus = {"Name": "own", "Description": "d", "Policy": policy, "Tags": [{"Key": "a", "Value": "1"}]}
    rule = {"EventBusName": ref("Bus"), "EventPattern": {"source": ["x"]}}
    outputs = stacks.outputs(
        template(
            {"Name": ref("Bus"), "Arn": ref("Bus", "Arn")}, Bus=("Events::EventBus", bus), Rule=("Events::Rule", rule)
        ),
        name="buses",
    )
    assert outputs == {"Name": "own", "Arn": "arn:aws:events:us-east-1:111111111111:event-bus/own"}
    found = events.describe_event_bus(Name="own")
    assert (found["Description"], json.loads(found["Policy"])["Statement"][0]["Sid"]) == ("d", "s")
    assert drift(stacks, "buses", "Bus") == []
    lighter = template(Bus=("Events::EventBus", {"Name": "own", "Description": "e"}), Rule=("Events::Rule", rule))
    assert stacks.update("buses", lighter)["StackStatus"] == "UPDATE_COMPLETE", stacks.reasons("buses")
    found = events.describe_event_bus(Name="own")
    assert (found["Description"], found.get("Policy")) == ("e", None)
    assert stacks.delete("buses")["StackStatus"] == "DELETE_COMPLETE"
    assert "own" not in {each["Name"] for each in events.list_event_buses()["EventBuses"]}


def test_a_subscription_names_the_region_of_its_topic(stacks: Stacks, client: Client) -> None:
    def subscribed(region: str) -> dict[str, Any]:
        given = {"TopicArn": ref("Topic"), "Protocol": "sqs", "Endpoint": ref("Queue", "Arn"), "Region": region}
        return template(Topic=("SNS::Topic", {}), Queue=("SQS::Queue", {}), Subscription=("SNS::Subscription", given))

    assert stacks.create(subscribed("us-east-1"))["StackStatus"] == "CREATE_COMPLETE"
    other = stacks.create(subscribed("eu-west-1"))
    assert other["StackStatus"] == "ROLLBACK_COMPLETE"
    assert "topics in us-east-1 alone" in stacks.reasons(other["StackId"])[0]


def test_an_instance_profile(stacks: Stacks, client: Client) -> None:
    iam = client("iam")
    trust = {
        "Version": "2012-10-17",
        "Statement": [{"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"Service": "ec2.amazonaws.com"}}],
    }

    def profile(role: str) -> dict[str, Any]:
        roles = {name: ("IAM::Role", {"AssumeRolePolicyDocument": trust}) for name in ("One", "Two")}
        made = ("IAM::InstanceProfile", {"Roles": [ref(role)], "Path": "/batch/"})
        return template({"Name": ref("Profile"), "Arn": ref("Profile", "Arn")}, **roles, Profile=made)

    outputs = stacks.outputs(profile("One"), name="profiles")
    assert outputs["Arn"] == f"arn:aws:iam::111111111111:instance-profile/batch/{outputs['Name']}"
    assert drift(stacks, "profiles", "Profile") == []
    assert stacks.update("profiles", profile("Two"))["StackStatus"] == "UPDATE_COMPLETE", stacks.reasons("profiles")
    (role,) = iam.get_instance_profile(InstanceProfileName=outputs["Name"])["InstanceProfile"]["Roles"]
    assert role["RoleName"] == stacks.physical("profiles")["Two"]
    assert stacks.delete("profiles")["StackStatus"] == "DELETE_COMPLETE", stacks.reasons("profiles")


def test_a_key_that_a_secret_does_not_have(stacks: Stacks) -> None:
    for held in ('{"user": "x"}', "no json", "[1]"):
        secret = {"Type": "AWS::SecretsManager::Secret", "Properties": {"SecretString": held}}
        value = {"Fn::Sub": "{{resolve:secretsmanager:${S}:SecretString:dbname}}"}
        parameter = {"Type": "AWS::SSM::Parameter", "Properties": {"Type": "String", "Value": value}}
        stack = stacks.create({"Resources": {"S": secret, "P": parameter}})
        assert stack["StackStatus"] == "ROLLBACK_COMPLETE"
        assert "Could not find a value associated with JSONKey in SecretString" in stacks.reasons(stack["StackId"])
