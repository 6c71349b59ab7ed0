"""The lifecycle rules that a configuration has for the bucket that its outputs go to."""

from __future__ import annotations

from collections.abc import Iterator

from model_cicd.aws.resources import MODELS, RUNS
from model_cicd.constructs.private_bucket import Rule, lifecycle_rule
from model_cicd.pipeline.document import Storage


def configured_lifecycle(storage: Storage | None) -> list[Rule]:
    """The rules of `storage`, in order.

    A module puts outputs below `runs/` and `models/`, and there below the configuration's own prefix: a rule for that
    prefix, or for something below it, is one for each of the two.
    """
    if storage is None:
        return []
    own = storage.prefix.strip("/") if isinstance(storage.prefix, str) else ""
    return [
        lifecycle_rule(
            f"configured-{number}{mark}",
            prefix=prefix,
            expire_days=each.expire_after_days,
            old_versions_days=each.expire_old_versions_after_days,
            archive_days=each.archive_after_days,
        )
        for number, each in enumerate(storage.lifecycle_rules)
        for mark, prefix in _prefixes(each.prefix, own)
    ]


def _prefixes(given: str | None, own: str) -> Iterator[tuple[str, str | None]]:
    below = (given or "").lstrip("/")
    if own and (below == own or below.startswith(f"{own}/")):
        yield "-runs", f"{RUNS}{below}"
        yield "-models", f"{MODELS}{below}"
    else:
        yield "", given
