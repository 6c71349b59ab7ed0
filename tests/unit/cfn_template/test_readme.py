"""The examples of the README do what they show."""

from __future__ import annotations

import doctest
from pathlib import Path

README = Path(__file__).parents[3] / "cfn_template" / "README.md"


def test_the_examples() -> None:
    failed, tried = doctest.testfile(str(README), module_relative=False)
    assert (failed, tried > 5) == (0, True)
