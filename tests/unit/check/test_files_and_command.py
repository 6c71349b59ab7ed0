from __future__ import annotations

import json
import subprocess
import sys

import pytest

from model_cicd import __version__

from .conftest import ROOT, Project

FILES = {
    "list.yaml": ("- name: a\n  path: b\n", "got a list, expected"),
    "empty.yaml": ("", "got an empty file, expected a deployment manifest"),
    "text.yaml": ("hello\n", "got a file of an unknown kind, expected a deployment manifest"),
    "other.yaml": ("version: 1\nservices: {}\n", "got a file of an unknown kind"),
    "broken.yaml": ("name: a\n  path: [\n", "not valid YAML"),
    "tab.yaml": ("name:\n\t- a\n", "not valid YAML"),
    "date.yaml": ("name: a\npath: 2024-02-31\n", "not valid YAML: day is out of range"),
    "deep.yaml": ("a: " + "[" * 50_000, "nested too deeply, expected at most 200 levels"),
    "dashes.yaml": ("- " * 50_000, "nested too deeply, expected at most 200 levels"),
    "two.yaml": (
        "groups: []\ntoolchainRegion: x\n---\na: 1\n",
        "got 2 documents, expected a deployment manifest of one",
    ),
}


@pytest.mark.parametrize("name", FILES)
def test_files_that_are_nothing(project: Project, name: str) -> None:
    text, expected = FILES[name]
    project.write(name, text)
    found = project.check(name)
    assert len(found) == 1
    assert expected in found[0]


def test_a_missing_file_and_a_folder(project: Project) -> None:
    [problem] = project.check("nope.yaml")
    assert problem == "nope.yaml:0: : cannot be read: No such file or directory"
    assert project.command("nope.yaml").stdout == (
        "nope.yaml: cannot be read: No such file or directory\n1 problem in 1 file\n"
    )
    assert project.check("modules") == ["modules:0: : cannot be read: Is a directory"]
    assert project.check("manifests") == []  # its deployment.yaml is meant


def test_bytes_that_are_not_text(project: Project) -> None:
    (project.folder / "x.yaml").write_bytes(b"\xff\xfe\x00")
    assert project.check("x.yaml") == ["x.yaml:0: : cannot be read: not UTF-8 text"]


def test_a_document_that_refers_to_itself(project: Project) -> None:
    project.write("x.yaml", "name: a\npath: b\nparameters: &x\n  - *x\n")
    assert project.check("x.yaml")


def test_a_pipeline_goes_to_the_pipelines_checks(project: Project) -> None:
    project.write("pipeline.yaml", "projectName: p\npipeline:\n  stepss: []\n")
    assert any("pipeline.stepss" in problem for problem in project.check("pipeline.yaml"))


@pytest.mark.parametrize("name", ["minimal", "comprehensive"])
def test_the_example_pipelines(project: Project, name: str) -> None:
    example = ROOT.parent / f"shared/examples/sagemaker-pipeline-{name}.yaml"
    if not example.exists():
        pytest.skip("the example stands outside this repository")
    assert project.check(str(example)) == []


@pytest.mark.programs
def test_json_has_every_field_and_no_summary(project: Project) -> None:
    project.write("empty.yaml", "")
    found = project.program("empty.yaml", "nope.yaml", "--format", "json")
    assert found.returncode == 1
    assert [sorted(each) for each in json.loads(found.stdout)] == [["file", "line", "message", "path"]] * 2
    assert json.loads(project.program("manifests/deployment.yaml", "--format", "json").stdout) == []


def command(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "model_cicd.cli", *arguments], cwd=ROOT, capture_output=True, text=True, check=False
    )


@pytest.mark.programs
@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (["chek", "x"], "(did you mean 'check'?)"),
        (["check", "x", "--formt=json"], "unrecognized arguments: --formt=json (did you mean '--format'?)"),
        (["check", "x", "--format", "jsn"], "(did you mean 'json'?)"),
        (["check"], "the following arguments are required: PATH"),
        ([], "the following arguments are required: COMMAND"),
    ],
)
def test_a_wrong_command_line_ends_with_2(arguments: list[str], expected: str) -> None:
    found = command(*arguments)
    assert found.returncode == 2
    assert expected in found.stderr
    assert "Traceback" not in found.stderr


@pytest.mark.programs
def test_version_and_help() -> None:
    assert command("--version").stdout == f"model-cicd {__version__}\n"
    assert "check" in command("--help").stdout


@pytest.mark.programs
def test_a_reader_that_goes_away_is_no_error(project: Project) -> None:
    bad = "".join(f"x{number}: 1\n" for number in range(20_000))
    project.write("manifests/models.yaml", "name: a\npath: b\n" + bad)
    found = subprocess.run(
        ["bash", "-c", f"'{sys.executable}' -m model_cicd.cli check manifests/models.yaml | head -1"],
        cwd=project.folder,
        env={"PYTHONPATH": str(ROOT), "PATH": "/usr/bin:/bin"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert found.stdout.startswith("manifests/models.yaml:")
    assert found.stderr == ""
