"""When an environment sleeps, and the names of what sees to it."""

from __future__ import annotations

from model_cicd.aws import naming
from model_cicd.aws.place import Named, Place
from model_cicd.aws.resources import EventMachine
from model_cicd.aws.sleep import SleepTimes
from model_cicd.sagemaker_model_cicd.settings.asleep import Asleep


def sleep_times(asleep: Asleep | None, parts: tuple[str, ...], unique: str, tooling: Place) -> SleepTimes | None:
    """The times of an environment with names made of `parts` and `unique`, or None where it has none."""
    if asleep is None or asleep.asleep_from is None or asleep.until is None:
        return None

    def name(limit: int, suffix: str) -> str:
        return naming.marked(*parts, limit=limit, mark=f"{unique}{suffix}")

    def role(suffix: str) -> Named:
        made = name(naming.ROLE.maximum, suffix)
        return Named(made, tooling.role(made))

    return SleepTimes(
        machine=EventMachine(
            rule=name(naming.RULE.maximum, "-sleep"),
            events_role=role("-sleep-events"),
            state_machine=tooling.named("states", name(naming.STATE_MACHINE.maximum, "-sleep"), "stateMachine:"),
            role=role("-sleeper"),
        ),
        wake_rule=name(naming.RULE.maximum, "-wake"),
        sleeps_at=_cron(asleep.asleep_from, asleep.days),
        wakes_at=_cron(asleep.until, asleep.days),
    )


def _cron(time: str, days: tuple[str, ...]) -> str:
    """https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-scheduled-rule-pattern.html"""
    hour, minute = (int(each) for each in time.split(":"))
    week = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
    named = ",".join(each.upper() for each in week if each in days)
    return f"cron({minute} {hour} ? * {named} *)"
