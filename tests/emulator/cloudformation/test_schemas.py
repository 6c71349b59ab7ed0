"""What the providers say beyond AWS's own resource schemas, and whether the kept schemas are still AWS's."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from typing import Any

import pytest

from rehearsal.cloudformation import schemas
from rehearsal.cloudformation.provider import Provider
from rehearsal.cloudformation.registry import PROVIDERS

ROOT = Path(__file__).parents[3]
TYPES = sorted(PROVIDERS)

# AWS documents these as "Update requires: Replacement" or refuses the update, although the schema does not say so.
REPLACED_AS_WELL = {
    "AWS::DynamoDB::Table": ("KeySchema", "LocalSecondaryIndexes"),
    "AWS::EC2::VPC": ("InstanceTenancy",),
    "AWS::EC2::VPCEndpoint": ("PrivateDnsEnabled",),
    "AWS::Events::Rule": ("EventBusName",),
    "AWS::SNS::Topic": ("ContentBasedDeduplication",),
    "AWS::SageMaker::Domain": ("VpcId",),
}
# AWS documents these as return values, although the schema does not have them read-only.
MORE_ATTRIBUTES = {
    "AWS::EC2::Subnet": ("AvailabilityZone", "AvailabilityZoneId", "CidrBlock", "VpcId"),
    "AWS::EC2::VPC": ("CidrBlock",),
    "AWS::Events::EventBus": ("Name",),
    "AWS::SNS::Topic": ("TopicName",),
    "AWS::SQS::Queue": ("QueueName",),
    "AWS::SSM::Parameter": ("Type", "Value"),
    "AWS::SageMaker::Endpoint": ("EndpointName",),
    "AWS::SageMaker::EndpointConfig": ("EndpointConfigName",),
    "AWS::SageMaker::Model": ("ModelName",),
    "AWS::SageMaker::NotebookInstance": ("NotebookInstanceName",),
    "AWS::SageMaker::NotebookInstanceLifecycleConfig": ("NotebookInstanceLifecycleConfigName",),
}
# AWS can import these; here nothing reads an existing one.
NOT_IMPORTED = {
    "AWS::ApplicationAutoScaling::ScalingPolicy",
    "AWS::CloudFormation::Stack",
    "AWS::EC2::Route",
    "AWS::EC2::VPCGatewayAttachment",
    "AWS::Events::EventBusPolicy",
    "AWS::Lambda::EventInvokeConfig",
    "AWS::Lambda::Permission",
    "AWS::SNS::Subscription",
}


def script() -> Any:
    spec = importlib.util.spec_from_file_location("resource_schemas", ROOT / "scripts" / "resource_schemas.py")
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_schemas_are_those_of_cfn_lint() -> None:
    written = Path(schemas.__file__).with_name("schemas.json").read_text(encoding="utf-8")
    assert written == script().text(), "run scripts/resource_schemas.py"


def test_a_definition_that_holds_itself_is_free_below() -> None:
    node = {"properties": {"And": {"items": {"$ref": "#/definitions/Rule"}}, "Id": {"type": "string"}}}
    root = {"definitions": {"Rule": node}}
    assert script().tree({"$ref": "#/definitions/Rule"}, root) == {"And": None, "Id": None}


def test_the_alternatives_of_a_property_are_taken_together() -> None:
    node = {"oneOf": [{"properties": {"A": {}}}, {"properties": {"B": {"items": {"properties": {"C": {}}}}}}]}
    assert script().tree(node, {}) == {"A": None, "B": [{"C": None}]}


@pytest.mark.parametrize("kind", TYPES)
def test_what_is_not_supported_is_something_of_aws(kind: str) -> None:
    schema = PROVIDERS[kind].schema
    unknown = {name for name in PROVIDERS[kind].left_out if not schemas.has(schema.properties, name)}
    assert unknown <= set(schema.read_only)


@pytest.mark.parametrize("kind", TYPES)
def test_nothing_required_is_unsupported(kind: str) -> None:
    assert set(PROVIDERS[kind].schema.required) <= set(PROVIDERS[kind].properties)


def differences(name: str) -> dict[str, Any]:
    return {kind: getattr(provider, name) for kind, provider in PROVIDERS.items() if getattr(provider, name)}


def test_properties_that_replace_beyond_the_schema_are_these() -> None:
    assert differences("replaced_as_well") == REPLACED_AS_WELL
    for kind, names in REPLACED_AS_WELL.items():
        assert set(names) <= set(PROVIDERS[kind].properties) - set(PROVIDERS[kind].schema.create_only)


def test_attributes_beyond_the_schema_are_these() -> None:
    assert differences("more_attributes") == MORE_ATTRIBUTES
    for kind, names in MORE_ATTRIBUTES.items():
        assert set(names) <= set(PROVIDERS[kind].schema.properties)


def test_types_that_only_aws_imports_are_these() -> None:
    found = {kind for kind, provider in PROVIDERS.items() if provider.schema.identifier and not provider.identifier}
    assert found == NOT_IMPORTED
    read = {kind for kind, provider in PROVIDERS.items() if type(provider).read is not Provider.read}
    assert all(PROVIDERS[kind].identifier for kind in read), "read, but AWS cannot import it"


@pytest.mark.parametrize("kind", TYPES)
def test_volatile_and_custom_names_are_of_the_type(kind: str) -> None:
    provider = PROVIDERS[kind]
    assert set(provider.volatile) <= provider.attributes
    assert provider.named_by is None or provider.named_by in provider.properties


def test_an_unknown_type_says_what_to_run() -> None:
    with pytest.raises(KeyError, match=r"no AWS::No::Type: run scripts/resource_schemas.py"):
        schemas.schema("AWS::No::Type")


def test_without_and_has_go_through_lists() -> None:
    tree = {"A": [{"B": None, "C": {"D": None}}], "E": None}
    assert schemas.without(tree, {"A.C.D", "E"}) == {"A": [{"B": None, "C": {}}]}
    assert schemas.has(tree, "A.C.D")
    assert not schemas.has(tree, "A.D")
    assert not schemas.has(tree, "E.F")
