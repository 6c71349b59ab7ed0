"""Training steps. https://docs.aws.amazon.com/sagemaker/latest/dg/build-and-manage-steps-types.html"""

from __future__ import annotations

from rehearsal.api import Params
from rehearsal.sagemaker.jobs.training import Training
from rehearsal.sagemaker.steps.base import Context
from rehearsal.sagemaker.steps.job import JobStep, job_name


class TrainingStep(JobStep):
    """A training job."""

    kind = Training()
    keys = ("CacheConfig", "RetryPolicies")
    describe = "DescribeTrainingJob"

    def stand_in(self, context: Context) -> Params:
        """Also a model, where a job would put it."""
        shown = super().stand_in(context)
        name, path = job_name(context, self.named), shown["OutputDataConfig"]["S3OutputPath"].rstrip("/")
        model = {"S3ModelArtifacts": f"{path}/{name}/output/model.tar.gz"}
        return shown | {"TrainingJobName": name, "ModelArtifacts": model}

    def outputs(self, properties: Params) -> dict[str, str]:
        """The model."""
        return {"model": properties["ModelArtifacts"]["S3ModelArtifacts"]} if "ModelArtifacts" in properties else {}

    cache_attributes = (
        "AlgorithmSpecification", "CheckpointConfig", "DebugHookConfig", "DebugRuleConfigurations", "Environment",
        "HyperParameters", "InputDataConfig",
    )  # fmt: skip
