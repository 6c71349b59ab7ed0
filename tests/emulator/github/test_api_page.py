"""The page about the GitHub of a rehearsal has exactly the paths that it answers."""

from __future__ import annotations

import re
from pathlib import Path

from rehearsal.embedded_aws import EmbeddedAws

PAGE = Path(__file__).parents[3] / "docs" / "github-support.md"
ROW = re.compile(r"\| (?P<method>[A-Z]+) \| `(?P<path>[^`]+)` \| (?P<permission>.+) \|")


def test_the_table_has_every_path_with_its_permission(world: EmbeddedAws) -> None:
    rows = [tuple(found.groups()) for found in ROW.finditer(PAGE.read_text(encoding="utf-8"))]
    wanted = [
        (each.method, each.path or "/", " or ".join(f"{name}: {each.level}" for name in each.permissions))
        for each in world.github.routes
    ]
    people = ("people: read", "people: write")
    assert sorted(rows) == sorted((m, p, "none: people only" if said in people else said) for m, p, said in wanted)
