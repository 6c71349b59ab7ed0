"""What is compiled is what the embedded AWS takes."""

from __future__ import annotations

from pathlib import Path

import pytest

from rehearsal.sagemaker.pipelines import definition_reader

CASES = sorted((Path(__file__).parent / "cases").glob("*.json"))


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.stem)
def test_the_embedded_aws_finds_no_problem_in_compiled_definitions(case: Path) -> None:
    found = definition_reader.problems(case.read_text(encoding="utf-8"))
    # what AWS has and the rehearsal has not is refused by name
    assert [problem for problem in found if "the embedded AWS does not support" not in problem] == []
