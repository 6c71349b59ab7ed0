"""Limits of AWS that a deployment comes near to: at least 80 % of one, measured in the templates."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from model_cicd.access.assembly import Stack
from model_cicd.access.template_values import UnresolvedError, value_of
from model_cicd.aws import limits
from model_cicd.aws.limits import Quota
from model_cicd.plan.records import NearLimit
from model_cicd.plan.values import name_of

#: in percent
NEAR = 80


@dataclass(frozen=True)
class _Use:
    where: str
    quota: Quota
    needed: int


def near_limits(before: Iterable[Stack], after: Iterable[Stack]) -> Iterator[NearLimit]:
    """What comes near to a limit or exceeds it after, and more so than before."""
    old = {(each.where, each.quota.what): each.needed for each in _uses(list(before))}
    for use in _uses(list(after)):
        was = old.get((use.where, use.quota.what), 0)
        if use.needed * 100 >= use.quota.value * NEAR and use.needed > was:
            yield NearLimit(use.where, use.quota.what, use.needed, was, use.quota.value, use.quota.raised)


def _uses(stacks: list[Stack]) -> Iterator[_Use]:
    counted: Counter[tuple[str, Quota]] = Counter()
    for stack in stacks:
        where = f"stack {stack.name} of account {stack.account}"
        yield _Use(where, limits.STACK_RESOURCES, len(stack.resources))
        yield _Use(where, limits.TEMPLATE, len(json.dumps(stack.template).encode()))
        for name, value in stack.parameters.items():
            yield _Use(f"parameter {name} of {where}", limits.STACK_PARAMETER, len(value.encode()))
        for logical_id, resource in stack.resources.items():
            kind = str(resource["Type"])
            shown = name_of(stack, logical_id) or f"{logical_id} of {where}"
            yield from _of_resource(stack, logical_id, kind, shown)
            account, place = f"account {stack.account}", f"account {stack.account} {stack.region}"
            if kind == "AWS::IAM::Role":
                counted[account, limits.ROLES] += 1
            elif kind == "AWS::CodePipeline::Pipeline":
                counted[place, limits.PIPELINES] += 1
            elif kind == "AWS::Events::Rule":
                counted[f"default bus of {place}", limits.RULES] += 1
    for (where, quota), number in counted.items():
        yield _Use(where, quota, number)


def _of_resource(stack: Stack, logical_id: str, kind: str, shown: str) -> Iterator[_Use]:
    properties: Mapping[str, Any] = stack.resources[logical_id].get("Properties", {})

    def value(key: str) -> Any:
        try:
            return value_of(stack, properties.get(key), (logical_id, "Properties", key))
        except UnresolvedError:
            return properties.get(key)  # with its functions: longer than what it becomes

    word = kind.rpartition("::")[2]
    where = f"{word} {shown}"
    if kind == "AWS::IAM::Role":
        inline = [each.get("PolicyDocument") for each in value("Policies") or []]
        yield _Use(where, limits.INLINE_POLICIES, sum(limits.size(each) for each in inline))
        yield _Use(where, limits.TRUST_POLICY, limits.size(value("AssumeRolePolicyDocument")))
        yield _Use(where, limits.ROLE_POLICIES, len(value("ManagedPolicyArns") or []))
    elif kind == "AWS::CodePipeline::Pipeline":
        stages = properties.get("Stages") or []
        yield _Use(where, limits.STAGES, len(stages))
        yield _Use(where, limits.ACTIONS, max((len(each["Actions"]) for each in stages), default=0))
    elif kind == "AWS::SSM::Parameter" and isinstance(text := value("Value"), str):
        advanced = properties.get("Tier") == "Advanced"
        yield _Use(where, limits.ADVANCED_PARAMETER if advanced else limits.PARAMETER, len(text.encode()))
    elif kind in _POLICIES and properties.get(_POLICIES[kind][0]):
        key, quota = _POLICIES[kind]
        yield _Use(where, quota, limits.size(value(key)))


_POLICIES = {
    "AWS::IAM::ManagedPolicy": ("PolicyDocument", limits.MANAGED_POLICY),
    "AWS::KMS::Key": ("KeyPolicy", limits.KEY_POLICY),
    "AWS::S3::BucketPolicy": ("PolicyDocument", limits.BUCKET_POLICY),
    "AWS::SageMaker::ModelPackageGroup": ("ModelPackageGroupPolicy", limits.PACKAGE_GROUP_POLICY),
}
