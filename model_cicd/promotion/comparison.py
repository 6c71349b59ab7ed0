"""Two variants of an endpoint on the same requests: is the new one good enough to take over? Pure."""

from __future__ import annotations

from dataclasses import dataclass

from model_cicd.aws.shadow import Limits


@dataclass(frozen=True)
class Seen:
    """What a variant did: requests, how many of them failed, and the milliseconds that the model took for all."""

    requests: int
    errors: int
    milliseconds: float

    @property
    def latency(self) -> float:
        """Mean milliseconds of a request; 0 of none."""
        return self.milliseconds / self.requests if self.requests else 0.0

    @property
    def error_rate(self) -> float:
        """The share of requests that failed; 0 of none."""
        return self.errors / self.requests if self.requests else 0.0


@dataclass(frozen=True)
class Compared:
    """What serves and its shadow, and every limit that the shadow does not keep, in words."""

    serves: Seen
    shadow: Seen
    complaints: tuple[str, ...]

    @property
    def good(self) -> bool:
        """Whether the shadow may take over."""
        return not self.complaints

    def text(self, version: str, serving: str) -> str:
        """A line for people; `version` is the shadow's, `serving` that of what serves."""
        if self.complaints:
            return f"failed: {', '.join(self.complaints)}"
        new, old = self.shadow, self.serves
        return (
            f"passed: version {version} beside {serving}, {new.requests} requests, errors {new.error_rate:.1%} "
            f"({old.error_rate:.1%}), mean latency {new.latency:.3g} ms ({old.latency:.3g})"
        )


def compare(serves: Seen, shadow: Seen, limits: Limits) -> Compared:
    """How they compare. Too few requests are no comparison, and nothing else is said then."""
    if shadow.requests < limits.requests:
        few = f"{shadow.requests} copies of requests within {limits.minutes} minutes, expected {limits.requests}"
        return Compared(serves, shadow, (few,))
    complaints = []
    if shadow.error_rate > serves.error_rate + limits.error_rate:
        most = f"at most {limits.error_rate:.1%} above {serves.error_rate:.1%}"
        complaints.append(f"errors {shadow.error_rate:.1%} ({most})")
    if shadow.latency > serves.latency * limits.latency_factor:
        most = f"at most {limits.latency_factor:g} times {serves.latency:.3g}"
        complaints.append(f"mean latency {shadow.latency:.3g} ms ({most})")
    return Compared(serves, shadow, tuple(complaints))
