"""Manifests nobody would write: refused in words or carried through harmlessly, never a crash.

Hypothesis prints the input of a failure, shrunk. https://hypothesis.readthedocs.io
"""

from __future__ import annotations

import dataclasses
import json
import math
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from model_cicd.aws.resources import BuildPipeline
from model_cicd.check.files import check
from model_cicd.sagemaker_model_cicd.settings.load import load
from model_cicd.sagemaker_model_cicd.settings.parameters import ModelCicdSettings
from model_cicd.sagemaker_model_cicd.topology import Topology, build
from model_cicd.text.errors import Problem, ProblemsError

from .strategies import HOSTILE, mutated

VALID: dict[str, Any] = {
    "infra-repo": {"host": "codecommit", "name": "infra", "branch": "main"},
    "model-build-repo": {"host": "codecommit", "name": "training", "create": True},
    "deployment-groups": [
        {
            "name": "research",
            "sourceBranch": "dev",
            "buildEnvironment": {"name": "lab", "account": "123456789012", "region": "us-east-1", "type": "dev"},
            "deployEnvironments": [{"name": "try-out", "account": "123456789013", "type": "dev"}],
            "pipelineParameters": {"InputDataUrl": "s3://data/set.csv", "Rounds": 5},
        },
        {
            "name": "live",
            "sourceBranch": "main",
            "buildEnvironment": {"name": "train", "account": "123456789015", "region": "us-east-1", "type": "preprod"},
            "deployEnvironments": [
                {"name": "approval", "account": "123456789016", "type": "preprod", "region": "us-east-1"},
                {
                    "name": "shop",
                    "account": "123456789017",
                    "type": "prod",
                    "endpoint": {"instanceType": "ml.m5.large", "instanceCount": 2},
                    "requireApproval": True,
                },
            ],
            "schedule": "rate(7 days)",
            "networkConfig": {"enableNetworkIsolation": True},
        },
    ],
    "organization-id": "o-a1b2c3d4e5",
    "custom-tags": {"team": "pricing"},
}
CONTEXT = {
    "SEEDFARMER_PROJECT_NAME": "mlops",
    "SEEDFARMER_DEPLOYMENT_NAME": "local",
    "SEEDFARMER_MODULE_NAME": "models-price",
    "CDK_DEFAULT_ACCOUNT": "123456789010",
    "CDK_DEFAULT_REGION": "us-east-1",
}


def problems_of_file(text: str) -> tuple[Problem, ...]:
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder, "modules.yaml")
        file.write_text(text, encoding="utf-8", errors="surrogateescape")
        return check([file]).problems


def manifest(parameters: Any) -> str:
    listed = [{"name": name, "value": value} for name, value in parameters.items()]
    module = {"name": "price", "path": "modules/sagemaker/sagemaker-model-cicd", "parameters": listed}
    return yaml.safe_dump(module, allow_unicode=True)


def environment(parameters: Any) -> dict[str, str]:
    """The variables that Seed-Farmer makes of parameters: text as it is, everything else as JSON."""
    variables = dict(CONTEXT)
    for name, value in parameters.items():
        variable = "SEEDFARMER_PARAMETER_" + re.sub("-", "_", name).upper()
        variables[variable] = value if isinstance(value, str) else json.dumps(value)
    return variables


@given(st.text(alphabet=st.sampled_from("ab:- \n\t{}[]&*!|>'\"%#@`,?0.~\\é\x07\u2028"), max_size=60))
def test_any_text_is_read_or_refused_with_its_place(text: str) -> None:
    for problem in problems_of_file(text):
        assert problem.message
        assert problem.file.endswith("modules.yaml")


@given(st.data())
def test_a_manifest_with_some_characters_changed_is_read_or_refused(data: st.DataObject) -> None:
    text = manifest(VALID)
    for _ in range(data.draw(st.integers(1, 4))):
        at = data.draw(st.integers(0, len(text) - 1))
        text = (
            text[:at] + data.draw(st.sampled_from(["", "\t", ":", "- ", "{", "'", "*x ", "&x ", "\n"])) + text[at + 1 :]
        )
    assert all(problem.message for problem in problems_of_file(text))


@given(mutated(VALID))
def test_check_and_module_agree_and_what_they_accept_every_service_takes(parameters: dict[str, Any]) -> None:
    try:
        env = environment(parameters)
        settings_, context = load(env)
    except ProblemsError as error:
        assert error.problems
        refused = True
    else:
        refused = False
        for name in names(build(settings_, context)):
            name.verify()
    if "${" not in repr(parameters) and not _reads_otherwise(parameters):
        assert bool(problems_of_file(manifest(parameters))) is refused


def _reads_otherwise(parameters: dict[str, Any]) -> bool:
    """Whether a manifest says something else than its parameters do as variables: names fold there, JSON has no NaN."""
    folded = [re.sub("-", "_", name).upper() for name in parameters]
    known = {each.alias for each in ModelCicdSettings.model_fields.values()}
    odd = any(name not in known and name.replace("_", "-").lower() in known for name in parameters)
    return len({*folded}) < len(folded) or odd or _has_odd_number(parameters)


def _has_odd_number(value: Any) -> bool:
    if isinstance(value, dict):
        return any(map(_has_odd_number, value.values()))
    if isinstance(value, list):
        return any(map(_has_odd_number, value))
    return isinstance(value, float) and not math.isfinite(value)


@dataclasses.dataclass(frozen=True)
class Named:
    """A derived name and the pattern in the API reference of its service."""

    name: str
    pattern: str

    def verify(self) -> None:
        assert re.fullmatch(self.pattern, self.name, re.ASCII), f"{self.name!r} is not {self.pattern}"


def names(topology: Topology) -> Iterator[Named]:
    """The names in a topology that AWS has limits for, with patterns copied from the API references."""
    hyphenated = r"[a-zA-Z0-9](-*[a-zA-Z0-9]){0,%d}"
    found = [topology.tooling.infra, *(group.training for group in topology.groups)]
    pipelines: list[BuildPipeline] = [each for each in found if each]
    pipelines += [group.promotion.pipeline for group in topology.groups]
    for pipeline in pipelines:
        yield Named(pipeline.artifacts.bucket.name, r"[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]")
        yield Named(pipeline.artifacts.key_alias.name, r"alias/[a-zA-Z0-9/_-]{1,250}")
        yield Named(pipeline.source_role.name, r"[\w+=,.@-]{1,64}")
    yield Named(topology.tooling.stack_name, r"[a-zA-Z][-a-zA-Z0-9]{0,127}")
    yield Named(topology.tooling.model_build_repository.name, r"[\w\.-]{1,100}")
    for group in topology.groups:
        yield Named(group.models.name, hyphenated % 62)
        yield Named(group.sagemaker_pipeline.name, hyphenated % 255)
        yield Named(group.registry.bucket.name, r"[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]")
        yield Named(group.registry.key_alias.name, r"alias/[a-zA-Z0-9/_-]{1,250}")
        assert group.training and group.training.push_rule
        yield Named(group.training.name, r"[A-Za-z0-9.@\-_]{1,100}")
        yield Named(group.training.push_rule, r"[\.\-_A-Za-z0-9]{1,64}")
        yield Named(group.parameter("x"), r"/[a-zA-Z0-9_.\-/]{1,1010}")
        for stack in (group.build_stack_name, group.tooling_stack_name):
            yield Named(stack, r"[a-zA-Z][-a-zA-Z0-9]{0,127}")
        for role in (group.registry.execution_role, group.start_role, group.training.role):
            yield Named(role.name, r"[\w+=,.@-]{1,64}")
        for target in group.promotion.targets:
            yield Named(target.endpoint.name, hyphenated % 62)
            yield Named(target.stack_name, r"[a-zA-Z][-a-zA-Z0-9]{0,127}")
            yield Named(target.stage_name, r"[A-Za-z0-9.@\-_]{1,100}")
            yield Named(target.model_execution_role.name, r"[\w+=,.@-]{1,64}")
            yield Named(target.errors_alarm_name, r"[ -~]{1,255}")
        yield Named(group.promotion.trigger.state_machine.name, r"[A-Za-z0-9_-]{1,80}")
        yield Named(group.promotion.pipeline.name, r"[A-Za-z0-9.@\-_]{1,100}")
        for environment_ in (group.build, *group.deploy):
            yield Named(environment_.account, r"\d{12}")


@pytest.mark.programs
@given(st.sampled_from(HOSTILE) | st.text(alphabet=st.sampled_from("ab/.-~^:?*[\\@{ \t\x7fé"), min_size=1, max_size=12))
def test_a_branch_is_accepted_only_if_git_takes_it(branch: str) -> None:
    parameters = VALID | {"deployment-groups": [VALID["deployment-groups"][0] | {"sourceBranch": branch}]}
    try:
        load(environment(parameters))
    except ProblemsError:
        return
    assert "\0" not in branch
    taken = subprocess.run(["git", "check-ref-format", f"refs/heads/{branch}"], check=False)
    assert taken.returncode == 0, f"git refuses the branch {branch!r}"
    assert not branch.startswith("-"), "git commands would read it as an option"


def test_what_is_mutated_is_valid() -> None:
    settings_, context = load(environment(VALID))
    assert len(build(settings_, context).groups) == 2
    assert problems_of_file(manifest(VALID)) == ()


@pytest.mark.programs
@pytest.mark.parametrize("place", ["name", "parameters", "value", "whole"])
def test_aliases_that_multiply_cost_nothing(tmp_path: Path, place: str) -> None:
    """Nine lists of nine aliases each: a billion entries for who copies them. A gigabyte and a minute of CPU is all."""
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]" for n in range(1, 10)]
    bomb = "\n".join(lines)
    text = {
        "name": f"{bomb}\nname: *a9\npath: modules/sagemaker/sagemaker-model-cicd\n",
        "parameters": f"{bomb}\nname: x\npath: modules/sagemaker/sagemaker-model-cicd\nparameters: *a9\n",
        "value": f"{bomb}\nname: x\npath: modules/sagemaker/sagemaker-model-cicd\nparameters:\n"
        "  - {name: deployment-groups, value: *a9}\n  - {name: custom-tags, value: {x: *a9}}\n",
        "whole": bomb,
    }[place]
    (tmp_path / "modules.yaml").write_text(text, encoding="utf-8")
    command = Path(sys.executable).with_name("model-cicd")
    ended = subprocess.run(
        ["bash", "-c", 'ulimit -v 1000000 -t 60; exec "$0" "$@"', command, "check", "modules.yaml"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert ended.returncode == 1, ended.stderr
    assert "Traceback" not in ended.stderr
    assert "modules.yaml" in ended.stdout
