"""Transform steps. https://docs.aws.amazon.com/sagemaker/latest/dg/build-and-manage-steps-types.html"""

from __future__ import annotations

from rehearsal.api import Params
from rehearsal.sagemaker.jobs.transform import Transform
from rehearsal.sagemaker.steps.job import JobStep


class TransformStep(JobStep):
    """A batch transform job."""

    kind = Transform()
    keys = ("CacheConfig", "RetryPolicies")
    describe = "DescribeTransformJob"
    cache_attributes = ("DataProcessing", "Environment", "ModelName", "TransformInput", "TransformResources")

    def outputs(self, properties: Params) -> dict[str, str]:
        """The folder of the predictions."""
        return {"predictions": properties["TransformOutput"]["S3OutputPath"]} if properties else {}
