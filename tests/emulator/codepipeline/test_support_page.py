"""The page about the services names exactly their operations."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from rehearsal.embedded_aws import EmbeddedAws

PAGE = Path(__file__).parents[3] / "docs" / "codepipeline-support.md"
INTERNAL = {"GitPush", "GitPull"}  # what git and its hooks call


@pytest.mark.parametrize(
    ("heading", "service"),
    [
        ("CodeCommit", "codecommit"),
        ("CodeConnections", "codeconnections"),
        ("CodeConnections", "codestar_connections"),
        ("EventBridge", "events"),
        ("CodePipeline", "codepipeline"),
    ],
)
def test_operations(world: EmbeddedAws, heading: str, service: str) -> None:
    section = PAGE.read_text(encoding="utf-8").split(f"\n## {heading}\n", 1)[1]
    listed = section.split("Operations:", 1)[1].split("\n\n", 1)[0]
    assert set(re.findall(r"`(\w+)`", listed)) == set(getattr(world.services, service).operations()) - INTERNAL
