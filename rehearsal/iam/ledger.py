"""What was decided, kept for the report: the calls that were denied, and what each role used of its permissions."""

from __future__ import annotations

import datetime
import threading
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field

from iam_policy import Statement


@dataclass(frozen=True)
class Denial:
    """A call that was denied, or in audit mode would have been; `text` is what the client was told."""

    principal: str
    action: str
    resource: str
    reason: str
    text: str
    time: str = field(compare=False)


class Ledger:
    """Thread-safe."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._denied: dict[Denial, int] = {}
        self._used: dict[str, dict[str, set[str]]] = {}
        # by role, policy and place in it: the actions that a statement allowed
        self._worked: dict[tuple[str, str, int], set[str]] = {}
        self._unmapped: dict[str, int] = {}
        self.decisions = 0

    def denied(self, principal: str, action: str, resource: str, reason: str, text: str) -> None:
        """Note a denial."""
        now = datetime.datetime.now(datetime.UTC).isoformat(timespec="milliseconds")
        made = Denial(principal, action, resource, reason, text, now)
        with self._lock:
            self._denied[made] = self._denied.get(made, 0) + 1
            self.decisions += 1

    def used(self, role: str | None, action: str, resource: str, statements: Iterable[Statement]) -> None:
        """Note that a role (None: another principal) was allowed something, and by which statements."""
        with self._lock:
            self.decisions += 1
            if role:
                self._used.setdefault(role, {}).setdefault(action, set()).add(resource)
                for each in statements:
                    self._worked.setdefault((role, each.policy, each.index), set()).add(action)

    def unmapped(self, operation: str) -> None:
        """Note an operation that nobody has said what it needs."""
        with self._lock:
            self._unmapped[operation] = self._unmapped.get(operation, 0) + 1

    def denials(self) -> list[dict[str, object]]:
        """The denials in the order they first came, with how often."""
        with self._lock:
            return [asdict(each) | {"count": count} for each, count in self._denied.items()]

    def unmapped_operations(self) -> list[str]:
        """The operations without a mapping, by name."""
        with self._lock:
            return sorted(self._unmapped)

    def worked(self, role: str, statement: Statement) -> frozenset[str]:
        """The actions that a statement of a policy of a role allowed."""
        with self._lock:
            return frozenset(self._worked.get((role, statement.policy, statement.index), ()))

    def uses(self) -> dict[str, dict[str, list[str]]]:
        """By role and action, the resources."""
        with self._lock:
            return {
                role: {action: sorted(resources) for action, resources in sorted(actions.items())}
                for role, actions in sorted(self._used.items())
            }
