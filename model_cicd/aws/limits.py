"""The limits of AWS that a deployment may reach, each with the page or model that it is from.

`model-cicd check` refuses what would exceed one that AWS does not raise (model_cicd/sagemaker_model_cicd/sizes.py), and
docs/limits.md has this table. Limits of names are in naming.py, those of single values with the value's type.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

_DOCS = "https://docs.aws.amazon.com"
_IAM = f"{_DOCS}/IAM/latest/UserGuide/reference_iam-quotas.html"
_CODEPIPELINE = f"{_DOCS}/codepipeline/latest/userguide/limits.html"
_EVENTS = f"{_DOCS}/eventbridge/latest/userguide/eb-quota.html"


@dataclass(frozen=True)
class Quota:
    """At most `value` of `what`; `raised` says whether AWS raises it on request."""

    what: str
    value: int
    source: str
    raised: bool = False

    def complaint(self, needed: int, why: str) -> str | None:
        """What is wrong with `needed`, made by `why`; None when it is within the limit."""
        return None if needed <= self.value else f"{why} {needed:,} {self.what}, expected at most {self.value:,}"


STAGES = Quota("stages in a pipeline", 50, _CODEPIPELINE)
ACTIONS = Quota("actions in a stage", 50, _CODEPIPELINE)
PIPELINES = Quota("pipelines in an account and region", 1000, _CODEPIPELINE, raised=True)
ROLES = Quota("roles in an account", 1000, _IAM, raised=True)
MANAGED_POLICY = Quota("characters of a managed policy", 6144, _IAM)
ROLE_POLICIES = Quota("managed policies on a role", 10, _IAM)
INLINE_POLICIES = Quota("characters of a role's inline policies together", 10_240, _IAM)
TRUST_POLICY = Quota("characters of a role's trust policy", 2048, _IAM, raised=True)
KEY_POLICY = Quota(
    "bytes of a key policy", 32_768, f"{_DOCS}/kms/latest/developerguide/resource-limits.html#key-policy-limit"
)
GRANTS = Quota("grants on a key", 50_000, f"{_DOCS}/kms/latest/developerguide/resource-limits.html", raised=True)
BUCKET_POLICY = Quota("bytes of a bucket policy", 20_480, f"{_DOCS}/AmazonS3/latest/userguide/bucket-policies.html")
PACKAGE_GROUP_POLICY = Quota(
    "characters of a model package group's policy",
    20_480,
    f"{_DOCS}/sagemaker/latest/APIReference/API_PutModelPackageGroupPolicy.html",
)
BUS_POLICY = Quota("bytes of an event bus policy", 10_240, _EVENTS)
RULES = Quota("rules on an event bus", 300, _EVENTS, raised=True)
PARAMETER = Quota(
    "bytes of a standard SSM parameter",
    4096,
    f"{_DOCS}/systems-manager/latest/userguide/parameter-store-advanced-parameters.html",
)
ADVANCED_PARAMETER = Quota("bytes of an advanced SSM parameter", 8192, PARAMETER.source)
SECRET = Quota("characters of a secret", 65_536, f"{_DOCS}/secretsmanager/latest/userguide/reference_limits.html")
STACK_PARAMETER = Quota(
    "bytes of a stack parameter's value",
    4096,
    f"{_DOCS}/AWSCloudFormation/latest/UserGuide/cloudformation-limits.html",
)
STACK_RESOURCES = Quota("resources in a stack", 500, STACK_PARAMETER.source)
TEMPLATE = Quota("bytes of a template in S3", 1_048_576, STACK_PARAMETER.source)
BUILD_MINUTES = Quota("minutes of a build", 2160, f"{_DOCS}/codebuild/latest/APIReference/API_CreateProject.html")
SAGEMAKER_PIPELINE = Quota(
    "bytes of a pipeline definition", 1_048_576, f"{_DOCS}/sagemaker/latest/APIReference/API_CreatePipeline.html"
)
#: so many ARNs of roles, of 120 characters at most, fit into a managed policy
ROLES_A_POLICY = 48


def size(policy: Any) -> int:
    """The bytes of a policy as AWS counts them: without white space."""
    return len(json.dumps(policy, separators=(",", ":")).encode())
