"""The resources around a pipeline, whatever writes them: role, key, bucket, model package group and their policies.

Texts hold tokens (see tokens.py) for what the target knows: `partition`, `region`, `account`, `suffix` (of the
service's domains), and `bucket`, `key_arn`, `role_arn` of resources made with it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from model_cicd.aws.place import Place
from model_cicd.aws.policy import KEY_ADMINISTRATION, KEY_USE, Statement, both, document, only, trust_service
from model_cicd.pipeline.document import LifecycleRule
from model_cicd.pipeline.environment import PipelineEnvironment
from model_cicd.pipeline.permissions import needs_of, own_prefixes, permissions
from model_cicd.pipeline.schema import PipelineConfig
from model_cicd.pipeline.steps.register import RegisterConfig
from model_cicd.pipeline.tokens import token

PARTITION, REGION, ACCOUNT, SUFFIX = token("partition"), token("region"), token("account"), token("suffix")


@dataclass(frozen=True, kw_only=True)
class Resources:
    """Everything that is to be made, as plain data; None or empty for what exists or is not needed."""

    name: str
    display_name: str
    description: str
    role_arn: str
    tags: Mapping[str, str]
    max_parallel_steps: int | None
    bucket_name: str | None
    bucket_policy: dict[str, Any]
    lifecycle: list[LifecycleRule]
    key_alias: str | None
    key_policy: dict[str, Any]
    role_policy: dict[str, Any] | None
    trust_policy: dict[str, Any]
    model_package_group: str | None
    model_package_group_policy: dict[str, Any] | None
    environment: PipelineEnvironment


def resources(config: PipelineConfig, given: PipelineEnvironment) -> Resources:
    """What belongs to a pipeline with the name that is given, else the project's.

    What `given` names is not made but used: a bucket with its key, a role, a model package group. Raises ModelCicdError
    when it cannot be known what the steps use.
    """
    name = given.pipeline_name or config.default_name
    # an existing bucket comes with its key, or is encrypted with one that needs no grant
    made_key = not given.bucket and not given.kms_key
    group = given.model_package_group_name or config.model_package_group_name or config.default_name
    environment = PipelineEnvironment(
        place=Place(PARTITION, ACCOUNT, REGION),
        dns_suffix=SUFFIX,
        region=given.region,
        pipeline_name=name,
        role_arn=given.role_arn or token("role_arn"),
        bucket=given.bucket or token("bucket"),
        kms_key=token("key_arn") if made_key else given.kms_key,
        model_package_group_name=group,
        runs="",
        models="",
        standalone=True,
    )
    bucket, role_arn = environment.bucket, environment.role_arn
    needs = needs_of(config, environment)
    readers = sorted({each for each in (config.pre_prod_account_id, config.prod_account_id) if each})
    own_group = group if group in needs.groups and not given.model_package_group_name else None
    via = {"StringEquals": {"kms:ViaService": f"s3.{REGION}.{SUFFIX}"}}
    pipeline = config.pipeline
    return Resources(
        name=name,
        display_name=pipeline.display_name or name,
        description=pipeline.description or "",
        role_arn=role_arn,
        tags=_tags(config),
        max_parallel_steps=pipeline.max_parallel_steps,
        bucket_name=None if given.bucket else _bucket_name(name),
        bucket_policy=_bucket_policy(bucket, _models(config, environment), readers if own_group else []),
        lifecycle=list(pipeline.storage.lifecycle_rules) if pipeline.storage else [],
        key_alias=f"alias/{name}-pipeline" if made_key else None,
        key_policy=_key_policy(role_arn, via, readers if own_group else []),
        role_policy=None if given.role_arn else document(permissions(config, environment)),
        trust_policy=_trust(),
        model_package_group=own_group,
        model_package_group_policy=_group_policy(own_group, readers) if own_group and readers else None,
        environment=environment,
    )


def _bucket_name(name: str) -> str:
    """At most 63 characters with the account and the region, which make it one of its own in the world."""
    short = name.lower()
    if len(short) > 28:
        short = f"{short[:19].rstrip('-')}-{hashlib.sha256(name.encode()).hexdigest()[:8]}"
    return f"{short}-{ACCOUNT}-{REGION}"


def _tags(config: PipelineConfig) -> dict[str, str]:
    domain = {"sagemaker:domain-id": config.domain_id, "sagemaker:domain-arn": config.domain_arn}
    return {**config.pipeline.tags, **{key: value for key, value in domain.items() if value}}


def _models(config: PipelineConfig, environment: PipelineEnvironment) -> list[str]:
    """The prefixes of registered models in the pipeline's own bucket."""
    steps = [block.model_data_step for step in config.pipeline.steps if (block := step.get(RegisterConfig))]
    return [
        f"{prefix}{step}/*" for prefix in own_prefixes(config, environment) for step in dict.fromkeys(steps) if step
    ]


def _root(account: str) -> dict[str, str]:
    return {"AWS": f"arn:{PARTITION}:iam::{account}:root"}


def _trust() -> dict[str, Any]:
    trusted = trust_service("sagemaker.amazonaws.com", source_account=ACCOUNT).json()
    return {"Version": "2012-10-17", "Statement": [{k: v for k, v in trusted.items() if k not in ("Sid", "Resource")}]}


def _key_policy(role_arn: str, via: Mapping[str, Any], readers: list[str]) -> dict[str, Any]:
    """The account administers the key but may not use it; the role uses it, readers of models decrypt through S3."""
    role = only([role_arn])
    return document(
        [
            Statement("Administration", KEY_ADMINISTRATION, ["*"], principal=_root(ACCOUNT)),
            Statement("Use", KEY_USE, ["*"], both(role, via), principal=_root(ACCOUNT)),
            Statement("Describe", ["kms:DescribeKey"], ["*"], role, principal=_root(ACCOUNT)),
            Statement(
                "JobVolumes",
                ["kms:CreateGrant"],
                ["*"],
                both(role, {"Bool": {"kms:GrantIsForAWSResource": "true"}}),
                principal=_root(ACCOUNT),
            ),
            *(Statement(f"Read{each}", ["kms:Decrypt"], ["*"], via, principal=_root(each)) for each in readers),
        ]
    )


def _bucket_policy(bucket: str, models: list[str], readers: list[str]) -> dict[str, Any]:
    """TLS only; other accounts read what is registered, and never write."""
    arn = f"arn:{PARTITION}:s3:::{bucket}"
    everything = [arn, f"{arn}/*"]
    insecure = {"Bool": {"aws:SecureTransport": "false"}}
    statements = [Statement("TlsOnly", ["s3:*"], everything, insecure, principal="*", effect="Deny")]
    for account in readers if models else []:
        objects = [f"{arn}/{each}" for each in models]
        prefixes = {"StringLike": {"s3:prefix": models}}
        statements += [
            Statement(f"Get{account}", ["s3:GetObject"], objects, principal=_root(account)),
            Statement(f"List{account}", ["s3:ListBucket"], [arn], prefixes, principal=_root(account)),
        ]
    return document(statements)


def _group_policy(group: str, readers: list[str]) -> dict[str, Any]:
    root = f"arn:{PARTITION}:sagemaker:{REGION}:{ACCOUNT}"
    packages = ["sagemaker:CreateModel", "sagemaker:DescribeModelPackage", "sagemaker:ListModelPackages"]
    statements = []
    for account in readers:
        who, about = _root(account), f"{root}:model-package-group/{group}"
        statements += [
            Statement(f"Group{account}", ["sagemaker:DescribeModelPackageGroup"], [about], principal=who),
            Statement(f"Packages{account}", packages, [f"{root}:model-package/{group}/*"], principal=who),
        ]
    return document(statements)
