"""A compiled definition as text that stands in a CloudFormation template without being changed by it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

#: Definitions of more bytes go through S3, as those of the SageMaker Python SDK do (sagemaker/workflow/pipeline.py).
#: The API takes 1 MiB (https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_CreatePipeline.html), but so much
#: is also the whole template's limit (https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/cloudformation-limits.html).
LARGEST_INLINE = 100 * 1024
#: what CreatePipeline takes
LARGEST = 1024 * 1024
#: what stands for the ARN of a key that only CloudFormation will know
UNKNOWN_KEY = "arn:unknown-until-deployment:kms"


def render(definition: Mapping[str, Any]) -> str:
    """The definition in JSON without anything that CloudFormation or the CDK would substitute.

    `${` and `{{` stand in texts of users only, never in the structure of JSON; written with an escape of JSON they mean
    the same to SageMaker and nothing to `Fn::Sub`, dynamic references and tokens.
    """
    text = json.dumps(definition, ensure_ascii=False, separators=(",", ":"))
    return text.replace("${", "\\u0024{").replace("{{", "\\u007b\\u007b")


def is_large(text: str) -> bool:
    """Whether a definition has to go through S3."""
    return len(text.encode()) > LARGEST_INLINE
