"""Probes: one small program for each fact about AWS that was never checked on an account."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any, TypeVar

T = TypeVar("T")

#: how a probe ends; what cannot be shown is no pass
AS_EXPECTED, DIFFERENT, NOT_SHOWN, FAILED = "as expected", "different", "not shown here", "failed"


@dataclass(frozen=True)
class Fact:
    """What is believed, where it matters (a file or page), and the text that its probe sees where it is so."""

    name: str
    says: str
    matters: str
    expected: str
    costs: str = "nothing"
    leaves: str = "nothing"
    #: why the embedded AWS cannot show it; empty where it can
    embedded: str = ""


class NotShownError(Exception):
    """This account, region or partition cannot show the fact; the text says why."""


@dataclass
class Scene:
    """Where a probe runs: clients of up to two accounts, names of its own, and what takes everything away again.

    `make(service, number)` is a client of the first account (0) or the second (1) with an administrator's rights;
    `patience` are the seconds that effects may take.
    """

    make: Callable[[str, int], Any]
    accounts: tuple[str, ...]
    region: str
    partition: str
    mark: str
    patience: float
    undone: contextlib.ExitStack = field(default_factory=contextlib.ExitStack)
    left: list[str] = field(default_factory=list)

    def client(self, service: str, number: int = 0) -> Any:
        """A client. Raises NotShownError where there is no second account."""
        if number >= len(self.accounts):
            raise NotShownError("it takes two accounts")
        return self.make(service, number)

    def name(self, word: str) -> str:
        """A name that nothing else has."""
        return f"live-probe-{self.mark}-{word}"

    def undo(self, what: str, call: Callable[..., object], *arguments: Any, **keywords: Any) -> None:
        """Call this at the end, whatever happens; what fails then is noted as left behind."""

        def quietly() -> None:
            try:
                call(*arguments, **keywords)
            except Exception as error:
                self.left.append(f"{what}: {error}")

        self.undone.callback(quietly)

    def wait(self, call: Callable[[], T | None], what: str) -> T:
        """What `call` gives when it gives something. Raises TimeoutError after the scene's patience."""
        end = time.monotonic() + self.patience
        while True:
            found = call()
            if found is not None:
                return found
            if time.monotonic() > end:
                raise TimeoutError(f"waited {self.patience:g} s for {what}")
            time.sleep(min(2.0, self.patience / 50))

    def accepted(self, call: Callable[..., object], **parameters: Any) -> str:
        """`accepted` as soon as AWS takes a call: roles are not known everywhere at once. Else the last refusal."""
        said = ""

        def attempt() -> str | None:
            nonlocal said
            said = code(call, **parameters)
            return said if said == "accepted" else None

        try:
            return self.wait(attempt, "a call to be accepted")
        except TimeoutError:
            return said


@dataclass(frozen=True)
class Seen:
    """How the probe of a fact ended."""

    fact: Fact
    outcome: str
    seen: str
    left: tuple[str, ...] = ()


Probe = Callable[[Scene], str]

_PROBES: list[tuple[Fact, Probe]] = []


def probe(fact: Fact) -> Callable[[Probe], Probe]:
    """Register the probe of a fact; it gives back what it sees, in the words of `expected` where that is so."""

    def register(call: Probe) -> Probe:
        assert fact.name not in {each.name for each, _ in _PROBES}, fact.name
        _PROBES.append((fact, call))
        return call

    return register


def probes() -> Iterator[tuple[Fact, Probe]]:
    """Every probe, by the name of its fact."""
    from tests.live import probes as package

    package.load()
    yield from sorted(_PROBES, key=lambda each: each[0].name)


def run(fact: Fact, call: Probe, scene: Scene, *, embedded: bool) -> Seen:
    """Run one probe and take away what it made."""
    if embedded and fact.embedded:
        return Seen(fact, NOT_SHOWN, fact.embedded)
    try:
        with scene.undone:
            seen = call(scene)
        outcome = AS_EXPECTED if seen == fact.expected else DIFFERENT
    except NotShownError as reason:
        seen, outcome = str(reason), NOT_SHOWN
    except Exception as error:
        seen, outcome = f"{type(error).__name__}: {error}", FAILED
    return Seen(fact, outcome, " ".join(seen.split()), tuple(scene.left))


def code(call: Callable[..., object], **parameters: Any) -> str:
    """`accepted`, or the code with which AWS refuses a call."""
    from botocore.exceptions import ClientError

    try:
        call(**parameters)
    except ClientError as error:
        return f"refused: {error.response['Error']['Code']}"
    return "accepted"
