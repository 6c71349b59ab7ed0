"""What happens to groups, in sentences: added, removed, renamed; accounts, branches and environments that change."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from model_cicd.sagemaker_model_cicd.topology import EndpointTarget, GroupTopology, Topology
from model_cicd.sagemaker_pipeline.topology import PipelineTopology


@dataclass(frozen=True)
class Renamed:
    """A group that has another name and is otherwise the same."""

    before: str
    after: str


def renamed_groups(before: Topology, after: Topology) -> list[Renamed]:
    """Groups that left and groups that came with the same branch and environments, each once."""
    old = {each.name: each for each in before.groups}
    new = {each.name: each for each in after.groups}
    came = [each for name, each in new.items() if name not in old]
    found = []
    for name, gone in old.items():
        if name not in new and (same := next((each for each in came if _alike(gone, each)), None)):
            came.remove(same)
            found.append(Renamed(name, same.name))
    return found


def apart(before: Topology | PipelineTopology | None, after: Topology | PipelineTopology | None) -> frozenset[str]:
    """The groups that are on one side only."""
    old, new = _names(before), _names(after)
    return frozenset(old ^ new)


def said_of_groups(before: Topology, after: Topology) -> Iterator[str]:
    """The sentences of one module."""
    renamed = renamed_groups(before, after)
    old = {each.name: each for each in before.groups}
    new = {each.name: each for each in after.groups}
    if before.tooling.place != after.tooling.place:
        was, wanted = before.tooling.place, after.tooling.place
        change = (
            f"tooling account changes from {was.account} to {wanted.account}"
            if was.account != wanted.account
            else f"region changes from {was.region} to {wanted.region}"
        )
        yield (
            f"the {change}: the apply is refused, for Seed-Farmer forgets what was there before. Run `seedfarmer "
            f"destroy {before.context.deployment}` with the manifest as it was, then apply this (docs/day-two.md)"
        )
    for each in renamed:
        yield (
            f"group {each.before} is renamed to {each.after}: names follow from the group's, so {each.after} is a new "
            f"group with an empty registry; the versions and releases of {each.before} stay where they are"
        )
    yield from (_added(group) for name, group in new.items() if name not in {*old, *(each.after for each in renamed)})
    yield from (_removed(group) for name, group in old.items() if name not in new)
    for name, group in new.items():
        if name in old:
            yield from _changed(old[name], group)


def _added(group: GroupTopology) -> str:
    places = ", ".join(f"{each.environment.name} ({each.environment.account})" for each in group.promotion.targets)
    return (
        f"group {group.name} is new: branch {group.branch} of {group.repository.name} trains in account "
        f"{group.build.account}, and serves in {places}"
    )


def _removed(group: GroupTopology) -> str:
    serving = ", ".join(f"{_made_by(each)} ({each.environment.account})" for each in group.promotion.targets)
    return (
        f"group {group.name} is removed: the next apply takes down its pipelines and its {serving}. "
        f"These stay on purpose: {', '.join(kept_of(group))}"
    )


def kept_of(group: GroupTopology) -> list[str]:
    """What of a group outlives its stacks, in words with names."""
    registry, releases = group.registry, group.releases
    account = f"account {group.build.account}"
    found = [
        f"the registry {group.models.name} with its bucket {registry.bucket.name} and key {registry.key_alias.name}",
        f"the releases {releases.models.name} with their bucket {releases.bucket.name} and key "
        f"{releases.key_alias.name}",
    ]
    if group.own_images:
        found.append("the image repositories")
    return [*(f"{each} ({account})" for each in found), "the training repository"]


def _changed(before: GroupTopology, after: GroupTopology) -> Iterator[str]:
    name = after.name
    if before.build.place != after.build.place:
        yield _moved(before, after)
    if before.branch != after.branch:
        yield (
            f"group {name} trains on pushes to branch {after.branch} instead of {before.branch}: pushes to "
            f"{before.branch} start nothing any more; its registry and endpoints stay as they are"
        )
    if (was := _code(before)) != (wanted := _code(after)):
        yield f"group {name} takes its training code from {wanted} instead of {was}"
    if bool(before.workflow) != bool(after.workflow):
        yield f"group {name} is trained by a {'workflow' if after.workflow else 'pipeline'} now"
    yield from _environments(before, after)


def _code(group: GroupTopology) -> str:
    """Where the training code is; that a repository of the tooling account moves along with that is said of it."""
    repository = group.repository
    return repository.name if repository.is_here else f"{repository.name} ({repository.host})"


def _moved(before: GroupTopology, after: GroupTopology) -> str:
    was, wanted = before.build.place, after.build.place
    where = (
        f"group {after.name} trains in account {wanted.account} {wanted.region} instead of {was.account} {was.region}"
    )
    if was.region != wanted.region:
        return f"{where}: the apply is refused, for a module is in one region: destroy it first (docs/day-two.md)"
    refused = "" if after.moved_from == was else f"the apply is refused until {said_move(was.account)}; then "
    return (
        f"{where}: {refused}it starts an empty registry there. The versions of {before.models.name} and the releases "
        f"of {before.releases.models.name} stay in {was.account}, and serve on until a version of the new registry "
        "is promoted"
    )


def said_move(account: str) -> str:
    """What a group's build environment has to say that moves away from `account`."""
    return f"buildEnvironment says movedFrom: '{account}'"


def _environments(before: GroupTopology, after: GroupTopology) -> Iterator[str]:
    old = {each.environment.name: each for each in before.promotion.targets}
    new = {each.environment.name: each for each in after.promotion.targets}
    group = after.name
    for name, target in new.items():
        if name not in old:
            where = f"account {target.environment.account} {target.environment.region}"
            yield f"group {group} serves in {name} ({where}) too, from the next promotion on"
        else:
            yield from _environment(group, old[name], target)
    for name, target in old.items():
        if name not in new:
            yield (
                f"group {group} no longer promotes to {name}: the next apply deletes its {_made_by(target)} in account "
                f"{target.environment.account} before anything else"
            )
    kept = [name for name in old if name in new]
    if kept != [name for name in new if name in old]:
        yield f"group {group} promotes in another order: {', '.join(new)}"


def _made_by(target: EndpointTarget) -> str:
    """What serves in an environment, in words with its name."""
    if target.batch:
        return f"transforms by {target.batch.machine.state_machine.name}"
    return f"endpoint {target.endpoint.name}"


def _environment(group: str, before: EndpointTarget, after: EndpointTarget) -> Iterator[str]:
    where = f"environment {after.environment.name} of group {group}"
    was, wanted = before.environment.place, after.environment.place
    if was != wanted:
        yield (
            f"{where} moves from account {was.account} {was.region} to {wanted.account} {wanted.region}: the next "
            f"apply deletes what serves in {was.account}, the next promotion makes it there, and nothing serves in "
            "between"
        )
    if bool(before.batch) != bool(after.batch):
        yield f"{where}: the next promotion deletes its {_made_by(before)} and makes its {_made_by(after)}"
    if before.environment.type != after.environment.type:
        yield f"{where} becomes {after.environment.type}, and was {before.environment.type}"
    if before.require_approval != after.require_approval:
        asks = "asks for" if after.require_approval else "no longer asks for"
        yield f"{where} {asks} an approval before it is changed"
    if _sleep(before) != _sleep(after):
        yield f"{where} {_sleep(after)}, from the next promotion on"


def _sleep(target: EndpointTarget) -> str:
    """When an environment sleeps, in words."""
    if times := target.sleep_times:
        return f"sleeps at {times.sleeps_at} and wakes at {times.wakes_at}, in UTC"
    return "sleeps only when somebody says so" if target.hosting.sleeps else "does not sleep"


def _alike(before: GroupTopology, after: GroupTopology) -> bool:
    """Whether two groups differ by their name only, as far as a manifest says."""
    return bool(_settings(before) == _settings(after))


def _settings(group: GroupTopology) -> Any:
    targets = [(each.environment, each.hosting, each.require_approval) for each in group.promotion.targets]
    return group.build, targets, group.branch, group.repository


def _names(topology: Topology | PipelineTopology | None) -> set[str]:
    return {each.name for each in topology.groups} if isinstance(topology, Topology) else set()


def renamed_modules(
    before: Mapping[str, Topology | PipelineTopology], after: Mapping[str, Topology | PipelineTopology]
) -> list[Renamed]:
    """Modules that have another name and are otherwise the same."""
    came = [name for name in after if name not in before]
    found = []
    for name, gone in before.items():
        if name not in after and (same := next((each for each in came if _like(gone, after[each])), None)):
            came.remove(same)
            found.append(Renamed(name, same))
    return found


def _like(before: Topology | PipelineTopology, after: Topology | PipelineTopology) -> bool:
    if isinstance(before, Topology) and isinstance(after, Topology):
        own = (_settings(each) for each in before.groups), (_settings(each) for each in after.groups)
        return list(own[0]) == list(own[1])
    if isinstance(before, PipelineTopology) and isinstance(after, PipelineTopology):
        return replace(before.context, module="") == replace(after.context, module="")
    return False


def places_of(topology: Topology | PipelineTopology | None) -> Sequence[Any]:
    """The CDK bootstraps (`BootstrapRoles`) that a module needs."""
    if isinstance(topology, Topology):
        return [*topology.bootstrap_roles, *topology.deploy_bootstrap_roles]
    return [topology.context.bootstrap(topology.place)] if topology else []
