"""The embedded AWS that end-to-end tests share: started once, used by hand as a person would, then ended."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from rehearsal.job.project import copy
from tests.e2e.at_github import deployment
from tests.e2e.breaking import STRANGER
from tests.e2e.by_hand import DEV_BUILD, ROOT, ByHand, Kept, kept_rehearsal, plain_environment
from tests.e2e.other_repositories import rehearsed


@pytest.fixture(scope="session")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Kept]:
    """`rehearse --keep` on the default manifest, with a stranger's account."""
    with kept_rehearsal(tmp_path_factory.mktemp("kept"), "--account", STRANGER) as running:
        yield running


@pytest.fixture(scope="session")
def at_github(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Kept]:
    """A kept rehearsal of the groups whose code is on GitHub."""
    directory = tmp_path_factory.mktemp("github")
    with kept_rehearsal(directory, str(deployment(directory))) as running:
        yield running


@pytest.fixture(scope="session")
def other_repositories(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Kept]:
    """A kept rehearsal of three groups with other training repositories than the declarative one."""
    with rehearsed(tmp_path_factory.mktemp("other-repositories")) as running:
        yield running


@pytest.fixture(scope="session")
def by_hand(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ByHand]:
    """`rehearse up --detach` and a copy of the project to work in (`directory / "project"`), with one group.

    The build account of the group came while it ran: `rehearse account add`.
    """
    directory = tmp_path_factory.mktemp("by-hand")
    copy(ROOT, directory / "project")
    modules = directory / "project" / "manifests" / "local" / "models-modules.yaml"
    text = modules.read_text(encoding="utf-8")
    one_group = text[: text.index("      # prod deployment group")]
    modules.write_text(one_group.replace(DEV_BUILD, "123456789014"), encoding="utf-8")
    aws = ByHand(directory, plain_environment(directory))
    started = aws.rehearse("up", "--detach", str(directory / "project" / "manifests" / "local" / "deployment.yaml"))
    assert started.returncode == 0, started.stderr
    refused = aws.rehearse("env", "--account", DEV_BUILD)
    assert f"no account '{DEV_BUILD}' in this embedded AWS" in refused.stderr
    added = aws.rehearse("account", "add", DEV_BUILD, "--name", "lab")
    assert added.returncode == 0, added.stderr
    modules.write_text(one_group, encoding="utf-8")
    yield aws
    written = json.loads((directory / ".rehearsal" / "state.json").read_text(encoding="utf-8"))["directory"]
    ended = aws.rehearse("down")
    assert ended.stdout.strip() == "ended", ended.stderr
    assert not Path(written).exists()
    assert aws.rehearse("down").returncode == 1
