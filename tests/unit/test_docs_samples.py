"""Commands and YAML in the documentation are such that they can be typed."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest
import yaml

from model_cicd.cli import main as model_cicd
from model_cicd.pipeline.checks import check_document
from model_cicd.text.source import parse
from rehearsal.cli import main as rehearse

ROOT = Path(__file__).parents[2]
PAGES = [
    ROOT / "README.md",
    ROOT / "CONTRIBUTING.md",
    *(ROOT / "docs").rglob("*.md"),
    *ROOT.glob("modules/*/*/README.md"),
]
PROGRAMS: dict[str, Callable[[list[str]], int]] = {"model-cicd": model_cicd, "rehearse": rehearse}
NESTED = ("account", "snapshot")
"""Commands of `rehearse` with commands of their own."""
CODE = re.compile(r"```\w*\n(.*?)```|`([^`\n]+)`", re.DOTALL)
CALL = re.compile(r"(?:^|[\s/$(])(model-cicd|rehearse)[ \t]+([^\n#)|]*)", re.MULTILINE)


def calls(page: Path) -> list[tuple[str, list[str]]]:
    """The calls of our programs in the code of a page, as words."""
    text = re.sub(r"```mermaid.*?```", "", page.read_text(encoding="utf-8"), flags=re.DOTALL)
    code = ("\n".join(filter(None, found)).replace("\\\n", " ") for found in CODE.findall(text))
    return [(name, rest.split()) for each in code for name, rest in CALL.findall(each)]


#: the help of each program and command
HELP: dict[tuple[str, str], str] = {}


def help_of(program: str, command: str, capsys: pytest.CaptureFixture[str]) -> str:
    if (program, command) not in HELP:
        with pytest.raises(SystemExit) as ended:
            PROGRAMS[program]([*command.split(), "--help"])
        assert ended.value.code == 0, f"{program} {command}"
        HELP[program, command] = capsys.readouterr().out
    return HELP[program, command]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_commands_and_their_options_are_there(page: Path, capsys: pytest.CaptureFixture[str]) -> None:
    wrong = []
    for program, words in calls(page):
        first = words[0] if words and re.fullmatch(r"[a-z]+", words[0]) else ""
        if program == "model-cicd" and not first:
            continue
        if first in NESTED and len(words) > 1 and words[1].isalpha():
            first = f"{first} {words[1]}"
        shown = help_of(program, first, capsys)
        for option in (found[1] for word in words if (found := re.match(r"\[?(--[a-z-]+)", word))):
            if not re.search(rf"(?<![\w-]){re.escape(option)}(?![\w-])", shown):
                wrong.append(f"{program} {first} {option}")
    assert wrong == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_yaml_can_be_read_and_whole_pipelines_are_good(page: Path) -> None:
    for text in re.findall(r"```yaml\n(.*?)```", page.read_text(encoding="utf-8"), re.DOTALL):
        yaml.safe_load(text)
        if text.startswith("projectName"):
            assert [str(problem) for problem in check_document(parse(text, page.name))] == []


def test_there_are_calls_to_check() -> None:
    assert sum(len(calls(page)) for page in PAGES) > 40
