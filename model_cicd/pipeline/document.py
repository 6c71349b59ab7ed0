"""The pipeline YAML as models, apart from the blocks of its steps, which are their types' business (steps/, schema.py).

The format is described in docs/pipeline.md; it takes in the configurations of the SageMaker Pipeline module of the
Modern Data Architecture Accelerator (`projectName`, `pipeline.parameters`, `pipeline.steps`, ...).
"""

from __future__ import annotations

import builtins
from collections.abc import Sequence
from typing import Annotated, Literal, TypeVar

from pydantic import Field

from model_cicd.pipeline.fields import LocalFile, LocalName, Name, StepName, Text
from model_cicd.pipeline.model import Model, Plain
from model_cicd.pipeline.steps.knobs import Cache, Defaults, ExperimentConfig, Network, Retries
from model_cicd.settings.types import refuse
from model_cicd.text.errors import describe

ParameterType = Literal["String", "Integer", "Float", "Boolean"]
M = TypeVar("M", bound=Model)
#: the fields of steps that are blocks: pydantic's own attributes (register, model_...) and Python's words (lambda) are
#: no names of fields
BLOCK = "block_"


def _literal(value: object) -> str | int | float | bool:
    if not isinstance(value, str | int | float):
        refuse(f"got {describe(value)}, expected text, a number, true or false")
    return LocalFile(value) if isinstance(value, str) and value.startswith("file:") else value


Literally = Annotated[str | int | float | bool, Plain(_literal, "text, a number, true or false", expressions=False)]


class Parameter(Model):
    """A parameter of the pipeline; an execution may set it, or else takes `default_value`."""

    name: Name
    type: ParameterType = "String"
    default_value: Literally | None = None
    description: str | None = Field(default=None, max_length=4096)
    enum_values: list[str] | None = Field(default=None, min_length=1)


class NetworkConfig(Network):
    """Where the jobs run and what they may reach; what stands nowhere is what the deployment group says."""


class LifecycleRule(Model):
    """What becomes of objects below `prefix` (of everything, without one) of the pipeline's own bucket; in days."""

    prefix: str | None = None
    expire_after_days: int | None = Field(default=None, ge=1)
    archive_after_days: int | None = Field(default=None, ge=1)
    expire_old_versions_after_days: int | None = Field(default=None, ge=1)


class Storage(Model):
    """Where outputs go in the pipeline's bucket: below `prefix`, such as the name of an environment."""

    prefix: Text | None = None
    lifecycle_rules: list[LifecycleRule] = Field(default_factory=list, max_length=1000)


class PropertyFile(Model):
    """A JSON file of an output whose values conditions and the registered model may use."""

    property_file_name: Name
    output_name: LocalName
    file_path: str = Field(min_length=1)


class WithPropertyFiles(Model):
    """A block whose outputs may have property files."""

    property_files: list[PropertyFile] = Field(default_factory=list)


class Step(Cache, Retries):
    """A step: its type says which one of the blocks, a key each, it has."""

    name: Name
    type: str
    display_name: str | None = Field(default=None, max_length=256)
    description: str | None = Field(default=None, max_length=3072)
    depends_on: list[StepName] = Field(default_factory=list)

    @property
    def blocks(self) -> dict[str, Model]:
        """The blocks that are there by their keys; a good step has one."""
        fields = type(self).model_fields.items()
        found = {str(field.alias): getattr(self, name) for name, field in fields if name.startswith(BLOCK)}
        return {key: block for key, block in found.items() if block is not None}

    def get(self, config: builtins.type[M]) -> M | None:
        """The step's block where it is a `config`, whatever the step's type."""
        return next((block for block in self.blocks.values() if isinstance(block, config)), None)

    @property
    def property_files(self) -> list[PropertyFile]:
        """The step's property files; only some types have any."""
        block = self.get(WithPropertyFiles)
        return list(block.property_files) if block else []


class Pipeline(Model):
    """Parameters, steps and what holds for all of them."""

    display_name: str | None = Field(default=None, max_length=256)
    description: str | None = Field(default=None, max_length=3072)
    parameters: list[Parameter] = Field(default_factory=list, max_length=200)
    network_config: NetworkConfig | None = None
    defaults: Defaults | None = None
    experiment_config: ExperimentConfig | None = None
    metadata: dict[str, str] = Field(default_factory=dict)
    tags: dict[str, str] = Field(default_factory=dict, max_length=50)
    storage: Storage | None = None
    max_parallel_steps: int | None = Field(default=None, ge=1)
    steps: Sequence[Step] = Field(min_length=1)

    def step(self, name: str) -> Step | None:
        """The step called `name`."""
        return next((step for step in self.steps if step.name == name), None)

    def parameter(self, name: str) -> Parameter | None:
        """The parameter called `name`."""
        return next((parameter for parameter in self.parameters if parameter.name == name), None)


class PipelineConfig(Model):
    """The whole document.

    The definition depends on `project_name`, `model_package_group_name` and `pipeline`. What is around it (`domain_id`,
    `domain_arn`: tags; `pipeline_name`; `pre_prod_account_id`, `prod_account_id`: who may read the registered models;
    `additional_read_bucket_names`: buckets that scripts read; what is made and what exists) counts where the pipeline
    is deployed with resources of its own.
    """

    project_name: Name
    pipeline_name: str | None = None
    domain_id: str | None = None
    domain_arn: str | None = None
    model_package_group_name: str | None = None
    pre_prod_account_id: str | None = None
    prod_account_id: str | None = None
    additional_read_bucket_names: list[str] = Field(default_factory=list, max_length=100)
    create_model_package_group: bool = True
    pipeline_bucket_name: str | None = None
    pipeline_kms_key_arn: str | None = None
    pipeline: Pipeline

    @property
    def default_name(self) -> str:
        """The name of a pipeline, and of a model package group, that nobody names: the project's."""
        return self.project_name.strip("_-").replace("_", "-")
