"""What the compilation of a step needs to know of everything around it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, Protocol

from model_cicd.aws import images
from model_cicd.pipeline.expressions import (
    ExecutionRef,
    Expression,
    Join,
    JsonGet,
    ParameterRef,
    PropertyRef,
    StepOutput,
)
from model_cicd.pipeline.fields import LocalFile
from model_cicd.pipeline.model import Model
from model_cicd.pipeline.schema import NetworkConfig, PipelineConfig
from model_cicd.pipeline.steps.knobs import Defaults
from model_cicd.text.errors import ModelCicdError

EXECUTION_ID = {"Get": "Execution.PipelineExecutionId"}

#: parameters of the definition that stand for what the surroundings would have given
BUCKET_PARAMETER, ROLE_PARAMETER = "ArtifactBucket", "ExecutionRoleArn"


@dataclass(frozen=True, kw_only=True)
class CompileContext:
    """What a definition takes from its surroundings and not from the YAML; compiling itself reads nothing.

    `kms_key` is a key id, ARN or alias; `files` maps each `file:...` of the YAML to the S3 URI of its upload; `runs`
    and `models` are what stands in front of the keys of outputs and of models (`runs/`, `models/` in a deployment
    group's registry). What is left empty is refused where the pipeline needs it, unless the definition is to stand
    alone: then roles and keys are left to the pipeline's own role and the bucket's own key, and what must be known is
    a parameter of the definition.
    """

    pipeline_name: str = ""
    region: str = ""
    role_arn: str = ""
    bucket: str = ""
    kms_key: str = ""
    model_package_group_name: str = ""
    network: NetworkConfig = field(default_factory=NetworkConfig)
    files: Mapping[str, str] = field(default_factory=dict)
    runs: str = "runs/"
    models: str = "models/"
    standalone: bool = False


class _Sourced(Protocol):
    @property
    def s3_uri(self) -> str | Expression | None: ...
    @property
    def step_output(self) -> StepOutput | None: ...


@dataclass(frozen=True)
class Scope:
    """One compilation: the checked configuration, its context and how to compile a step by its name."""

    config: PipelineConfig
    context: CompileContext
    compiled: Callable[[str], dict[str, Any]]

    def role(self, *, required: bool = False) -> dict[str, Any]:
        """`RoleArn` of a job. A definition that stands alone leaves it out, so that the pipeline's role counts.

        Kinds of jobs for which the service's schema wants a role (`required`) get a parameter instead.
        https://docs.aws.amazon.com/sagemaker/latest/dg/build-and-manage-access.html (Pipeline Step Permissions)
        """
        if not self.context.role_arn and self.context.standalone:
            return {"RoleArn": {"Get": f"Parameters.{ROLE_PARAMETER}"}} if required else {}
        what = "the ARN of the jobs' execution role"
        return {"RoleArn": self._given(self.context.role_arn, what, "SAGEMAKER_PIPELINE_ROLE_ARN")}

    def key(self, block: Model, knob: str, name: str) -> dict[str, Any]:
        """The key of outputs or volumes under the argument's `name`; nothing where the bucket's own counts."""
        own = self.knob(block, knob, None)
        if own is not None:
            return {name: self.value(own)}
        if not self.context.kms_key and self.context.standalone:
            return {}
        return {name: self._given(self.context.kms_key, "the KMS key of the artifact bucket", "ARTIFACT_BUCKET_KMS_ID")}

    def knob(self, block: Model, name: str, fallback: Any) -> Any:
        """A setting of the step, else of `defaults`, of `networkConfig`, of the surroundings, else `fallback`."""
        pipeline = self.config.pipeline
        for holder in (block, pipeline.defaults, pipeline.network_config, self.context.network):
            value = getattr(holder, name, None)
            if value is not None:
                return value
        return fallback

    def merged(self, block: Model, name: str) -> dict[str, Any]:
        """The entries of `defaults` and of the step; the step's count."""
        return {**getattr(self.config.pipeline.defaults or Defaults(), name), **getattr(block, name)}

    def image(self, image: str | Expression) -> Any:
        """The image URI, short forms resolved for the region."""
        if isinstance(image, str) and images.is_short(image):
            return images.resolve(image, self._given(self.context.region, "the region", "AWS_REGION"))
        return self.value(image)

    def value(self, value: object) -> Any:
        """A literal or expression as it stands in the definition."""
        compiled: Any = value
        match value:
            case LocalFile():
                compiled = self._uploaded(value)
            case ParameterRef():
                compiled = {"Get": f"Parameters.{value.name}"}
                parameter = self.config.pipeline.parameter(value.name)
                if value.text and parameter is not None and parameter.type != "String":
                    compiled = join("", compiled)
            case ExecutionRef():
                compiled = {"Get": f"Execution.{value.variable}"}
            case PropertyRef():
                compiled = {"Get": f"Steps.{value.step}.{value.path}"}
            case StepOutput():
                compiled = self.output(value.step, value.output)
            case JsonGet():
                compiled = join("", self._json_get(value)) if value.text else self._json_get(value)
            case Join():
                compiled = join(value.separator, *(self._part(each) for each in value.values))
            case str():
                compiled = str(value)  # without what it is marked as
        return compiled

    def source(self, source: _Sourced) -> Any:
        """The S3 URI of an input or channel."""
        output = source.step_output
        return self.value(source.s3_uri) if output is None else self.output(output.step, output.output)

    def output(self, step_name: str, name: str) -> Any:
        """The value of a step's output."""
        step = self.config.pipeline.step(step_name)
        assert step is not None
        kind, block = step.kind, step.block
        assert block is not None
        if kind.output is not None:
            return kind.output(step, block, name, self)
        return {"Get": f"Steps.{step_name}.{kind.outputs(block)[name]}"}

    def json_get(self, step: str, property_file: str, path: str) -> dict[str, Any]:
        """A value of a property file, with its type."""
        return {
            "Std:JsonGet": {"PropertyFile": {"Get": f"Steps.{step}.PropertyFiles.{property_file}"}, "Path": path},
        }

    def _json_get(self, value: JsonGet) -> dict[str, Any]:
        if value.s3_uri is None:
            return self.json_get(value.step, value.property_file, value.path)
        return {"Std:JsonGet": {"S3Uri": self.value(value.s3_uri), "Path": value.path, "Step": value.step}}

    def property_file_uri(self, step_name: str, property_file: str) -> Any:
        """The S3 URI of a property file, also where the step's outputs come from an earlier, cached run."""
        step = self.config.pipeline.step(step_name)
        assert step is not None
        found = next(each for each in step.property_files if each.property_file_name == property_file)
        return join("/", self.output(step_name, found.output_name), found.file_path)

    def place(self, what: Literal["runs", "models"], step: str, *parts: str) -> Any:
        """Where a step puts something: `<runs|models prefix><pipeline>/<step>/<execution id>/<parts>`.

        Other accounts may read only below `models/` of a deployment group's registry.
        """
        front = self.context.runs if what == "runs" else self.context.models
        storage = self.config.pipeline.storage
        own = [self.value(storage.prefix)] if storage and storage.prefix is not None else []
        own = [each.strip("/") if isinstance(each, str) else each for each in own]
        return _path(
            *self._bucket, *([front.rstrip("/")] if front else []), *own, self._pipeline, step, EXECUTION_ID, *parts
        )

    def under(self, uri: str | Expression, step: str, *parts: str) -> Any:
        """Below a URI of the YAML, apart from other steps and executions."""
        base = uri.rstrip("/") if isinstance(uri, str) else self.value(uri)
        return _path(base, step, EXECUTION_ID, *parts)

    def model_package_group(self, given: str | Expression | None) -> Any:
        """The group of the step, else of the document, else of the surroundings."""
        own = given if given is not None else self.config.model_package_group_name
        if own is not None:
            return self.value(own)
        if not self.context.model_package_group_name and self.context.standalone:
            return default_name(self.config)
        return self._given(self.context.model_package_group_name, "the model package group", "MODEL_PACKAGE_GROUP_NAME")

    def _uploaded(self, file: LocalFile) -> str:
        if file not in self.context.files:
            raise ModelCicdError(f"{file!s} is a local file that was not uploaded: no S3 URI is given for it")
        return self.context.files[file]

    @property
    def _bucket(self) -> list[Any]:
        if not self.context.bucket and self.context.standalone:
            return ["s3:/", {"Get": f"Parameters.{BUCKET_PARAMETER}"}]
        return [f"s3://{self._given(self.context.bucket, 'the artifact bucket', 'ARTIFACT_BUCKET')}"]

    @property
    def _pipeline(self) -> str:
        name = self.context.pipeline_name or (default_name(self.config) if self.context.standalone else "")
        return self._given(name, "the SageMaker pipeline's name", "SAGEMAKER_PIPELINE_NAME")

    @staticmethod
    def _given(value: str, what: str, variable: str) -> str:
        if not value:
            raise ModelCicdError(f"{what} is not given: set {variable} or the option of the same meaning")
        return value

    def _part(self, value: object) -> Any:
        compiled = self.value(value)
        # a join turns its parts into text by itself, so that no join of one part need stand in it
        match compiled:
            case {"Std:Join": {"On": "", "Values": [single]}}:
                return single
            case _:
                return compiled


def default_name(config: PipelineConfig) -> str:
    """The name of a pipeline, and of a model package group, that nobody names: the project's."""
    return config.project_name.strip("_-").replace("_", "-")


def join(on: str, *values: Any) -> dict[str, Any]:
    """The parts as one text."""
    return {"Std:Join": {"On": on, "Values": list(values)}}


def _path(*parts: Any) -> dict[str, Any]:
    """The parts with `/` between them; literals that stand side by side as one."""
    folded: list[Any] = []
    for part in parts:
        if isinstance(part, str) and folded and isinstance(folded[-1], str):
            folded[-1] = f"{folded[-1]}/{part}"
        else:
            folded.append(part)
    return join("/", *folded)
