"""Images that were built beside a pipeline become the values of its parameters."""

from __future__ import annotations

import argparse

import pytest

from model_cicd.pipeline.checks import parse_config
from model_cicd.pipeline.run_options import SOURCES
from model_cicd.pipeline.run_parameters import resolve_parameters
from model_cicd.pipeline.run_settings import read_settings
from model_cicd.text.errors import ModelCicdError
from model_cicd.text.source import parse

URI = f"123456789012.dkr.ecr.eu-west-1.amazonaws.com/shop-own/model@sha256:{'0' * 64}"
PIPELINE = """
projectName: own
pipeline:
  parameters:
    - {name: ModelImage, type: String}
  steps:
    - name: Train
      type: Training
      training: {imageUri: {parameter: ModelImage}, instanceType: ml.m5.large}
"""


def values(variables: dict[str, str]) -> dict[str, str]:
    options = argparse.Namespace(wait=None, **dict.fromkeys(SOURCES))
    settings = read_settings(options, variables)
    config = parse_config(parse(PIPELINE, "pipeline.yaml"), {})
    return resolve_parameters(config, provenance=settings.provenance, group={}, given={})


def test_the_digest_is_the_value_of_the_parameter_of_its_image() -> None:
    assert values({"MODEL_CICD_IMAGES": f"model={URI},unused={URI}"}) == {"ModelImage": URI}


def test_without_the_image_the_parameter_has_no_value() -> None:
    with pytest.raises(ModelCicdError, match="parameter 'ModelImage' has no default and no value"):
        values({})


def test_what_is_no_image_is_refused_with_the_variables_name() -> None:
    with pytest.raises(ModelCicdError, match="MODEL_CICD_IMAGES: got 'model=latest'"):
        values({"MODEL_CICD_IMAGES": "model=latest"})
