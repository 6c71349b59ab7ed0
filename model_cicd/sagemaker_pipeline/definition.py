"""The sizes of compiled definitions."""

from __future__ import annotations

#: Definitions of more bytes go through S3, as those of the SageMaker Python SDK do (sagemaker/workflow/pipeline.py).
#: The API takes 1 MiB (https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_CreatePipeline.html), but so much
#: is also the whole template's limit (https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/cloudformation-limits.html).
LARGEST_INLINE = 100 * 1024
#: what CreatePipeline takes
LARGEST = 1024 * 1024
#: what stands for the ARN of a key that only CloudFormation will know
UNKNOWN_KEY = "arn:unknown-until-deployment:kms"


def is_large(text: str) -> bool:
    """Whether a definition has to go through S3."""
    return len(text.encode()) > LARGEST_INLINE
