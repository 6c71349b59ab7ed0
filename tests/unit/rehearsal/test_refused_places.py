"""Where nothing can be written, nothing begins: said with place, reason and what is expected, and nothing is left."""

from __future__ import annotations

from pathlib import Path

import pytest

from rehearsal import state_file
from rehearsal.cli import main
from rehearsal.errors import RehearsalError
from rehearsal.job import report_files
from tests.unit.rehearsal.reports import whole

MISSING = "nowhere.yaml"


def files(folder: Path) -> list[str]:
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*"))


@pytest.mark.parametrize("name", ["report.pdf", "report", "report.HTML"])
def test_another_ending_is_wrong_usage(name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([MISSING, "--report", str(tmp_path / name)]) == 2
    said = capsys.readouterr().err
    assert said == (
        f"rehearse: --report {tmp_path / name}: got the ending {Path(name).suffix!r}, "
        "expected FILE.html, FILE.json or FILE.md\n"
    )
    assert files(tmp_path) == []


def test_a_place_where_no_file_can_be_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "file").touch()
    (tmp_path / "folder.html").mkdir()
    for path, reason in (
        (tmp_path / "file" / "report.html", "not a directory"),
        (tmp_path / "folder.html", "is a directory"),
        (Path("/proc/report.json"), "no such file or directory"),
    ):
        assert main([MISSING, "--report", str(path)]) == 1
        said = capsys.readouterr().err
        assert said.startswith(f"rehearse: --report: {path} cannot be written: {reason}; expected a file in a folder")
    assert files(tmp_path) == ["file", "folder.html"]


def test_trying_leaves_what_is_there_and_makes_nothing(tmp_path: Path) -> None:
    known = tmp_path / "report.html"
    known.write_text("of yesterday", encoding="utf-8")
    report_files.check(known)
    report_files.check(tmp_path / "new" / "folder" / "report.md")
    assert known.read_text(encoding="utf-8") == "of yesterday"
    assert files(tmp_path) == ["report.html"]


@pytest.mark.parametrize(("ending", "start"), [("html", "<!doctype html>"), ("json", "{"), ("md", "# Rehearsal of")])
def test_the_ending_says_what_is_written(ending: str, start: str, tmp_path: Path) -> None:
    file = tmp_path / "new" / f"report.{ending}"
    report_files.write(whole().as_data(), file)
    assert file.read_text(encoding="utf-8").startswith(start)


@pytest.mark.programs
def test_a_rehearsal_that_cannot_begin_is_in_the_report(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([MISSING, "--report", str(tmp_path / "report.html")]) == 1
    assert "nowhere.yaml: no such file" in (tmp_path / "report.html").read_text(encoding="utf-8")
    assert capsys.readouterr().err.count("nowhere.yaml: no such file") == 1


def test_a_folder_that_cannot_be_written_is_no_place_to_stay(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / ".rehearsal").touch()  # root may write everywhere but not there
    for arguments in (["up", MISSING], [MISSING, "--keep"]):
        assert main(arguments) == 1
        expected = f"rehearse: state: {tmp_path / '.rehearsal'} cannot be written: file exists; expected a folder"
        assert capsys.readouterr().err.startswith(expected)
    with pytest.raises(RehearsalError):
        state_file.directory()
    assert files(tmp_path) == [".rehearsal"]


def test_its_name_is_said_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    assert main(["env"]) == 1
    assert capsys.readouterr().err.startswith("rehearse: no embedded AWS runs for this directory")
