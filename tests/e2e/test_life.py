"""A model's life after its first training: one rehearsal of manifests/life, and what its scenes came to."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

import pytest

from tests.e2e.by_hand import ROOT, whole_rehearsal

pytestmark = [pytest.mark.e2e, pytest.mark.xdist_group("life")]


@dataclass(frozen=True)
class Life:
    """What the rehearsal printed, and its report."""

    output: str
    report: dict[str, Any]

    def told(self, scene: str) -> dict[str, Any]:
        """What the report has of a scene: `said` and `facts`."""
        found: dict[str, Any] = next(each for each in self.report["life"] if each["scene"] == scene)
        return found


@pytest.fixture(scope="module")
def life(tmp_path_factory: pytest.TempPathFactory) -> Life:
    """`rehearse manifests/life`, once for all tests of this file."""
    return Life(*whole_rehearsal(tmp_path_factory.mktemp("life"), ROOT / "manifests" / "life"))


def test_an_environment_sleeps_by_the_clock_and_wakes_on_the_same_release(life: Life) -> None:
    """Without an endpoint in between; prod has nothing of it."""
    told = life.told("asleep")
    (found,) = told["facts"].values()
    assert list(told["facts"]) == ["preprod"]
    asleep, woken = found["asleep"], found["woken"]
    assert (asleep["asleep"], asleep["endpointStatus"], asleep["stackStatus"]) == (True, None, "UPDATE_COMPLETE")
    assert (woken["asleep"], woken["endpointStatus"]) == (False, "InService")
    assert asleep["release"] == woken["release"] and asleep["digest"] == woken["digest"]
    assert found["answers"][0] == found["answers"][1]
    assert "serves again, version" in found["said"]


def test_what_was_promoted_has_its_stage_and_what_serves_is_never_retired(life: Life) -> None:
    facts = life.told("life cycle")["facts"]
    assert facts["stage"] == {"stage": "Production", "status": "Deployed", "approval": "Approved"}
    fates = {
        int(found[1]): found[2] for line in facts["shown"] if (found := re.search(r"version (\d+) \S+ (.*)", line))
    }
    assert fates[facts["serving"]].startswith("stays: serves in ")
    assert fates[facts["retired"]].startswith("would be retired: ")
    assert any(line.endswith(f"version {facts['retired']} is retired") for line in facts["done"])
    assert facts["serving"] in facts["left"] and facts["retired"] not in facts["left"]


def test_the_main_job_and_every_scene_pass(life: Life) -> None:
    assert life.report["passed"] is True
    assert re.search(r"^rehearsal: passed in \d+ s$", life.output, re.MULTILINE), life.output[-3000:]
    assert [each["name"] for each in life.report["groups"][0]["environments"]] == ["train", "preprod", "scores", "prod"]
    names = {each["name"] for each in life.report["steps"]}
    for told in life.report["life"]:
        assert f"{told['scene']} ({told['group']})" in names
        assert told["said"] in " ".join(life.output.split())


def test_batch_writes_what_the_model_predicts_and_a_bad_run_is_seen(life: Life) -> None:
    facts = life.told("batch")["facts"]["scores"]
    assert facts["rows"] == 67
    served = {each["name"]: each for each in life.report["groups"][0]["environments"]}
    assert facts["mse"] == pytest.approx(served["prod"]["mse"], rel=1e-6)
    assert facts["jobs"] == ["Completed", "Failed", "Failed"], "a failed job is tried again once"
    assert "could not convert string to float" in facts["failed"]
    assert facts["status"]["lastRun"]["status"] == "FAILED"
    assert facts["status"]["endpoint"] is None and facts["status"]["version"] == 2
    assert served["scores"]["endpoint"] == "" and served["scores"]["mse"] is None


def test_a_better_model_is_promoted_with_the_comparison(life: Life) -> None:
    told = life.told("a better model is promoted")
    first = life.report["groups"][0]
    assert told["facts"]["version"] > told["facts"]["over"]
    properties = told["facts"]["properties"]
    assert float(properties["Mse"]) < float(properties["ServingMse"]) == first["value"]
    assert properties["DataSetVersion"].startswith("sha256:")
    assert properties["DataSet"] == "442 rows - as the last one"


def test_it_was_a_shadow_of_prod_first_and_nobody_who_asked_noticed(life: Life) -> None:
    """The scene fails where a request did."""
    facts = life.told("a better model is promoted")["facts"]
    assert list(facts["shadows"]) == ["prod"]
    beside = f"passed: version {facts['version']} beside {facts['over']}, "
    assert facts["shadows"]["prod"].startswith(beside) and "errors 0.0% (0.0%)" in facts["shadows"]["prod"]
    assert facts["asked"] >= 20


def test_a_worse_one_is_stopped_and_the_reason_says_what_serves(life: Life) -> None:
    better = life.told("a better model is promoted")["facts"]
    reason = life.told("a worse model is stopped")["facts"]["reason"]
    assert f"version {better['version']}, which serves, has {better['mse']:.6g} on the same rows" in reason
    assert "has to be at most MaxMse, 4000" in reason


def test_a_data_set_with_a_changed_schema_is_stopped(life: Life) -> None:
    reason = life.told("a changed data set is stopped")["facts"]["reason"]
    assert "the data set changed: column 'bmi' is gone" in reason


def test_a_version_that_fails_its_tests_is_taken_back_and_goes_no_further(life: Life) -> None:
    facts = life.told("tests between stages")["facts"]
    assert facts["first"].startswith("passed: 10 of 10 answers as expected, mae ")
    assert re.fullmatch(r"failed: mae [\d.]+ \(at most 0\.001\)", facts["tests"])
    assert facts["environment"] == "preprod" and facts["serves"] != facts["version"] and "prod" in facts["after"]
    (tested,) = facts["status"]["tests"]
    assert (tested["verdict"], tested["version"], tested["text"]) == ("failed", facts["version"], facts["tests"])
    (failed,) = facts["status"]["failed"]
    assert failed["action"] == "Settle"
    assert f"preprod serves version {facts['serves']} again" in failed["reason"]
