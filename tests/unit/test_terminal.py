"""Text of others on a terminal: nothing in it is a command to the terminal."""

from __future__ import annotations

import io
import json
from pathlib import Path

import pytest

from model_cicd.cli import main
from model_cicd.text import terminal

HOSTILE = "a\x1b[2J\x9b1m\x07\x7f\r\b\u202eb\u2066\U000e0041c é ö 漢"


def test_a_line_keeps_its_letters_only() -> None:
    out = io.StringIO()
    terminal.say(f"{HOSTILE}\nnext", out)
    assert out.getvalue() == "a [2J 1m     b  c é ö 漢\nnext\n"
    assert terminal.printable("one\ntwo") == "one two"


def test_json_loses_nothing() -> None:
    text = terminal.as_json({"reason": HOSTILE})
    assert json.loads(text) == {"reason": HOSTILE}
    assert all(each.isprintable() or each == "\n" for each in text)
    assert "é ö 漢" in text


@pytest.mark.parametrize("command", ["check", "plan"])
def test_an_error_names_a_hostile_manifest_without_obeying_it(
    command: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    manifest = tmp_path / "deployment.yaml"
    manifest.write_text('name: a\ngroups: []\ntargetAccountMappings: []\n"\\e]0;owned\\a": 1\n', encoding="utf-8")
    assert main([command, str(manifest)]) == 1
    said = "".join(capsys.readouterr())
    assert "owned" in said
    assert all(each.isprintable() or each == "\n" for each in said)
