"""When a shadow is good enough to take over."""

from __future__ import annotations

import pytest

from model_cicd.aws.shadow import Limits
from model_cicd.promotion.comparison import Seen, compare

LIMITS = Limits(requests=100, minutes=30, latency_factor=1.5, error_rate=0.01)
SERVES = Seen(1000, 10, 20_000.0)  # 1 % fail, 20 ms each


@pytest.mark.parametrize(
    ("shadow", "complaints"),
    [
        (Seen(100, 0, 1000), ()),
        (Seen(100, 2, 3000), ()),
        (Seen(100, 3, 1000), ("errors 3.0% (at most 1.0% above 1.0%)",)),
        (Seen(100, 0, 3001), ("mean latency 30 ms (at most 1.5 times 20)",)),
        (
            Seen(100, 100, 9000),
            ("errors 100.0% (at most 1.0% above 1.0%)", "mean latency 90 ms (at most 1.5 times 20)"),
        ),
        (Seen(99, 99, 99000), ("99 copies of requests within 30 minutes, expected 100",)),
        (Seen(0, 0, 0), ("0 copies of requests within 30 minutes, expected 100",)),
    ],
)
def test_the_limits(shadow: Seen, complaints: tuple[str, ...]) -> None:
    found = compare(SERVES, shadow, LIMITS)
    assert found.complaints == complaints
    assert found.good is not bool(complaints)


def test_the_line_for_people() -> None:
    good = compare(SERVES, Seen(200, 2, 5000), LIMITS).text("12", "11")
    assert good == ("passed: version 12 beside 11, 200 requests, errors 1.0% (1.0%), mean latency 25 ms (20)")
    assert compare(SERVES, Seen(7, 0, 10), LIMITS).text("12", "11") == (
        "failed: 7 copies of requests within 30 minutes, expected 100"
    )
    most = compare(Seen(10**9, 10**9, 1e15), Seen(10**9, 10**9, 1e15), LIMITS).text("10000", "10001")
    assert len(most) < 160, "it stands in an approval's text"
