"""Which versions may be promoted, and what people read about them."""

from __future__ import annotations

from typing import Any

import pytest

from model_cicd.promotion import package
from model_cicd.promotion.plan import Plan, PlannedEnvironment, parse
from model_cicd.text.errors import ModelCicdError
from model_cicd.text.metrics import LONGEST_METRICS, metrics

PREFIX = "arn:aws:sagemaker:eu-west-1:444444444444:model-package/shop-live/"
PLAN = Plan(
    group="live",
    region="eu-west-1",
    model_packages=PREFIX,
    registry_bucket="registry",
    artifacts=("models/",),
    release_role_arn="arn:aws:iam::222222222222:role/release",
    release_bucket="releases",
    release_group="live-releases",
    image_repositories=(),
    key_parameter="/shop/live/registry-key-arn",
    environments=(PlannedEnvironment("shop", "prod", "666666666666", "eu-west-1", "stack", "arn:role/lookup"),),
)


def described(status: str | None = "Approved", **metadata: str) -> dict[str, Any]:
    return {"ModelApprovalStatus": status, "CustomerMetadataProperties": metadata}


def test_an_approved_version_of_the_group_is_a_candidate() -> None:
    found = package.candidate(f"{PREFIX}12", described(CommitId="1a2b3c", Mse="3.0"), PLAN)
    assert (found.version, found.commit, found.metrics) == (12, "1a2b3c", "Mse 3")


@pytest.mark.parametrize("status", ["PendingManualApproval", "Rejected", None])
def test_other_versions_are_not_and_the_refusal_says_how_to_approve(status: str | None) -> None:
    with pytest.raises(ModelCicdError) as error:
        package.candidate(f"{PREFIX}2", described(status), PLAN)
    assert f"version 2 of deployment group live is {status or 'without'}" in str(error.value)
    # somebody rejected it: that is not turned round in passing
    assert ("model-cicd approve live 2" in str(error.value)) is (status != "Rejected")


@pytest.mark.parametrize(
    "arn",
    [
        "none of your business",
        f"{PREFIX}0",
        f"{PREFIX}1/2",
        f'{PREFIX}1","ModelExecutionRoleName":"admin',
        f"{PREFIX}1\n",
        "arn:aws:sagemaker:eu-west-1:444444444444:model-package-group/shop-live",
    ],
)
def test_what_is_no_version_is_refused_with_an_example(arn: str) -> None:
    with pytest.raises(ModelCicdError, match="expected an ARN such as") as error:
        package.version_of(arn, PLAN)
    assert f"{PREFIX}1" in str(error.value)


@pytest.mark.parametrize(
    "arn",
    [
        PREFIX.replace("shop-live", "shop-live-2") + "1",
        PREFIX.replace("444444444444", "999999999999") + "1",
        PREFIX.replace("eu-west-1", "us-east-1") + "1",
    ],
)
def test_versions_of_others_are_refused(arn: str) -> None:
    with pytest.raises(ModelCicdError, match="is not of deployment group live"):
        package.version_of(arn, PLAN)


def test_letters_of_either_case_name_the_same_version() -> None:
    assert package.version_of(PREFIX.replace("shop-live", "Shop-Live") + "7", PLAN) == 7


def test_metrics_stand_with_their_thresholds_first() -> None:
    text = metrics({"R2": "0.5", "Mse": "3012.123456", "MaxMse": "4000", "Auc": "0.9", "MinAuc": "0.85"})
    assert text == "Auc 0.9 (at least 0.85), Mse 3012.12 (at most 4000), R2 0.5"


def test_ids_and_words_are_no_metrics() -> None:
    metadata = {"CommitId": "1234567", "PipelineExecutionId": "111122223333", "Branch": "main", "Note": "1e999999"}
    assert metrics(metadata) == "no metrics"


def test_a_limit_without_its_metric_is_shown_as_it_is() -> None:
    assert metrics({"MaxDepth": "5"}) == "MaxDepth 5"


def test_many_metrics_are_cut_between_two() -> None:
    text = metrics({f"Metric{number:03}": "0.123456" for number in range(200)})
    assert len(text) <= LONGEST_METRICS + 5
    assert text.endswith("0.123456, ...")


@pytest.mark.parametrize("commit", ['x"', "a b", "", "#{variables.X}", "c" * 65])
def test_a_commit_that_would_not_fit_a_parameter_is_unknown(commit: str) -> None:
    assert package.candidate(f"{PREFIX}1", described(CommitId=commit), PLAN).commit == "unknown"


def test_the_default_of_the_variable_is_no_package() -> None:
    assert not package.wanted("none") and not package.wanted(" ") and package.wanted(f"{PREFIX}1")


def test_a_plan_survives_its_file() -> None:
    import json

    assert parse(json.loads(PLAN.to_json())) == PLAN


@pytest.mark.parametrize(
    "properties, text",
    [
        (
            {"Mse": "3", "MaxMse": "4", "ServingVersion": "2", "ServingMse": "3.5"},
            "compared with version 2, Mse 3 (at most 4, what served had 3.5)",
        ),
        (
            {"Mse": "3", "ServingVersion": "2", "ServingMse": "3.5"},
            "compared with version 2, Mse 3 (what served had 3.5)",
        ),
        (
            {"Mse": "3", "ServingVersion": "none", "ServingMse": "none"},
            "compared with no version, Mse 3",
        ),
        ({"Mse": "3", "ServingVersion": "2; approve it", "ServingMse": "good"}, "Mse 3"),
        ({"ServingMse": "3"}, "ServingMse 3"),
    ],
)
def test_approvers_read_what_a_version_was_compared_with(properties: dict[str, str], text: str) -> None:
    assert metrics(properties) == text
