"""What doctor says about one thing that it looked at."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from typing import Any

#: stops a deployment or a promotion; may, or could not be looked at; in order
STOPS, WARNING, OK = "stops", "warning", "ok"
_ORDER = (STOPS, WARNING, OK)


@dataclass(frozen=True)
class Finding:
    """One line: what was seen in an account and region by a check, and the command that mends it, if any."""

    severity: str
    account: str
    region: str
    check: str
    message: str
    mend: str = ""

    @property
    def key(self) -> tuple[str, ...]:
        """By account and region; within one, what stops a deployment first."""
        return (self.account, self.region, str(_ORDER.index(self.severity)), self.check, self.message, self.mend)


def ordered(findings: Iterable[Finding]) -> list[Finding]:
    """Each finding once, in the order that they are shown in."""
    return sorted(set(findings), key=lambda each: each.key)


def as_json(findings: Iterable[Finding]) -> list[dict[str, Any]]:
    """The findings as `--format json` prints them."""
    return [asdict(each) for each in findings]


def as_text(findings: list[Finding], uses: Mapping[tuple[str, str], str], *, whole: bool, width: int = 0) -> str:
    """The findings as lines, those that are in order only where `whole`; the command that mends one is below it.

    `uses` says by account and region what it is for. Texts, but no commands, are broken at `width` characters, if any.
    """
    lines: list[str] = []
    place = None
    for each in findings:
        if each.severity == OK and not whole:
            continue
        if place != (each.account, each.region):
            place = (each.account, each.region)
            words = uses.get(place, "")
            heading = f"{each.account} {each.region}" + (f", {words}" if words else "")
            lines += [*([""] if lines else []), *_broken(heading, width, " " * 2)]
        lines += _broken(f"  {each.severity:<8} {each.check}: {each.message}", width, " " * 11)
        lines += [f"             {each.mend}"] if each.mend else []
    counts = {severity: sum(each.severity == severity for each in findings) for severity in _ORDER}
    stops = f"{counts[STOPS]} {'thing stops' if counts[STOPS] == 1 else 'things stop'} a deployment"
    warnings = f"{counts[WARNING]} {'warning' if counts[WARNING] == 1 else 'warnings'}"
    accounts = len({each.account for each in findings})
    said = f"{stops}, {warnings}, {counts[OK]} in order, in {accounts} account{'' if accounts == 1 else 's'}"
    hint = "" if whole or not counts[OK] else " (--all shows what is in order)"
    return "\n".join([*lines, *([""] if lines else []), *_broken(said + hint, width, "")])


def _broken(text: str, width: int, indent: str) -> list[str]:
    if not width:
        return [text]
    return textwrap.wrap(text, width, subsequent_indent=indent, break_long_words=False, break_on_hyphens=False)
