"""The trials' own language: what is expected is looked for, and what is not there is said."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.e2e.trials.session import Typed, commands, difference

TRIAL = """# words
$ cat <<END
> a [b] c
> END
  a [b]*
! error*
[3]
"""


def test_a_command_with_all_that_is_expected_of_it(tmp_path: Path) -> None:
    path = tmp_path / "one.trial"
    path.write_text(TRIAL, encoding="utf-8")
    assert commands(path) == [Typed(2, "cat <<END\na [b] c\nEND", ["a [b]*"], ["error*"], 3)]


@pytest.mark.parametrize("text", ["", "# only words\n", "  a pattern first\n", "$ true\nand words\n"])
def test_a_file_that_is_no_trial(tmp_path: Path, text: str) -> None:
    path = tmp_path / "none.trial"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(ValueError, match=r"none\.trial.*expected"):
        commands(path)


@pytest.mark.parametrize(
    ("typed", "code", "printed", "said"),
    [
        (Typed(1, "x", ["a*", "c"]), 0, "ab\nb\n  c  \n", None),
        (Typed(1, "x", ["c", "a*"]), 0, "ab\nb\nc\n", "expected 'a*', which it did not say there:"),
        (Typed(1, "x", ["d"]), 0, "ab\n", "expected 'd', which it did not say:"),
        (Typed(1, "x", never=["b*"]), 0, "ab\nbc\n", "said 'bc', expected nothing like 'b*':"),
        (Typed(1, "x", code=1), 0, "", "ended with 0, expected 1:"),
        (Typed(1, "x", ["[2] is?"]), 0, "[2] isn\n", "expected '[2] is?', which it did not say:"),
        (Typed(1, "x", ["[2] is?"]), 0, "[2] is?\n", None),
    ],
)
def test_an_answer_against_what_is_expected(typed: Typed, code: int, printed: str, said: str | None) -> None:
    assert difference(typed, code, printed) == said
