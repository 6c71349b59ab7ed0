"""A deployment kept between days: saved, ended, started again from its file, applied again and trained."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.e2e.test_lifecycle import MANIFEST, metadata, seedfarmer

if TYPE_CHECKING:
    from tests.e2e.by_hand import ByHand

pytestmark = [pytest.mark.e2e, pytest.mark.xdist_group("by-hand")]

GROUP = "experimenation-deployment-group"


def test_a_deployment_goes_on_as_if_nothing_had_been(by_hand: ByHand, tmp_path: Path) -> None:
    seedfarmer(by_hand, "apply", MANIFEST)
    saved = by_hand.rehearse("snapshot", "save", "evening", "--wait", "300")
    assert saved.returncode == 0, saved.stderr
    accounts, builds = (by_hand.rehearse(*words).stdout for words in (("account", "list"), ("logs",)))
    file = by_hand.directory / ".rehearsal" / "snapshots" / "evening.snapshot"
    assert f"rehearse snapshot load {file}" in saved.stdout
    running = by_hand.rehearse("snapshot", "load", "evening", "--detach")
    assert running.returncode == 1
    assert "one already runs here" in running.stderr
    assert by_hand.rehearse("down").stdout == "ended\n"

    loaded = by_hand.rehearse("snapshot", "load", "evening", "--detach")
    assert loaded.returncode == 0, loaded.stderr
    # the keys, the port and the paths of terminals that evaluated `rehearse env` before are right again
    assert [by_hand.rehearse(*words).stdout for words in (("account", "list"), ("logs",))] == [accounts, builds]
    seedfarmer(by_hand, "apply", MANIFEST)
    assert by_hand.rehearse("logs").stdout == builds, "nothing is deployed again"
    clone = by_hand.clone("model-build-repo", tmp_path / "clone")
    commit = by_hand.push(clone, "dev", "The next day", empty=True)
    pipeline = metadata(by_hand)["DeploymentGroups"][GROUP]["TrainingPipelineName"]
    assert by_hand.wait_for(pipeline, commit)["status"] == "Succeeded", by_hand.rehearse("logs").stdout
