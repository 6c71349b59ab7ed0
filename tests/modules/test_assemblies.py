"""Every template and every text of a promotion is what it was when its digest was written.

`python scripts/assemblies.py --write` renews the digests; differences.yaml lists what may differ, each with its reason.
"""

from __future__ import annotations

from fnmatch import fnmatchcase
from typing import Any

import pytest
import yaml

from scripts import assemblies

LISTED: list[dict[str, Any]] = yaml.safe_load((assemblies.DATA / "differences.yaml").read_text(encoding="utf-8"))
pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def digests() -> dict[str, assemblies.Parts]:
    return assemblies.digests(assemblies.cases())


@pytest.mark.parametrize("name", assemblies.cases())
def test_the_synthesis_is_what_it_was(digests: dict[str, assemblies.Parts], name: str) -> None:
    found = assemblies.differences(name, digests[name])
    listed = [each["part"] for each in LISTED if fnmatchcase(name, each["case"])]
    assert {
        part: what for part, what in found.items() if not any(fnmatchcase(part, pattern) for pattern in listed)
    } == {}
    for pattern in listed:
        assert [part for part in found if fnmatchcase(part, pattern)], f"differences.yaml: {pattern} is as it was"


def test_every_difference_has_a_reason() -> None:
    for each in LISTED:
        assert set(each) == {"case", "part", "reason"}
        assert len(each["reason"]) > 20, each
