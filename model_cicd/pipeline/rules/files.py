"""Rules on the local files that the runner uploads."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path, PurePosixPath

from model_cicd.pipeline.fields import LocalFile, LocalSource
from model_cicd.pipeline.rules.registry import Finding, Subject, rule
from model_cicd.pipeline.source_archive import links
from model_cicd.pipeline.walk import find
from model_cicd.text.errors import did_you_mean


def complaint(value: LocalFile, directory: Path | None) -> str | None:
    """What is wrong with `file:...` below `directory`; without one, existence is not looked at. None: nothing."""
    relative = PurePosixPath(value.relative)
    if not value.relative or relative.is_absolute() or ".." in relative.parts:
        expected = "a path below the directory of the pipeline YAML, such as file:scripts/train.py"
        return f"got {str(value)!r}, expected {expected}"
    if directory is None:
        return None
    target = directory / relative
    if isinstance(value, LocalSource):
        return _source_complaint(value, target, directory)
    if target.is_file():
        return None
    if target.is_dir():
        return f"{value.relative!r} is a directory, expected a file"
    near = [str(each.relative_to(directory)) for each in target.parent.glob("*") if each.is_file()]
    return f"the local file {value.relative!r} does not exist{did_you_mean(value.relative, near)}"


def _source_complaint(value: LocalSource, target: Path, directory: Path) -> str | None:
    if not target.is_dir():
        near = [str(each.relative_to(directory)) for each in target.parent.glob("*") if each.is_dir()]
        what = "is a file, expected a directory" if target.is_file() else "does not exist"
        return f"the local directory {value.relative!r} {what}{did_you_mean(value.relative, near)}"
    linked = links(target)
    return f"{linked[0]!r} in {value.relative!r} is a link, expected files only" if linked else None


@rule
def check_local_files(subject: Subject) -> Iterator[Finding]:
    """Local files lie below the YAML's directory; existence is looked at where the YAML itself is on disk."""
    document = Path(subject.document.file)
    for path, value in find(subject.config, LocalFile):
        wrong = complaint(value, document.parent if document.is_file() else None)
        if wrong:
            yield path, wrong
