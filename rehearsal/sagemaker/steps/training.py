"""Training steps. https://docs.aws.amazon.com/sagemaker/latest/dg/build-and-manage-steps-types.html"""

from __future__ import annotations

from rehearsal.sagemaker.jobs.training import Training
from rehearsal.sagemaker.steps.job import JobStep


class TrainingStep(JobStep):
    """A training job."""

    kind = Training()
    keys = ("CacheConfig", "RetryPolicies")
    describe = "DescribeTrainingJob"
    cache_attributes = (
        "AlgorithmSpecification", "CheckpointConfig", "DebugHookConfig", "DebugRuleConfigurations", "Environment",
        "HyperParameters", "InputDataConfig",
    )  # fmt: skip
