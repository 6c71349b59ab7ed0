"""Rules on the data that goes from step to step."""

from __future__ import annotations

from collections.abc import Iterator

from model_cicd.errors import did_you_mean
from model_cicd.pipeline.expressions import JsonGet, StepOutput
from model_cicd.pipeline.rules.registry import Finding, Subject, rule
from model_cicd.pipeline.schema import Step
from model_cicd.pipeline.steps.condition import Comparison
from model_cicd.pipeline.steps.processing import ProcessingInput
from model_cicd.pipeline.steps.register import MetricsSource
from model_cicd.pipeline.steps.training import MODEL_ARTIFACTS, Channel
from model_cicd.pipeline.walk import walk


def outputs(step: Step) -> list[str]:
    """The outputs of a step that others may name."""
    if step.processing is not None:
        return [each.output_name for each in step.processing.outputs]
    return [MODEL_ARTIFACTS] if step.training is not None else []


@rule
def check_one_source(subject: Subject) -> Iterator[Finding]:
    """An input has an S3 URI or a step's output, one of both."""
    for path, value in walk(subject.config):
        if isinstance(value, ProcessingInput | Channel) and (value.s3_uri is None) == (value.step_output is None):
            got = "neither" if value.s3_uri is None else "both"
            yield path, f"got {got}, expected one of s3Uri and stepOutput"


@rule
def check_step_outputs(subject: Subject) -> Iterator[Finding]:
    """`Step.output` names an output of the step; unknown steps are the graph's rules' business."""
    for path, value in walk(subject.config):
        if not isinstance(value, StepOutput):
            continue
        step = subject.config.pipeline.step(value.step)
        if step is not None and value.output not in outputs(step):
            known = ", ".join(outputs(step)) or "it has none"
            hint = did_you_mean(value.output, outputs(step))
            yield path, f"step {value.step!r} has no output {value.output!r}{hint}; its outputs: {known}"


@rule
def check_property_file_outputs(subject: Subject) -> Iterator[Finding]:
    """A property file lies in an output of its step."""
    for path, step in subject.steps:
        for index, each in enumerate(step.processing.property_files if step.processing else ()):
            if each.output_name not in outputs(step):
                hint = did_you_mean(each.output_name, outputs(step))
                known = ", ".join(outputs(step)) or "it has none"
                where = (*path, "processing", "propertyFiles", index, "outputName")
                yield where, f"step {step.name!r} has no output {each.output_name!r}{hint}; its outputs: {known}"


@rule
def check_property_files(subject: Subject) -> Iterator[Finding]:
    """What reads a property file names one of the step's."""
    for path, value in walk(subject.config):
        match value:
            case Comparison(step_name=name, property_file=file) | MetricsSource(step_name=name, property_file=file):
                where = (*path, "propertyFile")
            case JsonGet(step=name, property_file=file):
                where = (*path, "jsonGet", "propertyFile")
            case _:
                continue
        step = subject.config.pipeline.step(name)
        if step is None:
            continue
        known = [each.property_file_name for each in step.processing.property_files] if step.processing else []
        if file not in known:
            listed = ", ".join(known) or "it has none"
            yield (
                where,
                f"step {name!r} has no property file {file!r}{did_you_mean(file, known)}; its property files: {listed}",
            )


@rule
def check_model_data(subject: Subject) -> Iterator[Finding]:
    """A model is registered from a Training step."""
    for path, step in subject.steps:
        source = subject.config.pipeline.step(step.register_.model_data_step) if step.register_ else None
        if source is not None and source.type != "Training":
            message = f"step {source.name!r} is of type {source.type}, expected a Training step"
            yield (*path, "register", "modelDataStep"), message
