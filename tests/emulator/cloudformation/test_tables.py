"""DynamoDB's tables of stacks, with items in them, and who may do what with which."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError

from rehearsal.embedded_aws import EmbeddedAws
from tests.emulator.cloudformation.conftest import Stacks
from tests.emulator.conftest import ACCOUNTS, REGION

Client = Callable[..., Any]
KEYS = [{"AttributeName": "id", "KeyType": "HASH"}, {"AttributeName": "at", "KeyType": "RANGE"}]
INDEX = {
    "IndexName": "by-kind",
    "KeySchema": [{"AttributeName": "kind", "KeyType": "HASH"}],
    "Projection": {"ProjectionType": "ALL"},
}


def table(*attributes: str, **more: Any) -> dict[str, Any]:
    definitions = [{"AttributeName": name, "AttributeType": "S"} for name in ("id", "at", *attributes)]
    properties = {"KeySchema": KEYS, "AttributeDefinitions": definitions, "BillingMode": "PAY_PER_REQUEST"} | more
    outputs = {"Name": {"Ref": "Table"}, "Arn": {"Fn::GetAtt": ["Table", "Arn"]}}
    return {
        "Resources": {"Table": {"Type": "AWS::DynamoDB::Table", "Properties": properties}},
        "Outputs": {name: {"Value": value} for name, value in outputs.items()},
    }


def test_a_table_with_items(stacks: Stacks, client: Client) -> None:
    dynamodb = client("dynamodb")
    expiry = {"AttributeName": "until", "Enabled": "true"}
    backups = {"PointInTimeRecoveryEnabled": True}
    first = table(
        TimeToLiveSpecification=expiry, PointInTimeRecoverySpecification=backups, Tags=[{"Key": "a", "Value": "1"}]
    )
    outputs = stacks.outputs(first, name="tables")
    name = outputs["Name"]
    assert name.startswith("tables-Table-")
    assert outputs["Arn"] == f"arn:aws:dynamodb:us-east-1:111111111111:table/{name}"
    items = [
        {"id": {"S": "a"}, "at": {"S": str(number)}, "kind": {"S": "k"}, "n": {"N": str(number)}} for number in (1, 2)
    ]
    dynamodb.put_item(TableName=name, Item=items[0])
    dynamodb.batch_write_item(RequestItems={name: [{"PutRequest": {"Item": items[1]}}]})
    key = {"id": {"S": "a"}, "at": {"S": "1"}}
    assert dynamodb.get_item(TableName=name, Key=key)["Item"] == items[0]
    dynamodb.update_item(
        TableName=name, Key=key, UpdateExpression="SET n = n + :one", ExpressionAttributeValues={":one": {"N": "1"}}
    )
    with pytest.raises(ClientError, match="conditional request failed"):
        dynamodb.put_item(TableName=name, Item=items[0], ConditionExpression="attribute_not_exists(id)")
    found = dynamodb.query(
        TableName=name, KeyConditionExpression="id = :a", ExpressionAttributeValues={":a": {"S": "a"}}
    )
    assert [each["n"]["N"] for each in found["Items"]] == ["2", "2"]
    dynamodb.transact_write_items(TransactItems=[{"Delete": {"TableName": name, "Key": key}}])
    assert dynamodb.scan(TableName=name)["Count"] == 1
    drifted = stacks.api.detect_stack_resource_drift(StackName="tables", LogicalResourceId="Table")[
        "StackResourceDrift"
    ]
    assert drifted["StackResourceDriftStatus"] == "IN_SYNC", drifted["PropertyDifferences"]
    second = table("kind", GlobalSecondaryIndexes=[INDEX], StreamSpecification={"StreamViewType": "KEYS_ONLY"})
    assert stacks.update("tables", second)["StackStatus"] == "UPDATE_COMPLETE", stacks.reasons("tables")
    assert stacks.physical("tables")["Table"] == name
    of_kind = {
        "IndexName": "by-kind",
        "KeyConditionExpression": "kind = :k",
        "ExpressionAttributeValues": {":k": {"S": "k"}},
    }
    assert dynamodb.query(TableName=name, **of_kind)["Count"] == 1
    assert dynamodb.describe_time_to_live(TableName=name)["TimeToLiveDescription"]["TimeToLiveStatus"] == "DISABLED"
    assert stacks.delete("tables")["StackStatus"] == "DELETE_COMPLETE"
    assert dynamodb.list_tables()["TableNames"] == []


def test_tables_and_indexes_are_allowed_by_their_arns(world: EmbeddedAws, client: Client) -> None:
    client("dynamodb").create_table(
        TableName="mine",
        KeySchema=KEYS,
        BillingMode="PAY_PER_REQUEST",
        AttributeDefinitions=[{"AttributeName": each, "AttributeType": "S"} for each in ("id", "at", "kind")],
        GlobalSecondaryIndexes=[INDEX],
    )
    trust = {
        "Version": "2012-10-17",
        "Statement": [{"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"AWS": ACCOUNTS[0]}}],
    }
    arn = f"arn:aws:dynamodb:{REGION}:{ACCOUNTS[0]}:table/mine"
    may = {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Effect": "Allow",
                "Action": ["dynamodb:Query", "dynamodb:PutItem", "dynamodb:BatchWriteItem"],
                "Resource": arn,
            }
        ],
    }
    role = client("iam").create_role(RoleName="of-a-table", AssumeRolePolicyDocument=json.dumps(trust))["Role"]["Arn"]
    client("iam").put_role_policy(RoleName="of-a-table", PolicyName="p", PolicyDocument=json.dumps(may))
    dynamodb = world.client("dynamodb", account=ACCOUNTS[0], region=REGION, role=role)
    item = {"id": {"S": "a"}, "at": {"S": "1"}}
    values = {"ExpressionAttributeValues": {":a": {"S": "a"}}}
    dynamodb.transact_write_items(TransactItems=[{"Put": {"TableName": "mine", "Item": item}}])
    dynamodb.batch_write_item(RequestItems={"mine": [{"PutRequest": {"Item": item}}]})
    assert dynamodb.query(TableName="mine", KeyConditionExpression="id = :a", **values)["Count"] == 1
    for call, given in (
        (dynamodb.query, {"IndexName": "by-kind", "KeyConditionExpression": "kind = :a", **values}),
        (dynamodb.get_item, {"Key": item}),
        (dynamodb.scan, {}),
    ):
        with pytest.raises(ClientError, match="is not authorized to perform: dynamodb:"):
            call(TableName="mine", **given)
    with pytest.raises(ClientError, match="dynamodb:DeleteItem"):
        dynamodb.transact_write_items(TransactItems=[{"Delete": {"TableName": "mine", "Key": item}}])
