"""Step types are records in a registry: what they say of the service is what the service's own model says."""

from __future__ import annotations

import botocore.session
import pytest

from model_cicd.pipeline.checks import check_document
from model_cicd.pipeline.schema import KINDS
from model_cicd.pipeline.steps.registry import TYPES
from model_cicd.text.source import parse

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
    assert len({kind.key for kind in TYPES}) == len({kind.name for kind in TYPES}) == len(TYPES) == 14
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
