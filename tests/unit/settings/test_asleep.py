"""When environments sleep: times in UTC, days, and never prod."""

from __future__ import annotations

import copy
from typing import Any

import pytest

from .test_endpoint import complaints

Parameters = dict[str, Any]
#: an environment of type preprod, and one of prod
PREPROD, PROD = 0, 1


def of(parameters: Parameters, endpoint: dict[str, Any], environment: int = PREPROD) -> list[tuple[str, str]]:
    changed = copy.deepcopy(parameters)
    changed["deployment-groups"][0]["deployEnvironments"][environment]["endpoint"] = endpoint
    where = f"deployment-groups.0.deployEnvironments.{environment}.endpoint."
    return [(path.removeprefix(where), message) for path, message in complaints(changed)]


NIGHT = {"from": "20:00", "until": "07:00"}


@pytest.mark.parametrize("asleep", [{}, NIGHT, NIGHT | {"days": ["sat", "sun"]}])
def test_what_is_right(parameters: Parameters, asleep: dict[str, Any]) -> None:
    assert of(parameters, {"asleep": asleep, "idleDays": 7}) == []


def test_prod_never_sleeps(parameters: Parameters) -> None:
    for asleep in ({}, NIGHT):
        [(path, message)] = of(parameters, {"asleep": asleep}, PROD)
        assert (path, message) == (
            "asleep", "got asleep in an environment of type prod, expected it elsewhere only: prod never sleeps"
        )  # fmt: skip
    assert of(parameters, {"idleDays": 3}, PROD) == []


@pytest.mark.parametrize(
    ("asleep", "path", "said"),
    [
        ({"from": "20:00"}, "asleep", "got no until, expected from and until, or neither of them"),
        ({"until": "07:00"}, "asleep", "got no from, expected from and until, or neither of them"),
        ({"from": "07:00", "until": "07:00"}, "asleep.until", "expected another time than from"),
        ({"days": ["mon"]}, "asleep.days", "got days without times"),
        (NIGHT | {"days": []}, "asleep.days", "expected"),
        (NIGHT | {"days": ["Monday"]}, "asleep.days.0", "expected"),
        ({"from": "8pm", "until": "07:00"}, "asleep.from", "expected a time in UTC in quotes, such as '18:30'"),
        ({"from": 1200, "until": "07:00"}, "asleep.from", "expected a time in UTC in quotes"),
        ({"from": "24:00", "until": "07:00"}, "asleep.from", "expected a time in UTC"),
        (NIGHT | {"timezone": "Europe/Berlin"}, "asleep.timezone", "unknown"),
    ],
)
def test_what_is_wrong(parameters: Parameters, asleep: dict[str, Any], path: str, said: str) -> None:
    [(where, message)] = of(parameters, {"asleep": asleep})
    assert where == path
    assert said in message


def test_serverless_costs_nothing_while_nobody_asks(parameters: Parameters) -> None:
    [(path, message)] = of(parameters, {"asleep": NIGHT, "serverless": {}})
    assert path == "asleep"
    assert message.startswith("got asleep with serverless, expected one of them")


@pytest.mark.parametrize(
    ("topic", "said"),
    [
        (
            "arn:aws:sns:us-east-1:999999999999:t",
            "got a topic in account 999999999999 us-east-1, expected one",
        ),
        ("idle", "got 'idle', expected"),
    ],
)
def test_the_topic_that_is_told_is_the_environments(parameters: Parameters, topic: str, said: str) -> None:
    [(path, message)] = of(parameters, {"idleDays": 3, "idleNotify": topic}, PROD)
    assert path == "idleNotify" and message.startswith(said)
    [(path, message)] = of(parameters, {"deployment": {"alarms": {"notify": topic}}}, PROD)
    assert path == "deployment.alarms.notify" and message.startswith(said)


def test_nobody_is_told_without_an_alarm(parameters: Parameters) -> None:
    [(path, message)] = of(parameters, {"idleNotify": "arn:aws:sns:us-east-1:123456789017:idle"}, PROD)
    assert (path, message) == (
        "idleNotify", "got idleNotify without idleDays, expected idleDays beside it: there is no alarm"
    )  # fmt: skip


@pytest.mark.parametrize("days", [0, 8, "7", 1.5])
def test_no_alarm_looks_back_for_more_than_a_week(parameters: Parameters, days: object) -> None:
    [(path, message)] = of(parameters, {"idleDays": days})
    assert path == "idleDays"
    assert "expected a whole number from 1 to 7, in days" in message
