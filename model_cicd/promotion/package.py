"""A model package as a promotion sees it: may it be promoted, and what do people want to know of it. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from model_cicd.promotion.plan import NO_PACKAGE, Plan
from model_cicd.text.errors import ModelCicdError
from model_cicd.text.metrics import metrics

_ARN = re.compile(r"arn:aws[a-z-]*:sagemaker:[a-z0-9-]+:[0-9]{12}:model-package/[A-Za-z0-9-]+/(?P<version>[1-9][0-9]*)")
_COMMIT = re.compile(r"[\w.-]{1,64}")


@dataclass(frozen=True)
class Candidate:
    """A version that may be promoted; `metrics` is one line of text for people."""

    arn: str
    version: int
    commit: str
    metrics: str


def version_of(arn: str, plan: Plan) -> int:
    """The version that `arn` names. Raises ModelCicdError when it is no version of the plan's group."""
    found = _ARN.fullmatch(arn)
    if found is None:
        raise ModelCicdError(f"the model package: got {arn!r}, expected an ARN such as {plan.model_packages}1")
    # SageMaker writes names in lower case into ARNs, whoever typed them
    if not arn.lower().startswith(plan.model_packages.lower()):
        raise ModelCicdError(
            f"the model package {arn} is not of deployment group {plan.group}, "
            f"whose versions are {plan.model_packages}*"
        )
    return int(found["version"])


def candidate(arn: str, described: Mapping[str, Any], plan: Plan) -> Candidate:
    """What DescribeModelPackage answered for `arn`, as a version to promote.

    Raises ModelCicdError when it is not approved, or of another group.
    https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_DescribeModelPackage.html
    """
    version = version_of(arn, plan)
    status = described.get("ModelApprovalStatus")
    if status != "Approved":
        hint = f": approve it with `model-cicd approve {plan.group} {version}` or in the registry"
        raise ModelCicdError(
            f"version {version} of deployment group {plan.group} is {status or 'without an approval status'}, expected "
            f"Approved{'' if status == 'Rejected' else hint}"
        )
    properties = described.get("CustomerMetadataProperties") or {}
    commit = str(properties.get("CommitId") or "")
    # it becomes a parameter of a stack, and part of a text in a pipeline's configuration
    shown = commit if _COMMIT.fullmatch(commit) else "unknown"
    return Candidate(arn, version, shown, metrics(properties))


def wanted(arn: str) -> bool:
    """Whether an execution was started for a model package at all."""
    return arn.strip() not in ("", NO_PACKAGE)
