"""The regions of AWS and the services that they lack, as data."""

from __future__ import annotations

import pytest

from model_cicd.aws.regions import PARTITION_OF, lacking
from scripts import service_regions


def test_the_data_is_what_botocore_and_the_schemas_say() -> None:
    assert service_regions.TARGET.read_text(encoding="utf-8") == service_regions.text(), (
        "run scripts/service_regions.py"
    )


@pytest.mark.parametrize(
    "region",
    [
        "eu-south-2",
        "eu-central-2",
        "ca-west-1",
        "mx-central-1",
        "ap-southeast-4",
        "ap-southeast-5",
        "ap-southeast-6",
        "ap-southeast-7",
        "ap-east-2",
    ],
)
def test_regions_that_cannot_hold_repository_and_pipelines(region: str) -> None:
    assert "CodeCommit" in lacking(region, ["CodeCommit", "CodePipeline"])


def test_most_regions_lack_nothing() -> None:
    whole = [region for region in PARTITION_OF if not lacking(region, service_regions.SERVICES)]
    assert {"us-east-1", "eu-west-1", "ap-southeast-2", "us-gov-east-1", "cn-north-1"} <= set(whole)
