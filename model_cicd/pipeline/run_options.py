"""The options of `model-cicd run` that say where it runs, and the variables that stand in for them."""

from __future__ import annotations

import argparse
from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Source:
    """Where a setting comes from: its option, and the variables that stand in for it, the first one set counts."""

    option: str
    variables: tuple[str, ...]
    help: str


#: field of RunSettings or of its environment -> where it comes from; docs/pipeline.md has the same table
SOURCES: Mapping[str, Source] = {
    "region": Source("--region", ("AWS_REGION", "AWS_DEFAULT_REGION"), "region of the build environment"),
    "assume_role_arn": Source(
        "--assume-role-arn", ("ASSUME_ROLE_ARN",), "role to assume first; without one the caller's credentials count"
    ),
    "pipeline_name": Source("--pipeline-name", ("SAGEMAKER_PIPELINE_NAME",), "name of the SageMaker pipeline"),
    "description": Source(
        "--pipeline-description", ("SAGEMAKER_PIPELINE_DESCRIPTION",), "description of the SageMaker pipeline"
    ),
    "role_arn": Source("--role-arn", ("SAGEMAKER_PIPELINE_ROLE_ARN",), "role that the pipeline and its jobs run with"),
    "bucket": Source("--bucket", ("ARTIFACT_BUCKET",), "bucket of the registry"),
    "kms_key": Source(
        "--kms-key", ("ARTIFACT_BUCKET_KMS_ID", "ARTIFACT_BUCKET_KMS_KEY"), "key of the bucket: id, ARN or alias"
    ),
    "model_package_group_name": Source(
        "--model-package-group", ("MODEL_PACKAGE_GROUP_NAME",), "group that models are registered in"
    ),
    "commit": Source("--commit", ("CODEBUILD_RESOLVED_SOURCE_VERSION", "GITHUB_SHA"), "commit; the parameter CommitId"),
    "branch": Source("--branch", ("SOURCE_BRANCH",), "branch; the parameter Branch"),
    "repository": Source("--repository", ("REPOSITORY_NAME",), "repository; the parameter Repository"),
}


def add_options(parser: argparse.ArgumentParser) -> None:
    """An option for each setting that has one."""
    for name, source in SOURCES.items():
        parser.add_argument(
            source.option, dest=name, metavar="VALUE", help=f"{source.help} [{', '.join(source.variables)}]"
        )
