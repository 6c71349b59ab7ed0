"""The main job from end to end, and what a person does with it afterwards. All on one kept rehearsal."""

from __future__ import annotations

import json
import re
import tarfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests.e2e.breaking import registry_objects
from tests.pages import BROWSER, Page, measure

if TYPE_CHECKING:
    from tests.e2e.by_hand import Kept

pytestmark = [pytest.mark.e2e, pytest.mark.xdist_group("kept")]

TOOLING, DEV_BUILD, PROD_BUILD = "123456789010", "123456789012", "123456789015"
DEV, PROD = "experimenation-deployment-group", "prod-deployment-group"


def packages(kept: Kept, group: str) -> list[dict[str, Any]]:
    """The model packages of a deployment group, newest first."""
    result = next(each for each in kept.report["groups"] if each["group"] == group)
    client = kept.client("sagemaker", result["build_account"])
    name = result["model_package"].split("/")[-2]
    found = client.list_model_packages(ModelPackageGroupName=name, SortBy="CreationTime", SortOrder="Descending")
    return list(found["ModelPackageSummaryList"])


def test_it_passes_and_says_what_that_means(kept: Kept) -> None:
    assert re.search(r"^rehearsal: passed in \d+ s$", kept.output, re.MULTILINE), kept.output[-3000:]
    assert "This rehearsal proves:" in kept.output
    assert "It does not prove:" in kept.output
    for text in (DEV, PROD, "123456789012", "123456789015", "mse", "PendingManualApproval"):
        assert text in kept.output


def test_the_report_shows_a_trained_and_registered_model_for_each_group(kept: Kept) -> None:
    assert kept.report["passed"] is True
    assert [each["group"] for each in kept.report["groups"]] == [DEV, PROD]
    for each in kept.report["groups"]:
        assert each["pipeline_status"] == "Succeeded"
        assert {step["status"] for step in each["steps"]} == {"Succeeded"}
        assert {"TrainModel", "EvaluateModel", "RegisterModel"} <= {step["name"] for step in each["steps"]}
        assert 0 < each["value"] <= each["threshold"]
        assert each["approval_status"] == "PendingManualApproval"
        assert f":{each['build_account']}:model-package/" in each["model_package"]


def test_the_report_is_a_page_of_what_its_json_has(kept: Kept, tmp_path: Path) -> None:
    from rehearsal.page import as_html, as_markdown

    report = kept.report
    assert len(report["commit"]) == 40
    assert {"python", "seed-farmer", "aws-cdk", "moto", "model-cicd"} <= set(report["versions"])
    deployed = [each["account"] for each in report["topology"] if each["does"]]
    assert deployed == [f"12345678901{digit}" for digit in "0234567"]
    for each in report["groups"]:
        ran = [step["name"] for step in each["steps"]]
        assert set(ran) <= {step["name"] for step in each["graph"]}
        assert next(step["after"] for step in each["graph"] if step["name"] == "RegisterModel")
        actual = each["held_back"]["actual"]
        for place in each["environments"]:
            error = sum((x - y) ** 2 for x, y in zip(actual, place["predictions"], strict=True)) / len(actual)
            assert error == pytest.approx(place["mse"])
    page = Page(as_html(report))
    assert page.problems == []
    assert page.tags["circle"] >= 2 * 20
    assert "TrainModel" in page.text
    assert "prod-env (prod)" in as_markdown(report)
    if BROWSER:
        found = measure(page.source, tmp_path, 700)
        assert (found["problems"], found["scrolls"] <= found["width"]) == ([], True)


def test_the_registered_model_predicts(kept: Kept, tmp_path: Path) -> None:
    """The artifact in the registry is a real XGBoost model, better than guessing the mean."""
    import numpy
    import pandas
    import xgboost

    result = kept.report["groups"][0]
    bucket, _, key = result["model_data"].removeprefix("s3://").partition("/")
    with registry_objects(kept, DEV_BUILD) as s3:
        body = s3.get_object(Bucket=bucket, Key=key)["Body"].read()
    (tmp_path / "model.tar.gz").write_bytes(body)
    with tarfile.open(tmp_path / "model.tar.gz") as archive:
        archive.extract("xgboost-model", tmp_path)
    booster = xgboost.Booster()
    booster.load_model(tmp_path / "xgboost-model")
    data = pandas.read_csv(Path(__file__).parents[2] / "seedcode" / "model-build" / "data" / "diabetes.csv")
    target = data.columns[-1] if "target" not in data.columns else "target"
    features = data.drop(columns=[target]).to_numpy()
    predicted = booster.predict(xgboost.DMatrix(features))
    wanted = data[target].to_numpy()
    assert numpy.mean((predicted - wanted) ** 2) < numpy.var(wanted) / 2


def test_the_model_package_says_where_it_comes_from(kept: Kept) -> None:
    result = kept.report["groups"][0]
    package = kept.client("sagemaker", DEV_BUILD).describe_model_package(ModelPackageName=result["model_package"])
    metadata = package["CustomerMetadataProperties"]
    assert result["commit"] in metadata.values()
    assert "dev" in metadata.values()
    assert "model-build-repo" in metadata.values()
    assert any("/execution/" in value for value in metadata.values())
    metrics = {float(value) for value in metadata.values() if re.fullmatch(r"\d+\.\d+", value)}
    assert any(abs(value - result["value"]) < 1e-3 for value in metrics)


def test_stacks_are_where_they_belong(kept: Kept) -> None:
    def stacks(account: str) -> set[str]:
        found = kept.client("cloudformation", account).describe_stacks()["Stacks"]
        return {each["StackName"] for each in found} - {"CDKToolkit"}

    assert any(name.endswith("-build") for name in stacks(DEV_BUILD))
    assert any(name.endswith("-build") for name in stacks(PROD_BUILD))
    (endpoint,) = stacks("123456789017")
    assert endpoint.endswith("-endpoint")


def test_a_push_to_one_branch_retrains_only_its_group(kept: Kept, tmp_path: Path) -> None:
    clone = kept.clone("model-build-repo", tmp_path / "clone")
    before = len(kept.executions(kept.pipeline(PROD)))
    kept.run(TOOLING, "git", "checkout", "--quiet", "dev", cwd=clone)
    (clone / "NOTES.md").write_text("again\n", encoding="utf-8")
    commit = kept.push(clone, "dev", "Again")
    assert kept.wait_for(kept.pipeline(DEV), commit)["status"] == "Succeeded"
    assert len(packages(kept, DEV)) >= 2
    assert len(kept.executions(kept.pipeline(PROD))) == before


def test_a_branch_of_no_group_starts_nothing(kept: Kept, tmp_path: Path) -> None:
    clone = kept.clone("model-build-repo", tmp_path / "clone")
    before = {group: len(kept.executions(kept.pipeline(group))) for group in (DEV, PROD)}
    (clone / "NOTES.md").write_text("aside\n", encoding="utf-8")
    kept.push(clone, "feature/aside", "Aside")
    # a push to dev afterwards shows that events were delivered in the meantime
    kept.run(TOOLING, "git", "fetch", "--quiet", "origin", cwd=clone)
    kept.run(TOOLING, "git", "checkout", "--quiet", "-B", "dev", "origin/dev", cwd=clone)
    (clone / "NOTES.md").write_text("dev once more\n", encoding="utf-8")
    commit = kept.push(clone, "dev", "Dev once more")
    kept.wait_for(kept.pipeline(DEV), commit)
    assert len(kept.executions(kept.pipeline(DEV))) == before[DEV] + 1
    assert len(kept.executions(kept.pipeline(PROD))) == before[PROD]


def build_log_of(kept: Kept, pipeline: str, execution: dict[str, Any]) -> str:
    """What `rehearse logs` shows for the build of an execution."""
    details = kept.client("codepipeline", TOOLING).list_action_executions(
        pipelineName=pipeline, filter={"pipelineExecutionId": execution["pipelineExecutionId"]}
    )["actionExecutionDetails"]
    identities = [each.get("output", {}).get("executionResult", {}).get("externalExecutionId", "") for each in details]
    build = next(identity for identity in identities if ":" in identity)
    return kept.rehearse("logs", build).stdout


def test_a_broken_script_fails_the_pipeline_with_its_cause(kept: Kept, tmp_path: Path) -> None:
    clone = kept.clone("model-build-repo", tmp_path / "clone")
    kept.run(TOOLING, "git", "checkout", "--quiet", "dev", cwd=clone)
    script = clone / "scripts" / "preprocess.py"
    script.write_text(
        script.read_text(encoding="utf-8") + "\nraise RuntimeError('the flux is broken')\n", encoding="utf-8"
    )
    before = len(packages(kept, DEV))
    commit = kept.push(clone, "dev", "Break it")
    execution = kept.wait_for(kept.pipeline(DEV), commit)
    assert execution["status"] == "Failed"
    log = build_log_of(kept, kept.pipeline(DEV), execution)
    assert "PreprocessData" in log
    assert "the flux is broken" in log
    assert len(packages(kept, DEV)) == before


def test_a_model_below_the_threshold_is_not_registered_and_the_run_says_so(kept: Kept, tmp_path: Path) -> None:
    clone = kept.clone("model-build-repo", tmp_path / "clone")
    kept.run(TOOLING, "git", "checkout", "--quiet", "main", cwd=clone)
    pipeline = clone / "pipeline.yaml"
    text = pipeline.read_text(encoding="utf-8")
    changed = re.sub(r"(name: MaxMse\n(?:.*\n)*?\s*defaultValue: )[\d.]+", r"\g<1>1.0", text, count=1)
    assert changed != text
    pipeline.write_text(changed, encoding="utf-8")
    before = len(packages(kept, PROD))
    commit = kept.push(clone, "main", "Ask for the impossible")
    execution = kept.wait_for(kept.pipeline(PROD), commit)
    assert execution["status"] == "Failed"
    log = build_log_of(kept, kept.pipeline(PROD), execution)
    assert "gate failed" in log
    assert "not registered" in log
    assert len(packages(kept, PROD)) == before


def test_env_points_the_aws_command_at_each_account(kept: Kept) -> None:
    for account in (TOOLING, DEV_BUILD):
        identity = json.loads(kept.run(account, "aws", "sts", "get-caller-identity"))
        assert identity["Account"] == account


def test_an_unknown_account_is_refused(kept: Kept) -> None:
    ended = kept.rehearse("env", "--account", "888888888888")
    assert ended.returncode == 1
    assert "no account '888888888888'" in ended.stderr
    assert "Traceback" not in ended.stderr


def test_logs_lists_the_builds(kept: Kept) -> None:
    listed = kept.rehearse("logs").stdout
    assert "codeseeder-modelcicd" in listed
    assert "SUCCEEDED" in listed


def test_a_second_one_in_the_same_directory_is_refused(kept: Kept) -> None:
    ended = kept.rehearse("up")
    assert ended.returncode == 1
    assert "one already runs here" in ended.stderr


def test_neither_logs_nor_reports_hold_credentials(kept: Kept) -> None:
    """Of administrators exactly; of roles by the look of what a program prints about its environment."""
    state = json.loads((kept.directory / ".rehearsal" / "state.json").read_text(encoding="utf-8"))
    secrets = {each["AWS_SECRET_ACCESS_KEY"] for each in state["accounts"].values()}
    assert all(len(secret) >= 16 for secret in secrets)
    printed = re.compile(r"(?i)(secret_?access_?key|session_?token)[\"']?\s*[=:]\s*[\"']?[A-Za-z0-9/+=]{16,}")
    logs = [path for path in Path(state["directory"]).joinpath("logs").rglob("*") if path.is_file()]
    assert len(logs) > 20
    for path in (kept.directory / "output.txt", kept.directory / "report.json", *logs):
        text = path.read_text(encoding="utf-8", errors="replace")
        assert not any(secret in text for secret in secrets), path
        assert not printed.search(text), (path, printed.search(text))
