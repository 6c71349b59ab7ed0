"""From a checked pipeline to SageMaker's definition, without side effects: the same input gives the same bytes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from model_cicd.pipeline.document import Parameter
from model_cicd.pipeline.environment import PipelineEnvironment
from model_cicd.pipeline.raw_definition import RawConfig, compile_raw
from model_cicd.pipeline.schema import PipelineConfig, Step
from model_cicd.pipeline.scope import BUCKET_PARAMETER, ROLE_PARAMETER, Scope
from model_cicd.pipeline.steps.condition import ConditionConfig
from model_cicd.pipeline.steps.jobs import given
from model_cicd.pipeline.steps.knobs import ExperimentConfig, RetryPolicy


def compile_pipeline(config: PipelineConfig, environment: PipelineEnvironment) -> dict[str, Any]:
    """The pipeline definition (version 2020-12-01) of a configuration that `checks.parse_config` has accepted.

    Raises ModelCicdError when the environment lacks something that the pipeline needs.
    https://docs.aws.amazon.com/sagemaker/latest/dg/pipelines-define.html
    """
    if isinstance(config, RawConfig):
        return compile_raw(config, environment)
    pipeline = config.pipeline
    by_name = {step.name: step for step in pipeline.steps}

    def compiled(name: str) -> dict[str, Any]:
        return _step(by_name[name], scope)

    def output(name: str, of: str) -> Any:
        step = by_name[name]
        kind, block = step.kind, step.block
        assert block is not None
        if kind.output is not None:
            return kind.output(step, block, of, scope)
        return {"Get": f"Steps.{name}.{kind.outputs(block)[of]}"}

    scope = Scope(config, environment, compiled, output)
    inside = {
        name
        for step in pipeline.steps
        if (block := step.get(ConditionConfig)) is not None
        for name in (*block.if_steps, *block.else_steps)
    }
    parameters = [_parameter(each, scope) for each in pipeline.parameters]
    steps = [_step(each, scope) for each in pipeline.steps if each.name not in inside]
    definition: dict[str, Any] = {
        "Version": "2020-12-01",
        "Metadata": dict(pipeline.metadata),
        "Parameters": parameters + _implied(config, steps),
    }
    if pipeline.experiment_config is not None:
        definition["PipelineExperimentConfig"] = _experiment(pipeline.experiment_config, scope)
    return definition | {"Steps": steps}


def _implied(config: PipelineConfig, steps: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The parameters that stand for what of the environment was not given, where the steps refer to them."""
    default = f"sagemaker-{config.project_name.lower().replace('_', '-')}"
    known = {
        BUCKET_PARAMETER: {"DefaultValue": default, "Description": "bucket of code, data, outputs and models"},
        ROLE_PARAMETER: {"Description": "role of the jobs whose kind does not take the pipeline's own"},
    }
    used = set(_parameters_in(steps))
    return [
        {"Name": name, "Type": "String", **rest}
        for name, rest in known.items()
        if name in used and config.pipeline.parameter(name) is None
    ]


def _parameters_in(value: object) -> Iterator[str]:
    match value:
        case {"Get": str(path)} if path.startswith("Parameters."):
            yield path.removeprefix("Parameters.")
        case dict():
            for each in value.values():
                yield from _parameters_in(each)
        case list():
            for each in value:
                yield from _parameters_in(each)
        case _:
            return


def _parameter(parameter: Parameter, scope: Scope) -> dict[str, Any]:
    compiled: dict[str, Any] = {"Name": parameter.name, "Type": parameter.type}
    if parameter.default_value is not None:
        compiled["DefaultValue"] = scope.value(parameter.default_value)
    if parameter.description is not None:
        compiled["Description"] = parameter.description
    if parameter.enum_values is not None:
        compiled["EnumValues"] = list(parameter.enum_values)
    return compiled


def _experiment(experiment: ExperimentConfig, scope: Scope) -> dict[str, Any]:
    return given({"ExperimentName": experiment.experiment_name, "TrialName": experiment.trial_name}, scope)


def _step(step: Step, scope: Scope) -> dict[str, Any]:
    kind, block = step.kind, step.block
    assert block is not None
    compiled: dict[str, Any] = {"Name": step.name, "Type": kind.name}
    if step.display_name is not None:
        compiled["DisplayName"] = step.display_name
    if step.description is not None:
        compiled["Description"] = step.description
    if step.depends_on:
        compiled["DependsOn"] = [str(name) for name in step.depends_on]
    defaults = scope.config.pipeline.defaults
    cache = step.cache or (defaults.cache if defaults else None)
    if kind.cached and cache is not None:
        compiled["CacheConfig"] = {"Enabled": cache.enabled}
        if cache.expire_after is not None:
            compiled["CacheConfig"]["ExpireAfter"] = cache.expire_after
    retries = step.retry_policies if step.retry_policies is not None else defaults.retry_policies if defaults else None
    if kind.retried and retries:
        compiled["RetryPolicies"] = [_retry(each) for each in retries]
    return compiled | kind.compile(step, block, scope)


def _retry(policy: RetryPolicy) -> dict[str, Any]:
    numbers: Mapping[str, Any] = {
        "IntervalSeconds": policy.interval_seconds,
        "BackoffRate": policy.backoff_rate,
        "MaxAttempts": policy.max_attempts,
        "ExpireAfterMin": policy.expire_after_min,
    }
    return {"ExceptionType": list(policy.exception_types)} | {
        key: value for key, value in numbers.items() if value is not None
    }
