"""Which kind of file this is, and its check."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import Enum
from pathlib import Path
from typing import Any

from model_cicd.check.place import shown
from model_cicd.text.errors import Problem, ProblemsError, nearest
from model_cicd.text.source import Document, read_text, scan

SEEDFARMER_FILE = "seedfarmer.yaml"
#: where suites of tests between stages are, beside a pipeline (model_cicd.stage_tests.bundle)
SUITES = "tests/stage"


class Kind(Enum):
    """The files this command reads, and the top-level keys that tell them apart."""

    DEPLOYMENT = (
        "a deployment manifest",
        ("name", "nameGenerator", "toolchainRegion", "groups", "targetAccountMappings", "forceDependencyRedeploy"),
    )
    MODULE = ("a module manifest", ("name", "path", "parameters", "targetAccount", "targetRegion", "dataFiles"))
    SUITE = ("a suite of tests", ("rows", "load", "answer", "accuracy", "contentType", "accept"))
    PIPELINE = ("a pipeline", ("projectName", "pipeline", "modelPackageGroupName", "domainId", "domainArn"))


@dataclass(frozen=True)
class Report:
    """What a check found: problems in stable order, and the files that were read, as they are shown."""

    problems: tuple[Problem, ...]
    files: tuple[str, ...]


def check(paths: Iterable[Path]) -> Report:
    """Check each file and the files it names. Reads nothing but those; needs neither CDK nor AWS."""
    problems: list[Problem] = []
    files: list[str] = []
    for path in paths:
        problems += _File(path, files).problems()
    return Report(tuple(sorted(set(problems))), tuple(dict.fromkeys(files)))


class _File:
    """One path given to the command."""

    def __init__(self, path: Path, files: list[str]) -> None:
        self._path = _main_file(path)
        self._files = files
        self._root = _repository(self._path)

    def problems(self) -> list[Problem]:
        documents, problems = self._read(self._path)
        kind = _kind(documents)
        if kind is None:
            return problems or [Problem(shown(self._path), 0, "", _unknown(documents))]
        return problems + self._check(kind, documents)

    def _check(self, kind: Kind, documents: list[Document]) -> list[Problem]:
        # each checker is imported when its kind of file comes: a pipeline needs no manifest models and the reverse
        first = documents[0]
        if kind is not Kind.MODULE and len(documents) > 1:
            message = f"got {len(documents)} documents, expected {kind.value[0]} of one: a line '---' begins another"
            return [documents[1].problem((), message)]
        if kind is Kind.PIPELINE:
            from model_cicd.pipeline.checks import check_document

            return check_document(first) + self._suites()
        if kind is Kind.SUITE:
            return _suite_problems(first)
        if kind is Kind.DEPLOYMENT:
            from model_cicd.check.deployment import deployment_problems

            return deployment_problems(first, self._open_group, self._root)
        from model_cicd.check.modules import module_problems

        return [
            problem
            for document in documents
            for problem in module_problems(document, (), document.data, targets=None, root=self._root)
        ]

    def _suites(self) -> list[Problem]:
        """What is wrong with the suites beside a pipeline, which its training publishes."""
        found: list[Problem] = []
        for path in sorted((self._path.parent / SUITES).glob("*.yaml")):
            documents, problems = self._read(path)
            found += problems + (_suite_problems(documents[0]) if documents else [])
        return found

    def _open_group(self, path: str) -> tuple[list[Document], list[Problem]]:
        """The documents of a group's file; Seed-Farmer reads its path from the repository's root."""
        roots = [self._root] if self._root else [Path.cwd(), *self._path.absolute().parents]
        for root in roots:
            if (root / path).is_file():
                return self._read(root / path)
        raise FileNotFoundError(f"got {path!r}, expected a file with modules below {shown(roots[0])}")

    def _read(self, path: Path) -> tuple[list[Document], list[Problem]]:
        name = shown(path)
        self._files.append(name)
        try:
            return scan(read_text(path, name), name)
        except ProblemsError as error:
            return [], error.problems


def _suite_problems(document: Document) -> list[Problem]:
    from model_cicd.stage_tests.suite import parse

    _, wrong = parse(document.data, document.written.get)
    return [document.problem(where, message) for where, message in wrong]


def _main_file(path: Path) -> Path:
    """The file itself, or the one that is meant by its folder."""
    if path.is_dir():
        for name in ("deployment.yaml", "pipeline.yaml"):
            if (path / name).is_file():
                return path / name
    return path


def _repository(path: Path) -> Path | None:
    """The folder above `path` that has a seedfarmer.yaml."""
    return next((each for each in path.absolute().parents if (each / SEEDFARMER_FILE).is_file()), None)


def _kind(documents: list[Document]) -> Kind | None:
    """The kind whose keys the first document has most of, misspelt ones counted half."""
    keys: list[Any] = next((list(each.data) for each in documents if isinstance(each.data, dict)), [])
    scores = {kind: sum(_score(key, kind) for key in keys) for kind in Kind}
    best = max(scores, key=lambda kind: scores[kind])
    return best if scores[best] > 1 or (scores[best] == 1 and "name" not in keys) else None


def _score(key: object, kind: Kind) -> float:
    names = kind.value[1]
    text = str(key)
    camel = "".join(part if i == 0 else part.capitalize() for i, part in enumerate(text.split("_")))
    if camel in names:
        return 1
    return 0.5 if nearest(text, names) else 0


def _unknown(documents: list[Document]) -> str:
    expected = "; ".join(f"{kind.value[0]} ({', '.join(kind.value[1][:4])}, ...)" for kind in Kind)
    if all(each.data is None for each in documents):
        return f"got an empty file, expected {expected}"
    if isinstance(documents[0].data, list):
        return f"got a list, expected {expected}; modules are documents of their own, with a line '---' between them"
    return f"got a file of an unknown kind, expected {expected}"
