"""What the built-in XGBoost algorithm takes depends on the version of its image."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from rehearsal.api import ApiError
from rehearsal.sagemaker import images
from rehearsal.sagemaker.container import xgboost_hyperparameters as hyperparameters
from rehearsal.sagemaker.container.xgboost_hyperparameters import UserError, validate

DATA = json.loads(Path(hyperparameters.__file__).with_name("xgboost_versions.json").read_text())
VERSIONS: list[str] = DATA["versions"]


def given(values: dict[str, str], version: str = "1.7-1", *, gpu: bool = False) -> dict[str, Any]:
    return validate({"num_round": "5"} | values, version, gpu)


# https://github.com/aws/sagemaker-xgboost-container, algorithm_mode/hyperparameter_validation.py of each branch
@pytest.mark.parametrize(
    ("name", "text", "versions"),
    [
        ("silent", "0", ["0.90-1", "0.90-2", "1.0-1"]),
        ("num_parallel_tree", "2", VERSIONS[1:]),
        ("save_model_on_termination", "true", VERSIONS[2:]),
        ("prob_buffer_row", "2", VERSIONS[5:]),
        ("sampling_method", "uniform", VERSIONS[5:]),
        ("single_precision_histogram", "true", ["1.2-1", "1.2-2", "1.3-1", "1.5-1"]),
        ("huber_slope", "1", []),
        ("aft_loss_distribution", "normal", VERSIONS[3:]),
        ("device", "cpu", ["3.2-0"]),
        ("tree_method", "hist", VERSIONS),
        ("objective", "reg:absoluteerror", VERSIONS[7:]),
        ("objective", "reg:squaredlogerror", VERSIONS[2:]),
        ("objective", "survival:aft", VERSIONS[3:]),
        ("eval_metric", "mape", VERSIONS[5:]),
        ("eval_metric", "rmsle", VERSIONS[2:]),
    ],
)
def test_each_version_takes_its_own(name: str, text: str, versions: list[str]) -> None:
    taken = []
    for version in VERSIONS:
        try:
            given({name: text}, version)
        except UserError as error:
            assert name in str(error)
        else:
            taken.append(version)
    assert taken == versions


def test_gpu_hist_needs_a_version_that_knows_it_and_an_instance_with_a_gpu() -> None:
    assert given({"tree_method": "gpu_hist"}, gpu=True)["tree_method"] == "hist"
    with pytest.raises(UserError, match="gpu_hist needs an instance with a GPU"):
        given({"tree_method": "gpu_hist"})
    with pytest.raises(UserError, match="not in range"):
        given({"tree_method": "gpu_hist"}, "1.0-1", gpu=True)


@pytest.mark.parametrize(
    ("values", "text"),
    [
        ({"eta": "1.5"}, "eta: value 1.5 not in range [0, 1]"),
        ({"subsample": "0"}, "subsample: value 0 not in range [0, 1]"),
        ({"tweedie_variance_power": "2"}, "not in range [1, 2]"),
        ({"seed": str(2**31)}, "seed: value"),
        ({"eta": "nan"}, "not in range"),
        ({"max_depth": "3.5"}, "could not parse value '3.5' as int"),
        ({"eval_metric": "rmse,rmsx"}, "value rmsx not in range"),
        ({"eval_metric": "rmse@3"}, "value rmse@3 not in range"),
        ({"eval_metric": "f1"}, "does not support the metric f1"),
        ({"eval_metric": "auc"}, "can only be applied for classification"),
        ({"_kfold": "5"}, "does not support the hyperparameter _kfold"),
        ({"monotone_constraints": "(1,2)", "tree_method": "hist"}, "could not parse value '(1,2)'"),
        ({"interaction_constraints": "[0,1]", "tree_method": "hist"}, "could not parse value '[0,1]'"),
        ({"monotone_constraints": "(1,-1)"}, "only when tree_method is one of exact, hist"),
        ({"learning_rat": "1"}, "Extraneous hyperparameter found: learning_rat"),
    ],
)
def test_wrong_values(values: dict[str, str], text: str) -> None:
    with pytest.raises(UserError) as raised:
        given(values)
    assert text in str(raised.value)


def test_what_reaches_the_library() -> None:
    values = given(
        {
            "silent": "1",
            "learning_rate": "0.3",
            "objective": "reg:linear",
            "eval_metric": "rmse, mae",
            "predictor": "cpu_predictor",
            "tree_method": "hist",
            "monotone_constraints": "(1, -1,0)",
            "interaction_constraints": "[[0, 1], [2]]",
        },
        "1.0-1",
    )
    assert values == {
        "num_round": 5,
        "eta": 0.3,
        "objective": "reg:squarederror",
        "eval_metric": ["rmse", "mae"],
        "tree_method": "hist",
        "monotone_constraints": "(1, -1,0)",
        "interaction_constraints": "[[0, 1], [2]]",
    }


@pytest.mark.parametrize(
    ("values", "metrics"),
    [
        ({}, ["rmse"]),
        ({"eval_metric": "mae"}, ["mae", "rmse"]),
        ({"eval_metric": "mae,rmse"}, ["mae", "rmse"]),
    ],
)
def test_the_metric_of_a_tuning_job_is_measured(values: dict[str, str], metrics: list[str]) -> None:
    assert given(values | {"_tuning_objective_metric": "validation:rmse"})["eval_metric"] == metrics


def test_the_versions_of_the_data_are_the_images_that_there_are() -> None:
    assert tuple(VERSIONS) == images.VERSIONS["xgboost"]


@pytest.mark.parametrize("tag", ["0.20.0-cpu-py3", "0.23-1-cpu-py3", "1.2-1-cpu-py3", "1.2-1", "1.4-2-py312-cpu-py3"])
def test_scikit_learn_images(tag: str) -> None:
    uri = f"683313688378.dkr.ecr.us-east-1.amazonaws.com/sagemaker-scikit-learn:{tag}"
    assert images.resolve(uri, "us-east-1").version == tag.removesuffix("-cpu-py3")


@pytest.mark.parametrize("tag", ["0.20-1", "1.7-1", "2.0-1-cpu-py3"])
def test_scikit_learn_images_that_there_are_not(tag: str) -> None:
    with pytest.raises(ApiError, match="Cannot find the image"):
        images.resolve(f"683313688378.dkr.ecr.us-east-1.amazonaws.com/sagemaker-scikit-learn:{tag}", "us-east-1")
