from __future__ import annotations

import pytest

from model_cicd.aws.images import VERSIONS, complaint, is_short, resolve
from model_cicd.text.errors import ModelCicdError
from rehearsal.sagemaker import images


@pytest.mark.parametrize(
    ("region", "uri"),
    [
        ("us-east-1", "683313688378.dkr.ecr.us-east-1.amazonaws.com/sagemaker-xgboost:1.7-1"),
        ("eu-central-1", "492215442770.dkr.ecr.eu-central-1.amazonaws.com/sagemaker-xgboost:1.7-1"),
        ("cn-north-1", "450853457545.dkr.ecr.cn-north-1.amazonaws.com.cn/sagemaker-xgboost:1.7-1"),
    ],
)
def test_short_forms_become_the_region_s_uri(region: str, uri: str) -> None:
    assert resolve("xgboost:1.7-1", region) == uri


def test_whole_uris_stay() -> None:
    uri = "123456789012.dkr.ecr.us-east-1.amazonaws.com/train:latest"
    assert not is_short(uri)
    assert resolve(uri, "nowhere") == uri


@pytest.mark.parametrize(
    ("image", "region", "message"),
    [
        ("xgboost:9.9-9", "us-east-1", "got version '9.9-9'"),
        ("xgbost:1.7-1", "us-east-1", "did you mean 'xgboost'"),
        ("xgboost:1.7-1", "eu-wst-1", r"in region 'eu-wst-1' \(did you mean 'eu-west-1'\?\)"),
    ],
)
def test_unknown_ones_are_refused_by_name(image: str, region: str, message: str) -> None:
    with pytest.raises(ModelCicdError, match=message):
        resolve(image, region)


AWS = "683313688378.dkr.ecr.us-east-1.amazonaws.com"


@pytest.mark.parametrize(
    "image",
    [
        f"{AWS}/sagemaker-xgboost:1.0-1-cpu-py3",
        f"{AWS}/sagemaker-scikit-learn:0.20.0-cpu-py3",
        f"{AWS}/sagemaker-xgboost@sha256:{'0' * 64}",
        "111122223333.dkr.ecr.us-east-1.amazonaws.com/sagemaker-xgboost:9.9-9",  # somebody's own
        f"{AWS}/another:9.9-9",
    ],
)
def test_images_that_there_may_be(image: str) -> None:
    assert complaint(image) is None


@pytest.mark.parametrize("tag", [":9.9-9", ":latest", ""])
def test_a_version_that_aws_has_no_image_of(tag: str) -> None:
    version = tag.removeprefix(":")
    assert f"got version {version!r} of the image sagemaker-xgboost, expected one of 0.90-1" in str(
        complaint(f"{AWS}/sagemaker-xgboost{tag}")
    )


def test_the_rehearsal_knows_the_same_versions() -> None:
    assert {repository: images.VERSIONS[name] for name, repository in images.FRAMEWORKS.items()} == VERSIONS
