"""All suites of a commit in one JSON file, known by its digest: what a training publishes and a release takes along."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from model_cicd.aws.resources import CODE
from model_cicd.stage_tests.suite import Suite, parse
from model_cicd.text import source
from model_cicd.text.errors import ModelCicdError, ProblemsError, did_you_mean

#: of a training repository, beside pipeline.yaml
FOLDER = "tests/stage"
#: name in a version's metadata, whose value is the digest
PROPERTY = "StageTests"
#: the file's name wherever it lies by itself
FILE = "stage-tests.json"
#: bytes
LARGEST = 1_000_000


@dataclass(frozen=True)
class Bundle:
    """The file's bytes."""

    content: bytes

    @property
    def digest(self) -> str:
        """`sha256:<64 digits>`."""
        return digest_of(self.content)


def digest_of(content: bytes) -> str:
    """`sha256:<64 digits>` of the file's bytes."""
    return f"sha256:{hashlib.sha256(content).hexdigest()}"


def key(digest: str) -> str:
    """Where a training publishes the file with that digest, below the registry's folder of code."""
    return f"{CODE}stage-tests/{digest.removeprefix('sha256:')}.json"


def collect(directory: Path) -> Bundle | None:
    """The suites of a training repository at `directory`, None where it has none.

    Raises ProblemsError with everything that is wrong in them.
    """
    suites: dict[str, Any] = {}
    problems = []
    for path in sorted((directory / FOLDER).glob("*.yaml")):
        document = source.load(path)
        _, wrong = parse(document.data, lambda where, of=document: of.written.get(where))  # type: ignore[misc]
        problems += [document.problem(where, message) for where, message in wrong]
        suites[path.stem] = document.data
    if problems:
        raise ProblemsError(problems)
    if not suites:
        return None
    content = json.dumps({"suites": suites}, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()
    if len(content) > LARGEST:
        raise ModelCicdError(f"{FOLDER}: the suites have {len(content):,} bytes, expected at most {LARGEST:,}")
    return Bundle(content)


def read(content: bytes, digest: str) -> Mapping[str, Any]:
    """The suites by name in bytes that have to have `digest`. Raises ModelCicdError where they have not."""
    if digest_of(content) != digest:
        raise ModelCicdError(f"the suites have the digest {digest_of(content)}, expected {digest}")
    found: Mapping[str, Any] = json.loads(content)["suites"]
    return found


def chosen(suites: Mapping[str, Any], name: str) -> Suite:
    """The suite `name`. Raises ModelCicdError where there is none, or where it is not right."""
    if name not in suites:
        known = ", ".join(sorted(suites)) or "none"
        raise ModelCicdError(
            f"there is no suite {name!r} ({FOLDER}/{name}.yaml) at the version's commit{did_you_mean(name, suites)}; "
            f"it has: {known}"
        )
    suite, wrong = parse(suites[name])
    if suite is None:
        said = "; ".join(f"{source.format_path(where)}: {message}" for where, message in wrong)
        raise ModelCicdError(f"suite {name}: {said}")
    return suite
