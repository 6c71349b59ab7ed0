"""Stack policies, cancelled updates, values that are shown to nobody, tags of CloudFormation's own, drift, types."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable
from typing import Any

import pytest

from rehearsal.cloudformation.providers.ssm_parameter import Parameter
from tests.emulator.cloudformation.conftest import Stacks, Template, parameter


def statement(effect: str, action: str | list[str], resource: str = "*", **more: Any) -> dict[str, Any]:
    return {"Effect": effect, "Action": action, "Principal": "*", "Resource": resource, **more}


def policy(*statements: dict[str, Any]) -> str:
    return json.dumps({"Statement": list(statements)})


ALL = statement("Allow", "Update:*")
OF_PARAMETERS: dict[str, Any] = {"Condition": {"StringEquals": {"ResourceType": ["AWS::SSM::Parameter"]}}}
TOPIC = {"Type": "AWS::SNS::Topic", "Properties": {"DisplayName": "d"}}


@pytest.mark.parametrize(
    ("held", "change", "action"),
    [
        (policy(ALL, statement("Deny", "Update:Modify", "LogicalResourceId/P")), "modify", "Update:Modify"),
        (policy(ALL, statement("Deny", ["Update:Modify"], **OF_PARAMETERS)), "modify", "Update:Modify"),
        (policy(ALL, statement("Deny", "Update:Delete", "LogicalResourceId/P*")), "delete", "Update:Delete"),
        (policy(ALL, statement("Deny", "Update:Replace")), "replace", "Update:Replace"),
        (policy(statement("Allow", "Update:Modify", "LogicalResourceId/T")), "modify", "Update:Modify"),
    ],
)
def test_a_stack_policy_forbids_updates(stacks: Stacks, held: str, change: str, action: str) -> None:
    first: Template = {"Resources": {"P": parameter("old"), "T": TOPIC}}
    made = stacks.create(first, StackPolicyBody=held)
    name = made["StackName"]
    assert stacks.api.get_stack_policy(StackName=name)["StackPolicyBody"] == held
    new = {"modify": {"P": parameter("new")}, "delete": {}, "replace": {"P": parameter("old", Name=f"{name}-p")}}[
        change
    ]
    second = {"Resources": {"T": TOPIC, **new}}
    assert stacks.update(name, second)["StackStatus"] == "UPDATE_ROLLBACK_COMPLETE"
    (reason,) = stacks.reasons(name)
    assert reason.startswith("Action denied by stack policy: ")
    assert f"[{action}] for resource [LogicalResourceId/P]" in reason
    assert stacks.physical(name).keys() == {"P", "T"}
    resource = stacks.api.describe_stack_resource(StackName=name, LogicalResourceId="P")["StackResourceDetail"]
    assert resource["ResourceStatus"] == "CREATE_COMPLETE"  # nothing happened to it
    done = stacks.update(name, second, StackPolicyDuringUpdateBody=policy(ALL))
    assert done["StackStatus"] == "UPDATE_COMPLETE"
    assert stacks.api.get_stack_policy(StackName=name)["StackPolicyBody"] == held  # that one held for the update alone


def test_a_stack_policy_lets_through_what_it_allows(stacks: Stacks) -> None:
    made = stacks.create({"Resources": {"P": parameter("old")}})
    name = made["StackName"]
    assert "StackPolicyBody" not in stacks.api.get_stack_policy(StackName=name)
    denied = policy(ALL, statement("Deny", "Update:*", "LogicalResourceId/Other"))
    stacks.api.set_stack_policy(StackName=name, StackPolicyBody=denied)
    assert stacks.update(name, {"Resources": {"P": parameter("new")}})["StackStatus"] == "UPDATE_COMPLETE"


@pytest.mark.parametrize(
    "text",
    ["{", "{}", policy(statement("Allow", "s3:*")), policy(statement("Maybe", "Update:*")),
     policy(ALL | {"Principal": {"AWS": "111111111111"}}), policy(ALL | {"Condition": {"Bool": {"x": "y"}}})],
)  # fmt: skip
def test_a_stack_policy_that_is_none(stacks: Stacks, refused: Callable[..., str], text: str) -> None:
    stacks.create({"Resources": {"P": parameter()}}, name := stacks.name())
    message = refused(stacks.api.set_stack_policy, StackName=name, StackPolicyBody=text)
    assert message.startswith("ValidationError: Error validating stack policy: ")


def test_an_update_is_cancelled(stacks: Stacks, refused: Callable[..., str], monkeypatch: pytest.MonkeyPatch) -> None:
    """The resource at hand is finished, those after it are not begun."""
    made = stacks.create({"Resources": {"A": parameter("old"), "B": parameter("old") | {"DependsOn": "A"}}})
    name = made["StackName"]
    cannot = "CancelUpdateStack cannot be called from current stack status"
    assert cannot in refused(stacks.api.cancel_update_stack, StackName=name)
    begun, go_on, update = threading.Event(), threading.Event(), Parameter.update

    def slow(self: Parameter, *given: Any) -> Any:
        begun.set()
        assert go_on.wait(20)
        return update(self, *given)

    monkeypatch.setattr(Parameter, "update", slow)
    changed = {"Resources": {"A": parameter("new"), "B": parameter("new") | {"DependsOn": "A"}}}
    asking = threading.Thread(
        target=stacks.api.update_stack, kwargs={"StackName": name, "TemplateBody": json.dumps(changed)}
    )
    asking.start()
    assert begun.wait(20)
    stacks.api.cancel_update_stack(StackName=name)
    go_on.set()
    asking.join()
    assert stacks.rest(name)["StackStatus"] == "UPDATE_ROLLBACK_COMPLETE"
    assert (name, "UPDATE_ROLLBACK_IN_PROGRESS") in stacks.events(name)
    assert ("B", "UPDATE_IN_PROGRESS") not in stacks.events(name)


def test_values_with_no_echo_are_shown_nowhere(stacks: Stacks, client: Callable[..., Any]) -> None:
    declared = {"Secret": {"Type": "String", "NoEcho": True}, "Open": {"Type": "String", "Default": "open"}}
    value = {"Fn::Sub": "${Open}-${Secret}"}
    part = {"Fn::Select": [1, {"Fn::Split": ["u", {"Ref": "Secret"}]}]}  # there is none in what is shown instead
    template = {"Parameters": declared, "Resources": {"P": parameter(value, Name="/no-echo"), "Q": parameter(part)}}

    def given(secret: str) -> list[dict[str, str]]:
        return [{"ParameterKey": "Secret", "ParameterValue": secret}]

    def shown(found: dict[str, Any]) -> str:
        return json.dumps(
            stacks.api.describe_change_set(ChangeSetName=found["ChangeSetId"], IncludePropertyValues=True), default=str
        )

    made = stacks.change_set("no-echo", template, "CREATE", Parameters=given("hunter2"))
    assert "open-****" in shown(made)
    assert "hunter2" not in shown(made)
    assert stacks.execute(made)["StackStatus"] == "CREATE_COMPLETE"
    assert client("ssm").get_parameter(Name="/no-echo")["Parameter"]["Value"] == "open-hunter2"
    changed = stacks.change_set("no-echo", template, Parameters=given("hunter-u-3"))
    assert "hunter" not in shown(changed)
    assert [change["ResourceChange"]["Action"] for change in changed["Changes"]] == ["Modify"] * 2  # all the same
    stacks.execute(changed)
    assert "hunter" not in json.dumps(stacks.api.describe_stack_events(StackName="no-echo"), default=str)
    drifted = stacks.api.detect_stack_resource_drift(StackName="no-echo", LogicalResourceId="P")
    assert "hunter" not in json.dumps(drifted, default=str)


def test_resources_bear_the_tags_of_cloudformation(stacks: Stacks, client: Callable[..., Any]) -> None:
    resources = {
        "P": parameter("x", Name="/tagged"), "T": {"Type": "AWS::SNS::Topic", "Properties": {}},
        "B": {"Type": "AWS::S3::Bucket", "Properties": {"BucketName": "tagged-by-stack"}},
    }  # fmt: skip
    made = stacks.create({"Resources": resources}, Tags=[{"Key": "mine", "Value": "1"}])
    wanted = {"aws:cloudformation:stack-name": made["StackName"], "aws:cloudformation:stack-id": made["StackId"]}

    def found(tags: list[dict[str, str]]) -> dict[str, str]:
        return {tag["Key"]: tag["Value"] for tag in tags}

    topic = stacks.physical(made["StackName"])["T"]
    changed = {"Resources": resources | {"T": {"Type": "AWS::SNS::Topic", "Properties": {"DisplayName": "d"}}}}
    stacks.update(made["StackName"], changed, Tags=[{"Key": "yours", "Value": "2"}])
    mine = {"yours": "2"}
    ssm = client("ssm").list_tags_for_resource(ResourceType="Parameter", ResourceId="/tagged")["TagList"]
    assert found(ssm) == mine | wanted | {"aws:cloudformation:logical-id": "P"}
    bucket = client("s3").get_bucket_tagging(Bucket="tagged-by-stack")["TagSet"]
    assert found(bucket) == mine | wanted | {"aws:cloudformation:logical-id": "B"}
    topics = client("sns").list_tags_for_resource(ResourceArn=topic)["Tags"]
    assert found(topics) == mine | wanted | {"aws:cloudformation:logical-id": "T"}
    events = json.dumps(stacks.api.describe_stack_events(StackName=made["StackName"]), default=str)
    assert "aws:cloudformation:logical-id" not in events


def test_drift_is_found(stacks: Stacks, client: Callable[..., Any], refused: Callable[..., str]) -> None:
    trust = {"Effect": "Allow", "Principal": {"Service": "codebuild.amazonaws.com"}, "Action": "sts:AssumeRole"}
    reading = {"Statement": [{"Effect": "Allow", "Action": "s3:GetObject", "Resource": "*"}]}
    role = {"AssumeRolePolicyDocument": {"Statement": [trust]},
            "Policies": [{"PolicyDocument": reading, "PolicyName": "p"}]}  # fmt: skip
    encryption = {"BucketKeyEnabled": True, "ServerSideEncryptionByDefault": {"SSEAlgorithm": "aws:kms"}}
    bucket = {
        "BucketName": "drifting", "VersioningConfiguration": {"Status": "Enabled"},
        "BucketEncryption": {"ServerSideEncryptionConfiguration": [encryption]},
    }  # fmt: skip
    resources = {
        "P": parameter("x", Name="/drifting"), "R": {"Type": "AWS::IAM::Role", "Properties": role},
        "B": {"Type": "AWS::S3::Bucket", "Properties": bucket}, "L": {"Type": "AWS::Logs::LogGroup", "Properties": {}},
        "K": {"Type": "AWS::KMS::Key", "Properties": {}},
    }  # fmt: skip
    name = stacks.create({"Resources": resources}, Tags=[{"Key": "a", "Value": "b"}])["StackName"]

    def detected() -> tuple[str, dict[str, tuple[str, list[str]]]]:
        started = stacks.api.detect_stack_drift(StackName=name)["StackDriftDetectionId"]
        status = stacks.api.describe_stack_drift_detection_status(StackDriftDetectionId=started)
        assert status["DetectionStatus"] == "DETECTION_COMPLETE"
        drifts = stacks.api.describe_stack_resource_drifts(StackName=name)["StackResourceDrifts"]
        found = {
            each["LogicalResourceId"]: (
                each["StackResourceDriftStatus"], [item["PropertyPath"] for item in each["PropertyDifferences"]],
            )
            for each in drifts
        }  # fmt: skip
        return status["StackDriftStatus"], found

    in_sync: tuple[str, list[str]] = ("IN_SYNC", [])
    assert detected() == ("IN_SYNC", dict.fromkeys("PRBLK", in_sync))
    physical = stacks.physical(name)
    client("ssm").put_parameter(Name="/drifting", Value="y", Type="String", Overwrite=True)
    client("iam").delete_role_policy(RoleName=physical["R"], PolicyName="p")
    client("s3").put_bucket_versioning(Bucket="drifting", VersioningConfiguration={"Status": "Suspended"})
    client("logs").delete_log_group(logGroupName=physical["L"])
    assert detected() == (
        "DRIFTED",
        {"P": ("MODIFIED", ["/Value"]), "R": ("MODIFIED", ["/Policies"]), "L": ("DELETED", []),
         "B": ("MODIFIED", ["/VersioningConfiguration/Status"]), "K": in_sync},
    )  # fmt: skip
    assert stacks.describe(name)["DriftInformation"]["StackDriftStatus"] == "DRIFTED"
    assert "does not exist" in refused(stacks.api.describe_stack_drift_detection_status, StackDriftDetectionId="x" * 36)


def test_types_are_described(stacks: Stacks, refused: Callable[..., str]) -> None:
    found = stacks.api.describe_type(Type="RESOURCE", TypeName="AWS::S3::Bucket")
    schema = json.loads(found["Schema"])
    assert (found["TypeName"], schema["primaryIdentifier"]) == ("AWS::S3::Bucket", ["/properties/BucketName"])
    assert "BucketEncryption" in schema["properties"]
    by_arn = stacks.api.describe_type(Arn=found["Arn"])
    assert by_arn["TypeName"] == "AWS::S3::Bucket"
    message = refused(stacks.api.describe_type, Type="RESOURCE", TypeName="AWS::S3::Pail")
    assert message == "TypeNotFoundException: The type 'AWS::S3::Pail' cannot be found."


@pytest.mark.parametrize(
    ("template", "message"),
    [
        ({"Description": "x" * 1025}, "'Description' length is greater than 1024."),
        ({"Description": "\u00e4" * 513}, "'Description' length is greater than 1024."),  # bytes
        ({"Description": ["x"]}, "every Description member must be a string."),
        ({"AWSTemplateFormatVersion": "2020-01-01"}, "is not a supported value for AWSTemplateFormatVersion."),
        ({"Outputs": {f"O{n}": {"Value": "x"} for n in range(201)}}, "Number of outputs, 201, is greater than maximum"),
        ({"Parameters": {f"P{n}": {"Type": "String", "Default": ""} for n in range(201)}}, "Number of parameters, 201"),
        ({"Mappings": {"M": {f"K{n}": {"a": "b"} for n in range(201)}}}, "Number of attributes of mapping M, 201"),
        (
            {"Resources": {f"P{n}": parameter() for n in range(501)}},
            "Number of resources, 501, is greater than maximum",
        ),
        ({"Resources": {"P" * 256: parameter()}}, "is longer than 255 characters"),
        ({"Parameters": ["P"]}, "[/Parameters] must be an object"),
        ({"Transform": "AWS::LanguageExtensions", "Parameters": ["P"]}, "[/Parameters] must be an object"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_templates_have_quotas(stacks: Stacks, refused: Callable[..., str], template: Template, message: str) -> None:
    whole = {"Resources": {"P": parameter()}} | template
    assert message in refused(stacks.create, whole)
    assert message in refused(stacks.api.validate_template, TemplateBody=json.dumps(whole))


def test_tags_of_aws_are_not_for_stacks(stacks: Stacks, refused: Callable[..., str]) -> None:
    reserved = [{"Key": "aws:mine", "Value": "x"}]
    message = refused(stacks.create, {"Resources": {"P": parameter()}}, Tags=reserved)
    assert message == "ValidationError: aws: prefixed tag key names are not allowed for external use."
