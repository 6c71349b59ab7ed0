"""Where things are: environments, and what they may read."""

from __future__ import annotations

from dataclasses import dataclass

from model_cicd.aws.place import Place
from model_cicd.aws.resources import Consumer


@dataclass(frozen=True)
class Environment:
    """A place that builds or serves; `type` is dev, preprod or prod."""

    name: str
    place: Place
    type: str

    @property
    def account(self) -> str:
        """The id of its account."""
        return self.place.account

    @property
    def region(self) -> str:
        """Its region."""
        return self.place.region


@dataclass(frozen=True)
class ConsumerGrant(Consumer):
    """One grant for each model execution role; `environments` are the names of those that it serves."""

    environments: tuple[str, ...]
    type: str
