"""Definitions that versions 2 and 3 of the SageMaker Python SDK write (tests/data/sdk), run to their results."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.executor.conftest import DATA, Bench, Ran
from tests.executor.sdk import written_by_version_3

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("sdk")]

HANDLER = """
def handler(event, context):
    return {"word": f"{event['text']} {float(event['mse']):.0f}"}
"""
DONE = ("Prepare", "Train", "Linear", "Evaluate", "Judge")


def run(bench: Bench, version: str, *options: str, data: Path = DATA) -> Ran:
    handler = bench.write("notify.py", HANDLER)
    objects = f"--upload={data / f'objects-{version}' / 'sdk-data'}=s3://sdk-data"
    return bench.run(data / f"{version}.json", objects, f"--lambda=notify={handler}:handler", *options)


@pytest.fixture(scope="module")
def trained(shared: Bench) -> Ran:
    return run(shared, "v2")


def test_everything_that_version_2_defines_runs(trained: Ran) -> None:
    assert trained.code == 0, trained.out
    names = {*DONE, "Tune", "Best-CreateModel", "Predict", "Keep-RegisterModel", "Notify"}
    assert trained.statuses == dict.fromkeys(names, "Succeeded")
    (package,) = trained.report["ModelPackages"]
    assert package["ModelApprovalStatus"] == "PendingManualApproval"
    (word,) = trained.steps["Notify"]["Metadata"]["Lambda"]["OutputParameters"]
    assert word["Name"] == "word"
    assert 1000 < float(word["Value"].removeprefix("trained ")) < 5000


def test_its_predictions_are_there_for_every_row(trained: Ran) -> None:
    rows = [
        line
        for path in sorted(trained.output("Predict", "predictions").rglob("*.out"))
        for line in path.read_text(encoding="utf-8").splitlines()
    ]
    (features,) = trained.output("Prepare", "features").glob("*.csv")
    assert len(rows) == len(features.read_text(encoding="utf-8").splitlines()) > 10
    assert all(40 < float(row.split(",")[-1]) < 350 for row in rows)


@pytest.mark.usefixtures("trained")
def test_a_stricter_threshold_takes_what_did_not_change_from_the_cache(shared: Bench) -> None:
    refused = run(shared, "v2", "--param", "Threshold=1")
    assert refused.code == 1
    assert refused.statuses["Refuse"] == "Failed"
    assert "is over 1" in refused.steps["Refuse"]["FailureReason"]
    assert {name for name, row in refused.steps.items() if "CacheHitResult" in row} == {"Prepare", "Train"}
    assert refused.report["ModelPackages"] == []


def test_gates_and_shell_entry_points_of_version_3(tmp_path: Path) -> None:
    (tmp_path / "sdk").mkdir()
    data = written_by_version_3(tmp_path / "sdk")
    good = run(Bench(tmp_path), "v3", data=data)
    assert good.code == 0, good.out
    assert good.statuses == dict.fromkeys(("Prepare", "Linear", "Evaluate", "Judge", "Limit"), "Succeeded")
    outcomes = {name: good.steps[name]["Metadata"]["Condition"]["Outcome"] for name in ("Judge", "Limit")}
    assert outcomes == {"Judge": "False", "Limit": "True"}
    bad = run(Bench(tmp_path), "v3", "--param", "Threshold=100", data=data)
    assert bad.code == 1
    assert bad.statuses["Refuse"] == "Failed"
    assert "is over 100" in bad.steps["Refuse"]["FailureReason"]
