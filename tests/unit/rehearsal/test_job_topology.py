"""What the report says that each account is there for."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from rehearsal.job.plan import read
from rehearsal.job.topology import describe
from rehearsal.job.train import Result
from rehearsal.page import accounts

ROOT = Path(__file__).parents[3]
PLAN = read(ROOT / "manifests" / "local" / "deployment.yaml", ROOT)
PROD = "prod-deployment-group"


def does(found: list[dict[str, Any]], account: str) -> list[tuple[str, str]]:
    return [(what["kind"], what["name"]) for each in found if each["account"] == account for what in each["does"]]


def test_accounts_by_the_manifest() -> None:
    found = describe(PLAN)
    assert [each["account"] for each in found] == PLAN.accounts
    assert does(found, "123456789010") == [("toolchain", "local"), ("module", "sample-ml-model-name")]
    assert does(found, "123456789015") == [("build", PROD)]
    assert does(found, "123456789017") == [("environment", "prod-env")]


def test_where_a_group_serves_counts_more_than_the_manifest() -> None:
    served = [{"name": "prod-train-env", "type": "preprod", "account": "123456789015", "region": "us-east-1"}]
    result = Result("sample-ml-model-name", PROD, "main", "123456789015", environments=served)
    found = describe(PLAN, [result])
    assert does(found, "123456789015") == [("build", PROD), ("environment", "prod-train-env")]
    assert does(found, "123456789017") == []
    assert accounts.named_only(found) == ["123456789016", "123456789017"]
