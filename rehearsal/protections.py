"""What keeps the rehearsal, its builds and jobs apart from this machine: what holds, and in words what does not."""

from __future__ import annotations

from rehearsal import cage
from rehearsal.confinement.cage import Confinement


def missing(confinement: Confinement) -> tuple[str, ...]:
    """What does not hold here and why, a sentence each: to be said before anything runs."""
    return (*cage.missing, *confinement.protections.missing)


def describe(confinement: Confinement) -> dict[str, object]:
    """For the report: by protection, whether it holds; `missing` are the sentences."""
    held = confinement.protections.describe()
    return {"endsWhole": not cage.missing, **held, "missing": list(missing(confinement))}
