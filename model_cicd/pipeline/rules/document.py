"""Rules on what stands around the pipeline itself."""

from __future__ import annotations

import re
from collections.abc import Iterator

from model_cicd.pipeline.rules.registry import Finding, Subject, rule
from model_cicd.pipeline.steps.checks import CheckConfig
from model_cicd.pipeline.steps.register import RegisterConfig
from model_cicd.pipeline.tokens import plain


@rule
def check_accounts(subject: Subject) -> Iterator[Finding]:
    """Accounts have ids of 12 digits."""
    config = subject.config
    for key, value in (("preProdAccountId", config.pre_prod_account_id), ("prodAccountId", config.prod_account_id)):
        if value is not None and "{{" not in value and not re.fullmatch(r"[0-9]{12}", value):
            yield (key,), f"got {value!r}, expected an account id of 12 digits"


@rule
def check_group_names(subject: Subject) -> Iterator[Finding]:
    """Model package groups are named as the service names them.

    https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_CreateModelPackageGroup.html
    """
    names: list[tuple[tuple[str | int, ...], object]] = [
        (("modelPackageGroupName",), subject.config.model_package_group_name)
    ]
    for path, step in subject.steps:
        block = step.get(RegisterConfig) or step.get(CheckConfig)
        if block is not None:
            names.append(((*path, step.kind.key, "modelPackageGroupName"), block.model_package_group_name))
    for path, name in names:
        if not isinstance(name, str) or "{{" in name:
            continue
        # the ARN of a group of another account does too
        if not name.startswith("arn:") and not re.fullmatch(r"[A-Za-z0-9](-*[A-Za-z0-9]){0,62}", plain(name)):
            yield path, f"got {name!r}, expected 1 to 63 letters and digits, with hyphens between them"
