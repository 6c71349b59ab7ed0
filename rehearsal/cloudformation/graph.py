"""The order in which resources are made and deleted."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from rehearsal.cloudformation.template import error


def creation_order(needs: Mapping[str, Iterable[str]]) -> list[str]:
    """Every name after all it needs; otherwise in the order given. Raises ValidationError for a cycle."""
    waiting = {name: {need for need in found if need in needs} for name, found in needs.items()}
    cyclic = [name for name, found in waiting.items() if name in found]
    ordered: list[str] = []
    while waiting and not cyclic:
        ready = next((name for name, found in waiting.items() if not found), None)
        if ready is None:
            cyclic = _cycle(waiting)
            break
        ordered.append(ready)
        del waiting[ready]
        for found in waiting.values():
            found.discard(ready)
    if cyclic:
        raise error(f"Circular dependency between resources: [{', '.join(cyclic)}]")
    return ordered


def _cycle(waiting: dict[str, set[str]]) -> list[str]:
    """The names that are on a cycle, without those that only wait for one."""
    left = dict(waiting)
    while True:
        needed = {need for found in left.values() for need in found}
        outside = [name for name in left if name not in needed]
        if not outside:
            return list(left)
        for name in outside:
            del left[name]


def deletion_order(needs: Mapping[str, Iterable[str]]) -> list[str]:
    """Every name before all it needs: the reverse of creation."""
    return creation_order(needs)[::-1]
