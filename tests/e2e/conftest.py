"""The embedded AWS that end-to-end tests share: started once, used by hand as a person would, then ended."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from rehearsal.job.project import copy
from tests.e2e.breaking import STRANGER
from tests.e2e.by_hand import ROOT, ByHand, Kept, kept_rehearsal, plain_environment


@pytest.fixture(scope="session")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Kept]:
    """`rehearse --keep` on the default manifest, with a stranger's account."""
    with kept_rehearsal(tmp_path_factory.mktemp("kept"), "--account", STRANGER) as running:
        yield running


@pytest.fixture(scope="session")
def by_hand(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ByHand]:
    """`rehearse up --detach` and a copy of the project to work in (`directory / "project"`), with one group."""
    directory = tmp_path_factory.mktemp("by-hand")
    copy(ROOT, directory / "project")
    modules = directory / "project" / "manifests" / "local" / "models-modules.yaml"
    text = modules.read_text(encoding="utf-8")
    modules.write_text(text[: text.index("      # prod deployment group")], encoding="utf-8")
    aws = ByHand(directory, plain_environment(directory))
    started = aws.rehearse("up", "--detach", str(directory / "project" / "manifests" / "local" / "deployment.yaml"))
    assert started.returncode == 0, started.stderr
    yield aws
    ended = aws.rehearse("down")
    assert ended.stdout.strip() == "ended", ended.stderr
    assert aws.rehearse("down").returncode == 1
