"""Reads the file that is to be run: a definition in JSON, or a pipeline YAML that the compiler turns into one."""

from __future__ import annotations

import re
import sys
from pathlib import Path

from rehearsal.local.options import Options, UsageError
from rehearsal.sagemaker.pipelines import definition
from rehearsal.sagemaker.pipelines.definition import Definition
from rehearsal.sagemaker.shapes import nearest

_ROLE = re.compile(r"arn:aws[a-z-]*:iam::(\d{12}):role/")
_IMAGE = re.compile(r"\d{12}\.dkr\.ecr\.([a-z0-9-]+)\.amazonaws\.com")
_ACCOUNT, _REGION = "111122223333", "us-east-1"  # where the definition names none


def load(options: Options, scratch: Path) -> str:
    """The definition's text. Raises UsageError."""
    if options.file.suffix in (".yaml", ".yml"):
        return _compiled(options, scratch)
    try:
        return options.file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"{options.file}: cannot be read: {error}") from None


def check(options: Options, text: str) -> Definition:
    """The definition, with which the options agree. Raises UsageError that names every problem."""
    wrong = [f"{options.file}: {problem}" for problem in definition.problems(text)]
    if wrong:
        raise UsageError(*wrong)
    found = definition.parse(text)
    named = {
        "stub": options.stubs, "requirements": options.requirements, "fault": options.faults
    }  # fmt: skip
    for option, values in named.items():
        for step in values:
            if step not in found.steps:
                wrong.append(f"--{option} {step}: there is no such step{nearest(step, found.steps)}")
    if wrong:
        raise UsageError(*wrong)
    return found


def place(text: str, parameters: dict[str, str]) -> tuple[str, str]:
    """Account and region: those of the first role and the first image that are named anywhere."""
    everything = "\n".join([text, *parameters.values()])
    account, region = _ROLE.search(everything), _IMAGE.search(everything)
    return account[1] if account else _ACCOUNT, region[1] if region else _REGION


def role(text: str, account: str) -> str:
    """The role that the pipeline itself acts as: a name that says so."""
    return f"arn:aws:iam::{account}:role/rehearse-pipeline"


def _compiled(options: Options, scratch: Path) -> str:
    program = Path(sys.executable).with_name("model-cicd")
    if not program.exists():
        raise UsageError(f"{options.file}: a pipeline YAML needs the command model-cicd beside {sys.executable}")
    raise UsageError(f"{options.file}: compile it first")
