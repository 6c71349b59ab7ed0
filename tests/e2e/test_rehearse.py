"""The main job from end to end, and what a person does with it afterwards. All on one kept rehearsal."""

from __future__ import annotations

import datetime
import json
import re
import tarfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests.e2e.breaking import registry_objects
from tests.e2e.by_hand import BIN, wait
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


def test_people_are_told_what_waits_for_them_and_what_serves(kept: Kept) -> None:
    """Of the group that has `notifications`: mail of the encrypted topic, made by EventBridge alone."""
    sent = [each["text"].replace('"', "").splitlines() for each in kept.report["notifications"]]
    assert {each["to"] for each in kept.report["notifications"]} == {"ml-team@example.com"}
    result = next(each for each in kept.report["groups"] if each["group"] == PROD)
    version = result["version"]
    assert {lines[0] for lines in sent} == {
        *(
            f"Deploy-{each}-env of {PROD} succeeded: the promoted version serves"
            for each in ("prod-approval", "prod", "prod-train")
        ),
        f"Deploy-prod-env of {PROD} awaits approval",
        f"Version {version} of {PROD} awaits approval",
    }
    assert len(sent) == 5
    [registered] = [lines for lines in sent if lines[0].startswith("Version")]
    [metrics] = [line for line in registered if line.startswith("Metrics: ")]
    assert re.search(r"Mse [\d.]+ \(at most 4000\)", metrics)
    assert any(line.startswith("Approved before: ") for line in registered)
    assert f"Approve it: model-cicd approve {PROD} VERSION --region us-east-1" in registered
    assert f"{len(sent)} notifications were sent to ml-team@example.com" in kept.output


def test_every_metric_of_the_dashboards_has_numbers_where_something_ran(kept: Kept) -> None:
    cloudwatch = kept.client("cloudwatch", TOOLING)
    names = [each["DashboardName"] for each in cloudwatch.list_dashboards()["DashboardEntries"]]
    assert len(names) == 3
    now = datetime.datetime.now(datetime.UTC)
    read, empty = 0, set()
    for name in names:
        body = json.loads(cloudwatch.get_dashboard(DashboardName=name)["DashboardBody"])
        for graph in (each["properties"] for each in body["widgets"] if each["type"] == "metric"):
            for namespace, metric, *dimensions, how in graph["metrics"]:
                pairs = zip(dimensions[::2], dimensions[1::2], strict=True)
                asked = {
                    "Namespace": namespace,
                    "MetricName": metric,
                    "Dimensions": [{"Name": key, "Value": value} for key, value in pairs],
                }
                # minute by minute: other tests train as well
                period = 60 if metric == "GateMetric" else graph["period"]
                stat = {"Metric": asked, "Period": period, "Stat": how["stat"]}
                client = kept.client("cloudwatch", graph.get("accountId", TOOLING))
                [found] = client.get_metric_data(
                    MetricDataQueries=[{"Id": "m", "MetricStat": stat}],
                    StartTime=now - datetime.timedelta(hours=6),
                    EndTime=now + datetime.timedelta(hours=1),
                )["MetricDataResults"]
                read += 1
                if not found["Values"]:
                    empty.add(metric)
                elif metric == "GateMetric":
                    values = [each["value"] for each in kept.report["groups"]]
                    assert any(abs(value - each) < 1e-6 * each for value in found["Values"] for each in values)
                elif metric == "Invocations":
                    assert found["Values"][0] >= 1
    assert read > 60
    # what counts failures alone: nothing had failed
    assert empty <= {"FailedBuilds", "FailedPipelineExecutions"}


def test_stacks_are_where_they_belong(kept: Kept) -> None:
    def stacks(account: str) -> set[str]:
        found = kept.client("cloudformation", account).describe_stacks()["Stacks"]
        return {each["StackName"] for each in found} - {"CDKToolkit"}

    assert any(name.endswith("-build") for name in stacks(DEV_BUILD))
    assert any(name.endswith("-build") for name in stacks(PROD_BUILD))
    (endpoint,) = stacks("123456789017")
    assert endpoint.endswith("-endpoint")


def build_log_of(kept: Kept, pipeline: str, execution: dict[str, Any]) -> str:
    """What `rehearse logs` shows for the build of an execution."""
    details = kept.client("codepipeline", TOOLING).list_action_executions(
        pipelineName=pipeline, filter={"pipelineExecutionId": execution["pipelineExecutionId"]}
    )["actionExecutionDetails"]
    identities = [each.get("output", {}).get("executionResult", {}).get("externalExecutionId", "") for each in details]
    build = next(identity for identity in identities if ":" in identity)
    return kept.rehearse("logs", build).stdout


def training_of(kept: Kept, group: str, commit: str) -> dict[str, Any]:
    """The training of a commit as `model-cicd status` tells of it, to the tooling account's administrator."""
    printed = kept.run(TOOLING, str(BIN / "model-cicd"), "status", "--format", "json")
    found = next(each for each in json.loads(printed)["groups"] if each["group"] == group)
    return dict(next(each for each in found["trainings"] if each["commit"] == commit))


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
    told = training_of(kept, DEV, commit)
    assert (told["status"], told["kind"], told["step"]) == ("Failed", "script", "PreprocessData")
    assert told["reason"] == "RuntimeError: the flux is broken"
    assert "the flux is broken" in kept.run(DEV_BUILD, "bash", "-c", told["log"]["command"])
    text = kept.run(TOOLING, str(BIN / "model-cicd"), "status")
    assert f"commit {commit[:12]}, at PreprocessData: script failed: RuntimeError: the flux is broken" in text


def test_a_pipeline_that_is_not_in_order_fails_before_a_training_starts(kept: Kept, tmp_path: Path) -> None:
    clone = kept.clone("model-build-repo", tmp_path / "clone")
    kept.run(TOOLING, "git", "checkout", "--quiet", "dev", cwd=clone)
    pipeline = clone / "pipeline.yaml"
    pipeline.write_text(pipeline.read_text(encoding="utf-8").replace("  steps:", "\tsteps:"), encoding="utf-8")
    commit = kept.push(clone, "dev", "Indent it with a tab")
    assert kept.wait_for(kept.pipeline(DEV), commit)["status"] == "Failed"
    told = training_of(kept, DEV, commit)
    assert (told["status"], told["kind"], told["step"]) == ("Failed", "build", "Build")
    assert "not valid YAML: got a tab, expected spaces" in told["reason"]
    assert told["reason"] in kept.run(TOOLING, "bash", "-c", told["log"]["command"])


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
    told = training_of(kept, PROD, commit)
    assert (told["status"], told["kind"], told["step"]) == ("Failed", "gate", "ModelBelowThreshold")
    assert re.search(r"mean squared error of [\d.]+ has to be at most MaxMse, 1.0", told["reason"])
    listed = wait(lambda: _last_mail(kept, f"Training of {PROD} failed"), 20, "the mail")
    mail = kept.rehearse("mail", listed.split()[0]).stdout
    assert execution["pipelineExecutionId"] in mail
    assert "What serves goes on serving." in mail


def _last_mail(kept: Kept, headline: str) -> str | None:
    lines = kept.rehearse("mail").stdout.splitlines()
    return next((line for line in reversed(lines) if line.endswith(headline)), None)


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
    secrets = {each["variables"]["AWS_SECRET_ACCESS_KEY"] for each in state["accounts"].values()}
    assert all(len(secret) >= 16 for secret in secrets)
    printed = re.compile(r"(?i)(secret_?access_?key|session_?token)[\"']?\s*[=:]\s*[\"']?[A-Za-z0-9/+=]{16,}")
    logs = [path for path in Path(state["directory"]).joinpath("logs").rglob("*") if path.is_file()]
    assert len(logs) > 20
    for path in (kept.directory / "output.txt", kept.directory / "report.json", *logs):
        text = path.read_text(encoding="utf-8", errors="replace")
        assert not any(secret in text for secret in secrets), path
        assert not printed.search(text), (path, printed.search(text))
