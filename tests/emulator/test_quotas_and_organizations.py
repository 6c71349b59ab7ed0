"""Service Quotas and Organizations, as far as they can be looked at."""

from __future__ import annotations

from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.emulator.conftest import ACCOUNTS, REGION, Client


def test_quotas_are_listed_in_pages_and_given_by_their_code(client: Client) -> None:
    quotas = client("service-quotas")
    pages = list(quotas.get_paginator("list_service_quotas").paginate(ServiceCode="sagemaker"))
    assert len(pages) > 1
    names = [each["QuotaName"] for page in pages for each in page["Quotas"]]
    assert len(names) == len(set(names))
    assert {"ml.m5.large for endpoint usage", "ml.m5.large for training job usage"} <= set(names)
    found = quotas.get_service_quota(ServiceCode="codepipeline", QuotaCode="L-78D200AD")["Quota"]
    assert (found["QuotaName"], found["Value"], found["Adjustable"]) == ("Total pipelines", 1000.0, True)
    assert found["QuotaArn"] == f"arn:aws:servicequotas:{REGION}:{ACCOUNTS[0]}:codepipeline/L-78D200AD"


@pytest.mark.parametrize(
    ("operation", "arguments"),
    [
        ("list_service_quotas", {"ServiceCode": "nonsense"}),
        ("get_service_quota", {"ServiceCode": "events", "QuotaCode": "L-00000000"}),
        ("get_aws_default_service_quota", {"ServiceCode": "events", "QuotaCode": "L-00000000"}),
    ],
)
def test_quotas_that_there_are_not(client: Client, operation: str, arguments: dict[str, Any]) -> None:
    with pytest.raises(ClientError) as refused:
        getattr(client("service-quotas"), operation)(**arguments)
    assert refused.value.response["Error"]["Code"] == "NoSuchResourceException"


def test_a_quota_is_that_of_one_account_and_region(world: Any, client: Client) -> None:
    world.services.quotas.limit(ACCOUNTS[0], REGION, "events", "Number of rules", 7.0)
    asked = {"ServiceCode": "events", "QuotaCode": "L-244521F2"}
    assert client("service-quotas").get_service_quota(**asked)["Quota"]["Value"] == 7.0
    assert client("service-quotas").get_aws_default_service_quota(**asked)["Quota"]["Value"] == 300.0
    assert client("service-quotas", ACCOUNTS[1]).get_service_quota(**asked)["Quota"]["Value"] == 300.0
    assert client("service-quotas", ACCOUNTS[0], "eu-west-1").get_service_quota(**asked)["Quota"]["Value"] == 300.0


def test_all_accounts_are_in_one_organization_that_the_first_manages(client: Client) -> None:
    found = [client("organizations", account).describe_organization()["Organization"] for account in ACCOUNTS]
    assert found[0] == found[1] == found[2]
    assert (found[0]["Id"], found[0]["MasterAccountId"]) == ("o-rehearsal00", ACCOUNTS[0])
