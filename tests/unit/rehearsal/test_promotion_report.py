"""What the report says of environments, and when an endpoint's answers count as the model's own."""

from __future__ import annotations

import io
import json
import struct
from typing import Any

import pytest

from rehearsal.cli import main
from rehearsal.errors import RehearsalError
from rehearsal.job.holdout import mean_squared_error
from rehearsal.job.promote import compare
from rehearsal.job.report import Report
from rehearsal.job.report_files import as_json
from rehearsal.job.train import Result
from tests.unit.rehearsal.reports import whole

ENVIRONMENT: dict[str, Any] = {
    "name": "live", "type": "prod", "account": "444444444444", "region": "us-east-1", "endpoint": "churn-live",
    "version": 3, "release": "arn:release", "digest": f"sha256:{'0123456789ab' * 5}0123",
    "manual_approval": True, "rows": 67, "mse": 3111.26, "seconds": 11.1,
}  # fmt: skip


def report(*environments: dict[str, Any]) -> Report:
    result = Result("m", "churn", "main", "222222222222", environments=list(environments))
    return Report("deployment.yaml", ["222222222222"], passed=True, seconds=1.0, steps=[], groups=[result])


def test_the_table_says_who_serves_what_how_well_and_since_when() -> None:
    out = io.StringIO()
    report(ENVIRONMENT, {**ENVIRONMENT, "name": "next", "type": "dev", "mse": None, "manual_approval": False}).show(out)
    lines = out.getvalue().splitlines()
    first = lines.index("  environment  live (prod), account 444444444444")
    assert [line.strip() for line in lines[first + 1 : first + 7]] == [
        "serves version 3, sha256:0123456789ab",
        "prediction error: mse 3111.3 on 67 held-back rows",
        "11.1 s after the version's approval, after a manual approval",
        "environment  next (dev), account 444444444444",
        "serves version 3, sha256:0123456789ab",
        "11.1 s after the version's approval",
    ]


def test_what_is_printed_fits_into_80_columns_and_breaks_no_word(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    out = io.StringIO()
    whole("a-deployment-group-with-a-name-of-sixty-letters-as-some-have-it").show(out)
    lines = out.getvalue().splitlines()
    assert [line for line in lines if len(line) > 80] == []
    assert "\x1b" not in out.getvalue()
    words = set(out.getvalue().split())
    assert {"222222222222", "444444444444", "(prod),", "PendingManualApproval", "3382.6"} <= words
    assert "a-deployment-group-with-a-name-of-sixty-letters-as-some-have-it" in words


def test_without_environments_there_is_no_second_table() -> None:
    out = io.StringIO()
    report().show(out)
    assert "prediction error" not in out.getvalue()


def test_the_json_has_the_environments_of_each_group() -> None:
    assert json.loads(as_json(report(ENVIRONMENT).as_data()))["groups"][0]["environments"] == [ENVIRONMENT]


def test_answers_must_equal_the_model_s_predictions_to_the_bit() -> None:
    single = struct.unpack("f", struct.pack("f", 152.1))[0]
    compare("promote churn", "live", (152.1, 3.5), (single, 3.5))  # the same 32-bit number, however it is printed
    with pytest.raises(RehearsalError, match=r"live answers row 1 with 3.6, the trained model predicts 3.5"):
        compare("promote churn", "live", (152.1, 3.6), (single, 3.5))
    with pytest.raises(RehearsalError, match="live answered 2 rows with 1 predictions"):
        compare("promote churn", "live", (152.1,), (single, 3.5))


def test_the_prediction_error_is_the_mean_of_squares() -> None:
    assert mean_squared_error((1.0, 2.0), (1.0, 4.0)) == 2.0


def test_only_known_places_to_stop_at(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["--stop-at", "lunch"])
    assert ended.value.code == 2
    assert "invalid choice: 'lunch'" in capsys.readouterr().err
