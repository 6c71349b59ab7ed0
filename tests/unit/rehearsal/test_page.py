"""The report as a page and as Markdown: everything is on it, nothing of it is taken for HTML."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from rehearsal.errors import RehearsalError
from rehearsal.job import report_files
from rehearsal.job.report import Report
from rehearsal.page import as_html, as_markdown, timeline
from tests import pages
from tests.unit.rehearsal.reports import ACTUAL, BEGAN, HOSTILE, group, iam, whole

FAILURE = RehearsalError("train prod-deployment-group", f"the training pipeline ended as Failed\n    {HOSTILE}")


def failed() -> Report:
    known = whole()
    facts = {name: getattr(known, name) for name in ("steps", "topology", "provenance", "iam", "protections")}
    broken = group("prod-deployment-group", environments=[], held_back=None, version=None, value=None)
    return Report.failed(known.manifest, FAILURE, groups=[broken], seconds=92.8, **facts)


EMPTY = Report.failed("nowhere.yaml", RehearsalError("check the manifest", "nowhere.yaml: no such file"))
REPORTS = {"whole": whole(), "hostile": whole(HOSTILE), "failed": failed(), "empty": EMPTY}


@pytest.mark.parametrize("name", REPORTS)
def test_the_page_needs_nothing_else(name: str) -> None:
    text = as_html(REPORTS[name].as_data())
    assert pages.Page(text).problems == []
    assert text == as_html(json.loads(report_files.as_json(REPORTS[name].as_data())))


def test_everything_is_on_the_page() -> None:
    page = pages.Page(as_html(whole().as_data()))
    for text in (
        "Passed in 118 s",
        "manifests/local/deployment.yaml",
        "2026-11-29 11:08:00 UTC",
        f"{'fedcba9876543210' * 2}, with changes that are not committed",
        "aws-cdk 2.1033.0",
        "trains prod-deployment-",
        "1. prod-approval-env (preprod)",
        "TrainModel",
        "Succeeded 14.4 s",
        "core/prod-deployment-group",
        "VpcId: prod-deployment-group; SubnetIds: ['s|1']",
        "not run",
        "mse 3382.62 <= 4000",
        "model-package/prod-deployment-group/7",
        "model-package/prod-env-releases/3",
        "Mean squared error 1290.44 on 67 held-back rows",
        "acme-churn",
        "2185 decisions",
        "implicit deny: no identity policy allows it",
        "logs:CreateLogGroup: inline, statement Logs",
        "the unmodified seedfarmer, cdk and git commands deploy this manifest",
        "service quotas",
        "builds run without a cage",
    ):
        assert text in page.text, text
    assert page.tags["circle"] == len(ACTUAL)  # both environments answer alike
    assert {"accounts", "group-1", "pipeline-1", "timeline", "iam", "proves", "protections"} <= set(page.ids)


def test_a_failure_stands_on_top_and_what_was_done_until_then_below() -> None:
    page = pages.Page(as_html(failed().as_data()))
    assert page.text.index("What failed") < page.text.index("Accounts") < page.text.index("Timeline")
    assert HOSTILE in page.text
    assert "It proves nothing beyond the steps that were done: it failed." in page.text
    assert "held-back" not in page.text


def test_where_nothing_was_decided_no_role_is_said_to_be_idle() -> None:
    page = pages.Page(as_html(whole(iam={**iam(), "mode": "off"}).as_data()))
    assert page.problems == []
    assert "no call was decided (--iam off)" in page.text
    assert "Never used" not in page.text


def test_the_timeline_has_the_steps_of_a_pipeline_below_its_training() -> None:
    found = timeline.bars(whole().as_data())
    names = [(each.name, each.inner) for each in found]
    train = names.index(("train prod-deployment-group", False))
    assert names[train + 1 : train + 3] == [("PreprocessData", True), ("TrainModel", True)]
    assert [each.start for each in found[train + 1 : train + 3]] == [20.0, 25.0]  # seconds since it began
    assert BEGAN.second == 0


@pytest.mark.parametrize("name", REPORTS)
def test_markdown_shows_values_as_they_are(name: str) -> None:
    text = as_markdown(REPORTS[name].as_data())
    assert "<img" not in text.replace("\\<img", "").replace(f"    {HOSTILE}", "")
    rows = [line for line in text.splitlines() if line.startswith("|")]
    for table in re.findall(r"(?:^\|.*\n)+", text, re.MULTILINE):
        assert len({len(re.findall(r"(?<!\\)\|", row)) for row in table.splitlines()}) == 1
    assert ("builds run without a cage" in text) == bool((REPORTS[name].protections or {}).get("missing"))
    assert ("| prod-deployment-group |" in "\n".join(rows).replace("\\", "")) == (name in ("whole", "failed"))


@pytest.mark.programs
@pytest.mark.skipif(pages.BROWSER is None, reason="there is no browser here")
@pytest.mark.parametrize("width", [700, 1200])
def test_nothing_is_outside_of_its_box_or_the_window_in_a_browser(width: int, tmp_path: Path) -> None:
    for name in ("whole", "hostile", "failed"):
        found = pages.measure(as_html(REPORTS[name].as_data()), tmp_path, width)
        assert found["problems"] == []
        assert found["scrolls"] <= found["width"]
