"""What steps print and write for their runner."""

from __future__ import annotations

import pytest

from rehearsal.workflows import file_commands
from rehearsal.workflows.file_commands import FileCommandError
from rehearsal.workflows.log_commands import Masks, StepLog
from rehearsal.workflows.results import Annotation, StepResult


def printed(*lines: str) -> tuple[StepResult, StepLog]:
    result = StepResult(1, "step")
    log = StepLog(result, Masks())
    for line in lines:
        log.line(line)
    return result, log


def test_annotations() -> None:
    result, _ = printed(
        "::error file=app.js,line=1,col=5,endColumn=7,title=YOUR-TITLE::Missing semicolon",
        "::warning::two%0Alines 100%25",
        "  ::NOTICE FILE=a.py::hi",
    )
    assert result.annotations == [
        Annotation("error", "Missing semicolon", "YOUR-TITLE", "app.js", 1, None, 5, 7),
        Annotation("warning", "two\nlines 100%"),
        Annotation("notice", "hi", file="a.py"),
    ]
    assert result.log == ["##[error]Missing semicolon", "##[warning]two", "##[warning]lines 100%", "##[notice]hi"]


def test_masks_hide_from_then_on() -> None:
    result, _ = printed("secret", "::add-mask::secret", "a secret here", "::add-mask::one%0Atwo", "one", "two",
                        "::error::the secret")  # fmt: skip
    assert result.log == ["secret", "a *** here", "***", "***", "##[error]the ***"]
    assert result.annotations[0].message == "the ***"


def test_a_mask_within_another_hides_the_longer_first() -> None:
    masks = Masks()
    masks.add("abc", "abcdef", "", " ")
    assert masks.hide("abcdef abc x") == "*** *** x"


def test_commands_can_be_stopped() -> None:
    result, _ = printed("::stop-commands::token", "::error::no", "::token::", "::error::yes")
    assert result.log == ["::error::no", "##[error]yes"]


def test_groups_and_debug() -> None:
    result, _ = printed(
        "::group::Title", "in it", "::endgroup::", "::debug::not shown", "::echo::on", "::x::y", "a::b::c"
    )
    assert result.log == ["##[group]Title", "in it", "##[endgroup]", "::x::y", "a::b::c"]


@pytest.mark.parametrize("name", ["set-output", "set-env", "add-path", "save-state"])
def test_old_commands_are_refused(name: str) -> None:
    result, log = printed(f"::{name} name=a::b")
    assert log.refused and f"the command {name} is disabled" in result.annotations[0].message


def test_pairs() -> None:
    text = "A=1\nB=x=y\nC<<END\nline 1\n\nA=2\nEND\nD=\nE=<<x\n"
    assert file_commands.pairs(text, "F") == {"A": "1", "B": "x=y", "C": "line 1\n\nA=2", "D": "", "E": "<<x"}
    assert file_commands.pairs("", "F") == {}


@pytest.mark.parametrize("text", ["word\n", "A<<END\nno end\n", "=value\n", "A<<\nx\n"])
def test_pairs_that_are_none(text: str) -> None:
    with pytest.raises(FileCommandError, match="F: got"):
        file_commands.pairs(text, "F")


def test_variables_and_paths() -> None:
    assert file_commands.variables("A=1\n") == {"A": "1"}
    with pytest.raises(FileCommandError, match="NODE_OPTIONS"):
        file_commands.variables("NODE_OPTIONS=--x\n")
    assert file_commands.paths("/a\n/b\n") == ["/b", "/a"]
