"""OIDC providers and connections of templates: made, changed and removed, by the answers of their services."""

from __future__ import annotations

import json
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.emulator.conftest import Client

pytestmark = pytest.mark.emulator

OUTPUTS = {"Ref": {"Value": {"Ref": "R"}}}


def put(client: Client, name: str, kind: str, properties: dict[str, Any], *, update: bool = False) -> str:
    """Make or change a stack of one resource; what Ref gives."""
    stacks = client("cloudformation")
    body = json.dumps({"Resources": {"R": {"Type": kind, "Properties": properties}}, "Outputs": OUTPUTS})
    (stacks.update_stack if update else stacks.create_stack)(
        StackName=name, TemplateBody=body, Capabilities=["CAPABILITY_IAM"]
    )
    stacks.get_waiter(f"stack_{'update' if update else 'create'}_complete").wait(
        StackName=name, WaiterConfig={"Delay": 1, "MaxAttempts": 30}
    )
    return str(stacks.describe_stacks(StackName=name)["Stacks"][0]["Outputs"][0]["OutputValue"])


def remove(client: Client, name: str) -> None:
    client("cloudformation").delete_stack(StackName=name)
    client("cloudformation").get_waiter("stack_delete_complete").wait(
        StackName=name, WaiterConfig={"Delay": 1, "MaxAttempts": 30}
    )


def test_an_oidc_provider(client: Client) -> None:
    given = {"Url": "https://token.example/path", "ClientIdList": ["a", "b"], "Tags": [{"Key": "k", "Value": "v"}]}
    arn = put(client, "provider", "AWS::IAM::OIDCProvider", given)
    assert arn == "arn:aws:iam::111111111111:oidc-provider/token.example/path"
    iam = client("iam")
    found = iam.get_open_id_connect_provider(OpenIDConnectProviderArn=arn)
    assert (found["Url"], found["ClientIDList"]) == ("token.example/path", ["a", "b"])
    assert {"Key": "k", "Value": "v"} in found["Tags"]
    changed = given | {"ClientIdList": ["b", "c"], "ThumbprintList": ["a" * 40], "Tags": [{"Key": "k", "Value": "w"}]}
    assert put(client, "provider", "AWS::IAM::OIDCProvider", changed, update=True) == arn
    found = iam.get_open_id_connect_provider(OpenIDConnectProviderArn=arn)
    assert (sorted(found["ClientIDList"]), found["ThumbprintList"]) == (["b", "c"], ["a" * 40])
    assert {"Key": "k", "Value": "w"} in found["Tags"]
    remove(client, "provider")
    with pytest.raises(ClientError, match="NoSuchEntity"):
        iam.get_open_id_connect_provider(OpenIDConnectProviderArn=arn)


@pytest.mark.parametrize(
    ("kind", "service"),
    [
        ("AWS::CodeConnections::Connection", "codeconnections"),
        ("AWS::CodeStarConnections::Connection", "codestar-connections"),
    ],
)
def test_a_connection(client: Client, kind: str, service: str) -> None:
    given = {"ConnectionName": f"of-{service}", "ProviderType": "GitHub", "Tags": [{"Key": "k", "Value": "v"}]}
    arn = put(client, service, kind, given)
    connections = client(service)
    found = connections.get_connection(ConnectionArn=arn)["Connection"]
    assert (found["ConnectionName"], found["ConnectionStatus"]) == (f"of-{service}", "PENDING")
    changed = given | {"Tags": [{"Key": "k", "Value": "w"}]}
    assert put(client, service, kind, changed, update=True) == arn
    assert {"Key": "k", "Value": "w"} in connections.list_tags_for_resource(ResourceArn=arn)["Tags"]
    remove(client, service)
    with pytest.raises(ClientError, match="ResourceNotFoundException"):
        connections.get_connection(ConnectionArn=arn)
