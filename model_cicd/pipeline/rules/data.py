"""Rules on the data that goes from step to step."""

from __future__ import annotations

import re
from collections.abc import Iterator

from model_cicd.pipeline.expressions import JsonGet, PropertyRef, StepOutput
from model_cicd.pipeline.model import Model
from model_cicd.pipeline.rules.registry import Finding, Subject, rule
from model_cicd.pipeline.schema import Step
from model_cicd.pipeline.steps.automl import AutoMLChannel
from model_cicd.pipeline.steps.checks import CheckConfig
from model_cicd.pipeline.steps.clarify_check import ClarifyCheckConfig
from model_cicd.pipeline.steps.condition import BetterThanServing, Condition
from model_cicd.pipeline.steps.containers import WithModelData
from model_cicd.pipeline.steps.metrics import MetricsSource
from model_cicd.pipeline.steps.processing import ProcessingInput
from model_cicd.pipeline.steps.training import MODEL_ARTIFACTS, Channel
from model_cicd.pipeline.steps.transform import TransformConfig
from model_cicd.pipeline.walk import walk
from model_cicd.text.errors import did_you_mean

#: what reads data at `s3Uri` or of `stepOutput`
_SOURCED = ProcessingInput | Channel | AutoMLChannel | TransformConfig | CheckConfig


def outputs(step: Step) -> list[str]:
    """The outputs of a step that others may name."""
    return list(step.kind.outputs(step.block)) if step.block is not None else []


def _known(names: list[str]) -> str:
    return ", ".join(names) or "it has none"


@rule
def check_one_source(subject: Subject) -> Iterator[Finding]:
    """An input has an S3 URI or a step's output, one of both."""
    for path, value in walk(subject.config):
        if isinstance(value, _SOURCED) and (value.s3_uri is None) == (value.step_output is None):
            got = "neither" if value.s3_uri is None else "both"
            yield path, f"got {got}, expected one of s3Uri and stepOutput"


@rule
def check_step_outputs(subject: Subject) -> Iterator[Finding]:
    """`Step.output` names an output of the step; unknown steps are the graph's rules' business."""
    for path, value in walk(subject.config):
        step = subject.config.pipeline.step(value.step) if isinstance(value, StepOutput) else None
        if isinstance(value, StepOutput) and step is not None and value.output not in outputs(step):
            hint = did_you_mean(value.output, outputs(step))
            yield (
                path,
                f"step {value.step!r} has no output {value.output!r}{hint}; its outputs: {_known(outputs(step))}",
            )


@rule
def check_properties(subject: Subject) -> Iterator[Finding]:
    """`{property: Step.Path}` begins with a property of the step's type, and names outputs that there are."""
    for path, value in walk(subject.config):
        step = subject.config.pipeline.step(value.step) if isinstance(value, PropertyRef) else None
        if not isinstance(value, PropertyRef) or step is None:
            continue
        first = re.split(r"[.\[]", value.path)[0]
        known = sorted(step.kind.properties)
        if first not in known:
            listed = f"; it has {', '.join(known)}" if 0 < len(known) <= 10 else "" if known else "; it has none"
            hint = did_you_mean(first, known)
            yield path, f"step {value.step!r} of type {step.type} has no property {first!r}{hint}{listed}"
            continue
        named = re.match(r"(?:ProcessingOutputConfig\.Outputs|OutputParameters)\[['\"]([^'\"\]]*)['\"]\]", value.path)
        if named and named[1] not in outputs(step):
            hint = did_you_mean(named[1], outputs(step))
            yield path, f"step {value.step!r} has no output {named[1]!r}{hint}; its outputs: {_known(outputs(step))}"


@rule
def check_property_file_outputs(subject: Subject) -> Iterator[Finding]:
    """A property file lies in an output of its step."""
    for path, step in subject.steps:
        for index, each in enumerate(step.property_files):
            if each.output_name not in outputs(step):
                hint = did_you_mean(each.output_name, outputs(step))
                where = (*path, step.kind.key, "propertyFiles", index, "outputName")
                said = f"step {step.name!r} has no output {each.output_name!r}{hint}"
                yield where, f"{said}; its outputs: {_known(outputs(step))}"


@rule
def check_property_files(subject: Subject) -> Iterator[Finding]:
    """What reads a property file names one of the step's."""
    for path, value in walk(subject.config):
        match value:
            case (
                Condition(step_name=str(name), property_file=str(file))
                | BetterThanServing(step_name=str(name), property_file=str(file))
                | MetricsSource(step_name=str(name), property_file=str(file))
            ):
                where = (*path, "propertyFile")
            case JsonGet(step=name, property_file=file, s3_uri=None):
                where = (*path, "jsonGet", "propertyFile")
            case _:
                continue
        step = subject.config.pipeline.step(name)
        if step is None:
            continue
        known = [each.property_file_name for each in step.property_files]
        if file not in known:
            said = f"step {name!r} has no property file {file!r}{did_you_mean(file, known)}"
            yield where, f"{said}; its property files: {_known(known)}"


@rule
def check_model_data(subject: Subject) -> Iterator[Finding]:
    """A container's model is that of a Training or Tuning step or lies in S3, one of both."""
    for path, step in subject.steps:
        config = step.get(WithModelData)
        if config is None:
            continue
        here = (*path, step.kind.key)
        if config.model_data_step is not None and config.model_data_url is not None:
            yield here, "got both, expected one of modelDataStep and modelDataUrl"
        if step.type == "RegisterModel" and config.model_data_step is None and config.model_data_url is None:
            yield here, "got neither, expected one of modelDataStep and modelDataUrl"
        source = subject.config.pipeline.step(config.model_data_step or "")
        if source is not None and MODEL_ARTIFACTS not in outputs(source):
            message = f"step {source.name!r} is of type {source.type}, expected a Training step (or Tuning, AutoML)"
            yield (*here, "modelDataStep"), message


@rule
def check_models(subject: Subject) -> Iterator[Finding]:
    """What uses a model names a Model step or a model, one of both."""
    for path, step in subject.steps:
        config: Model | None = step.get(TransformConfig) or step.get(ClarifyCheckConfig)
        if not isinstance(config, TransformConfig | ClarifyCheckConfig):
            continue
        here, given = (*path, step.kind.key), [config.model_step, config.model_name]
        wanted = not isinstance(config, ClarifyCheckConfig) or config.check_type != "DATA_BIAS"
        if sum(each is not None for each in given) != wanted:
            expected = "one of modelStep and modelName" if wanted else "none: bias of data needs no model"
            yield here, f"got {'both' if all(given) else 'one' if any(given) else 'neither'}, expected {expected}"
        source = subject.config.pipeline.step(config.model_step or "")
        if source is not None and source.kind.name != "Model":
            yield (*here, "modelStep"), f"step {source.name!r} is of type {source.type}, expected a Model step"
