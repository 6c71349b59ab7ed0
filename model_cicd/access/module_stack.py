"""The stack that Seed-Farmer makes of modulestack.yaml: what the module's own role may do."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from cfn_template import TemplateError, read_template
from model_cicd.access.assembly import Stack
from model_cicd.access.template_values import value_of
from model_cicd.sagemaker_model_cicd.topology import Topology
from model_cicd.text.errors import ModelCicdError

#: the name of the module's role is Seed-Farmer's, with a hash: a stand-in
ROLE = "seedfarmer-module-role"
MODULE_STACK = "modulestack"
#: the logical id of the stand-in
MODULE_ROLE_ID = "SeedFarmerModuleRole"


def module_role_arn(topology: Topology) -> str:
    """The ARN of the stand-in for the module's role."""
    return topology.tooling.place.role(ROLE)


def module_stack(module: Path, topology: Topology) -> Stack:
    """The stack with the parameters that Seed-Farmer fills from the module's, and with the role that it extends.

    Raises ModelCicdError when there is no modulestack.yaml in the directory `module`.
    """
    path = module / "modulestack.yaml"
    try:
        template = read_template(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise ModelCicdError(f"{path}: {error.strerror}") from None
    except TemplateError as error:
        raise ModelCicdError(f"{path}: {error}") from None
    service = {"Effect": "Allow", "Principal": {"Service": "codebuild.amazonaws.com"}, "Action": "sts:AssumeRole"}
    role = {
        "Type": "AWS::IAM::Role",
        "Properties": {"RoleName": ROLE, "AssumeRolePolicyDocument": {"Version": "2012-10-17", "Statement": [service]}},
    }
    template["Resources"] = {MODULE_ROLE_ID: role, **template["Resources"]}
    parameters = {
        "RoleName": ROLE,
        "CdkQualifier": topology.context.bootstrap_qualifier,
        "OrganizationId": topology.organization_id or "",
        "BuildAccountIds": ",".join(topology.build_account_ids),
        "DeployAccountIds": ",".join(topology.deploy_account_ids),
        "SecretArns": ",".join(topology.secret_arns),
    }
    tooling = topology.tooling
    stack = Stack(MODULE_STACK, tooling.account, tooling.place.region, template, parameters)
    template["Resources"] = {name: each for name, each in template["Resources"].items() if _is_made(stack, name, each)}
    return stack


def _is_made(stack: Stack, name: str, resource: dict[str, Any]) -> bool:
    condition = resource.pop("Condition", None)
    path = ("Resources", name, "Condition")
    return condition is None or bool(value_of(stack, {"Fn::If": [condition, True, False]}, path))
