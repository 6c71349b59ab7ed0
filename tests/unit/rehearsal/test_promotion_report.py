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
from rehearsal.job.train import Result

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
    lines = [" ".join(line.replace("│", " ").split()) for line in out.getvalue().splitlines()]
    assert (
        "churn live (prod) 444444444444 version 3 mse 3111.3 on 67 held-back rows 11.1, after a manual approval"
        in lines
    )
    assert "churn next (dev) 444444444444 version 3 - 11.1" in lines
    assert "sha256:0123456789ab" in lines


def test_without_environments_there_is_no_second_table() -> None:
    out = io.StringIO()
    report().show(out)
    assert "prediction error" not in out.getvalue()


def test_the_json_has_the_environments_of_each_group() -> None:
    assert json.loads(report(ENVIRONMENT).as_json())["groups"][0]["environments"] == [ENVIRONMENT]


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
