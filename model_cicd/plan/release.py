"""`--release GROUP [VERSION]`: what releasing a version would change in each environment of its group."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from model_cicd.hosting import BatchTransform, Hosting, InstanceHosting
from model_cicd.operate import packages, promotions
from model_cicd.operate.access import Access
from model_cicd.operate.directory import choose
from model_cicd.operate.directory import parse as parse_group
from model_cicd.operate.manifest import topologies
from model_cicd.operate.packages import APPROVED, Version
from model_cicd.operate.records import Group, Place
from model_cicd.operate.serving import Serving, serving
from model_cicd.operate.templates import deployed_template
from model_cicd.sagemaker_model_cicd.topology.outputs import promotion_parameters


@dataclass(frozen=True)
class EnvironmentChange:
    """What a release would change in an environment: `changes` are lines, none where it serves the same already."""

    name: str
    type: str
    account: str
    region: str
    serves: str
    asks: bool
    changes: tuple[str, ...]


@dataclass(frozen=True)
class ReleasePlan:
    """What releasing a version would change; `first` are things to do before."""

    group: str
    version: int
    status: str
    environments: tuple[EnvironmentChange, ...]
    first: tuple[str, ...]

    @property
    def changes(self) -> bool:
        """Whether any environment would change."""
        return any(each.changes for each in self.environments)

    def as_json(self) -> dict[str, Any]:
        """Everything, for programs."""
        return {"changes": self.changes, **asdict(self)}

    def lines(self) -> Iterator[str]:
        """Lines of text."""
        yield f"releasing version {self.version} ({self.status}) of {self.group}"
        yield from (f"  first: {each}" for each in self.first)
        for each in self.environments:
            approval = ", after an approval" if each.asks else ""
            yield ""
            yield f"  {each.name} ({each.type}), account {each.account} {each.region}: serves {each.serves}{approval}"
            yield from (f"    {line}" for line in each.changes or ("no changes",))


def release_plan(manifest: Path, name: str, number: int | None, access: Access) -> ReleasePlan:
    """What the promotion of a version (the newest approved one by default) would change.

    Raises ModelCicdError when the group or version is not there, or the caller may not see it.
    """
    found = [(each.context.module, group.name, (each, group)) for each in topologies(manifest) for group in each.groups]
    topology, own = choose(found, name)
    group = parse_group(promotion_parameters(topology, own))
    versions = packages.versions(access, group)
    newest = next((each for each in versions if each.status == APPROVED), None)
    status = APPROVED if newest or not versions else versions[0].status
    version = packages.choose(versions, number, status, group.name, "release")
    by_number = {each.number: each for each in versions}
    hosting = {each.environment.name: each.hosting for each in own.promotion.targets}

    def look(place: Place) -> EnvironmentChange:
        known = serving(access, place)
        before = by_number.get(known.version) if known.version else None
        variant = _variant(access, place)
        return EnvironmentChange(
            place.name, place.type, place.account, place.region, _served(known), place.require_approval,
            tuple(_changes(version, before, known, _instances(hosting[place.name]), variant)),
        )  # fmt: skip

    with ThreadPoolExecutor(max_workers=8) as pool:
        environments = tuple(pool.map(look, group.places))
    return ReleasePlan(group.name, version.number, version.status, environments, tuple(_first(access, group, version)))


def _first(access: Access, group: Group, version: Version) -> Iterator[str]:
    if version.status != APPROVED:
        yield f"approve it: model-cicd approve {group.name} {version.number}"
    for each in promotions.state(access, group).running:
        yield f"the promotion of version {group.version_of(each.package_arn)} is running, and goes first"


def _served(known: Serving) -> str:
    if known.version is None:
        return "nothing yet"
    return f"version {known.version}" + (f" as release {known.release}" if known.release else "")


def _changes(version: Version, before: Version | None, known: Serving, hosting: str, variant: str) -> Iterator[str]:
    if known.version != version.number:
        was = f"version {known.version}" if known.version else "nothing"
        yield f"version: {was} -> version {version.number}"
        if before is None or before.commit != version.commit:
            yield f"commit: {before.commit[:12] if before else '(none)'} -> {version.commit[:12] or '(unknown)'}"
        yield from _contents(version, before)
        yield from _metrics(version.metrics, before.metrics if before else {})
    if hosting != variant:
        yield f"hosting: {variant or '(none)'} -> {hosting}"


def _contents(version: Version, before: Version | None) -> Iterator[str]:
    old, new = (dict(line.partition(" ")[::2] for line in each.contents) if each else {} for each in (before, version))
    for kind in dict.fromkeys([*new, *old]):
        if old.get(kind) != new.get(kind):
            yield f"{kind}: {old.get(kind, '(none)')} -> {new.get(kind, '(none)')}"


def _metrics(after: Mapping[str, float], before: Mapping[str, float]) -> Iterator[str]:
    for name in sorted({*after, *before}):
        if after.get(name) != before.get(name):
            old, new = (f"{each[name]:.6g}" if name in each else "(none)" for each in (before, after))
            yield f"metric {name}: {old} -> {new}"


def _instances(hosting: Hosting) -> str:
    """How the manifest has an environment serve."""
    serves = hosting.kind
    if isinstance(serves, InstanceHosting) and hosting.asynchronous:
        return f"asynchronous, 0 to {hosting.asynchronous.max_capacity} x {serves.type}"
    if isinstance(serves, InstanceHosting):
        return f"{serves.count} x {serves.type}"
    if isinstance(serves, BatchTransform):
        return _said_transforms(serves.count, serves.type)
    return f"serverless, {serves.memory_mb} MB, {serves.max_concurrency} requests at once"


def _variant(access: Access, place: Place) -> str:
    """How an environment serves, from its deployed template; empty where it does not."""
    client = access.client("cloudformation", account=place.account, region=place.region, role_arn=place.lookup_role_arn)
    found = deployed_template(access, client, place.stack_name, place.account)
    for resource in found.template["Resources"].values() if found else ():
        if resource["Type"] == "AWS::StepFunctions::StateMachine":
            cluster = _cluster(resource["Properties"]["DefinitionString"])
            return _said_transforms(cluster["InstanceCount"], cluster["InstanceType"])
        if resource["Type"] == "AWS::SageMaker::EndpointConfig":
            variant = resource["Properties"]["ProductionVariants"][0]
            serverless = variant.get("ServerlessConfig")
            if serverless:
                memory, most = serverless["MemorySizeInMB"], serverless["MaxConcurrency"]
                return f"serverless, {memory} MB, {most} requests at once"
            return f"{variant.get('InitialInstanceCount')} x {variant.get('InstanceType')}"
    return ""


def _said_transforms(count: int, type_: str) -> str:
    return f"transforms on {count} x {type_}"


def _cluster(definition: Any) -> Mapping[str, Any]:
    """The instances of the jobs that a state machine makes; its definition names the partition by reference."""
    parts = definition["Fn::Join"][1] if isinstance(definition, Mapping) else [definition]
    states = json.loads("".join(each if isinstance(each, str) else "" for each in parts))["States"]
    found: Mapping[str, Any] = states["Transform"]["Parameters"]["TransformResources"]
    return found
