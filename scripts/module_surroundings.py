"""What is there when a public module is rehearsed alone: a network, and what other modules would have made.

Pure: a template for CloudFormation, and a model. `scripts/coverage.py` deploys them before a module.
"""

from __future__ import annotations

import io
import json
import tarfile
from typing import Any

_ANYBODY = {"Effect": "Allow", "Action": "sts:AssumeRole"}
_TRUST = {
    "Version": "2012-10-17",
    "Statement": [
        {**_ANYBODY, "Principal": {"AWS": {"Fn::Sub": "arn:aws:iam::${AWS::AccountId}:root"}}},
        {
            **_ANYBODY,
            "Principal": {"Service": ["sagemaker.amazonaws.com", "ecs-tasks.amazonaws.com", "lambda.amazonaws.com"]},
        },
    ],
}
_DATABASE = {"username": "admin", "password": "example", "host": "example", "port": 3306, "dbname": "example"}
_STATEMENT = {"Effect": "Allow", "Action": "s3:ListAllMyBuckets", "Resource": "*"}
_POLICY = {"Version": "2012-10-17", "Statement": [_STATEMENT]}


def template() -> dict[str, Any]:
    """The whole stack; its outputs have the ids that are not known before."""
    resources = network_resources() | _others()
    ids = {name: {"Ref": name} for name in ("Vpc", "Private0", "Private1", "Domain", "Secret")}
    ids["SecurityGroup"] = {"Fn::GetAtt": "SecurityGroup.GroupId"}
    return {"Resources": resources, "Outputs": {name: {"Value": value} for name, value in ids.items()}}


def model() -> bytes:
    """A model of built-in XGBoost, as a training job leaves it."""
    import xgboost

    rows = xgboost.DMatrix([[0.0], [1.0], [2.0]], [0.0, 1.0, 2.0])
    content = bytes(xgboost.train({"max_depth": 1}, rows, 1).save_raw("json"))
    made = io.BytesIO()
    with tarfile.open(fileobj=made, mode="w:gz") as tar:
        member = tarfile.TarInfo("xgboost-model")
        member.size = len(content)
        tar.addfile(member, io.BytesIO(content))
    return made.getvalue()


def network_resources() -> dict[str, Any]:
    """That network, as a template has it."""
    vpc = {"VpcId": {"Ref": "Vpc"}}
    made: dict[str, Any] = {
        "Vpc": ("VPC", {"CidrBlock": "10.0.0.0/16", "EnableDnsHostnames": True, "EnableDnsSupport": True}),
        "Gateway": ("InternetGateway", {}),
        "Attached": ("VPCGatewayAttachment", {**vpc, "InternetGatewayId": {"Ref": "Gateway"}}),
        "Address": ("EIP", {"Domain": "vpc"}),
        "Nat": ("NatGateway", {"AllocationId": {"Fn::GetAtt": "Address.AllocationId"}, "SubnetId": {"Ref": "Public0"}}),
    }
    ways = {"Public": {"GatewayId": {"Ref": "Gateway"}}, "Private": {"NatGatewayId": {"Ref": "Nat"}}}
    for number, (kind, zone) in enumerate((kind, zone) for kind in ways for zone in (0, 1)):
        name = f"{kind}{zone}"
        place = {"CidrBlock": f"10.0.{number}.0/24", "AvailabilityZone": {"Fn::Select": [zone, {"Fn::GetAZs": ""}]}}
        made[name] = ("Subnet", {**vpc, **place, "MapPublicIpOnLaunch": kind == "Public"})
        made[f"{name}Table"] = ("RouteTable", vpc)
        table_of = {"RouteTableId": {"Ref": f"{name}Table"}}
        made[f"{name}Way"] = ("Route", {**table_of, "DestinationCidrBlock": "0.0.0.0/0", **ways[kind]})
        made[f"{name}Has"] = ("SubnetRouteTableAssociation", {**table_of, "SubnetId": {"Ref": name}})
    resources = {name: {"Type": f"AWS::EC2::{kind}", "Properties": given} for name, (kind, given) in made.items()}
    resources["PublicWay"] = resources.pop("Public0Way") | {"DependsOn": "Attached"}
    return resources


def _others() -> dict[str, Any]:
    """Roles, a policy, a bucket, a repository, a secret and what SageMaker has, each named `example`."""
    role = {"Fn::GetAtt": "Role.Arn"}
    made: dict[str, Any] = {
        "Role": ("IAM::Role", {"RoleName": "example", "AssumeRolePolicyDocument": _TRUST}),
        "Policy": ("IAM::ManagedPolicy", {"ManagedPolicyName": "example", "PolicyDocument": _POLICY}),
        "Bucket": ("S3::Bucket", {"BucketName": {"Fn::Sub": "example-${AWS::AccountId}-${AWS::Region}"}}),
        "Repository": ("ECR::Repository", {"RepositoryName": "example", "EmptyOnDelete": True}),
        "Secret": ("SecretsManager::Secret", {"Name": "example", "SecretString": json.dumps(_DATABASE)}),
        "Bus": ("Events::EventBus", {"Name": "example"}),
        "SecurityGroup": ("EC2::SecurityGroup", {"GroupDescription": "example", "VpcId": {"Ref": "Vpc"}}),
        "Models": ("SageMaker::ModelPackageGroup", {"ModelPackageGroupName": "example"}),
        "Domain": (
            "SageMaker::Domain",
            {
                "DomainName": "example",
                "AuthMode": "IAM",
                "DefaultUserSettings": {"ExecutionRole": role},
                "VpcId": {"Ref": "Vpc"},
                "SubnetIds": [{"Ref": "Private0"}],
            },
        ),
    }
    return {name: {"Type": f"AWS::{kind}", "Properties": given} for name, (kind, given) in made.items()}
