"""What the compilation of a step needs to know of everything around it."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from model_cicd.errors import ModelCicdError
from model_cicd.pipeline import images
from model_cicd.pipeline.expressions import ExecutionRef, Expression, Join, JsonGet, LocalFile, ParameterRef, StepOutput
from model_cicd.pipeline.schema import NetworkConfig, PipelineConfig
from model_cicd.pipeline.steps.training import MODEL_ARTIFACTS

# Instance families with local NVMe storage take no volume key.
# https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_ResourceConfig.html (VolumeKmsKeyId)
_LOCAL_STORAGE = re.compile(r"ml\.(?:[a-z]+[0-9]+[a-z]*d[a-z]*|g[5-9][a-z]*|p[4-9][a-z]*|trn[0-9][a-z]*)\.[a-z0-9]+")

EXECUTION_ID = {"Get": "Execution.PipelineExecutionId"}


@dataclass(frozen=True, kw_only=True)
class CompileContext:
    """What a definition takes from its surroundings and not from the YAML; compiling itself reads nothing.

    `kms_key` is a key id, ARN or alias; `files` maps each `file:...` of the YAML to the S3 URI of its upload. What is
    left empty is refused only where the pipeline needs it.
    """

    pipeline_name: str = ""
    region: str = ""
    role_arn: str = ""
    bucket: str = ""
    kms_key: str = ""
    model_package_group_name: str = ""
    network: NetworkConfig = field(default_factory=NetworkConfig)
    files: Mapping[str, str] = field(default_factory=dict)


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

    @property
    def role_arn(self) -> str:
        """The role that the jobs run with."""
        return self._given(self.context.role_arn, "the ARN of the jobs' execution role", "SAGEMAKER_PIPELINE_ROLE_ARN")

    @property
    def kms_key(self) -> str:
        """The key of outputs and volumes."""
        return self._given(self.context.kms_key, "the KMS key of the artifact bucket", "ARTIFACT_BUCKET_KMS_ID")

    def image(self, image: str | Expression) -> Any:
        """The image URI, short forms resolved for the region."""
        if isinstance(image, str) and images.is_short(image):
            return images.resolve(image, self._given(self.context.region, "the region", "AWS_REGION"))
        return self.value(image)

    def value(self, value: object) -> Any:
        """A literal or expression as it stands in the definition."""
        match value:
            case LocalFile():
                if value not in self.context.files:
                    raise ModelCicdError(f"{value!s} is a local file that was not uploaded: no S3 URI is given for it")
                return self.context.files[value]
            case ParameterRef():
                get = {"Get": f"Parameters.{value.name}"}
                parameter = self.config.pipeline.parameter(value.name)
                plain = parameter is None or parameter.type == "String" or not value.text
                return get if plain else _join("", get)
            case ExecutionRef():
                return {"Get": f"Execution.{value.variable}"}
            case JsonGet():
                return _join("", self.json_get(value.step, value.property_file, value.path))
            case Join():
                return _join(value.separator, *(self._part(each) for each in value.values))
            case _:
                return value

    def source(self, source: _Sourced) -> Any:
        """The S3 URI of an input or channel."""
        output = source.step_output
        if output is None:
            return self.value(source.s3_uri)
        if output.output == MODEL_ARTIFACTS:
            return {"Get": f"Steps.{output.step}.ModelArtifacts.S3ModelArtifacts"}
        return _output_uri(output.step, output.output)

    def json_get(self, step: str, property_file: str, path: str) -> dict[str, Any]:
        """A value of a property file, with its type."""
        return {
            "Std:JsonGet": {"PropertyFile": {"Get": f"Steps.{step}.PropertyFiles.{property_file}"}, "Path": path},
        }

    def property_file_uri(self, step_name: str, property_file: str) -> Any:
        """The S3 URI of a property file, also where the step's outputs come from an earlier, cached run."""
        step = self.config.pipeline.step(step_name)
        assert step is not None and step.processing is not None
        found = next(each for each in step.processing.property_files if each.property_file_name == property_file)
        return _join("/", _output_uri(step_name, found.output_name), found.file_path)

    def run_prefix(self, step: str, output: str) -> Any:
        """Where an output of a processing job goes: `runs/<pipeline>/<execution id>/<step>/<output>`."""
        return _join("/", f"s3://{self._bucket}/runs/{self._pipeline}", EXECUTION_ID, step, output)

    def model_prefix(self, step: str) -> Any:
        """Where models go: `models/<pipeline>/<execution id>/<step>`; other accounts may read only `models/`."""
        return _join("/", f"s3://{self._bucket}/models/{self._pipeline}", EXECUTION_ID, step)

    def under(self, uri: str | Expression, *parts: str) -> Any:
        """Below a URI of the YAML, apart from other executions."""
        base = uri.rstrip("/") if isinstance(uri, str) else self.value(uri)
        return _join("/", base, EXECUTION_ID, *parts)

    def model_package_group(self, given: str | Expression | None) -> Any:
        """The group of the step, else of the document, else of the surroundings."""
        own = given if given is not None else self.config.model_package_group_name
        if own is not None:
            return self.value(own)
        return self._given(self.context.model_package_group_name, "the model package group", "MODEL_PACKAGE_GROUP_NAME")

    def network(self, isolation: bool | ParameterRef | None) -> dict[str, Any]:
        """The step's network settings: its own, else the document's, else those of the surroundings."""
        own, outer = self.config.pipeline.network_config or NetworkConfig(), self.context.network

        def first(*values: Any) -> Any:
            return next((value for value in values if value is not None), None)

        isolated = first(isolation, own.enable_network_isolation, outer.enable_network_isolation)
        encrypted = first(own.encrypt_inter_container_traffic, outer.encrypt_inter_container_traffic)
        subnets = first(own.subnet_ids, outer.subnet_ids)
        groups = first(own.security_group_ids, outer.security_group_ids)
        compiled: dict[str, Any] = {}
        if isolated is not None:
            compiled["EnableNetworkIsolation"] = self.value(isolated)
        if encrypted is not None:
            compiled["EnableInterContainerTrafficEncryption"] = encrypted
        if (subnets is None) != (groups is None):
            missing = "securityGroupIds" if groups is None else "subnetIds"
            raise ModelCicdError(
                f"the network configuration needs both subnetIds and securityGroupIds: {missing} is missing"
            )
        if subnets is not None:
            compiled["VpcConfig"] = {"SecurityGroupIds": list(groups), "Subnets": list(subnets)}
        return compiled

    def volume_key(self, instance_type: str | Expression) -> dict[str, str]:
        """The key of the jobs' volume; nothing for instance types that take none."""
        shown: object = instance_type
        if isinstance(instance_type, ParameterRef):
            parameter = self.config.pipeline.parameter(instance_type.name)
            shown = parameter.default_value if parameter else None
        if isinstance(shown, str) and _LOCAL_STORAGE.fullmatch(shown):
            return {}
        return {"VolumeKmsKeyId": self.kms_key}

    @property
    def _bucket(self) -> str:
        return self._given(self.context.bucket, "the artifact bucket", "ARTIFACT_BUCKET")

    @property
    def _pipeline(self) -> str:
        return self._given(self.context.pipeline_name, "the SageMaker pipeline's name", "SAGEMAKER_PIPELINE_NAME")

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


def _join(on: str, *values: Any) -> dict[str, Any]:
    return {"Std:Join": {"On": on, "Values": list(values)}}


def _output_uri(step: str, output: str) -> dict[str, str]:
    return {"Get": f"Steps.{step}.ProcessingOutputConfig.Outputs['{output}'].S3Output.S3Uri"}
