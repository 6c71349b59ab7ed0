"""Terraform's JSON syntax for a pipeline and the resources around it.

https://registry.terraform.io/providers/hashicorp/aws/latest/docs/resources/sagemaker_pipeline
https://developer.hashicorp.com/terraform/language/syntax/json
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

from model_cicd.pipeline.targets.resources import Resources
from model_cicd.pipeline.tokens import split, written

_NATIVE: Mapping[str, str] = {
    "partition": "data.aws_partition.current.partition",
    "region": "data.aws_region.current.region",
    "account": "data.aws_caller_identity.current.account_id",
    "suffix": "data.aws_partition.current.dns_suffix",
    "bucket": "aws_s3_bucket.pipeline.bucket",
    "key_arn": "aws_kms_key.pipeline.arn",
    "role_arn": "aws_iam_role.pipeline.arn",
}
#: the one label of each resource
_LABEL = "pipeline"


def terraform(made: Resources, definition: Mapping[str, Any]) -> str:
    """The configuration as the content of a `.tf.json` file."""
    tags = {"tags": dict(made.tags)} if made.tags else {}
    found: dict[str, dict[str, Any]] = {}
    if made.role_policy is not None:
        found["aws_iam_role"] = {
            "name_prefix": f"{made.name[:37]}-",
            "description": f"Runs the SageMaker pipeline {made.name} and its jobs",
            "assume_role_policy": json.dumps(made.trust_policy, ensure_ascii=False),
            **tags,
        }
        found["aws_iam_role_policy"] = {
            "name": "pipeline",
            "role": _Reference("aws_iam_role.pipeline.id"),
            "policy": json.dumps(made.role_policy, ensure_ascii=False),
        }
    found |= _key(made, tags) | _bucket(made, tags) | _group(made, tags)
    pipeline: dict[str, Any] = {
        "pipeline_name": made.name,
        "pipeline_display_name": made.display_name,
        "role_arn": made.role_arn,
        "pipeline_definition": json.dumps(definition, separators=(",", ":"), ensure_ascii=False),
        **tags,
    }
    if made.description:
        pipeline["pipeline_description"] = made.description
    if made.max_parallel_steps is not None:
        pipeline["parallelism_configuration"] = {"max_parallel_execution_steps": made.max_parallel_steps}
    if made.role_policy is not None:
        # so that an execution started at once has the permissions it needs
        pipeline["depends_on"] = ["aws_iam_role_policy.pipeline"]
    found["aws_sagemaker_pipeline"] = pipeline
    configuration = {
        "terraform": {"required_providers": {"aws": {"source": "hashicorp/aws", "version": ">= 6.0, < 7.0"}}},
        "data": {
            "aws_caller_identity": {"current": {}},
            "aws_partition": {"current": {}},
            "aws_region": {"current": {}},
        },
        "resource": {kind: {_LABEL: written(arguments, _text)} for kind, arguments in found.items()},
        "output": written(_outputs(made), _text),
    }
    return json.dumps(configuration, indent=2) + "\n"


class _Reference(str):
    """An expression of Terraform's, not text."""


def _key(made: Resources, tags: Mapping[str, Any]) -> dict[str, Any]:
    if made.key_alias is None:
        return {}
    return {
        "aws_kms_key": {
            "description": f"Data and models of the SageMaker pipeline {made.name}",
            "enable_key_rotation": True,
            "policy": json.dumps(made.key_policy, ensure_ascii=False),
            **tags,
        },
        "aws_kms_alias": {"name": made.key_alias, "target_key_id": _Reference("aws_kms_key.pipeline.key_id")},
    }


def _bucket(made: Resources, tags: Mapping[str, Any]) -> dict[str, Any]:
    if made.bucket_name is None:
        return {}
    here = {"bucket": _Reference("aws_s3_bucket.pipeline.id")}
    key = _Reference("aws_kms_key.pipeline.arn") if made.key_alias else made.environment.kms_key
    blocked = ("block_public_acls", "block_public_policy", "ignore_public_acls", "restrict_public_buckets")
    return {
        "aws_s3_bucket": {"bucket": made.bucket_name, **tags},
        "aws_s3_bucket_server_side_encryption_configuration": {
            **here,
            "rule": {
                "bucket_key_enabled": True,
                "apply_server_side_encryption_by_default": {"sse_algorithm": "aws:kms", "kms_master_key_id": key},
            },
        },
        "aws_s3_bucket_ownership_controls": {**here, "rule": {"object_ownership": "BucketOwnerEnforced"}},
        "aws_s3_bucket_public_access_block": {**here, **dict.fromkeys(blocked, True)},
        "aws_s3_bucket_versioning": {**here, "versioning_configuration": {"status": "Enabled"}},
        "aws_s3_bucket_lifecycle_configuration": {**here, "rule": _lifecycle(made)},
        "aws_s3_bucket_policy": {**here, "policy": json.dumps(made.bucket_policy, ensure_ascii=False)},
    }


def _lifecycle(made: Resources) -> list[dict[str, Any]]:
    rules: list[dict[str, Any]] = [
        {
            "id": "unfinished-uploads",
            "status": "Enabled",
            "filter": {},
            "abort_incomplete_multipart_upload": {"days_after_initiation": 7},
        }
    ]
    for index, each in enumerate(made.lifecycle):
        rule: dict[str, Any] = {
            "id": f"rule-{index}",
            "status": "Enabled",
            "filter": {} if each.prefix is None else {"prefix": each.prefix},
        }
        if each.expire_after_days is not None:
            rule["expiration"] = {"days": each.expire_after_days}
        if each.archive_after_days is not None:
            rule["transition"] = {"storage_class": "GLACIER", "days": each.archive_after_days}
        if each.expire_old_versions_after_days is not None:
            rule["noncurrent_version_expiration"] = {"noncurrent_days": each.expire_old_versions_after_days}
        rules.append(rule)
    return rules


def _group(made: Resources, tags: Mapping[str, Any]) -> dict[str, Any]:
    if made.model_package_group is None:
        return {}
    group = {
        "model_package_group_name": made.model_package_group,
        "model_package_group_description": f"Models of the SageMaker pipeline {made.name}",
        **tags,
    }
    found: dict[str, Any] = {"aws_sagemaker_model_package_group": group}
    if made.model_package_group_policy is not None:
        found["aws_sagemaker_model_package_group_policy"] = {
            "model_package_group_name": _Reference(
                "aws_sagemaker_model_package_group.pipeline.model_package_group_name"
            ),
            "resource_policy": json.dumps(made.model_package_group_policy, ensure_ascii=False),
        }
    return found


def _outputs(made: Resources) -> dict[str, Any]:
    outputs: dict[str, Any] = {
        "pipeline_arn": _Reference("aws_sagemaker_pipeline.pipeline.arn"),
        "role_arn": made.role_arn,
        "bucket_name": made.environment.bucket,
    }
    if made.environment.kms_key:
        outputs["kms_key"] = made.environment.kms_key
    if made.model_package_group is not None:
        outputs["model_package_group_arn"] = _Reference("aws_sagemaker_model_package_group.pipeline.arn")
    return {key: {"value": value} for key, value in outputs.items()}


def _text(text: str) -> str:
    """The text with Terraform's expressions in place of tokens; what it would take for templates is escaped.

    https://developer.hashicorp.com/terraform/language/expressions/strings#escape-sequences-1
    """
    if isinstance(text, _Reference):
        return f"${{{text}}}"
    found = ""
    for part, is_token in split(text):
        if is_token:
            # a dollar right before the expression would make an escape of the two
            found = re.sub(r"[$%]+$", lambda run: _spelt(run[0]), found) + f"${{{_NATIVE[part]}}}"
        else:
            found += re.sub(r"([$%]*)([$%])\{", lambda run: f"{_spelt(run[1])}{run[2]}{run[2]}{{", part)
    return found


def _spelt(signs: str) -> str:
    """Dollar and percent signs as expressions: HCL's scanner takes runs of them by pairs, whatever comes then."""
    return "".join(f'${{"{sign}"}}' for sign in signs)
