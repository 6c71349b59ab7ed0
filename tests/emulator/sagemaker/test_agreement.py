"""`check`, `compile`, `rehearse pipeline` and a deployed pipeline say the same of each input that once divided them.

One member of each kind; the kinds have tests of their own where they are done.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import yaml
from botocore.exceptions import ClientError

from tests.emulator.sagemaker.conftest import Lab

BIN = Path(sys.executable).parent
CODE = "s3://registry-111111111111/agreement"
REFUSED = "refused"  # before anything runs
#: a row of a training file: the label first
ROWS = "\n".join(f"{number % 7},{number},{number * 2}" for number in range(40)) + "\n"
SETUP = "from setuptools import setup; setup(name='own', version='1.0', py_modules=['own'])"
INSTALLS = f"""
import pathlib, subprocess, sys
folder = pathlib.Path('/tmp/own'); folder.mkdir()
(folder / 'setup.py').write_text({SETUP!r}); (folder / 'own.py').write_text('VALUE = 7')
subprocess.run([sys.executable, '-m', 'pip', 'install', '--no-build-isolation', '--no-index', str(folder)], check=True)
subprocess.run([sys.executable, '-c', 'import own; assert own.VALUE == 7'], check=True)
"""


Change = Callable[[dict[str, Any]], None]


@dataclass(frozen=True)
class Case:
    """Steps as YAML, how their execution ends or that they are refused, and a word of the reason.

    `compiled` is what `check` and `compile` say where that differs: they cannot know, or refuse what fails later. Where
    they refuse, `like` are steps that compile, and `change` makes of their definition what was refused.
    """

    steps: str
    outcome: str
    says: str = ""
    compiled: str = ""
    parameters: str = "[]"
    like: str = ""
    change: Change = lambda definition: None

    @property
    def compiles(self) -> bool:
        return (self.compiled or self.outcome) != REFUSED


def job(name: str, script: str = "show.py", more: str = "", head: str = "") -> str:
    return f"""
- name: {name}
  type: Processing
  {head}
  processing: {{imageUri: "xgboost:1.7-1", instanceType: ml.m5.large, scriptS3Uri: "{CODE}/{script}", {more}}}
"""


def gate(name: str, condition: str, then: str, other: str = "") -> str:
    return f"""
- name: {name}
  type: Condition
  condition:
    conditions: [{condition}]
    ifSteps: [{then}]
    elseSteps: [{other}]
"""


def training(version: str) -> str:
    return f"""
- name: Train
  type: Training
  training:
    imageUri: "683313688378.dkr.ecr.us-east-1.amazonaws.com/sagemaker-xgboost:{version}"
    instanceType: ml.m5.large
    hyperparameters: {{num_round: 1, silent: 1}}
    inputChannels: [{{channelName: train, s3Uri: "{CODE}/train", contentType: text/csv}}]
"""


STOP = "- {name: Stop, type: Fail, fail: {errorMessage: not here}}\n"
STAGE = "[{name: Stage, defaultValue: dev}]"
IS_PROD = "{operator: Equals, value: {parameter: Stage}, threshold: prod}"
IS_DEV = IS_PROD.replace("prod", "dev")


def waits_for_the_gate(definition: dict[str, Any]) -> None:
    step(definition, "Report")["DependsOn"] = ["Gate"]


def nests(definition: dict[str, Any]) -> None:
    inner = step(definition, "Inner")
    definition["Steps"].remove(inner)
    step(definition, "Gate")["Arguments"]["IfSteps"] = [inner]


def empties(definition: dict[str, Any]) -> None:
    step(definition, "Show")["Arguments"]["AppSpecification"]["ContainerArguments"] = ["--say", ""]


def keeps_for_t5(definition: dict[str, Any]) -> None:
    step(definition, "Show")["CacheConfig"] = {"Enabled": True, "ExpireAfter": "T5"}


def step(definition: dict[str, Any], name: str) -> dict[str, Any]:
    return next(each for each in definition["Steps"] if each["Name"] == name)


CASES = {
    "not": Case(
        gate("Gate", f"{{not: {IS_PROD}}}", "Inside", "Stop") + job("Inside") + STOP, "Succeeded", parameters=STAGE
    ),
    "not of or": Case(
        gate("Gate", f"{{not: {{or: [{IS_PROD}, {IS_DEV}]}}}}", "Inside", "Stop") + job("Inside") + STOP,
        "Failed",
        "not here",
        compiled="Succeeded",
        parameters=STAGE,
    ),
    "after a condition": Case(
        gate("Gate", IS_DEV, "Inside") + job("Inside") + job("Report", head="dependsOn: [Gate]"),
        REFUSED,
        "Gate",
        parameters=STAGE,
        like=gate("Gate", IS_DEV, "Inside") + job("Inside") + job("Report"),
        change=waits_for_the_gate,
    ),
    "nested conditions": Case(
        gate("Gate", IS_DEV, "Inner") + gate("Inner", IS_DEV, "Inside") + job("Inside"),
        REFUSED,
        "nested",
        parameters=STAGE,
        like=gate("Gate", IS_DEV, "") + gate("Inner", IS_DEV, "Inside") + job("Inside"),
        change=nests,
    ),
    "empty argument": Case(
        job("Show", more='arguments: ["--say", ""]'),
        "Failed",
        "ContainerArguments",
        compiled=REFUSED,
        like=job("Show"),
        change=empties,
    ),
    "silent, 1.0-1": Case(training("1.0-1"), "Succeeded"),
    "silent, 1.7-1": Case(training("1.7-1"), "Failed", "silent", compiled="Succeeded"),
    "cached for 30d": Case(job("Show", head="cache: {enabled: true, expireAfter: 30d}"), "Succeeded"),
    "cached for T5": Case(
        job("Show", head="cache: {enabled: true, expireAfter: T5}"),
        REFUSED,
        "ExpireAfter",
        like=job("Show"),
        change=keeps_for_t5,
    ),
    "source distribution": Case(job("Install", "install.py"), "Succeeded"),
}


def pipeline(case: Case, steps: str) -> dict[str, Any]:
    parameters = yaml.safe_load(case.parameters)
    return {"projectName": "agreement", "pipeline": {"parameters": parameters, "steps": yaml.safe_load(steps)}}


def run(*command: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    words = [str(BIN / command[0]), *command[1:]]
    return subprocess.run(words, cwd=cwd, capture_output=True, text=True, timeout=120, check=False)


@pytest.fixture(scope="module")
def code(lab: Lab, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What the steps run and read, as a folder and in S3."""
    folder = tmp_path_factory.mktemp("agreement")
    for name, text in (("show.py", "print('here')\n"), ("install.py", INSTALLS), ("train/rows.csv", ROWS)):
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_text(text)
        lab.put(f"agreement/{name}", text)
    return folder


@pytest.fixture(params=sorted(CASES))
def case(request: pytest.FixtureRequest) -> Case:
    return CASES[request.param]


def test_they_agree(case: Case, lab: Lab, code: Path, tmp_path: Path) -> None:
    file = tmp_path / "pipeline.yaml"
    file.write_text(yaml.safe_dump(pipeline(case, case.steps)))
    place = ("--region", lab.region, "--bucket", lab.bucket)
    checked = run("model-cicd", "check", str(file), cwd=tmp_path)
    made = run("model-cicd", "compile", file.name, *place, cwd=tmp_path)
    assert (checked.returncode, made.returncode) == ((0, 0) if case.compiles else (1, 1)), checked.stdout + made.stderr
    if case.like:
        file.write_text(yaml.safe_dump(pipeline(case, case.like)))
        made = run("model-cicd", "compile", file.name, *place, cwd=tmp_path)
    definition = json.loads(made.stdout)
    case.change(definition)
    (tmp_path / "definition.json").write_text(json.dumps(definition))
    here = run("rehearse", "pipeline", "definition.json", "--upload", f"{code}={CODE}", cwd=tmp_path)
    there, reason = deployed(lab, definition)
    said = here.stdout + here.stderr
    codes = {"Succeeded": 0, "Failed": 1, REFUSED: 2}
    assert (there, here.returncode) == (case.outcome, codes[case.outcome]), said + reason
    assert case.says in said and case.says in reason
    assert "Traceback" not in said + checked.stderr


def deployed(lab: Lab, definition: dict[str, Any]) -> tuple[str, str]:
    """How an execution of the definition ends in the embedded AWS, or that it is refused; and what is said."""
    name = f"agreement-{len(lab.sagemaker.list_pipelines(MaxResults=100)['PipelineSummaries'])}"
    try:
        lab.sagemaker.create_pipeline(PipelineName=name, PipelineDefinition=json.dumps(definition), RoleArn=lab.role)
    except ClientError as error:
        return REFUSED, str(error)
    arn = lab.start(name)
    ended = lab.wait(arn)
    return str(ended["PipelineExecutionStatus"]), json.dumps([ended, lab.steps(arn)], default=str)
