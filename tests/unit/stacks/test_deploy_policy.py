"""The policy that docs/bootstrap.md gives deploy accounts is what CloudFormation needs for endpoint stacks."""

from __future__ import annotations

import copy
import json
import re
from pathlib import Path
from typing import Any

import cfnlint
import pytest
from cfnlint.schema.manager import ProviderSchemaManager

from iam_policy import Policies, Policy, Principal, Request, decide

ROOT = Path(__file__).parents[3]
#: what schemas name for other namespaces of Application Auto Scaling than SageMaker's
OTHER_NAMESPACES = {
    "lambda:DeleteProvisionedConcurrencyConfig",
    "lambda:GetProvisionedConcurrencyConfig",
    "lambda:PutProvisionedConcurrencyConfig",
}
#: what endpoint stacks need besides the handlers of their types, and why
BESIDES = {
    "kms:CreateGrant": "whoever creates the endpoint grants SageMaker the use of its volume key",
    "sagemaker:DescribeModelPackage": "a model is made of a release of another account",
    "sagemaker:UpdateEndpointWeightsAndCapacities": "Application Auto Scaling asks it of whoever registers a target",
}
SCALING = "arn:aws:application-autoscaling:REGION:DEPLOY:scalable-target/*"
ALARM = "arn:aws:cloudwatch:REGION:DEPLOY:alarm:"
EVERYTHING: dict[str, Any] = {
    "instanceType": "ml.c5.xlarge",
    "autoscaling": {"minCapacity": 2, "maxCapacity": 6, "targetInvocationsPerInstance": 500},
    "deployment": {"strategy": "canary"},
    "dataCapture": {"percentage": 100, "prefix": "s3://captured/shop"},
}
MONITORING: dict[str, Any] = {
    "reports": "s3://reports/shop",
    "modelQuality": {"groundTruth": "s3://truth/shop"},
    "notify": "arn:aws:sns:eu-west-1:666666666666:drift",
    "retrain": {},
}


def published() -> dict[str, Any]:
    page = (ROOT / "docs" / "bootstrap.md").read_text(encoding="utf-8")
    (text,) = re.findall(r"```json\n(.*?)```", page, re.DOTALL)
    loaded: dict[str, Any] = json.loads(text)
    return loaded


def actions() -> set[str]:
    found: set[str] = set()
    for statement in published()["Statement"]:
        given = statement["Action"]
        found |= {given} if isinstance(given, str) else set(given)
    return found


@pytest.fixture(scope="module")
def types(synthesize: Any, parameters: Any) -> set[str]:
    """The types of resources in every endpoint's template: as it is without settings, and with all that adds some."""
    changed = copy.deepcopy(parameters)
    changed["deployment-groups"][1]["deployEnvironments"][1] |= {"endpoint": EVERYTHING, "monitoring": MONITORING}
    templates = synthesize(changed | {"permissions-boundary-name": "boundary"}).endpoints.values()
    return {resource["Type"] for template in templates for resource in template["Resources"].values()}


def handled(kind: str) -> set[str]:
    """What CloudFormation asks for to create, read, update and delete resources of a type."""
    bundled = Path(cfnlint.__file__).parent / "data" / "schemas"
    schema = ProviderSchemaManager(bundled / "providers", bundled / "resources").get_resource_schema("us-east-1", kind)
    handlers = schema.schema["handlers"]
    return {each for name, handler in handlers.items() if name != "list" for each in handler["permissions"]}


def test_it_allows_what_the_handlers_of_the_types_ask_for_and_nothing_else(types: set[str]) -> None:
    wanted = {permission for kind in types for permission in handled(kind)}
    assert {"AWS::ApplicationAutoScaling::ScalingPolicy", "AWS::CloudWatch::Alarm", "AWS::KMS::Alias"} <= types
    assert wanted - OTHER_NAMESPACES - actions() == set()
    assert actions() - wanted - set(BESIDES) == set()


def test_it_fits_into_a_managed_policy() -> None:
    text = json.dumps(published(), separators=(",", ":")).replace("PREFIX", "p" * 40)
    assert len(text) <= 6144


@pytest.mark.parametrize(
    ("action", "resource", "namespace", "allowed"),
    [
        ("cloudwatch:PutMetricAlarm", f"{ALARM}PREFIX-shop-errors", "", True),
        ("cloudwatch:PutMetricAlarm", f"{ALARM}TargetTracking-endpoint/PREFIX-a/x", "", True),
        ("cloudwatch:PutMetricAlarm", f"{ALARM}TargetTracking-endpoint/other/x", "", False),
        ("iam:ListRolePolicies", "arn:aws:iam::DEPLOY:role/PREFIX-shop-model", "", True),
        ("iam:PutRolePermissionsBoundary", "arn:aws:iam::DEPLOY:role/PREFIX-shop-model", "", True),
        ("iam:AttachRolePolicy", "arn:aws:iam::DEPLOY:role/somebody", "", False),
        ("iam:CreateRole", "arn:aws:iam::DEPLOY:role/PREFIX-shop-drift-events", "", True),
        ("events:PutRule", "arn:aws:events:REGION:DEPLOY:rule/PREFIX-shop-drift", "", True),
        ("events:PutRule", "arn:aws:events:REGION:DEPLOY:rule/somebody", "", False),
        # of tests between stages; nobody runs with it, so nobody passes it
        ("iam:CreateRole", "arn:aws:iam::DEPLOY:role/PREFIX-live-shop-01234567-invoke", "", True),
        ("iam:PassRole", "arn:aws:iam::DEPLOY:role/PREFIX-live-shop-01234567-invoke", "", False),
        ("application-autoscaling:TagResource", SCALING, "", True),
        ("application-autoscaling:RegisterScalableTarget", SCALING, "sagemaker", True),
        ("application-autoscaling:RegisterScalableTarget", SCALING, "dynamodb", False),
    ],
)
def test_on_these_resources(action: str, resource: str, namespace: str, allowed: bool) -> None:
    where = {"DEPLOY": "444444444444", "BUILD": "222222222222", "REGION": "eu-west-1", "PREFIX": "shop-models"}
    text = json.dumps(published())
    for name, value in where.items():
        text, resource = text.replace(name, value), resource.replace(name, value)
    executor = Principal("role", "arn:aws:iam::444444444444:role/executor", "444444444444")
    context = {"application-autoscaling:service-namespace": namespace} if namespace else {}
    request = Request(executor, action, resource, resource.split(":")[4], context)
    policies = Policies(identity=(Policy.parse(json.loads(text), name="published"),))
    assert decide(request, policies).allowed is allowed
