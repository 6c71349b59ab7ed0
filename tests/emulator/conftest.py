"""One embedded AWS of three accounts for each module of tests."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from rehearsal.embedded_aws import EmbeddedAws

ACCOUNTS = ("111111111111", "222222222222", "333333333333")
REGION = "us-east-1"

Client = Callable[..., Any]


@pytest.fixture(scope="module")
def world() -> Iterator[EmbeddedAws]:
    made = EmbeddedAws(accounts=list(ACCOUNTS))
    yield made
    made.close()


@pytest.fixture(scope="module")
def client(world: EmbeddedAws) -> Client:
    """`client(service, account, region)`: a boto client as the administrator of an account."""

    def make(service: str, account: str = ACCOUNTS[0], region: str = REGION) -> Any:
        return world.client(service, account=account, region=region)

    return make
