"""Tables and sentences that hold in a terminal."""

from __future__ import annotations

import shlex
import subprocess

import pytest

from model_cicd.operate.columns import command, table, wrapped

ROWS = [
    ("prod-train-env", "prod", "123456789015 us-east-1", "version 3", "release 3 sha256:0123456789ab", "InService"),
    ("b", "preprod", "123456789016 us-east-1", "nothing yet", "", ""),
]


def test_a_table_that_fits_is_a_line_a_row() -> None:
    assert len(list(table(ROWS, None))) == len(list(table(ROWS, 120))) == 2


def test_a_wider_one_breaks_between_columns_and_in_no_word() -> None:
    lines = list(table(ROWS, 60))
    assert max(map(len, lines)) <= 60
    assert lines == [
        "prod-train-env  prod     123456789015 us-east-1  version 3",
        "    release 3 sha256:0123456789ab  InService",
        "b               preprod  123456789016 us-east-1  nothing yet",
    ]


def test_a_sentence_goes_on_behind_its_beginning() -> None:
    text = "  an account 123456789015 and a-word-with-hyphens/that-is-long"
    assert wrapped(text, 28) == ["  an account 123456789015", "    and", "    a-word-with-hyphens/that-is-long"]
    assert wrapped("short", 28) == ["short"]


@pytest.mark.slow
def test_a_command_can_be_copied_as_it_stands() -> None:
    text = "printf %s, one 'two' three --query 'events[].[message]' four \"$(echo five six)\""
    lines = command(text, 30)
    assert max(map(len, lines)) <= 30
    assert all(line.endswith(" \\") for line in lines[:-1])
    printed = [
        subprocess.run(["bash", "-c", each], capture_output=True, check=True).stdout
        for each in (text, "\n".join(lines))
    ]
    assert printed[0] == printed[1]
    assert command(shlex.join(["a", "b"]), 30) == ["a b"]


@pytest.mark.slow
def test_what_is_quoted_stays_in_one_line() -> None:
    text = shlex.join(["printf", "%s,", "a sentence  of several words that is long", "it's", 'say "no" to that', "end"])
    lines = command(text, 30)
    assert any("'a sentence  of several words that is long'" in line for line in lines)
    printed = [
        subprocess.run(["bash", "-c", each], capture_output=True, check=True).stdout
        for each in (text, "\n".join(lines))
    ]
    assert printed[0] == printed[1] == b'a sentence  of several words that is long,it\'s,say "no" to that,end,'
