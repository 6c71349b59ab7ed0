"""A plan, from two manifests: what is the same is not synthesized, and both sides are at once."""

from __future__ import annotations

import multiprocessing
import os
import tempfile
from collections.abc import Collection, Iterator, Mapping
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from model_cicd.access.modules import NO_MODULE, Module, modules_of
from model_cicd.operate.access import Access
from model_cicd.plan.compare import module_plan, only_group
from model_cicd.plan.deployed import deployed_plan, use_existing
from model_cicd.plan.groups import renamed_modules
from model_cicd.plan.records import Plan
from model_cicd.plan.revisions import Repository
from model_cicd.plan.side import SideModule, load_side
from model_cicd.sagemaker_model_cicd.topology import Topology
from model_cicd.text.errors import ModelCicdError, did_you_mean


@dataclass(frozen=True)
class Sides:
    """Two manifests to compare; `before` is None where there was none. `label` says what it is in words.

    `scratch` is the folder that a revision was written to; `same` says that there is nothing to compare.
    """

    manifest: Path
    before: Path | None
    label: str
    same: bool = False
    scratch: Path | None = None

    def wrong(self, text: str) -> ModelCicdError:
        """The error that something of before is wrong, by names as they stand in the project."""
        plain = text.replace(f"{self.scratch}/", "") if self.scratch else text
        return ModelCicdError("\n".join(f"{self.label}: {line}" for line in plain.splitlines()))


@contextmanager
def sides(manifest: Path, against: str | None) -> Iterator[Sides]:
    """The sides of a comparison of `manifest` with a revision of git or with another manifest (`against`).

    Raises ModelCicdError when there is neither.
    """
    manifest = manifest / "deployment.yaml" if manifest.is_dir() else manifest
    other = Path(against) if against else None
    if other is not None and other.exists():
        yield Sides(manifest, other / "deployment.yaml" if other.is_dir() else other, str(other))
        return
    repository = Repository.around(manifest)
    revision = against or repository.default()
    commit = repository.commit(revision)
    label = f"{revision} ({commit[:12]})"
    if repository.same(commit):
        yield Sides(manifest, None, label, same=True)
        return
    with tempfile.TemporaryDirectory() as scratch:
        repository.write(commit, Path(scratch))
        before = Path(scratch) / repository.relative(manifest)
        yield Sides(manifest, before if before.is_file() else None, label, scratch=Path(scratch))


def make_plan(found: Sides, group: str | None = None) -> Plan:
    """The plan. Raises ModelCicdError for manifests that are not right, and ProblemsError with all that is not."""
    manifest = str(found.manifest)
    if found.same:
        return Plan(manifest, found.label, notes=("the trees are equal",))
    new = {each.name: each for each in modules_of(found.manifest)}
    try:
        old = {each.name: each for each in modules_of(found.before)} if found.before else {}
    except ModelCicdError as error:
        raise found.wrong(str(error)) from None
    if not old and not new:
        raise ModelCicdError(f"{found.manifest}: {NO_MODULE}, nor does one in {found.label}")
    if group is not None:
        _demand(group, [*old.values(), *new.values()])
    wanted = [name for name in {**new, **old} if not _equal(old.get(name), new.get(name))]
    before, after = _both(found, [each for each in wanted if each in old], [each for each in wanted if each in new])
    plans = [module_plan(manifest, before.get(name), after.get(name)) for name in wanted]
    topologies = [{name: each.topology for name, each in side.items()} for side in (old, new)]
    for each in renamed_modules(*topologies):
        said = (
            f"module {each.before} is renamed to {each.after}: the names of everything follow from it, so that "
            f"{each.after} starts with empty registries; Seed-Farmer destroys {each.before} with the next apply, and "
            "its buckets, keys, model package groups and repositories stay"
        )
        plans = [replace(plan, said=(said, *plan.said)) if plan.module == each.after else plan for plan in plans]
    chosen = [only_group(plan, group) for plan in plans] if group else plans
    return Plan(manifest, found.label, tuple(each for each in chosen if each.changes), tuple(notes(found, old, new)))


def notes(found: Sides, before: Mapping[str, Module], after: Mapping[str, Module]) -> Iterator[str]:
    """What has to be known of the sides to read the plan."""
    if found.before is None:
        yield f"the manifest is not there at {found.label}: everything is new"
    old, new = (
        sorted({f"{each.topology.context.project}-{each.topology.context.deployment}" for each in side.values()})
        for side in (before, after)
    )
    if old and new and old != new:
        yield (
            f"these are deployments of different names, {', '.join(old)} and {', '.join(new)}: names of all resources "
            "follow from it, so that everything is another one, and an apply takes nothing of the other deployment down"
        )


def make_deployed_plan(manifest: Path, access: Access, group: str | None = None) -> Plan:
    """The plan against what is deployed. Raises ModelCicdError when the caller may not see that."""
    modules = modules_of(manifest)
    if not modules:
        raise ModelCicdError(
            f"{manifest}: {NO_MODULE}; what is deployed is found by its modules: compare it with a revision of git "
            f"that had some, or see what is there: model-cicd leftovers {manifest}"
        )
    if group is not None:
        _demand(group, modules)
    use_existing(access, modules)
    plans = [deployed_plan(str(manifest), access, each) for each in modules]
    chosen = [only_group(plan, group) for plan in plans] if group else plans
    waiting = tuple(note for each in chosen if not each.changes for note in each.notes)
    return Plan(str(manifest), "what is deployed", tuple(each for each in chosen if each.changes), waiting)


def _equal(before: Module | None, after: Module | None) -> bool:
    return before is not None and after is not None and before.inputs == after.inputs


def _demand(group: str, found: Collection[Module]) -> None:
    names = list(
        dict.fromkeys(
            each.name for module in found if isinstance(module.topology, Topology) for each in module.topology.groups
        )
    )
    if group not in names:
        raise ModelCicdError(f"--group: got {group!r}, expected one of {', '.join(names)}{did_you_mean(group, names)}")


def _both(
    found: Sides, before: Collection[str], after: Collection[str]
) -> tuple[Mapping[str, SideModule], Mapping[str, SideModule]]:
    """Both sides by module, the one of before in a process of its own."""
    if not before or found.before is None:
        return {}, _named(load_side(found.manifest, after) if after else [])
    if not after:
        return _named(load_side(found.before, before)), {}
    with ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("spawn")) as pool:
        other = pool.submit(_load, found.before, sorted(before))
        own = load_side(found.manifest, after)
        try:
            loaded = other.result()
        except BrokenProcessPool:
            raise ModelCicdError("the synthesis of what was before ended without an answer (out of memory?)") from None
    if isinstance(loaded, str):
        raise found.wrong(loaded)
    return _named(loaded), _named(own)


def _load(manifest: Path, wanted: Collection[str]) -> list[SideModule] | str:
    """A side, or what is wrong: errors are not made to travel between processes."""
    os.environ.setdefault("JSII_DEPRECATED", "quiet")
    try:
        return load_side(manifest, wanted)
    except ModelCicdError as error:
        return str(error)


def _named(found: Collection[SideModule]) -> dict[str, SideModule]:
    return {each.name: each for each in found}
