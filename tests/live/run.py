"""`make live ARGS="--manifest MANIFEST ..."`: the probes on real accounts, after a question.

They run in the account of your credentials and in one more account of the manifest, in which they assume `--role-name`.
Both need an administrator's rights: take accounts that hold nothing of value.
"""

from __future__ import annotations

import argparse
import functools
import secrets
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from model_cicd.doctor.needs import sites_of
from model_cicd.operate.access import Access
from model_cicd.text.errors import ModelCicdError
from tests.live import table
from tests.live.probe import AS_EXPECTED, DIFFERENT, FAILED, NOT_SHOWN, Fact, Probe, Scene, Seen, probes, run

_PATIENCE = 180.0


def main(arguments: Sequence[str] | None = None) -> int:
    """0 when every probe that could be shown was as expected and nothing was left behind."""
    options = _parser().parse_args(arguments)
    chosen = [each for each in probes() if not options.only or each[0].name in options.only]
    if unknown := set(options.only or ()) - {fact.name for fact, _ in chosen}:
        print(f"got {', '.join(sorted(unknown))}, expected names of docs/live-facts.md", file=sys.stderr)
        return 2
    try:
        scene = _scene(options)
    except ModelCicdError as error:
        print(error, file=sys.stderr)
        return 1
    _tell([fact for fact, _ in chosen], scene(""))
    if not options.yes and input("Type yes to run them: ").strip() != "yes":
        print("nothing was done")
        return 1
    return _run(chosen, scene, options.out)


def _run(chosen: list[tuple[Fact, Probe]], scene: Callable[[str], Scene], out: Path) -> int:
    seen: list[Seen] = []
    for fact, call in chosen:
        print(f"... {fact.name}", flush=True)
        seen.append(run(fact, call, scene(secrets.token_hex(4)), embedded=False))
    print(table.as_text(seen))
    table.write(out, seen)
    words = (AS_EXPECTED, DIFFERENT, FAILED, NOT_SHOWN)
    counts = [f"{sum(each.outcome == word for each in seen)} {word}" for word in words]
    print(f"{', '.join(counts)}; written to {out}: send it in with an issue")
    return 1 if any(each.outcome in (DIFFERENT, FAILED) or each.left for each in seen) else 0


def _tell(facts: list[Fact], scene: Scene) -> None:
    where = " and ".join(scene.accounts)
    print(f"{len(facts)} probes in {where}, {scene.region}. They make things whose names begin with live-probe-, and")
    print("take them away again, whatever happens.")
    for fact in facts:
        print(f"  {fact.name}\n      costs {fact.costs}, leaves {fact.leaves}")


def _scene(options: argparse.Namespace) -> Callable[[str], Scene]:
    access = Access(region=options.region)
    sites = sites_of(options.manifest)
    region = access.region or sites[0].place.region
    others = sorted({site.place.account for site in sites} - {access.account})
    other = options.other_account or next(iter(others), None)
    accounts = (access.account, other) if other and options.role_name else (access.account,)
    partition = sites[0].place.partition

    @functools.cache
    def make(service: str, number: int) -> Any:
        role = f"arn:{partition}:iam::{accounts[number]}:role/{options.role_name}"
        return access.client(service, account=accounts[number], region=region, role_arn=role)

    return lambda mark: Scene(make, accounts, region, partition, mark, _PATIENCE)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="make live ARGS=...", description=__doc__)
    parser.add_argument("--manifest", type=Path, required=True, help="a deployment manifest: its accounts are probed")
    parser.add_argument("--role-name", metavar="NAME", help="the role to assume in the second account")
    parser.add_argument("--other-account", metavar="ID", help="the second account (default: the first of the manifest)")
    parser.add_argument("--region", metavar="REGION", help="where (default: of your settings)")
    parser.add_argument("--only", metavar="FACT", action="append", help="this probe, once or more")
    parser.add_argument("--out", type=Path, default=Path("live-facts.json"), help="the table as a file, .json or .md")
    parser.add_argument("--yes", action="store_true", help="do not ask")
    return parser


if __name__ == "__main__":
    sys.exit(main())
