"""Model steps: a model that endpoints and transform jobs can use."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from model_cicd.pipeline.document import Step
from model_cicd.pipeline.needs import Needs
from model_cicd.pipeline.rights import IMAGES, READ, JobKind, Rights
from model_cicd.pipeline.scope import Scope
from model_cicd.pipeline.steps import jobs
from model_cicd.pipeline.steps.base import StepType, properties
from model_cicd.pipeline.steps.containers import WithModelData, model_data
from model_cicd.pipeline.steps.knobs import Environment, Isolation, Tags, Vpc

#: the one output of a Model step
MODEL_NAME = "modelName"
JOB = JobKind(name="model", api="Model", resource="model", verbs=("Create", "Describe"))


class ModelConfig(WithModelData, Environment, Tags, Isolation, Vpc):
    """The `model` key."""


def _compile(_: Step, config: ModelConfig, scope: Scope) -> dict[str, Any]:
    """The arguments of CreateModel."""
    container = {"Image": scope.image(config.image_uri), **model_data(config, scope), **jobs.environment(config, scope)}
    arguments: dict[str, Any] = {
        "PrimaryContainer": container,
        "ExecutionRoleArn": scope.role(required=True)["RoleArn"],
    }
    isolated = scope.knob(config, "enable_network_isolation", None)
    if isolated is not None:
        arguments["EnableNetworkIsolation"] = scope.value(isolated)
    return {"Arguments": arguments | jobs.vpc(config, scope) | jobs.tags(config, scope)}


def _outputs(_: ModelConfig) -> Mapping[str, str]:
    return {MODEL_NAME: "ModelName"}


def _needs(_: Step, config: ModelConfig, needs: Needs) -> None:
    needs.job(JOB)
    needs.image(config.image_uri)
    needs.read(config.model_data_url)


TYPE = StepType(
    name="Model",
    key="model",
    config=ModelConfig,
    summary="a model that transform jobs and endpoints can use (CreateModel)",
    documentation="https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_CreateModel.html",
    compile=_compile,
    outputs=_outputs,
    properties=properties(
        "ModelName PrimaryContainer Containers InferenceExecutionConfig ExecutionRoleArn VpcConfig CreationTime "
        "ModelArn EnableNetworkIsolation DeploymentRecommendation"
    ),
    rights=Rights(job=JOB, uses=(READ, IMAGES)),
    needs=_needs,
    retried=True,
    aliases=("CreateModel",),
)
