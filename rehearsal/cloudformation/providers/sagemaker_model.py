"""AWS::SageMaker::Model.

https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-sagemaker-model.html
"""

from __future__ import annotations

from typing import ClassVar

from rehearsal.cloudformation.providers._sagemaker import Hosting


class Model(Hosting):
    """A model; Ref is its ARN. SageMaker itself refuses what it does not support of a container."""

    type = "AWS::SageMaker::Model"
    unsupported: ClassVar[dict[str, str]] = {
        "one container a model": "InferenceExecutionConfig",
        "one image and one archive a container": (
            "Containers.ImageConfig Containers.ModelDataSource Containers.MultiModelConfig "
            "PrimaryContainer.ImageConfig PrimaryContainer.ModelDataSource PrimaryContainer.MultiModelConfig"
        ),
    }
    more_attributes = ("ModelName",)
    named_by = "ModelName"
    name, noun = "Model", "model"
