"""What GitHub, CI systems and builds are told about a run."""

from __future__ import annotations

import argparse
import json
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest

from model_cicd.cli import main
from model_cicd.pipeline.report import (
    ApprovedVersion,
    ConditionReport,
    ModelPackage,
    RunReport,
    StepReport,
)
from model_cicd.pipeline.reports import github
from model_cicd.pipeline.reports.ending import Ending
from model_cicd.pipeline.reports.escape import block, code, command
from model_cicd.pipeline.reports.junit import junit
from model_cicd.pipeline.reports.markdown import markdown
from model_cicd.pipeline.reports.option import report_option
from model_cicd.pipeline.reports.publish import publish
from tests.unit.pipeline.scripted_github import ScriptedGitHub, scripted_github

EXECUTION = "arn:aws:sagemaker:eu-west-1:111122223333:pipeline/churn/execution/abc"
PACKAGE = "arn:aws:sagemaker:eu-west-1:111122223333:model-package/churn/4"
EVIL = "x\n::error::y%0A|[a](http://evil) @somebody <img src=x> `rm` ##[add-mask]z\u202e"


def report(**changed: Any) -> RunReport:
    made = RunReport("churn", "arn", EXECUTION, "Succeeded", {}, seconds=61.0)
    made.steps = [StepReport("Train", "Training", "Succeeded", 50.0, "")]
    made.metrics = {"Evaluate": {"mse": 7.5}}
    made.conditions = [ConditionReport("Gate", "mse", 7.5, "LessThanOrEqualTo", 10, True)]
    made.gate = "passed"
    made.model_package = ModelPackage(PACKAGE, "churn", 4, "PendingManualApproval")
    made.registered_metrics = {"Mse": 7.5}
    made.approved = ApprovedVersion("arn:3", 3, {"Mse": 9.25})
    for name, value in changed.items():
        setattr(made, name, value)
    return made


def failed() -> Ending:
    steps = [StepReport("Train", "Training", "Failed", 5.0, EVIL)]
    broken = report(status="Failed", steps=steps, model_package=None, registered_metrics={}, gate="none")
    return Ending(file="pipeline.yaml", report=broken, message=f"the execution failed: {EVIL}", lines={"Train": 12})


@pytest.fixture
def hub() -> Iterator[ScriptedGitHub]:
    with scripted_github() as double:
        yield double


@pytest.fixture
def job(tmp_path: Path, hub: ScriptedGitHub) -> dict[str, str]:
    payload = {"pull_request": {"number": 7, "head": {"sha": "b" * 40}}}
    (tmp_path / "event.json").write_text(json.dumps(payload))
    return {
        "GITHUB_STEP_SUMMARY": str(tmp_path / "summary.md"),
        "GITHUB_OUTPUT": str(tmp_path / "output"),
        "GITHUB_EVENT_PATH": str(tmp_path / "event.json"),
        "GITHUB_API_URL": hub.url,
        "GITHUB_TOKEN": "token",
        "GITHUB_REPOSITORY": "owner/repo",
        "GITHUB_SHA": "a" * 40,
        "GITHUB_RUN_ID": "99",
        "DEPLOYMENT_GROUP": "live",
    }


def told(ending: Ending, job: dict[str, str]) -> list[str]:
    said: list[str] = []
    github.publish(ending, job, said.append)
    return said


def outputs(job: dict[str, str]) -> dict[str, str]:
    text = Path(job["GITHUB_OUTPUT"]).read_text()
    return {name: value for name, _, value in re.findall(r"(?ms)^([\w-]+)<<(\w+)\n(.*?)\n\2$", text)}


def test_a_good_run_is_told_in_all_places(job: dict[str, str], hub: ScriptedGitHub) -> None:
    assert told(Ending(file="pipeline.yaml", report=report(), region="eu-west-1"), job) == []
    summary = Path(job["GITHUB_STEP_SUMMARY"]).read_text()
    for part in ("version 4 was registered", "| 50 |", "7.5 | 9.25 |", "version 3 (approved)",
                 "https://eu-west-1.console.aws.amazon.com/sagemaker/"):  # fmt: skip
        assert part in summary
    found = outputs(job)
    assert found["execution-arn"] == EXECUTION
    assert (found["status"], found["gate"], found["model-package-version"]) == ("Succeeded", "passed", "4")
    assert json.loads(found["metrics"]) == {"Evaluate": {"mse": 7.5}}
    [(sha, status)] = hub.statuses
    assert sha == "b" * 40, "the head of the pull request, not the merge that GITHUB_SHA is"
    assert (status["state"], status["context"]) == ("success", "model-cicd/live")
    assert status["target_url"] == "https://github.com/owner/repo/actions/runs/99"
    assert hub.tokens == {"Bearer token"}


def test_the_comment_is_written_anew_and_nobody_elses_is(job: dict[str, str], hub: ScriptedGitHub) -> None:
    marker = "<!-- model-cicd run live -->"
    hub.comments = [{"id": n + 1, "user": {"type": "User"}, "body": f"{marker} mine"} for n in range(120)]
    told(Ending(file="pipeline.yaml", report=report()), job)
    told(failed(), job)
    assert [each["body"] for each in hub.comments[:120]] == [f"{marker} mine"] * 120
    [own] = hub.comments[120:]
    assert own["body"].startswith(marker)
    assert "The training failed" in own["body"]
    assert [each["state"] for _, each in hub.statuses] == ["success", "failure"]


def test_without_a_pull_request_there_is_no_comment(job: dict[str, str], hub: ScriptedGitHub) -> None:
    Path(job["GITHUB_EVENT_PATH"]).write_text('{"pull_request": "none"}')
    told(Ending(file="pipeline.yaml", report=report()), job)
    assert (len(hub.statuses), hub.comments) == (1, [])
    assert hub.statuses[0][0] == "a" * 40


def test_what_is_not_of_the_file_is_not_blamed_on_it(job: dict[str, str]) -> None:
    said = told(Ending(file="pipeline.yaml", message="--param: got 'x', expected NAME=VALUE"), job)
    assert said[0] == "::error title=model-cicd run::--param: got 'x', expected NAME=VALUE"
    assert "The training could not be started" in Path(job["GITHUB_STEP_SUMMARY"]).read_text()


def test_a_gate_that_failed_is_told_once(job: dict[str, str]) -> None:
    steps = [StepReport("TooBad", "Fail", "Failed", 0.0, "the mean squared error is 12")]
    gate = [ConditionReport("Gate", "mse", 12, "LessThanOrEqualTo", 10, False)]
    made = report(status="Failed", gate="failed", steps=steps, conditions=gate, model_package=None)
    said = told(Ending(file="pipeline.yaml", report=made, message="gate failed", lines={"Gate": 3, "TooBad": 9}), job)
    assert [each for each in said if each.startswith("::error")] == [
        "::error file=pipeline.yaml,line=3,title=step Gate::Gate: mse is 12, expected at most 10: does not hold"
    ]


def test_failures_are_errors_at_their_lines(job: dict[str, str]) -> None:
    [error] = told(failed(), job)
    assert error.startswith("::error file=pipeline.yaml,line=12,title=step Train::x%0A")
    assert "\n" not in error


@pytest.mark.parametrize("status", [401, 403, 404, 422, 500])
def test_a_github_that_refuses_is_a_warning(job: dict[str, str], hub: ScriptedGitHub, status: int) -> None:
    hub.refuses = status
    said = told(Ending(file="pipeline.yaml", report=report()), job)
    assert [each.partition(" ")[0] for each in said] == ["::warning", "::warning"]
    assert ("statuses: write" in said[0]) == (status in (403, 404))


def test_no_github_at_all_is_a_warning(job: dict[str, str]) -> None:
    job["GITHUB_API_URL"] = "http://127.0.0.1:9"
    said = told(Ending(file="pipeline.yaml", report=report()), job)
    assert len(said) == 2
    assert all("GitHub was not told" in each for each in said)
    assert len(told(Ending(file="pipeline.yaml", report=report()), {})) == 3  # two files, and no token


def test_no_text_of_others_means_anything_in_markdown() -> None:
    text = markdown(failed())
    bare = re.sub(r"<(code|pre)>[^<]*</\1>", "", text)
    assert not re.search(r"evil|somebody|img|rm|##\[", bare)
    shown = re.findall(r"<(?:code|pre)>([^<]*)</", text)
    assert any("evil" in each for each in shown)
    for each in shown:
        assert re.fullmatch(r"(?:[A-Za-z0-9 \n]|&#\d+;)*", each)
        assert "&#8238;" not in each, "a change of the direction of writing hides what follows"
    assert "\n" not in code(EVIL)
    assert len(code("a" * 5000)) < 600
    assert block("a\nb") == "<pre>a\nb</pre>"


def test_a_command_is_one_line_and_its_properties_end_where_they_should() -> None:
    made = command("error", "a\r\n::b%", {"file": "x,line=1::y\n"})
    assert made == "::error file=x%2Cline=1%3A%3Ay%0A::a %0A::b%25"


def test_outputs_cannot_end_themselves(job: dict[str, str]) -> None:
    evil = report(metrics={"Evaluate\nstatus<<x\nSucceeded\nx": {"mse": 1.0}})
    told(Ending(file="pipeline.yaml", report=evil), job)
    assert set(outputs(job)) == {
        "status", "gate", "execution-arn", "model-package-arn", "model-package-version", "metrics",
    }  # fmt: skip


def test_junit_has_a_case_for_each_step_and_gate() -> None:
    suite = ElementTree.fromstring(junit(failed()))[0]
    assert {name: suite.get(name) for name in ("name", "tests", "failures")} == {
        "name": "churn", "tests": "2", "failures": "1",
    }  # fmt: skip
    failure = suite[0].find("failure")
    assert failure is not None
    assert "<img src=x>" in str(failure.text)
    nothing = Ending(file="p.yaml", message="no \x00 credentials")
    assert ElementTree.fromstring(junit(nothing))[0].get("failures") == "1"
    good = Ending(file="p.yaml", report=report())
    assert ElementTree.fromstring(junit(good))[0].get("failures") == "0"


@pytest.mark.programs
def test_the_environment_file_holds_texts_only(tmp_path: Path) -> None:
    evil = report(metrics={"$(touch /tmp/x)'`id`": {"mse": 1.0}})
    file = tmp_path / "run.env"
    assert publish([report_option(f"env={file}")], Ending(file="p", report=evil), {}, print) == []
    shown = subprocess.run(
        ["bash", "-euc", f'. {file}; printf %s "$TRAINING_METRICS"'], capture_output=True, text=True, check=True
    )
    assert json.loads(shown.stdout) == evil.metrics


def test_what_could_not_be_written_is_refused_before_the_run(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    nowhere = tmp_path / "nowhere"
    asked = [
        "--report",
        f"json={nowhere / 'run.json'}",
        "--report",
        f"junit={tmp_path}",
        "--output",
        f"{nowhere / 'x'}",
    ]
    assert main(["run", str(tmp_path / "no-pipeline.yaml"), *asked]) == 1
    assert capsys.readouterr().err.splitlines() == [
        f"--report json: {nowhere / 'run.json'} cannot be written: there is no folder {nowhere}",
        f"--report junit: got the folder {tmp_path}, expected a file",
        f"--output: {nowhere / 'x'} cannot be written: there is no folder {nowhere}",
    ]


def test_a_file_that_cannot_be_written_is_said(tmp_path: Path) -> None:
    wrong = publish([report_option(f"junit={tmp_path}")], Ending(file="p"), {}, print)
    assert len(wrong) == 1
    assert "cannot be written" in wrong[0]


@pytest.mark.parametrize(
    ("text", "said"),
    [("junitt", "did you mean 'junit'?"), ("github=x", "expected github"), ("json=", "expected json or json=FILE")],
)
def test_what_is_no_report_is_refused(text: str, said: str) -> None:
    with pytest.raises(argparse.ArgumentTypeError, match=re.escape(said)):
        report_option(text)


BROKEN = "projectName: churn\npipeline:\n  steps:\n    - {name: ':: x', type: Trainning}\n"


def test_a_file_that_cannot_be_read_is_told_with_its_lines(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], job: dict[str, str]
) -> None:
    for name, value in job.items():
        monkeypatch.setenv(name, value)
    monkeypatch.chdir(tmp_path)
    Path("pipeline.yaml").write_text(BROKEN)
    assert main(["run", "pipeline.yaml", "--dry-run", "--report", "github", "--report", "json"]) == 1
    shown = capsys.readouterr()
    assert shown.err == "", "a runner reads standard error apart, where commands may not be stopped"
    first, *inside = shown.out.splitlines()
    token = re.fullmatch(r"::stop-commands::(\w{32})", first)
    assert token
    end = inside.index(f"::{token[1]}::")
    assert any("Trainning" in each for each in inside[:end])
    assert any(each.startswith("::error file=pipeline.yaml,line=4,") for each in inside[end:])
    written = json.loads(Path("run.json").read_text())
    assert (written["status"], written["problems"][0]["line"]) == ("NotStarted", 4)
    assert outputs(job)["status"] == "NotStarted"


@pytest.mark.programs
def test_a_dry_run_of_the_seed_needs_no_aws() -> None:
    root = Path(__file__).parents[3]
    arguments = [sys.executable, "-m", "model_cicd.cli", "run", "pipeline.yaml", "--dry-run", "--param", "MaxDepth=3"]
    own = {"PYTHONPATH": str(root), "PATH": ""}
    done = subprocess.run(
        arguments, cwd=root / "seedcode/model-build", env=own, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert "nothing started" in done.stdout
