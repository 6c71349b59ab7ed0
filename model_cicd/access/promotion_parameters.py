"""What promotions give the templates of endpoints: a release, and the key that it is encrypted with."""

from __future__ import annotations

from collections.abc import Mapping

from model_cicd.access.assembly import Stack
from model_cicd.access.template_values import return_value
from model_cicd.sagemaker_model_cicd.topology import GroupTopology, Topology
from model_cicd.text.errors import ModelCicdError


def promotion_parameters(topology: Topology, stacks: list[Stack]) -> Mapping[str, Mapping[str, str]]:
    """The parameters of each endpoint's stack by its name, for the synthesized `stacks`."""
    by_name = {stack.name: stack for stack in stacks}
    return {
        target.stack_name: {
            "Commit": "0" * 40,
            "Digest": f"sha256:{'0' * 64}",
            "ModelPackageArn": group.releases.models.packages_arn.removesuffix("*") + "1",
            "ReleaseKeyArn": release_key(by_name, group),
            "Version": "1",
        }
        for group in topology.groups
        for target in group.promotion.targets
    }


def release_key(stacks: Mapping[str, Stack], group: GroupTopology) -> str:
    """The ARN of the key of a group's releases."""
    stack = stacks.get(group.build_stack_name)
    keys = [id for id, resource in (stack.resources if stack else {}).items() if resource["Type"] == "AWS::KMS::Key"]
    aliases = {
        resource["Properties"]["AliasName"]: resource["Properties"]["TargetKeyId"]
        for resource in (stack.resources.values() if stack else ())
        if resource["Type"] == "AWS::KMS::Alias"
    }
    target = aliases.get(group.releases.key_alias.name)
    key = target["Fn::GetAtt"][0] if isinstance(target, dict) and "Fn::GetAtt" in target else None
    arn = return_value(stack, key, "Arn") if stack and key in keys else None
    if arn is None:
        raise ModelCicdError(f"stack {group.build_stack_name}: no key has the alias {group.releases.key_alias.name}")
    return arn
