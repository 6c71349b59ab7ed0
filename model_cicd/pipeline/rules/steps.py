"""Rules on each step by itself."""

from __future__ import annotations

import re
from collections.abc import Iterator

from model_cicd.pipeline import images
from model_cicd.pipeline.rules.registry import Finding, Subject, repeated, rule
from model_cicd.pipeline.schema import BLOCKS, Step
from model_cicd.pipeline.steps.processing import BASE, CODE_INPUT

_DURATION = re.compile(r"P(?=.)(\d+Y)?(\d+M)?(\d+W)?(\d+D)?(T(?=.)(\d+H)?(\d+M)?(\d+S)?)?")
_CACHED = ("Processing", "Training")


def _present(step: Step) -> list[str]:
    blocks = {
        "processing": step.processing,
        "training": step.training,
        "register": step.register_,
        "condition": step.condition,
        "fail": step.fail,
    }
    return [key for key, block in blocks.items() if block is not None]


@rule
def check_unique_steps(subject: Subject) -> Iterator[Finding]:
    """Two steps have different names."""
    yield from repeated((((*path, "name"), step.name) for path, step in subject.steps), "step")


@rule
def check_one_block(subject: Subject) -> Iterator[Finding]:
    """A step has the configuration key of its type and no other."""
    for path, step in subject.steps:
        wanted, present = BLOCKS[step.type], _present(step)
        if wanted not in present:
            yield path, f"step {step.name!r} is of type {step.type}, expected the key {wanted!r}"
        for key in present:
            if key != wanted:
                message = f"step {step.name!r} is of type {step.type}, which has the key {wanted!r} and not {key!r}"
                yield (*path, key), message


@rule
def check_cache(subject: Subject) -> Iterator[Finding]:
    """Only jobs are cached, for an ISO 8601 duration."""
    for path, step in subject.steps:
        if step.cache_config is None:
            continue
        if step.type not in _CACHED:
            yield (*path, "cacheConfig"), f"a {step.type} step is never cached, only {' and '.join(_CACHED)} steps are"
        expiry = step.cache_config.expire_after
        if expiry is not None and not _DURATION.fullmatch(expiry):
            yield (
                (*path, "cacheConfig", "expireAfter"),
                f"got {expiry!r}, expected an ISO 8601 duration such as P30D or PT12H",
            )


@rule
def check_images(subject: Subject) -> Iterator[Finding]:
    """Short forms of images are known, and the built-in XGBoost algorithm is told its rounds."""
    for path, step in subject.steps:
        for key, block in (("processing", step.processing), ("training", step.training), ("register", step.register_)):
            wrong = images.complaint(block.image_uri) if block and isinstance(block.image_uri, str) else None
            if wrong:
                yield (*path, key, "imageUri"), wrong
        training = step.training
        if training is None or not isinstance(training.image_uri, str) or not images.is_short(training.image_uri):
            continue
        # https://docs.aws.amazon.com/sagemaker/latest/dg/xgboost_hyperparameters.html: num_round is the required one
        if "num_round" not in training.hyperparameters:
            yield (
                (*path, "training", "hyperparameters"),
                "the built-in XGBoost algorithm needs the hyperparameter num_round",
            )


@rule
def check_processing(subject: Subject) -> Iterator[Finding]:
    """Inputs and outputs have names and directories of their own, and property files an output to lie in."""
    for path, step in subject.steps:
        config, here = step.processing, (*path, "processing")
        if config is None:
            continue
        names = [((*here, "inputs", index, "inputName"), each.input_name) for index, each in enumerate(config.inputs)]
        names += [
            ((*here, "outputs", index, "outputName"), each.output_name) for index, each in enumerate(config.outputs)
        ]
        for where, name in repeated(names, "input or output"):
            yield where, f"{name}, and both would lie in one directory below {BASE}"
        for where, name in names:
            if name == "input" or (name == CODE_INPUT and config.script_s3_uri is not None):
                yield where, f"the name {name!r} belongs to the script (scriptS3Uri): choose another one"
        if config.script_s3_uri is not None and not isinstance(config.script_s3_uri, str):
            yield (*here, "scriptS3Uri"), "got an expression, expected a URI: the job starts the script by its name"
        files = config.property_files
        yield from repeated(
            (
                ((*here, "propertyFiles", index, "propertyFileName"), each.property_file_name)
                for index, each in enumerate(files)
            ),
            "property file",
        )


@rule
def check_channels(subject: Subject) -> Iterator[Finding]:
    """Channels have names of their own."""
    for path, step in subject.steps:
        if step.training is not None:
            channels = enumerate(step.training.input_channels)
            here = (*path, "training", "inputChannels")
            yield from repeated(
                (((*here, index, "channelName"), each.channel_name) for index, each in channels), "channel"
            )
