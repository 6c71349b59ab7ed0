"""The images of a group: names, folders, and what must hold between them."""

from __future__ import annotations

from typing import Any

import pytest

from model_cicd.aws.own_images import parameter_of, read_images
from model_cicd.sagemaker_model_cicd.settings.validate import validate
from model_cicd.text.errors import ModelCicdError

Parameters = dict[str, Any]


def complaints(parameters: Parameters, *images: object, **more: object) -> list[tuple[str, str]]:
    parameters["deployment-groups"][0] |= {"images": list(images), **more}
    return [(".".join(map(str, path)), message) for path, message in validate(parameters)[1]]


def test_images_of_a_group(parameters: Parameters) -> None:
    images = ({"name": "train-model", "path": "images/train"}, {"name": "serve", "path": "serve"})
    assert complaints(parameters, *images) == []


@pytest.mark.parametrize(
    ("image", "where", "said"),
    [
        ({"name": "Train", "path": "a"}, "name", "got 'Train', expected lower case letters"),
        ({"name": "a b", "path": "a"}, "name", "got 'a b', expected lower case letters"),
        ({"name": "1a", "path": "a"}, "name", "got '1a', expected lower case letters"),
        ({"name": "a", "path": "../a"}, "path", "got '../a', expected a folder of the training repository"),
        ({"name": "a", "path": "/a"}, "path", "got '/a', expected a folder of the training repository"),
        ({"name": "a", "path": "a|b"}, "path", "got 'a|b', expected a folder of the training repository"),
        ({"name": "a", "path": "a/./b"}, "path", "got 'a/./b', expected a folder of the training repository"),
        ({"name": "a"}, "path", "missing"),
    ],
)
def test_an_image_that_is_refused(parameters: Parameters, image: dict[str, str], where: str, said: str) -> None:
    [(path, message)] = complaints(parameters, image)
    assert path == f"deployment-groups.0.images.0.{where}"
    assert message.startswith(said)


def test_an_unknown_key_is_named_with_the_nearest(parameters: Parameters) -> None:
    found = complaints(parameters, {"name": "a", "paht": "b"})
    assert any("did you mean" in message and "path" in message for _, message in found), found


def test_names_that_lead_to_one_parameter(parameters: Parameters) -> None:
    [(path, message)] = complaints(parameters, {"name": "a", "path": "x"}, {"name": "a", "path": "y"})
    assert path == "deployment-groups.0.images.1.name"
    assert message.startswith("got 'a', whose parameter AImage is that of 'a'")


def test_the_parameter_of_an_image_has_no_value_of_its_own(parameters: Parameters) -> None:
    image = {"name": "train-model", "path": "x"}
    [(path, message)] = complaints(parameters, image, pipelineParameters={"TrainModelImage": "1.dkr"})
    assert path == "deployment-groups.0.pipelineParameters.TrainModelImage"
    assert message.startswith("got a value for the parameter of the image 'train-model', expected none")


def test_images_beside_a_declared_pipeline_are_refused(parameters: Parameters) -> None:
    config = {"projectName": "p", "pipeline": {"steps": []}}
    found = dict(complaints(parameters, {"name": "a", "path": "x"}, pipelineConfig=config))
    assert found["deployment-groups.0.images"].startswith("got images in a group with a pipelineConfig")


def test_names_of_parameters() -> None:
    assert [parameter_of(each) for each in ("model", "train-model", "a1-b")] == [
        "ModelImage", "TrainModelImage", "A1BImage",
    ]  # fmt: skip


def test_images_are_read_from_the_variable_of_builds() -> None:
    one = f"1.dkr.ecr.eu-west-1.amazonaws.com/a/b@sha256:{'0' * 64}"
    assert read_images(f"a={one},b-c={one}") == {"a": one, "b-c": one}
    assert read_images("") == {}
    with pytest.raises(ModelCicdError, match=r"MODEL_CICD_IMAGES: got 'a=b', expected NAME=REPOSITORY@sha256:DIGEST"):
        read_images("a=b")
