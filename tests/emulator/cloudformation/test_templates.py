"""The template language: functions, conditions, parameters, mappings, YAML."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tests.emulator.cloudformation.conftest import Stacks, parameter

ACCOUNT, REGION = "111111111111", "us-east-1"


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ({"Ref": "AWS::AccountId"}, ACCOUNT),
        ({"Fn::Join": ["-", ["a", {"Ref": "AWS::Region"}, {"Ref": "AWS::NoValue"}, 7]]}, f"a-{REGION}-7"),
        ({"Fn::Sub": "${AWS::Partition}:${!Literal}:${P.Value}:${L}"}, "aws:${Literal}:held:b,c"),
        ({"Fn::Sub": ["${Own}-${AWS::URLSuffix}", {"Own": {"Ref": "AWS::StackName"}}]}, "{stack}-amazonaws.com"),
        ({"Fn::Select": ["1", {"Fn::Split": [",", "x,y,z"]}]}, "y"),
        ({"Fn::Select": [0, {"Ref": "List"}]}, "b"),
        ({"Fn::Select": [1, {"Fn::GetAZs": ""}]}, "us-east-1b"),
        ({"Fn::Join": [",", {"Fn::Cidr": ["10.0.0.0/16", 2, 8]}]}, "10.0.0.0/24,10.0.1.0/24"),
        ({"Fn::FindInMap": ["M", {"Ref": "AWS::Region"}, "name"]}, "virginia"),
        ({"Fn::If": ["Both", "yes", "no"]}, "yes"),
        ({"Fn::If": ["Neither", "yes", "no"]}, "no"),
        ({"Fn::Base64": "hello"}, "aGVsbG8="),
        ({"Fn::GetAtt": ["P", "Value"]}, "held"),
        ({"Fn::GetAtt": "P.Value"}, "held"),
        ({"Ref": "P"}, "/held"),
        ({"Ref": "AWS::StackId"}, "{id}"),
        ("{{resolve:ssm:/outside}}!", "{{resolve:ssm:/outside}}!"),
    ],
)
def test_functions(stacks: Stacks, client: Callable[..., Any], value: Any, expected: str) -> None:
    if isinstance(value, dict) and value.get("Fn::Sub") and isinstance(value["Fn::Sub"], str):
        value = {"Fn::Sub": [value["Fn::Sub"], {"L": {"Fn::Join": [",", {"Ref": "List"}]}}]}
    template = {
        "Parameters": {"List": {"Type": "CommaDelimitedList", "Default": "b, c"}},
        "Mappings": {"M": {REGION: {"name": "virginia"}}},
        "Conditions": {
            "Both": {"Fn::And": [{"Condition": "Yes"}, {"Fn::Not": [{"Fn::Equals": ["a", "b"]}]}]},
            "Yes": {"Fn::Equals": [{"Ref": "AWS::Region"}, REGION]},
            "Neither": {"Fn::Or": [{"Fn::Equals": [1, "2"]}, {"Fn::Not": [{"Condition": "Yes"}]}]},
        },
        "Resources": {"P": parameter("held", Name="/held")},
        "Outputs": {"O": {"Value": value}},
    }
    name = stacks.name()
    found = stacks.outputs(template, name=name)["O"]
    stack = stacks.describe(name)
    stacks.delete(name)
    assert found == expected.replace("{stack}", name).replace("{id}", stack["StackId"])


def test_dynamic_references(stacks: Stacks, client: Callable[..., Any]) -> None:
    client("ssm").put_parameter(Name="/outside", Value="from the store", Type="String")
    client("secretsmanager").create_secret(Name="secret", SecretString='{"user": "me"}')
    template = {
        "Resources": {
            "A": parameter("<{{resolve:ssm:/outside}}>", Name="/dynamic/a"),
            "B": parameter("{{resolve:secretsmanager:secret:SecretString:user}}", Name="/dynamic/b"),
        }
    }
    name = stacks.create(template)["StackName"]
    values = client("ssm").get_parameters(Names=["/dynamic/a", "/dynamic/b"])["Parameters"]
    assert {item["Value"] for item in values} == {"<from the store>", "me"}
    shown = stacks.api.describe_stack_events(StackName=name)["StackEvents"]
    assert "from the store" not in str(shown)
    bad = stacks.create({"Resources": {"A": parameter("{{resolve:magic:x}}")}})
    assert "does not support the dynamic reference {{resolve:magic:...}}" in stacks.reasons(bad["StackId"])[0]


YAML = """
Description: short forms
Parameters:
  Stage: {Type: String, Default: dev, AllowedValues: [dev, prod]}
Conditions:
  IsProd: !Equals [!Ref Stage, prod]
  NotProd: !Not [!Condition IsProd]
Resources:
  Held:
    Type: AWS::SSM::Parameter
    Properties:
      Type: String
      Name: !Sub "/yaml/${Stage}"
      Value: !Join ["", [!If [IsProd, p, d], 2012-10-17]]
  Only:
    Type: AWS::SSM::Parameter
    Condition: IsProd
    Properties: {Type: String, Value: x}
  Topic:
    Type: AWS::SNS::Topic
Outputs:
  Scalar: {Value: !GetAtt Held.Value}
  Sequence:
    Value: !GetAtt
      - Topic
      - TopicName
  Sub:
    Condition: NotProd
    Value: !Sub ["${A}-${Held}", {A: !Select [0, !Split [",", "q,r"]]}]
  Only: {Condition: IsProd, Value: !Ref Only}
"""


def test_yaml_with_short_forms_and_dates_as_text(stacks: Stacks) -> None:
    stack = stacks.create(YAML)
    outputs = {item["OutputKey"]: item["OutputValue"] for item in stack["Outputs"]}
    assert outputs["Scalar"] == "d2012-10-17"
    assert outputs["Sub"] == "q-/yaml/dev"
    assert outputs["Sequence"].startswith(stack["StackName"])
    assert set(outputs) == {"Scalar", "Sequence", "Sub"}
    assert set(stacks.physical(stack["StackName"])) == {"Held", "Topic"}
    assert stack["Description"] == "short forms"
    assert stacks.api.get_template(StackName=stack["StackName"])["TemplateBody"] == YAML


@pytest.mark.parametrize(
    ("declared", "given", "message"),
    [
        ({"Type": "String"}, None, "Parameters: [V] must have values"),
        ({"Type": "String", "AllowedValues": ["a", "b"]}, "c", "must be one of AllowedValues: [a, b], got 'c'"),
        ({"Type": "String", "AllowedPattern": "[a-z]+"}, "A1", "must match pattern [a-z]+, got 'A1'"),
        ({"Type": "String", "AllowedPattern": "a", "ConstraintDescription": "say a"}, "b", "constraint: say a"),
        ({"Type": "String", "MinLength": 3}, "ab", "must contain at least 3 characters, got 2"),
        ({"Type": "String", "MaxLength": "1"}, "ab", "must contain at most 1 characters, got 2"),
        ({"Type": "Number", "MinValue": 3}, "2", "must be a number not less than 3, got 2"),
        ({"Type": "Number"}, "two", "must be a number, got 'two'"),
        ({"Type": "Strng"}, "x", "Unrecognized parameter type: Strng"),
        ({"Type": "String", "Defalt": "x"}, "x", "Invalid template parameter property 'Defalt'"),
        ({"Type": "AWS::SSM::Parameter::Value<String>"}, "/absent", "Unable to fetch parameters [/absent]"),
    ],
)
def test_parameters_that_are_refused(
    stacks: Stacks, refused: Callable[..., str], declared: Any, given: str | None, message: str
) -> None:
    template = {"Parameters": {"V": declared}, "Resources": {"P": parameter({"Ref": "V"})}}
    parameters = [] if given is None else [{"ParameterKey": "V", "ParameterValue": given}]
    assert message in refused(stacks.create, template, Parameters=parameters)


def test_parameters(stacks: Stacks, client: Callable[..., Any], refused: Callable[..., str]) -> None:
    client("ssm").put_parameter(Name="/stored", Value="first", Type="String")
    client("ssm").put_parameter(Name="/stored/list", Value="q,r", Type="StringList")
    template = {
        "Parameters": {
            "Stored": {"Type": "AWS::SSM::Parameter::Value<String>", "Default": "/stored"},
            "List": {"Type": "AWS::SSM::Parameter::Value<List<String>>", "Default": "/stored/list"},
            "Secret": {"Type": "String", "NoEcho": True},
        },
        "Resources": {"P": parameter({"Ref": "Stored"})},
        "Outputs": {
            "V": {"Value": {"Fn::GetAtt": ["P", "Value"]}},
            "L": {"Value": {"Fn::Select": [1, {"Ref": "List"}]}},
        },
    }
    stack = stacks.create(template, Parameters=[{"ParameterKey": "Secret", "ParameterValue": "hush"}])
    shown = {item["ParameterKey"]: item for item in stack["Parameters"]}
    assert shown["Secret"]["ParameterValue"] == "****"
    assert shown["Stored"] == {"ParameterKey": "Stored", "ParameterValue": "/stored", "ResolvedValue": "first"}
    assert {item["OutputKey"]: item["OutputValue"] for item in stack["Outputs"]} == {"V": "first", "L": "r"}

    client("ssm").put_parameter(Name="/stored", Value="second", Type="String", Overwrite=True)
    previous = [{"ParameterKey": name, "UsePreviousValue": True} for name in ("Stored", "Secret")]
    stack = stacks.update(stack["StackName"], template, Parameters=previous)
    assert {item["OutputKey"]: item["OutputValue"] for item in stack["Outputs"]}["V"] == "second"
    unknown = [{"ParameterKey": "Nobody", "ParameterValue": "x"}]
    assert "Parameters: [Nobody] do not exist" in refused(
        stacks.update, stack["StackName"], template, Parameters=unknown
    )


def test_rules(stacks: Stacks, refused: Callable[..., str]) -> None:
    rule = {
        "RuleCondition": {"Fn::Equals": [{"Ref": "V"}, "checked"]},
        "Assertions": [
            {"Assert": {"Fn::Not": [{"Fn::Contains": [["checked"], {"Ref": "V"}]}]}, "AssertDescription": "too old"}
        ],
    }  # fmt: skip
    template = {"Parameters": {"V": {"Type": "String"}}, "Rules": {"R": rule}, "Resources": {"P": parameter()}}
    error = refused(stacks.create, template, Parameters=[{"ParameterKey": "V", "ParameterValue": "checked"}])
    assert "rule R failed: too old" in error
    made = stacks.create(template, Parameters=[{"ParameterKey": "V", "ParameterValue": "free"}])
    assert made["StackStatus"] == "CREATE_COMPLETE"


@pytest.mark.parametrize("style", ["path", "local", "virtual", "global"])
def test_template_urls(stacks: Stacks, client: Callable[..., Any], style: str, refused: Callable[..., str]) -> None:
    s3 = client("s3")
    if "templates.bucket" not in {bucket["Name"] for bucket in s3.list_buckets()["Buckets"]}:
        s3.create_bucket(Bucket="templates.bucket")
    long = "# " + "x" * 60_000 + "\nResources: {P: {Type: 'AWS::SNS::Topic'}}\n"
    s3.put_object(Bucket="templates.bucket", Key="dir/a b.yaml", Body=long.encode())
    url = {
        "path": "https://s3.us-east-1.amazonaws.com/templates.bucket/dir/a%20b.yaml",
        "local": f"{s3.meta.endpoint_url}/templates.bucket/dir/a%20b.yaml",
        "virtual": "https://templates.bucket.s3.us-east-1.amazonaws.com/dir/a%20b.yaml",
        "global": "https://templates.bucket.s3.amazonaws.com/dir/a%20b.yaml",
    }[style]
    name = stacks.name()
    stacks.api.create_stack(StackName=name, TemplateURL=url)
    assert stacks.rest(name)["StackStatus"] == "CREATE_COMPLETE"
    assert "S3 error" in refused(stacks.api.create_stack, StackName="no", TemplateURL=url + ".gone")
    assert "supported URL" in refused(stacks.api.create_stack, StackName="no", TemplateURL="https://example.com/a/b")


def test_validate_template(stacks: Stacks) -> None:
    found = stacks.api.validate_template(TemplateBody=YAML)
    assert found["Description"] == "short forms"
    assert found["Parameters"] == [{"ParameterKey": "Stage", "DefaultValue": "dev", "NoEcho": False}]
