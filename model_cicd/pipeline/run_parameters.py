"""The values that an execution's parameters get, checked against what the pipeline declares."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping

from model_cicd.pipeline.document import Parameter
from model_cicd.pipeline.fields import LocalFile
from model_cicd.pipeline.rules.parameters import WORDS, fits
from model_cicd.pipeline.schema import PipelineConfig
from model_cicd.text.errors import ModelCicdError, describe, did_you_mean


def parse_assignments(assignments: Iterable[str], option: str) -> dict[str, str]:
    """`N=V` texts as a mapping; the last one of a name counts."""
    values: dict[str, str] = {}
    for each in assignments:
        name, equals, value = each.partition("=")
        if not equals or not name:
            raise ModelCicdError(f"{option}: got {each!r}, expected NAME=VALUE")
        values[name] = value
    return values


def resolve_parameters(
    config: PipelineConfig,
    *,
    provenance: Mapping[str, str],
    group: Mapping[str, object],
    given: Mapping[str, str],
) -> dict[str, str]:
    """The values that differ from the defaults' place, as SageMaker takes them: text. Later sources win.

    `provenance` is what the runner knows (used where declared), `group` the deployment group's pipelineParameters,
    `given` the command line's. Raises ModelCicdError with a line for every name that is not declared and every value
    that does not fit.
    """
    declared = {each.name: each for each in config.pipeline.parameters}
    values: dict[str, str] = {}
    wrong: list[str] = []
    for name, value in provenance.items():
        if name in declared and declared[name].type == "String":
            # what CustomerMetadataProperties may hold: letters, digits, spaces and _.:/=+-@
            values[name] = re.sub(r"[^\w\s.:/=+\-@]", "_", value)
    for source, items in (("PIPELINE_PARAMETERS", group), ("--param", given)):
        for name, raw in items.items():
            if name not in declared:
                known = ", ".join(declared) or "none"
                wrong.append(f"{source}: unknown parameter {name!r}{did_you_mean(name, declared)}; declared: {known}")
                continue
            parameter = declared[name]
            text = _text(parameter, _typed(parameter, raw) if source == "--param" else raw)
            if text == "":
                wrong.append(f"{source}: {name}: got an empty text, which SageMaker takes as a default only")
            elif text is None:
                wrong.append(f"{source}: {name}: got {describe(raw)}, expected {expected(parameter)}")
            else:
                values[name] = text
    missing = [
        each.name for each in config.pipeline.parameters if each.default_value is None and each.name not in values
    ]
    wrong += [f"parameter {name!r} has no default and no value: give one with --param {name}=VALUE" for name in missing]
    if wrong:
        raise ModelCicdError("\n".join(wrong))
    return values


def effective(config: PipelineConfig, values: Mapping[str, str]) -> dict[str, str | int | float | bool]:
    """The value of every parameter in an execution started with `values`, with its type."""
    found: dict[str, str | int | float | bool] = {}
    for parameter in config.pipeline.parameters:
        value = _typed(parameter, values[parameter.name]) if parameter.name in values else parameter.default_value
        if isinstance(value, str | int | float):
            found[parameter.name] = value
    return found


def local_files(values: Mapping[str, str], config: PipelineConfig) -> dict[str, LocalFile]:
    """The values that are local files (`file:...`) of String parameters."""
    kinds = {each.name: each.type for each in config.pipeline.parameters}
    return {
        name: LocalFile(value)
        for name, value in values.items()
        if kinds[name] == "String" and value.startswith("file:")
    }


def typed(parameter: Parameter, text: str) -> str | int | float | bool | None:
    """The value that a text of the command line stands for; None when it does not fit the parameter."""
    value = _typed(parameter, text)
    return value if _text(parameter, value) is not None and isinstance(value, str | int | float) else None


def expected(parameter: Parameter) -> str:
    """What a value of the parameter must be, in words."""
    return f"one of {', '.join(parameter.enum_values)}" if parameter.enum_values else WORDS[parameter.type]


def _typed(parameter: Parameter, raw: object) -> object:
    """The value that a text stands for, or the text itself when it stands for none."""
    text = str(raw)
    try:
        match parameter.type:
            case "Integer":
                return int(text)
            case "Float":
                return float(text)
            case "Boolean":
                return {"true": True, "false": False}.get(text.lower(), text)
            case "String":
                return text
    except ValueError:
        return text


def _text(parameter: Parameter, value: object) -> str | None:
    if not fits(value, parameter.type) or (isinstance(value, float) and not math.isfinite(value)):
        return None
    if isinstance(value, str) and parameter.enum_values and value not in parameter.enum_values:
        return None
    return str(value).lower() if isinstance(value, bool) else str(value)
