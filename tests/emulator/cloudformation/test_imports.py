"""Taking existing resources into a stack."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from tests.emulator.cloudformation.conftest import Stacks, broken, parameter

RETAINED = {"DeletionPolicy": "Retain"}


def bucket(name: str) -> dict[str, Any]:
    return {"Type": "AWS::S3::Bucket", "Properties": {"BucketName": name}} | RETAINED


def importing(logical_id: str, kind: str, **identifier: str) -> list[dict[str, Any]]:
    return [{"LogicalResourceId": logical_id, "ResourceType": kind, "ResourceIdentifier": identifier}]


def test_a_named_resource_that_was_retained_is_taken_back_in(stacks: Stacks, client: Callable[..., Any]) -> None:
    template = {"Resources": {"B": bucket("registry"), "P": parameter({"Fn::GetAtt": ["B", "Arn"]})}}
    stacks.create(template, "again")
    client("s3").put_object(Bucket="registry", Key="model", Body=b"x")
    stacks.delete("again")
    assert stacks.create(template)["StackStatus"] == "ROLLBACK_COMPLETE"

    found = stacks.change_set("again", template, "CREATE", ImportExistingResources=True)
    actions = {c["ResourceChange"]["LogicalResourceId"]: c["ResourceChange"]["Action"] for c in found["Changes"]}
    assert actions == {"B": "Import", "P": "Add"}
    assert stacks.execute(found)["StackStatus"] == "CREATE_COMPLETE"
    assert ("B", "IMPORT_COMPLETE") in stacks.events("again")
    assert stacks.physical("again")["B"] == "registry"
    assert client("s3").get_object(Bucket="registry", Key="model")["Body"].read() == b"x"


def test_automatic_import_needs_a_retaining_policy_and_says_so_as_aws_does(
    stacks: Stacks, client: Callable[..., Any]
) -> None:
    client("s3").create_bucket(Bucket="loose")
    template = {"Resources": {"B": {k: v for k, v in bucket("loose").items() if k != "DeletionPolicy"}}}
    found = stacks.change_set("loose", template, "CREATE", ImportExistingResources=True)
    assert found["Status"] == "FAILED"
    assert found["StatusReason"] == (
        "CloudFormation is attempting to import some resources because they already exist in your account. The "
        "resources must have the DeletionPolicy attribute set to 'Retain' or 'RetainExceptOnCreate' in the template "
        "for successful import. The affected resources are B ({BucketName=loose})"
    )


def test_automatic_import_leaves_alone_what_it_cannot_identify(stacks: Stacks, client: Callable[..., Any]) -> None:
    client("s3").create_bucket(Bucket="dynamic")
    named = {"Type": "AWS::S3::Bucket", "Properties": {"BucketName": {"Fn::Sub": "dynamic"}}} | RETAINED
    group = {"Type": "AWS::SNS::Topic", "Properties": {"TopicName": "by-arn"}} | RETAINED
    found = stacks.change_set(
        "dynamic", {"Resources": {"B": named, "T": group}}, "CREATE", ImportExistingResources=True
    )
    assert {c["ResourceChange"]["Action"] for c in found["Changes"]} == {"Add"}


def test_an_import_change_set(stacks: Stacks, client: Callable[..., Any], refused: Callable[..., str]) -> None:
    key = client("kms").create_key()["KeyMetadata"]["KeyId"]
    key_resource = {"Type": "AWS::KMS::Key", "Properties": {}} | RETAINED
    name = stacks.create({"Resources": {"P": parameter("1")}})["StackName"]
    template = {"Resources": {"P": parameter("1"), "K": key_resource}}
    wanted = importing("K", "AWS::KMS::Key", KeyId=key)
    found = stacks.change_set(name, template, "IMPORT", ResourcesToImport=wanted)
    assert found["Changes"][0]["ResourceChange"]["Action"] == "Import"
    assert stacks.execute(found)["StackStatus"] == "IMPORT_COMPLETE"
    assert stacks.physical(name)["K"] == key
    statuses = [status for logical, status in stacks.events(name) if logical == name]
    assert statuses[-2:] == ["IMPORT_IN_PROGRESS", "IMPORT_COMPLETE"]
    output = template | {"Outputs": {"K": {"Value": {"Fn::GetAtt": ["K", "Arn"]}}}}
    assert stacks.update(name, output)["Outputs"][0]["OutputValue"].endswith(key)
    assert "already in the stack" in refused(stacks.change_set, name, template, "IMPORT", ResourcesToImport=wanted)


def test_imports_that_are_refused(stacks: Stacks, client: Callable[..., Any], refused: Callable[..., str]) -> None:
    client("s3").create_bucket(Bucket="to-import")
    name = stacks.create({"Resources": {"P": parameter("1")}})["StackName"]
    wanted = importing("B", "AWS::S3::Bucket", BucketName="to-import")

    def refusal(resources: dict[str, Any], imports: list[dict[str, Any]] = wanted, **more: Any) -> str:
        return refused(stacks.change_set, name, {"Resources": resources, **more}, "IMPORT", ResourcesToImport=imports)

    old, new = parameter("1"), bucket("to-import")
    assert "cannot be empty" in refusal({"P": old, "B": new}, [])
    assert "have modified resources [P]" in refusal({"P": parameter("2"), "B": new})
    assert "modify or add [Outputs]" in refusal({"P": old, "B": new}, Outputs={"O": {"Value": "x"}})
    assert "must have DeletionPolicy" in refusal(
        {"P": old, "B": {k: v for k, v in new.items() if k != "DeletionPolicy"}}
    )
    assert "must be {BucketName}, got {Name}" in refusal(
        {"P": old, "B": new}, importing("B", "AWS::S3::Bucket", Name="x")
    )
    policy = {
        "Type": "AWS::IAM::Policy",
        "Properties": {"PolicyName": "p", "PolicyDocument": {}, "Roles": ["r"]},
    } | RETAINED
    text = refusal({"P": old, "B": policy}, importing("B", "AWS::IAM::Policy", Id="x"))
    assert "ResourceTypes [AWS::IAM::Policy] are not supported for Import" in text


def test_an_import_of_something_that_is_not_there_rolls_back(stacks: Stacks) -> None:
    wanted = importing("B", "AWS::S3::Bucket", BucketName="not-there-at-all")
    found = stacks.change_set(
        "absent-import", {"Resources": {"B": bucket("not-there-at-all")}}, "IMPORT", ResourcesToImport=wanted
    )
    assert stacks.execute(found)["StackStatus"] == "IMPORT_ROLLBACK_COMPLETE"
    assert stacks.reasons("absent-import") == ["bucket not-there-at-all does not exist"]
    assert stacks.physical("absent-import") == {}


def test_a_failing_deployment_leaves_an_imported_resource_where_it_was(
    stacks: Stacks, client: Callable[..., Any]
) -> None:
    client("s3").create_bucket(Bucket="stays")
    template = {"Resources": {"B": bucket("stays"), "Bad": broken(DependsOn="B")}}
    found = stacks.change_set("stays", template, "CREATE", ImportExistingResources=True)
    assert stacks.execute(found)["StackStatus"] == "ROLLBACK_COMPLETE"
    client("s3").head_bucket(Bucket="stays")
