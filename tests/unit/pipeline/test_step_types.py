"""Step types are records in a registry: what they say of the service is what the service's own model says."""

from __future__ import annotations

import contextlib
import dataclasses
import importlib
import pkgutil
from collections.abc import Iterator
from typing import Any

import botocore.session
import pytest

from model_cicd.access import expected
from model_cicd.access.declared_pipelines import DECLARED_ROLE
from model_cicd.access.execution_role_resources import ExecutionRoleResources
from model_cicd.aws.place import Place
from model_cicd.pipeline import steps
from model_cicd.pipeline.checks import check_document
from model_cicd.pipeline.execution_role_actions import execution_role_actions
from model_cicd.pipeline.needs import Needs
from model_cicd.pipeline.permissions import permissions
from model_cicd.pipeline.rights import IMAGES, READ, WRITE, Right
from model_cicd.pipeline.schema import KINDS
from model_cicd.pipeline.steps.base import StepType
from model_cicd.pipeline.steps.registry import TYPES
from model_cicd.text.errors import ModelCicdError
from model_cicd.text.source import parse
from tests.golden.test_definitions import CASES, CONTEXT, compiled, config_of, steps_of
from tests.unit.pipeline.test_docs import text as page

#: what describing a step's job or resource is called
DESCRIBED = {
    "Processing": "DescribeProcessingJob",
    "Training": "DescribeTrainingJob",
    "Tuning": "DescribeHyperParameterTuningJob",
    "RegisterModel": "DescribeModelPackage",
    "Model": "DescribeModel",
    "Transform": "DescribeTransformJob",
    "AutoML": "DescribeAutoMLJob",
}
# https://docs.aws.amazon.com/sagemaker/latest/dg/build-and-manage-properties.html: what the service adds by itself
ADDED = {"Tuning": {"TrainingJobSummaries"}, "AutoML": {"BestCandidateProperties"}}


@pytest.mark.parametrize("name", DESCRIBED)
def test_properties_are_those_of_the_answer_that_describes_the_step(name: str) -> None:
    service = botocore.session.get_session().get_service_model("sagemaker")
    shape = service.operation_model(DESCRIBED[name]).output_shape
    assert shape is not None
    assert KINDS[name].properties == set(shape.members) | ADDED.get(name, set())


def test_names_and_keys_are_unique_and_createmodel_is_another_word_for_model() -> None:
    assert len({kind.key for kind in TYPES}) == len({kind.name for kind in TYPES}) == len(TYPES)
    assert KINDS["CreateModel"] is KINDS["Model"]


@pytest.mark.parametrize("kind", TYPES, ids=lambda kind: kind.name)
def test_a_type_without_its_block_and_with_a_misspelt_one_is_told_so(kind: object) -> None:
    name, key = kind.name, kind.key  # type: ignore[attr-defined]
    text = f"projectName: p\npipeline:\n  steps:\n    - name: One\n      type: {name}\n"
    bare = [each.message for each in check_document(parse(text, "p.yaml"))]
    assert f"step 'One' is of type {name}, expected the key {key!r}" in bare
    misspelt = [each.message for each in check_document(parse(f"{text}      {key}x: {{}}\n", "p.yaml"))]
    assert any(f"unknown key (did you mean {key!r}?)" in each for each in misspelt), misspelt


def test_an_unknown_type_has_the_nearest_spelling() -> None:
    text = "projectName: p\npipeline:\n  steps: [{name: One, type: Tranform}]\n"
    [problem] = check_document(parse(text, "p.yaml"))
    assert "got 'Tranform'" in problem.message
    assert "(did you mean 'Transform'?)" in problem.message


ENVIRONMENT = dataclasses.replace(CONTEXT, place=Place("aws", "111122223333", "us-east-1"))


def used(kind: StepType[Any]) -> Needs:
    """What steps of a type need in the golden cases."""
    found: list[Needs] = []
    for case in CASES:
        config = config_of(case)
        found.append(Needs(config, ENVIRONMENT))
        for step in config.pipeline.steps:
            if step.kind is kind and step.block is not None:
                with contextlib.suppress(ModelCicdError):  # an S3 URI that only a run knows
                    kind.needs(step, step.block, found[-1])
    first, *others = found
    for each in others:
        for name in ("jobs", "reads", "writes", "repositories", "groups", "baseline_groups", "more"):
            getattr(first, name).update(getattr(each, name))
    return first


def targets() -> set[str]:
    """The kinds of target that `model-cicd access` makes of each step of the golden cases by itself."""
    here, found = Place("aws", "111122223333", "us-east-1"), set()
    for definition in map(compiled, CASES):
        for step in steps_of(definition):
            work = execution_role_actions({**definition, "Steps": [step]})
            found |= {each.kind for each in ExecutionRoleResources(here, "x", work, "", (), None, frozenset()).all()}
    return found


def missing(kind: StepType[Any], made: set[str]) -> Iterator[str]:
    """The parts of a step type that are forgotten, each with where it belongs."""
    where = f"model_cicd/pipeline/steps: the type {kind.name}"
    rights, needs = kind.rights, used(kind)
    if not any(step.kind is kind for case in CASES for step in config_of(case).pipeline.steps):
        yield f"{where} has no golden case: put a step into tests/golden/cases"
    if f"<!-- block-{kind.name} -->" not in page():
        yield f"{where} is not described: docs/pipeline.md needs a section with an example"
    if (rights.job is None and not rights.uses) is not bool(rights.none):
        yield f"{where} says no rights: give it rights=Rights(...), with none='why' where it needs none"
    noted: dict[Right, bool] = {READ: bool(needs.reads), WRITE: bool(needs.writes), IMAGES: bool(needs.repositories)}
    noted |= {right: right.sid in needs.more for right in rights.uses if right.targets or right.resources}
    for right, notes in noted.items():
        if notes and right not in rights.uses:
            yield f"{where} does not say the right {right.sid}, which its needs ask for"
        if not notes and right in rights.uses and right not in (READ, WRITE, IMAGES):
            yield f"{where} says the right {right.sid}, which its needs never ask for in a golden case"
    for sid in needs.more.keys() - {right.sid for right in rights.uses}:
        yield f"{where} does not say the right {sid}, which its needs ask for"
    if set(needs.jobs) != ({rights.job} if rights.job else set()):
        yield f"{where} makes other jobs in its needs than its rights say"
    for right in rights.all:
        if not right.page.startswith("https://docs.aws.amazon.com/"):
            yield f"{where}: the right {right.sid} has no page of AWS"
        for target in right.targets.keys() - made:
            maker = "model_cicd/access/execution_role_resources.py"
            yield f"{where}: no target is {target!r} for {right.sid}: {maker} has to make it"
    granted = {grant.partition(" ")[0] for grant in expectations()}
    actions = {action for right in rights.all for action in right.actions} | set(
        rights.job.actions if rights.job else ()
    )
    for action in sorted(actions - granted):
        yield f"{where}: {action} is in no row of the expected matrix (model_cicd/access)"


def expectations() -> set[str]:
    rules = (each for (_, who), listed in expected.rules().items() if who == DECLARED_ROLE for each in listed)
    return {grant for each in rules for grant in each.must | each.own}


@pytest.fixture(scope="module")
def made() -> set[str]:
    return targets()


@pytest.mark.parametrize("kind", TYPES, ids=lambda kind: kind.name)
def test_no_part_of_a_type_is_forgotten(kind: StepType[Any], made: set[str]) -> None:
    forgotten = list(missing(kind, made))
    assert not forgotten, "\n".join(forgotten)


def test_every_file_with_a_type_is_in_the_registry() -> None:
    modules = [
        importlib.import_module(f"{steps.__name__}.{each.name}") for each in pkgutil.iter_modules(steps.__path__)
    ]
    forgotten = [each.__name__ for each in modules if getattr(each, "TYPE", TYPES[0]) not in TYPES]
    assert forgotten == [], "model_cicd/pipeline/steps/registry.py has to name them"


def test_a_policy_has_only_statements_that_types_say_or_that_all_pipelines_have() -> None:
    everywhere = {
        *("Locate", "Key", "DescribeKey", "JobVolumes", "AliasKey", "Jobs", "ShortJobs", "Tag", "ImageToken", "Logs"),
        *("Metrics", "Experiments", "NetworkInterfaces", "ReleaseNetworkInterfaces", "DescribeNetwork", "PassItself"),
    }
    said = {right.sid for kind in TYPES for right in kind.rights.all}
    for case in CASES:
        try:
            made = permissions(config_of(case), ENVIRONMENT)
        except ModelCicdError:  # an S3 URI that only a run knows
            continue
        assert {each.sid for each in made if not each.sid.startswith("List")} <= everywhere | said
