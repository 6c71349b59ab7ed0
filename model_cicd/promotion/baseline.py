"""The baseline of a candidate: the files that environments which monitor hold captured data against. Pure.

A pipeline registers them as drift baselines of the version; a release takes copies along, as it does with artifacts.
https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_DriftCheckBaselines.html
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from model_cicd.aws.resources import BASELINE, MODELS, RUNS
from model_cicd.promotion.artifact import Location, in_registry, location
from model_cicd.promotion.plan import Plan
from model_cicd.text.errors import ModelCicdError

#: kinds of baselines: data quality and model quality
DATA, MODEL = "data", "model"
#: of each kind the members of DriftCheckBaselines that it takes, and the files that releases have
_FILES = {
    DATA: (
        ("ModelDataQuality", "Constraints", "data/constraints.json"),
        ("ModelDataQuality", "Statistics", "data/statistics.json"),
    ),
    MODEL: (("ModelQuality", "Constraints", "model/constraints.json"),),
}
#: copies what is at the first location to the second and gives back its digest
Copy = Callable[[Location, Location], str]


@dataclass(frozen=True)
class BaselineFile:
    """A file of a baseline: where it stands in DriftCheckBaselines, where it is, and what it is called in a release."""

    group: str
    member: str
    at: Location
    name: str


def files(described: Mapping[str, Any], plan: Plan, what: str) -> list[BaselineFile]:
    """The files that environments of the plan need of a version as DescribeModelPackage has it.

    Raises ModelCicdError for a version that has not registered one, and for a file outside of the registry.
    """
    found = described.get("DriftCheckBaselines") or {}
    made = []
    for kind in plan.baselines:
        for group, member, name in _FILES[kind]:
            uri = (found.get(group) or {}).get(member, {}).get("S3Uri")
            if not uri:
                raise ModelCicdError(
                    f"{what} has no drift baseline {group}.{member}, and an environment monitors it: let the pipeline "
                    "register one (`driftCheckBaselines` of its Register step), then train again"
                )
            at = location(uri)
            in_registry(at, plan.registry_bucket, (*plan.artifacts, RUNS))
            made.append(BaselineFile(group, member, at, name))
    return made


def unchanged(recorded: Mapping[str, Any], described: Mapping[str, Any], what: str) -> None:
    """Raises ModelCicdError where the drift baselines of a version are not those it was registered with."""
    if (recorded.get("DriftCheckBaselines") or {}) != (described.get("DriftCheckBaselines") or {}):
        raise ModelCicdError(f"{what} was changed after it was registered: its drift baselines are others")


def copied(found: Sequence[BaselineFile], version: int, plan: Plan, copy: Copy) -> dict[str, Any]:
    """DriftCheckBaselines of the release: the copies, each with its digest."""
    made: dict[str, dict[str, Any]] = {}
    for each in found:
        target = Location(plan.release_bucket, f"{MODELS}{version}/{BASELINE}{each.name}")
        digest = copy(each.at, target)
        source = {"ContentType": "application/json", "ContentDigest": digest, "S3Uri": str(target)}
        made.setdefault(each.group, {})[each.member] = source
    return made


def missing(release: Mapping[str, Any], plan: Plan) -> Iterator[str]:
    """What a release that was made before lacks of the baselines that environments need now."""
    found = release.get("DriftCheckBaselines") or {}
    for kind in plan.baselines:
        for group, member, _ in _FILES[kind]:
            if member not in (found.get(group) or {}):
                yield f"{group}.{member}"
