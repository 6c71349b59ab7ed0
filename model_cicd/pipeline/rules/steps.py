"""Rules on each step by itself."""

from __future__ import annotations

from collections.abc import Iterator

from model_cicd.aws import images
from model_cicd.pipeline.rules.registry import Finding, Subject, repeated, rule
from model_cicd.pipeline.steps.emr import EmrConfig
from model_cicd.pipeline.steps.outside import Outside
from model_cicd.pipeline.steps.processing import BASE, CODE_INPUT, ProcessingConfig
from model_cicd.pipeline.steps.training import Algorithm, TrainingConfig
from model_cicd.pipeline.steps.tuning import TuningConfig
from model_cicd.text.errors import did_you_mean


@rule
def check_unique_steps(subject: Subject) -> Iterator[Finding]:
    """Two steps have different names."""
    yield from repeated((((*path, "name"), step.name) for path, step in subject.steps), "step")


@rule
def check_one_block(subject: Subject) -> Iterator[Finding]:
    """A step has the configuration key of its type and no other."""
    for path, step in subject.steps:
        wanted, present = step.kind.key, step.blocks
        if wanted not in present:
            yield path, f"step {step.name!r} is of type {step.type}, expected the key {wanted!r}"
        for key in present:
            if key != wanted:
                message = f"step {step.name!r} is of type {step.type}, which has the key {wanted!r} and not {key!r}"
                yield (*path, key), message


@rule
def check_images(subject: Subject) -> Iterator[Finding]:
    """Short forms of images are known, and the built-in XGBoost algorithm is told its rounds."""
    for path, step in subject.steps:
        for key, block in step.blocks.items():
            image = getattr(block, "image_uri", None)
            if not isinstance(image, str):
                continue
            wrong = images.complaint(image)
            if wrong:
                yield (*path, key, "imageUri"), wrong
            if not isinstance(block, Algorithm) or not images.is_short(image):
                continue
            ranges = block.ranges if isinstance(block, TuningConfig) else None
            tuned = [each.name for each in ranges.integer] if ranges else []
            if isinstance(block, TrainingConfig) and block.source_dir is not None:
                continue  # it runs code of one's own
            # https://docs.aws.amazon.com/sagemaker/latest/dg/xgboost_hyperparameters.html: the required one
            if "num_round" not in block.hyperparameters and "num_round" not in tuned:
                message = "the built-in XGBoost algorithm needs the hyperparameter num_round"
                yield (*path, key, "hyperparameters"), message + did_you_mean("num_round", block.hyperparameters)


@rule
def check_processing(subject: Subject) -> Iterator[Finding]:
    """Inputs and outputs have names and directories of their own, and property files an output to lie in."""
    for path, step in subject.steps:
        config, here = step.get(ProcessingConfig), (*path, "processing")
        if config is None:
            continue
        names = [((*here, "inputs", index, "inputName"), each.input_name) for index, each in enumerate(config.inputs)]
        names += [
            ((*here, "outputs", index, "outputName"), each.output_name) for index, each in enumerate(config.outputs)
        ]
        for where, name in repeated(names, "input or output"):
            yield where, f"{name}, and both would lie in one directory below {BASE}"
        for where, name in names:
            if name == "input" or (name == CODE_INPUT and (config.script_s3_uri or config.source_dir) is not None):
                yield where, f"the name {name!r} belongs to the script (scriptS3Uri, sourceDir): choose another one"
        if config.script_s3_uri is not None and not isinstance(config.script_s3_uri, str):
            yield (*here, "scriptS3Uri"), "got an expression, expected a URI: the job starts the script by its name"
        files = enumerate(config.property_files)
        yield from repeated(
            (((*here, "propertyFiles", index, "propertyFileName"), each.property_file_name) for index, each in files),
            "property file",
        )


@rule
def check_channels(subject: Subject) -> Iterator[Finding]:
    """Channels have names of their own."""
    for path, step in subject.steps:
        config = step.get(Algorithm)
        channels = enumerate(config.input_channels) if config else ()
        here = (*path, step.kind.key, "inputChannels")
        yield from repeated((((*here, index, "channelName"), each.channel_name) for index, each in channels), "channel")


@rule
def check_output_parameters(subject: Subject) -> Iterator[Finding]:
    """What comes back from a function or a queue has names of its own."""
    for path, step in subject.steps:
        config = step.get(Outside)
        outputs = enumerate(config.outputs) if config else ()
        here = (*path, step.kind.key, "outputs")
        yield from repeated((((*here, index, "outputName"), each.output_name) for index, each in outputs), "output")


@rule
def check_clusters(subject: Subject) -> Iterator[Finding]:
    """An EMR step runs on a cluster that there is or on one of its own, one of both."""
    for path, step in subject.steps:
        config = step.get(EmrConfig)
        if config is not None and (config.cluster_id is None) == (config.cluster_config is None):
            got = "neither" if config.cluster_id is None else "both"
            yield (*path, step.kind.key), f"got {got}, expected one of clusterId and clusterConfig"


@rule
def check_tuning(subject: Subject) -> Iterator[Finding]:
    """Tuning has something to tune, a hyperparameter has one place, and not more trials run at once than in all."""
    for path, step in subject.steps:
        config, here = step.get(TuningConfig), (*path, step.kind.key)
        if config is None:
            continue
        parts = config.ranges.integer, config.ranges.continuous, config.ranges.categorical
        names = [str(each.name) for part in parts for each in part]
        if not names:
            yield (*here, "ranges"), "got no range, expected at least one under integer, continuous or categorical"
        for name in names:
            if name in config.hyperparameters:
                yield (*here, "hyperparameters", name), f"{name!r} has a range too: a fixed value or a range"
        jobs, parallel = config.max_jobs, config.max_parallel_jobs
        if isinstance(jobs, int) and isinstance(parallel, int) and parallel > jobs:
            yield (*here, "maxParallelJobs"), f"got {parallel}, expected at most maxJobs, {jobs}"
