"""Environments that sleep: the parameter of their stacks by which they do, and when (docs/adr/0040-sleep.md)."""

from __future__ import annotations

from dataclasses import dataclass

from model_cicd.aws.resources import EventMachine

#: "true" while the environment is without its endpoint, else "false"
ASLEEP = "Asleep"


@dataclass(frozen=True)
class SleepTimes:
    """When an environment sleeps, in expressions of EventBridge (UTC), and the state machine that sees to it.

    `machine` has the rule that puts it asleep, `wake_rule` is the name of the other one.
    """

    machine: EventMachine
    wake_rule: str
    sleeps_at: str
    wakes_at: str
