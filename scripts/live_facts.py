"""Write docs/live-facts.md out of the probes: `python scripts/live_facts.py`. A test compares them."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from tests.live.probe import probes  # noqa: E402
from tests.live.unprobed import UNPROBED  # noqa: E402

PAGE = ROOT / "docs" / "live-facts.md"
_HEAD = """# Facts to see on a live account

Made by `python scripts/live_facts.py` out of `tests/live`.

Nobody who wrote this repository had AWS accounts. What follows was read in AWS's documentation, in the models of its
APIs or in other projects, and never seen. Each fact of the first table has a **probe**: a small program that sees
whether it is so. `make test` runs the probes on the embedded AWS, which proves that they work, not that AWS does so. On
accounts of yours:

```
make live ARGS="--manifest path/to/deployment.yaml --role-name NAME"
```

It runs in the account of your credentials and in one more account of the manifest, in which it assumes the role `NAME`
(without it, what takes two accounts is *not shown here*, which is no pass). It says what it is going to do and asks
first (`--yes` answers), makes things whose names begin with `live-probe-`, and takes them away again even when a probe
fails; what could not be taken away is listed. It needs an administrator's rights: take accounts that hold nothing of
value. `--only FACT` runs one probe. The table is written to `live-facts.json` (`--out FILE.md` for Markdown): please
send it in with an issue. Exit code 1 when something was different, failed, or was left behind.
"""


def page() -> str:
    """The page as it should be."""
    return "\n".join([_HEAD, *_probed(), "", *_unprobed(), ""])


def _probed() -> Iterator[str]:
    yield "## Facts with a probe\n"
    yield "| fact | what is believed | where it matters | expected | costs | leaves | the embedded AWS |"
    yield "| --- | --- | --- | --- | --- | --- | --- |"
    for fact, _ in probes():
        shown = f"cannot show it: {fact.embedded}" if fact.embedded else "shows it"
        place = f"`{fact.matters}`"
        yield f"| {fact.name} | {fact.says} | {place} | {fact.expected} | {fact.costs} | {fact.leaves} | {shown} |"


def _unprobed() -> Iterator[str]:
    yield "## Facts without a probe\n"
    yield "They take a training, an endpoint or a deployment, which cost more than a probe may: watch for them when you"
    yield "do that for the first time.\n"
    yield "| what is believed | where it matters | seen by hand |"
    yield "| --- | --- | --- |"
    for each in UNPROBED:
        yield f"| {each.says} | `{each.matters}` | {each.by_hand} |"


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
