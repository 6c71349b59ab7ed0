"""The texts that a value of a pipeline may become when it runs, as patterns: `*` stands for what only a run knows."""

from __future__ import annotations

import itertools

from model_cicd.pipeline.document import PipelineConfig
from model_cicd.pipeline.expressions import ExecutionRef, Join, ParameterRef, PropertyRef, StepOutput
from model_cicd.pipeline.fields import LocalFile


def patterns(value: object, config: PipelineConfig) -> list[str]:
    """The patterns of a text: the listed values of a parameter or its default, `*` for what only a run knows.

    Local files and what steps leave behind have no pattern: these lie where the pipeline itself puts them.
    """
    found: list[str] = []
    match value:
        case LocalFile() | Join(values=(StepOutput() | PropertyRef(), *_)):
            pass
        case str():
            found = [str(value)]
        case ParameterRef():
            found = _parameter(value.name, config)
        case ExecutionRef():
            found = ["*"]
        case Join():
            parts = [patterns(each, config) or ["*"] for each in value.values]
            found = [value.separator.join(chosen) for chosen in itertools.product(*parts)]
    return found


def _parameter(name: str, config: PipelineConfig) -> list[str]:
    parameter = config.pipeline.parameter(name)
    if parameter is None or isinstance(parameter.default_value, LocalFile):
        return []
    if parameter.enum_values:
        return list(parameter.enum_values)
    return ["*"] if parameter.default_value is None else [str(parameter.default_value)]
