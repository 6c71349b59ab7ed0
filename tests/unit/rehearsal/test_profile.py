"""Where the seconds of a rehearsal went."""

import io

import pytest

from rehearsal.job.profile import WAITS, Profile
from rehearsal.job.progress import Step
from rehearsal.spans import Span, Spans

BEGAN = 100.0


def _profile(*spans: Span, seconds: float = 10.0) -> Profile:
    return Profile.of(spans, [Step("seedfarmer apply", 0.0, 9.0)], BEGAN, seconds)


def _span(kind: str, name: str, start: float, end: float) -> Span:
    return Span(kind, name, BEGAN + start, BEGAN + end)


def test_shares_add_up_and_inner_work_counts() -> None:
    profile = _profile(
        _span("client", "seedfarmer apply x", 0, 9),
        _span("background", "build a:1", 2, 6),
        _span("command", "uv pip install -r requirements.txt", 3, 5),
        _span("background", "cloudformation-stack", 4, 5),
        _span("background", "deliver-rule-1", 0, 10),
    )
    shares = {row.label: row.share for row in profile.rows}
    assert shares == {
        "seedfarmer by itself, its sleeps among it": pytest.approx(5),
        "builds: download, Python, upload": pytest.approx(2),
        "builds: installs (uv, pip, npm)": pytest.approx(1),
        "CloudFormation: stack operations": pytest.approx(1),
        f"{WAITS} (start, end)": pytest.approx(1),
    }
    assert sum(shares.values()) == pytest.approx(profile.seconds)


def test_parallel_work_is_told_from_work_in_turn() -> None:
    profile = _profile(
        _span("background", "Processing job a", 0, 4),
        _span("background", "Training job b", 0, 4),
        _span("background", "cloudformation-s", 0, 4),
        seconds=4.0,
    )
    found = {row.label: (row.count, row.total, row.wall, row.share) for row in profile.rows}
    assert found["SageMaker: training and processing jobs"] == (2, 8.0, 4.0, 2.0)
    assert found["CloudFormation: stack operations"] == (1, 4.0, 4.0, 2.0)


def test_it_fits_80_columns() -> None:
    out = io.StringIO()
    profile = _profile(_span("command", "x" * 300, 0, 4), _span("client", "model-cicd approve", 5, 6))
    profile.show(out)
    assert max(map(len, out.getvalue().splitlines())) <= 80
    assert "5.0" in out.getvalue().partition("The longest")[2], "the columns of numbers were squeezed out"
    assert {row["what"] for row in profile.as_data()["rows"]} >= {"builds: other commands"}


def test_spans_are_kept_only_when_asked_for_and_however_they_end() -> None:
    spans = Spans()
    with spans.span("request", "before"):
        pass
    spans.enabled = True
    with pytest.raises(ZeroDivisionError), spans.span("request", "after"):
        raise ZeroDivisionError
    assert [each.name for each in spans.all()] == ["after"]
