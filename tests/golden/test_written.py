"""What the command writes, as golden files: definitions that stand alone, templates, Terraform and drawings.

A change that is meant: `UPDATE_GOLDEN=1 pytest tests/golden`, and read the difference.
"""

from __future__ import annotations

import contextlib
import io
import os
from dataclasses import dataclass
from pathlib import Path

import pytest

from model_cicd.cli import main

REPOSITORY = Path(__file__).parents[2]
EXAMPLES = REPOSITORY.parent / "shared" / "examples"
CASES_DIRECTORY = Path(__file__).parent / "cases"
WRITTEN = Path(__file__).parent / "written"
ACCOUNTS = ("--param", "context:account-2=222233334444", "--param", "context:account-3=333344445555")


@dataclass(frozen=True)
class Case:
    """A file, the options it is compiled with, and the name of what comes of it."""

    name: str
    path: Path
    options: tuple[str, ...] = ()


CASES = [
    Case("minimal.json", EXAMPLES / "sagemaker-pipeline-minimal.yaml"),
    Case("comprehensive.json", EXAMPLES / "sagemaker-pipeline-comprehensive.yaml"),
    Case(
        "comprehensive-given.json",
        EXAMPLES / "sagemaker-pipeline-comprehensive.yaml",
        (
            *("--bucket", "models", "--role-arn", "arn:aws:iam::111122223333:role/jobs", "--kms-key", "alias/models"),
            *("--pipeline-name", "mine", "--param", "InputDataUrl=s3://test-bucket/other.csv"),
        ),
    ),
    Case(
        "comprehensive.template.json",
        EXAMPLES / "sagemaker-pipeline-comprehensive.yaml",
        ("--to", "cloudformation", *ACCOUNTS),
    ),
    Case("comprehensive.tf.json", EXAMPLES / "sagemaker-pipeline-comprehensive.yaml", ("--to", "terraform", *ACCOUNTS)),
    Case("comprehensive.svg", EXAMPLES / "sagemaker-pipeline-comprehensive.yaml", ("--graph", "svg")),
    Case("types.template.json", CASES_DIRECTORY / "types.yaml", ("--to", "cloudformation", "--region", "us-east-1")),
    Case("types.tf.json", CASES_DIRECTORY / "types.yaml", ("--to", "terraform", "--region", "us-east-1")),
    Case("types.mmd", CASES_DIRECTORY / "types.yaml", ("--graph", "mermaid")),
    Case(
        "settings.template.json",
        CASES_DIRECTORY / "settings.yaml",
        ("--to", "cloudformation", "--region", "us-east-1", "--param", "environment=dev"),
    ),
    Case(
        "settings.tf.json",
        CASES_DIRECTORY / "settings.yaml",
        ("--to", "terraform", "--region", "us-east-1", "--param", "environment=dev"),
    ),
    Case("expressions.template.json", CASES_DIRECTORY / "expressions.yaml", ("--to", "cloudformation")),
    Case("expressions.mmd", CASES_DIRECTORY / "expressions.yaml", ("--graph", "mermaid")),
]


def written(case: Case) -> str:
    if not case.path.exists():
        pytest.skip(f"{case.path.name} is not there")
    out = io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(io.StringIO()):
        assert main(["compile", str(case.path), *case.options]) == 0
    return out.getvalue()


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_what_is_written_is_the_golden_file(case: Case) -> None:
    text, golden = written(case), WRITTEN / case.name
    if os.environ.get("UPDATE_GOLDEN"):
        golden.write_text(text, encoding="utf-8")
    assert text == golden.read_text(encoding="utf-8")


def test_every_golden_file_belongs_to_a_case() -> None:
    assert {path.name for path in WRITTEN.iterdir()} == {case.name for case in CASES}
