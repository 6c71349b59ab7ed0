"""Reads the file that is to be run: a definition in JSON, or a pipeline YAML that the compiler turns into one."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from rehearsal.errors import UsageError
from rehearsal.local.options import Options
from rehearsal.sagemaker.pipelines import definition_reader, stubs
from rehearsal.sagemaker.pipelines.definition import Definition
from rehearsal.sagemaker.shapes import nearest

_ROLE = re.compile(r"arn:aws[a-z-]*:iam::(\d{12}):role/")
_IMAGE = re.compile(r"\d{12}\.dkr\.ecr\.([a-z0-9-]+)\.amazonaws\.com")
_ACCOUNT, _REGION = "111122223333", "us-east-1"  # where the definition names none
_BUCKET = "rehearsal-artifacts"  # of the files and outputs of a YAML


@dataclass(frozen=True)
class Document:
    """A definition's text, the files it brings along, and the parameters that an execution of it takes."""

    text: str
    files: dict[str, Path]
    parameters: dict[str, str]


def load(options: Options, scratch: Path) -> Document:
    """Read or compile. Raises UsageError."""
    if options.file.suffix in (".yaml", ".yml"):
        return _compiled(options, scratch)
    try:
        return Document(options.file.read_text(encoding="utf-8"), {}, options.parameters)
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"{options.file}: cannot be read: {error}") from None


def check(options: Options, text: str) -> Definition:
    """The definition, with which the options agree. Raises UsageError that names every problem."""
    wrong = [f"{options.file}: {problem}" for problem in definition_reader.problems(text)]
    if wrong:
        raise UsageError(*wrong)
    found = definition_reader.parse(text)
    named: dict[str, Iterable[str]] = {
        "stub": options.steps.stubs, "requirements": options.steps.requirements, "fault": options.faults,
        "entrypoint": options.steps.entrypoints, "stub-output": [each.step for each in options.steps.outputs],
    }  # fmt: skip
    for option, values in named.items():
        for step in values:
            if step not in found.steps:
                wrong.append(f"--{option} {step}: there is no such step{nearest(step, found.steps)}")
    wrong += stubs.problems(found, options.steps.outputs, options.steps.stubs)
    if wrong:
        raise UsageError(*wrong)
    return found


def place(text: str, parameters: dict[str, str]) -> tuple[str, str]:
    """Account and region: those of the first role and the first image that are named anywhere."""
    everything = "\n".join([text, *parameters.values()])
    account, region = _ROLE.search(everything), _IMAGE.search(everything)
    return account[1] if account else _ACCOUNT, region[1] if region else _REGION


def role(account: str) -> str:
    """The role that the pipeline itself acts as: a name that says so."""
    return f"arn:aws:iam::{account}:role/rehearse-pipeline"


def _compiled(options: Options, scratch: Path) -> Document:
    """The YAML as `model-cicd compile` writes it, a process of its own: the two packages share no code."""
    program = Path(sys.executable).with_name("model-cicd")
    if not program.exists():
        raise UsageError(f"{options.file}: a pipeline YAML needs the command model-cicd beside {sys.executable}")
    definition_file, assets_file = scratch / "definition.json", scratch / "assets.json"
    command = [
        str(program), "compile", str(options.file), "--to", "json", "--output", str(definition_file),
        "--assets", str(assets_file), "--bucket", _BUCKET, "--region", _REGION, "--account", _ACCOUNT,
        "--role-arn", role(_ACCOUNT),
    ]  # fmt: skip
    for name, value in options.parameters.items():
        command += ["--param", f"{name}={value}"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    said = done.stderr.strip()
    if done.returncode:
        raise UsageError(*(said.splitlines() or [f"{options.file}: model-cicd compile ended with {done.returncode}"]))
    if said:
        print(said, file=sys.stderr)
    text = definition_file.read_text(encoding="utf-8")
    assets = json.loads(assets_file.read_text(encoding="utf-8"))
    declared = {row["Name"] for row in json.loads(text).get("Parameters", [])}
    # a value with a file of its own (`file:data.csv`) is the default in the definition already
    given = {
        name: value for name, value in options.parameters.items() if name in declared and not value.startswith("file:")
    }
    return Document(text, {uri: Path(path) for uri, path in assets.items()}, given)
