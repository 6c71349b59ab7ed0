"""Where things are: environments, and what they may read."""

from __future__ import annotations

from dataclasses import dataclass

from model_cicd.aws.place import Placed
from model_cicd.aws.resources import Consumer


@dataclass(frozen=True)
class Environment(Placed):
    """A place that builds or serves; `type` is dev, preprod or prod."""

    name: str
    type: str


@dataclass(frozen=True)
class ConsumerGrant(Consumer):
    """One grant for each model execution role; `environments` are the names of those that it serves."""

    environments: tuple[str, ...]
    type: str
