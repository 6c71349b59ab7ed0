"""From a checked pipeline to SageMaker's definition, without side effects: the same input gives the same bytes."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from model_cicd.pipeline.schema import Parameter, PipelineConfig, Step
from model_cicd.pipeline.scope import CompileContext, Scope
from model_cicd.pipeline.steps.condition import compile_condition
from model_cicd.pipeline.steps.fail import compile_fail
from model_cicd.pipeline.steps.processing import compile_processing
from model_cicd.pipeline.steps.register import compile_register
from model_cicd.pipeline.steps.training import compile_training

__all__ = ["CompileContext", "compile_pipeline"]

#: the compiler of each step type: the step's `Arguments` and whatever stands beside them
COMPILERS: Mapping[str, Callable[[Step, Scope], dict[str, Any]]] = {
    "Processing": compile_processing,
    "Training": compile_training,
    "RegisterModel": compile_register,
    "Condition": compile_condition,
    "Fail": compile_fail,
}


def compile_pipeline(config: PipelineConfig, context: CompileContext) -> dict[str, Any]:
    """The pipeline definition (version 2020-12-01) of a configuration that `checks.parse_config` has accepted.

    Raises ModelCicdError when the context lacks something that the pipeline needs.
    https://docs.aws.amazon.com/sagemaker/latest/dg/pipelines-define.html
    """

    def compiled(name: str) -> dict[str, Any]:
        step = config.pipeline.step(name)
        assert step is not None
        return _step(step, scope)

    scope = Scope(config, context, compiled)
    inside = {
        name
        for step in config.pipeline.steps
        if step.condition is not None
        for name in (*step.condition.if_steps, *step.condition.else_steps)
    }
    return {
        "Version": "2020-12-01",
        "Metadata": {},
        "Parameters": [_parameter(each, scope) for each in config.pipeline.parameters],
        "Steps": [_step(each, scope) for each in config.pipeline.steps if each.name not in inside],
    }


def _parameter(parameter: Parameter, scope: Scope) -> dict[str, Any]:
    compiled: dict[str, Any] = {"Name": parameter.name, "Type": parameter.type}
    if parameter.default_value is not None:
        compiled["DefaultValue"] = scope.value(parameter.default_value)
    if parameter.description is not None:
        compiled["Description"] = parameter.description
    if parameter.enum_values is not None:
        compiled["EnumValues"] = list(parameter.enum_values)
    return compiled


def _step(step: Step, scope: Scope) -> dict[str, Any]:
    compiled: dict[str, Any] = {"Name": step.name, "Type": step.type}
    if step.display_name is not None:
        compiled["DisplayName"] = step.display_name
    if step.description is not None:
        compiled["Description"] = step.description
    if step.depends_on:
        compiled["DependsOn"] = [str(name) for name in step.depends_on]
    if step.cache_config is not None:
        compiled["CacheConfig"] = {"Enabled": step.cache_config.enabled}
        if step.cache_config.expire_after is not None:
            compiled["CacheConfig"]["ExpireAfter"] = step.cache_config.expire_after
    return compiled | COMPILERS[step.type](step, scope)
