"""The order in which resources are made and deleted."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from rehearsal.cloudformation.template import error


def creation_order(needs: Mapping[str, Iterable[str]], early: Iterable[str] = ()) -> list[str]:
    """Every name after all it needs; otherwise those of `early` first, and in the order given.

    Raises ValidationError for a cycle.
    """
    ordered: dict[str, None] = {}

    def visit(name: str, waiting: tuple[str, ...]) -> None:
        if name in waiting:
            cycle = ", ".join(waiting[waiting.index(name) :])
            raise error(f"Circular dependency between resources: [{cycle}]")
        if name in needs and name not in ordered:
            for need in needs[name]:
                visit(need, (*waiting, name))
            ordered[name] = None

    for name in (*early, *needs):
        visit(name, ())
    return list(ordered)


def deletion_order(needs: Mapping[str, Iterable[str]]) -> list[str]:
    """Every name before all it needs: the reverse of creation."""
    return creation_order(needs)[::-1]
