"""Rules on the limits of the service, as the pages of the API's operations say them."""

from __future__ import annotations

import re
from collections.abc import Iterator

from model_cicd.pipeline.model import Model
from model_cicd.pipeline.patterns import patterns
from model_cicd.pipeline.rules.registry import Finding, Subject, rule
from model_cicd.pipeline.steps.checks import CheckConfig
from model_cicd.pipeline.steps.fail import FailConfig
from model_cicd.pipeline.steps.processing import ProcessingConfig
from model_cicd.pipeline.steps.register import RegisterConfig
from model_cicd.pipeline.steps.training import Algorithm, MetricDefinition, TrainingConfig
from model_cicd.pipeline.steps.transform import TransformConfig
from model_cicd.pipeline.walk import find
from model_cicd.text.source import KeyPath

#: block, field (of a mapping or list: each entry) and how many characters a literal may have
#: https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_CreateProcessingJob.html and its like
CHARACTERS: tuple[tuple[type[Model], str, int], ...] = (
    (ProcessingConfig, "environment", 256),
    (ProcessingConfig, "arguments", 256),
    (ProcessingConfig, "entrypoint", 256),
    (CheckConfig, "environment", 256),
    (Algorithm, "environment", 512),
    (Algorithm, "hyperparameters", 2500),
    (TrainingConfig, "arguments", 256),
    (TransformConfig, "environment", 10240),
    (RegisterConfig, "environment", 1024),
    (RegisterConfig, "customer_metadata", 256),
    (RegisterConfig, "description", 1024),
    (FailConfig, "error_message", 3072),
)
#: block, field and the greatest number
NUMBERS: tuple[tuple[type[Model], str, int], ...] = (
    (ProcessingConfig, "max_runtime_in_seconds", 777600),
    (CheckConfig, "max_runtime_in_seconds", 777600),
    (ProcessingConfig, "volume_size_in_gb", 16384),
    (CheckConfig, "volume_size_in_gb", 16384),
    (Algorithm, "volume_size_in_gb", 16384),
    (ProcessingConfig, "instance_count", 100),
    (TrainingConfig, "keep_alive_period_in_seconds", 3600),
)
#: block, field and the greatest number of entries, where it is another one than that of the field itself
ENTRIES: tuple[tuple[type[Model], str, int], ...] = ((TransformConfig, "environment", 16),)
#: letters, digits, spaces that are no line breaks or tabs, and some signs
_TAG = r"(?:[\w.:/=+\-@]|[^\S\t\n\r\f\v])"


def _at(subject: Subject, kind: type[Model], field: str) -> Iterator[tuple[KeyPath, object]]:
    for path, step in subject.steps:
        for key, block in step.blocks.items():
            if isinstance(block, kind):
                alias = type(block).model_fields[field].alias or field
                yield (*path, key, alias), getattr(block, field)


@rule
def check_text_lengths(subject: Subject) -> Iterator[Finding]:
    """Texts are not longer than the service takes them."""
    for kind, field, most in CHARACTERS:
        for path, value in _at(subject, kind, field):
            entries: list[tuple[KeyPath, object]] = [(path, value)]
            if isinstance(value, dict):
                entries = [((*path, str(key)), each) for key, each in value.items()]
            elif isinstance(value, list):
                entries = [((*path, index), each) for index, each in enumerate(value)]
            for where, each in entries:
                if isinstance(each, str) and len(each) > most:
                    yield where, f"got {len(each)} characters, expected at most {most}"
                elif each == "" and field == "customer_metadata":
                    yield where, f"got an empty text, expected 1 to {most} characters"


@rule
def check_empty_texts(subject: Subject) -> Iterator[Finding]:
    """A container's command has no empty texts, not even from the default of a parameter.

    https://github.com/aws/sagemaker-python-sdk/issues/3758
    """
    commands: list[tuple[type[Model], str]] = [
        (kind, field) for kind in (ProcessingConfig, TrainingConfig) for field in ("arguments", "entrypoint")
    ]
    for kind, field in commands:
        for path, values in _at(subject, kind, field):
            for index, each in enumerate(values if isinstance(values, list) else ()):
                if "" in patterns(each, subject.config):
                    got = "an empty text" if each == "" else "what parameters may make an empty text"
                    yield (*path, index), f"got {got}, which SageMaker refuses when the job starts"
    for path, metric in find(subject.config, MetricDefinition):
        if metric.regex == "":
            yield (*path, "regex"), "got an empty text, expected a regular expression"


@rule
def check_numbers(subject: Subject) -> Iterator[Finding]:
    """Numbers are not greater than the service takes them."""
    for kind, field, most in NUMBERS:
        for path, value in _at(subject, kind, field):
            if isinstance(value, int) and value > most:
                yield path, f"got {value}, expected at most {most}"


@rule
def check_entries(subject: Subject) -> Iterator[Finding]:
    """There are not more entries than the service takes."""
    for kind, field, most in ENTRIES:
        for path, value in _at(subject, kind, field):
            if isinstance(value, dict | list) and len(value) > most:
                yield path, f"got {len(value)} entries, expected at most {most}"


@rule
def check_variable_names(subject: Subject) -> Iterator[Finding]:
    """Environment variables are named as the service and shells want them."""
    blocks = [(path, key, block) for path, step in subject.steps for key, block in step.blocks.items()]
    defaults = subject.config.pipeline.defaults
    if defaults is not None:
        blocks.append((("pipeline",), "defaults", defaults))
    for path, key, block in blocks:
        for name in getattr(block, "environment", {}):
            if not re.fullmatch(r"[A-Za-z_][A-Za-z0-9_]{0,511}", name):
                message = f"got {name!r}, expected the name of a variable: letters, digits and _, no digit first"
                yield (*path, key, "environment", name), message


@rule
def check_tags(subject: Subject) -> Iterator[Finding]:
    """Tags have keys and values that tags may have.

    https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_Tag.html
    """
    pipeline = subject.config.pipeline
    holders: list[tuple[KeyPath, object]] = [(("pipeline", "tags"), pipeline.tags)]
    if pipeline.defaults is not None:
        holders.append((("pipeline", "defaults", "tags"), pipeline.defaults.tags))
    for path, step in subject.steps:
        holders += [((*path, key, "tags"), getattr(block, "tags", {})) for key, block in step.blocks.items()]
    for path, tags in holders:
        for key, value in tags.items() if isinstance(tags, dict) else ():
            if not re.fullmatch(rf"(?!aws:){_TAG}{{1,128}}", key, re.IGNORECASE):
                yield (
                    (*path, key),
                    f"got the key {key!r}, expected 1 to 128 letters, digits, spaces or _.:/=+-@, not aws:",
                )
            if isinstance(value, str) and not re.fullmatch(rf"(?:{_TAG}|[{{}}]){{0,256}}", value):
                yield (*path, key), f"got {value!r}, expected at most 256 letters, digits, spaces or _.:/=+-@"


@rule
def check_metadata(subject: Subject) -> Iterator[Finding]:
    """The pipeline's metadata has keys and values that the definition may have."""
    for key, value in subject.config.pipeline.metadata.items():
        where = ("pipeline", "metadata", key)
        if not re.fullmatch(r"[A-Za-z0-9_-]{1,128}", key):
            yield where, f"got the key {key!r}, expected 1 to 128 letters, digits, hyphens and underscores"
        if len(value) > 1024:
            yield where, f"got {len(value)} characters, expected at most 1024"
