"""When an environment sleeps, and the names of what sees to it."""

from __future__ import annotations

from model_cicd.aws import naming
from model_cicd.aws.place import Place
from model_cicd.aws.sleep import SleepTimes
from model_cicd.sagemaker_model_cicd.settings.asleep import Asleep
from model_cicd.settings.names import MarkedNames


def sleep_times(asleep: Asleep | None, of: MarkedNames, tooling: Place) -> SleepTimes | None:
    """The times of an environment, whose names are made by `of`, or None where it has none."""
    if asleep is None or asleep.asleep_from is None or asleep.until is None:
        return None
    return SleepTimes(
        machine=of.event_machine(tooling, "-sleep", role="-sleeper"),
        wake_rule=of.name(naming.RULE, "-wake"),
        sleeps_at=_cron(asleep.asleep_from, asleep.days),
        wakes_at=_cron(asleep.until, asleep.days),
    )


def _cron(time: str, days: tuple[str, ...]) -> str:
    """https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-scheduled-rule-pattern.html"""
    hour, minute = (int(each) for each in time.split(":"))
    week = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
    named = ",".join(each.upper() for each in week if each in days)
    return f"cron({minute} {hour} ? * {named} *)"
