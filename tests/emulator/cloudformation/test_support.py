"""The list of what is supported, against the registry."""

from __future__ import annotations

from pathlib import Path

import pytest

from rehearsal.cloudformation import service
from rehearsal.cloudformation.registry import PROVIDERS
from rehearsal.cloudformation.support import table
from rehearsal.embedded_aws import EmbeddedAws

DOCUMENT = Path(__file__).parents[3] / "docs" / "cloudformation-support.md"


def test_the_document_lists_every_type() -> None:
    shown = DOCUMENT.read_text().partition("## Resource types\n")[2].strip()
    assert shown == table(PROVIDERS), "run python -m rehearsal.cloudformation.support"


def test_the_document_names_every_operation(world: EmbeddedAws) -> None:
    text = DOCUMENT.read_text()
    missing = [
        name for name in service.CloudFormation(world).operations() if name not in text and name != "ListHookResults"
    ]
    assert missing == []


@pytest.mark.parametrize("kind", sorted(PROVIDERS))
def test_each_type_has_a_file_of_its_own(kind: str) -> None:
    _, group, name = kind.lower().split("::")
    assert type(PROVIDERS[kind]).__module__.endswith(f".{group}_{name}")
