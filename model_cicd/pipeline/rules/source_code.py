"""Rules on code of several files: `sourceDir` and the program in it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from model_cicd.pipeline.fields import LocalSource
from model_cicd.pipeline.rules import files
from model_cicd.pipeline.rules.registry import Finding, Subject, rule
from model_cicd.pipeline.source_archive import members
from model_cicd.pipeline.steps.knobs import SourceCode
from model_cicd.pipeline.steps.processing import ProcessingConfig
from model_cicd.pipeline.steps.training import PROGRAM, SUBMIT_DIRECTORY, TrainingConfig
from model_cicd.text.errors import did_you_mean
from model_cicd.text.source import KeyPath


@rule
def check_source_code(subject: Subject) -> Iterator[Finding]:
    """`sourceDir` and `entryPoint` come together and alone, and the program is a file of the directory."""
    for path, step in subject.steps:
        for key, block in step.blocks.items():
            if isinstance(block, SourceCode):
                yield from _complaints((*path, key), block, Path(subject.document.file))


def _complaints(path: KeyPath, block: SourceCode, document: Path) -> Iterator[Finding]:
    if (block.source_dir is None) != (block.entry_point is None):
        present, missing = ("sourceDir", "entryPoint") if block.entry_point is None else ("entryPoint", "sourceDir")
        yield path, f"the key is missing: {missing}, which {present} comes with"
        return
    if block.source_dir is None:
        return
    yield from _others(path, block)
    source = block.source_dir
    if not isinstance(source, LocalSource) or not document.is_file() or files.complaint(source, document.parent):
        return
    directory = document.parent / source.relative
    known = [str(each.relative_to(directory)) for each in members(directory)]
    if block.entry_point not in known:
        hint = did_you_mean(str(block.entry_point), known)
        yield (*path, "entryPoint"), f"{block.entry_point!r} is no file of {source.relative!r}{hint}"


def _others(path: KeyPath, block: SourceCode) -> Iterator[Finding]:
    """What says as well what is run."""
    if isinstance(block, ProcessingConfig) and block.script_s3_uri is not None:
        yield path, "got both, expected one of scriptS3Uri and sourceDir"
    if isinstance(block, TrainingConfig):
        if block.entrypoint:
            yield path, "got both, expected one of entrypoint and sourceDir: an entrypoint takes the image's own place"
        for name in (PROGRAM, SUBMIT_DIRECTORY):
            if name in block.hyperparameters:
                yield (*path, "hyperparameters", name), f"the name {name!r} belongs to sourceDir: leave it out"
        if block.enable_network_isolation is True:
            text = "the container cannot download sourceDir without a network"
            yield (*path, "enableNetworkIsolation"), f"got true, expected false: {text}"
