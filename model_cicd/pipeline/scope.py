"""What the compilation of a step needs to know of everything around it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal, Protocol

from model_cicd.aws import images
from model_cicd.pipeline.document import PipelineConfig
from model_cicd.pipeline.environment import PipelineEnvironment
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
from model_cicd.pipeline.steps.knobs import Defaults
from model_cicd.text.errors import ModelCicdError

EXECUTION_ID = {"Get": "Execution.PipelineExecutionId"}

#: parameters of the definition that stand for what the environment would have given
BUCKET_PARAMETER, ROLE_PARAMETER = "ArtifactBucket", "ExecutionRoleArn"


class _Sourced(Protocol):
    @property
    def s3_uri(self) -> str | Expression | None: ...
    @property
    def step_output(self) -> StepOutput | None: ...


@dataclass(frozen=True)
class Scope:
    """One compilation: the checked configuration, and where it runs.

    `compiled` compiles a step by its name, `output` gives the value of a step's output: what step types know.
    """

    config: PipelineConfig
    environment: PipelineEnvironment
    compiled: Callable[[str], dict[str, Any]]
    output: Callable[[str, str], Any]

    def role(self, *, required: bool = False) -> dict[str, Any]:
        """`RoleArn` of a job. A definition that stands alone leaves it out, so that the pipeline's role counts.

        Kinds of jobs for which the service's schema wants a role (`required`) get a parameter instead.
        https://docs.aws.amazon.com/sagemaker/latest/dg/build-and-manage-access.html (Pipeline Step Permissions)
        """
        if not self.environment.role_arn and self.environment.standalone:
            return {"RoleArn": {"Get": f"Parameters.{ROLE_PARAMETER}"}} if required else {}
        what = "the ARN of the jobs' execution role"
        return {"RoleArn": self._given(self.environment.role_arn, what, "SAGEMAKER_PIPELINE_ROLE_ARN")}

    def key(self, block: Model, knob: str, name: str) -> dict[str, Any]:
        """The key of outputs or volumes under the argument's `name`; nothing where the bucket's own counts."""
        own = self.knob(block, knob, None)
        if own is not None:
            return {name: self.value(own)}
        if not self.environment.kms_key and self.environment.standalone:
            return {}
        return {
            name: self._given(self.environment.kms_key, "the KMS key of the artifact bucket", "ARTIFACT_BUCKET_KMS_ID")
        }

    def knob(self, block: Model, name: str, fallback: Any) -> Any:
        """A setting of the step, else of `defaults`, of `networkConfig`, of the environment, else `fallback`."""
        own, outer = self.written(block, name), getattr(self.environment.network, name, None)
        return next((value for value in (own, outer) if value is not None), fallback)

    def written(self, block: Model, name: str) -> Any:
        """A setting as the document has it: of the step, else of `defaults`, of `networkConfig`, else None."""
        pipeline = self.config.pipeline
        values = (getattr(holder, name, None) for holder in (block, pipeline.defaults, pipeline.network_config))
        return next((value for value in values if value is not None), None)

    def merged(self, block: Model, name: str) -> dict[str, Any]:
        """The entries of `defaults` and of the step; the step's count."""
        return {**getattr(self.config.pipeline.defaults or Defaults(), name), **getattr(block, name)}

    def image(self, image: str | Expression) -> Any:
        """The image URI, short forms resolved for the region."""
        if isinstance(image, str) and images.is_short(image):
            return images.resolve(image, self._given(self.environment.region, "the region", "AWS_REGION"))
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
        front = self.environment.runs if what == "runs" else self.environment.models
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
        """The group of the step, else of the document, else of the environment."""
        own = given if given is not None else self.config.model_package_group_name
        if own is not None:
            return self.value(own)
        if not self.environment.model_package_group_name and self.environment.standalone:
            return self.config.default_name
        return self._given(
            self.environment.model_package_group_name, "the model package group", "MODEL_PACKAGE_GROUP_NAME"
        )

    def _uploaded(self, file: LocalFile) -> str:
        if file not in self.environment.files:
            raise ModelCicdError(f"{file!s} is a local file that was not uploaded: no S3 URI is given for it")
        return self.environment.files[file]

    @property
    def _bucket(self) -> list[Any]:
        if not self.environment.bucket and self.environment.standalone:
            return ["s3:/", {"Get": f"Parameters.{BUCKET_PARAMETER}"}]
        return [f"s3://{self._given(self.environment.bucket, 'the artifact bucket', 'ARTIFACT_BUCKET')}"]

    @property
    def _pipeline(self) -> str:
        name = self.environment.pipeline_name or (self.config.default_name if self.environment.standalone else "")
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
