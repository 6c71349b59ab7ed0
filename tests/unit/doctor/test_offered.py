"""What a region lacks: doctor says what check says, from the same data."""

from __future__ import annotations

import botocore.session
import pytest

from model_cicd.aws import regions
from model_cicd.doctor import needs
from model_cicd.doctor.offered import NAMES, not_there

USED = {*needs._TOOLING, *needs._BUILD, *needs._DECLARED, *needs._DEPLOY}


def test_every_service_is_in_the_data_or_in_every_region() -> None:
    session = botocore.session.Session()
    everywhere = USED - NAMES.keys()
    assert everywhere == {"cloudformation", "cloudwatch", "kms", "s3", "ssm"}
    for partition in ("aws", "aws-cn", "aws-us-gov"):
        known = {*session.get_available_regions("cloudformation", partition)}
        for service in everywhere:
            assert known <= {*session.get_available_regions(service, partition)}, service
    assert set(NAMES.values()) == regions._LACKING.keys()
    assert NAMES.keys() <= USED


@pytest.mark.parametrize("region", sorted(regions.PARTITION_OF))
def test_doctor_and_check_agree(region: str) -> None:
    found = not_there(region, USED)
    assert found == regions.lacking(region, [*(NAMES[each] for each in sorted(NAMES)), regions.CLOUDFORMATION_ACTION])


def test_what_is_lacking_is_named() -> None:
    assert not_there("eu-south-2", needs._TOOLING) == ["CodeCommit"]
    assert not_there("cn-north-1", needs._TOOLING)[-1] == "CodePipeline's CloudFormation action"
    assert not_there("us-east-1", USED) == not_there("eu-south-2", needs._DEPLOY) == []
