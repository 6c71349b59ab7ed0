"""The pipeline YAML as models.

The format is described in docs/pipeline-format.md; it takes in the configurations of the SageMaker Pipeline module of
the Modern Data Architecture Accelerator (`projectName`, `pipeline.parameters`, `pipeline.steps`, ...).
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, PlainValidator

from model_cicd.pipeline.expressions import LocalFile, Name, StepName
from model_cicd.pipeline.model import Model
from model_cicd.pipeline.steps.condition import ConditionConfig
from model_cicd.pipeline.steps.fail import FailConfig
from model_cicd.pipeline.steps.processing import ProcessingConfig
from model_cicd.pipeline.steps.register import RegisterConfig
from model_cicd.pipeline.steps.training import TrainingConfig
from model_cicd.settings.types import describe, refuse

StepType = Literal["Processing", "Training", "RegisterModel", "Condition", "Fail"]
ParameterType = Literal["String", "Integer", "Float", "Boolean"]

#: the key with a step's configuration, by the step's type
BLOCKS: dict[str, str] = {
    "Processing": "processing",
    "Training": "training",
    "RegisterModel": "register",
    "Condition": "condition",
    "Fail": "fail",
}


def _literal(value: object) -> str | int | float | bool:
    if not isinstance(value, str | int | float):
        refuse(f"got {describe(value)}, expected text, a number, true or false")
    return LocalFile(value) if isinstance(value, str) and value.startswith("file:") else value


Literally = Annotated[str | int | float | bool, PlainValidator(_literal)]


class Parameter(Model):
    """A parameter of the pipeline; an execution may set it, or else takes `default_value`."""

    name: Name
    type: ParameterType = "String"
    default_value: Literally | None = None
    description: str | None = Field(default=None, max_length=4096)
    enum_values: list[str] | None = Field(default=None, min_length=1)


class NetworkConfig(Model):
    """Where the jobs run and what they may reach; what stands nowhere is what the deployment group says."""

    enable_network_isolation: bool | None = None
    encrypt_inter_container_traffic: bool | None = None
    subnet_ids: list[str] | None = Field(default=None, min_length=1, max_length=16)
    security_group_ids: list[str] | None = Field(default=None, min_length=1, max_length=5)


class CacheConfig(Model):
    """Whether an earlier successful run of the step with the same arguments stands in for a new one.

    `expire_after` is an ISO 8601 duration such as P30D.
    https://docs.aws.amazon.com/sagemaker/latest/dg/pipelines-caching.html
    """

    enabled: bool
    expire_after: str | None = None


class Step(Model):
    """A step: its type says which one of the configuration keys it has."""

    name: Name
    type: StepType
    display_name: str | None = Field(default=None, max_length=256)
    description: str | None = Field(default=None, max_length=4096)
    depends_on: list[StepName] = Field(default_factory=list)
    cache_config: CacheConfig | None = None
    processing: ProcessingConfig | None = None
    training: TrainingConfig | None = None
    register_: RegisterConfig | None = Field(default=None, alias="register")
    condition: ConditionConfig | None = None
    fail: FailConfig | None = None


class Pipeline(Model):
    """Parameters and steps."""

    parameters: list[Parameter] = Field(default_factory=list)
    network_config: NetworkConfig | None = None
    steps: list[Step] = Field(min_length=1)

    def step(self, name: str) -> Step | None:
        """The step called `name`."""
        return next((step for step in self.steps if step.name == name), None)

    def parameter(self, name: str) -> Parameter | None:
        """The parameter called `name`."""
        return next((parameter for parameter in self.parameters if parameter.name == name), None)


class PipelineConfig(Model):
    """The whole document.

    `domain_id`, `domain_arn`, `pre_prod_account_id` and `prod_account_id` are read so that existing files work; access
    of other accounts comes from the deployment group, and the definition does not depend on them.
    """

    project_name: Name
    domain_id: str | None = None
    domain_arn: str | None = None
    model_package_group_name: str | None = None
    pre_prod_account_id: str | None = None
    prod_account_id: str | None = None
    pipeline: Pipeline
