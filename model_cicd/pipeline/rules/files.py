"""Rules on the local files that the runner uploads."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path, PurePosixPath

from model_cicd.pipeline.fields import LocalFile
from model_cicd.pipeline.rules.registry import Finding, Subject, rule
from model_cicd.pipeline.walk import find
from model_cicd.text.errors import did_you_mean


def complaint(value: LocalFile, directory: Path | None) -> str | None:
    """What is wrong with `file:...` below `directory`; without one, existence is not looked at. None: nothing."""
    relative = PurePosixPath(value.relative)
    if not value.relative or relative.is_absolute() or ".." in relative.parts:
        expected = "a path below the directory of the pipeline YAML, such as file:scripts/train.py"
        return f"got {str(value)!r}, expected {expected}"
    if directory is None or (directory / relative).is_file():
        return None
    target = directory / relative
    if target.is_dir():
        return f"{value.relative!r} is a directory, expected a file"
    near = [str(each.relative_to(directory)) for each in target.parent.glob("*") if each.is_file()]
    return f"the local file {value.relative!r} does not exist{did_you_mean(value.relative, near)}"


@rule
def check_local_files(subject: Subject) -> Iterator[Finding]:
    """Local files are files below the YAML's directory; existence is looked at where the YAML itself is on disk."""
    document = Path(subject.document.file)
    for path, value in find(subject.config, LocalFile):
        wrong = complaint(value, document.parent if document.is_file() else None)
        if wrong:
            yield path, wrong
