"""What others wrote, at a terminal."""

from __future__ import annotations

import json
import os
import re
from argparse import Namespace
from pathlib import Path

import pytest

from rehearsal import commands, state_file
from rehearsal.mailbox import Mail, Mailbox
from rehearsal.shown import shown

HOSTILE = "a\x1b]0;title\x07\x1b[2J\x9b1m\r\b\u202eb\u2066\x7f"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("one\ttwo\nthree é 漢", "one\ttwo\nthree é 漢"),
        ("\x1b[31mred\x1b[0m and \x1b[1;38;5;4mblue", "red and blue"),
        ("of Windows\r\n", "of Windows\n"),
        (HOSTILE, r"a\x1b]0;title\x07\x1b[2J\x9b1m\r\x08\u202eb\u2066\x7f"),
        ("\ud800\U000e0041", r"\ud800\U000e0041"),
    ],
)
def test_nothing_that_a_terminal_acts_on_is_left(text: str, expected: str) -> None:
    assert shown(text) == expected


def test_mails_are_shown_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    mail = Mail("a@example.org", HOSTILE, f"text {HOSTILE}", "arn:aws:sns:eu-west-1:111111111111:t", "2026-11-30")
    Mailbox(tmp_path / "mail").put(mail)
    monkeypatch.setattr(state_file, "read", lambda: {"directory": str(tmp_path), "pid": os.getpid()})
    for number in (None, 1):
        assert commands._mail(Namespace(number=number)) == 0
        printed = capsys.readouterr().out
        assert r"\x1b[2J" in printed
        assert not re.search(r"[^\n\x20-\x7e]", printed)
    assert json.loads(next((tmp_path / "mail").iterdir()).read_text())["subject"] == HOSTILE
