"""`--against aws`: templates that are deployed, read with the caller's credentials through the CDK's lookup roles."""

from __future__ import annotations

from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from typing import Any

from model_cicd.access.assembly import Stack, StackKey
from model_cicd.access.connections import with_connections
from model_cicd.access.modules import GroupsModule, Module, prepare_cdk, synthesis
from model_cicd.aws.place import Place
from model_cicd.operate import directory
from model_cicd.operate.access import Access, DeniedError
from model_cicd.operate.records import Group
from model_cicd.operate.templates import deployed_template, has_repository
from model_cicd.plan.compare import module_plan
from model_cicd.plan.groups import said_move
from model_cicd.plan.records import APPLY, PROMOTION, SEEDFARMER, ModulePlan
from model_cicd.plan.side import Owner, SideModule, jobs_of, side_module
from model_cicd.sagemaker_model_cicd.topology import GroupTopology, Topology
from model_cicd.sagemaker_model_cicd.topology.derive import group_stacks
from model_cicd.text.errors import ModelCicdError

#: what a promotion gives to the template of an endpoint
_OF_RELEASES = ("Commit", "Digest", "ModelPackageArn", "ReleaseKeyArn", "Version")
_REPOSITORY = "AWS::CodeCommit::Repository"

Owned = tuple[Owner, Stack]


@dataclass(frozen=True)
class Deployed:
    """What is deployed of one module, as the caller sees it."""

    access: Access
    module: Module

    def stack(self, name: str, place: Place) -> Stack | None:
        """A stack, or None where there is none. Raises ModelCicdError when the caller may not see it."""
        found = deployed_template(self.access, self._client("cloudformation", place), name, place.account)
        return Stack(name, place.account, place.region, found.template, found.parameters) if found else None

    def stacks(
        self, wanted: Iterable[tuple[Owner, str, Place]], known: Container[str]
    ) -> tuple[list[Owned], list[str]]:
        """Those of `wanted` that there are, in their order, and what could not be seen.

        An account that nobody bootstrapped cannot be looked at, and then there is nothing. Raises DeniedError when that
        is one of a stack that was deployed before, by its name in `known`.
        """
        asked = list(wanted)

        def look(each: tuple[Owner, str, Place]) -> Stack | str | None:
            _, name, place = each
            try:
                return self.stack(name, place)
            except DeniedError as error:
                if name in known:
                    raise
                return (
                    f"account {place.account} {place.region} could not be looked at, and nothing was deployed there "
                    f"before ({error.short}): bootstrap it before the apply"
                )

        with ThreadPoolExecutor(max_workers=8) as pool:
            found = list(pool.map(look, asked))
        return (
            [(owner, each) for (owner, _, _), each in zip(asked, found, strict=True) if isinstance(each, Stack)],
            list(dict.fromkeys(each for each in found if isinstance(each, str))),
        )

    def published(self) -> list[Group]:
        """The groups that deployments published in the tooling account, by name."""
        topology = self.module.topology
        if not isinstance(topology, Topology):
            return []
        path, place = topology.parameter_path, topology.tooling.place
        ssm = self._client("ssm", place)
        with self.access.asking("ssm:GetParametersByPath", f"{path} of account {place.account}"):
            found = directory.published_below(ssm, path)
        return [directory.parse(values, at) for at, values in found.items()]

    def existing_repositories(self) -> list[str]:
        """Repositories that the module would make and that exist outside of its stack: it uses them as they are."""
        topology = self.module.topology
        if not isinstance(topology, Topology):
            return []
        tooling = topology.tooling
        stack = self.stack(tooling.stack_name, tooling.place)
        own = {
            each.get("Properties", {}).get("RepositoryName")
            for each in (stack.resources.values() if stack else ())
            if each["Type"] == _REPOSITORY
        }
        wanted = [each.name for each in tooling.repositories if each.create]
        return [name for name in dict.fromkeys(wanted) if name not in own and self._has_repository(name, tooling.place)]

    def _has_repository(self, name: str, place: Place) -> bool:
        return has_repository(self.access, self._client("codecommit", place), name, place.account)

    def _client(self, service: str, place: Place) -> Any:
        role = self.module.topology.context.bootstrap(place).lookup
        return self.access.client(service, account=place.account, region=place.region, role_arn=role)


def use_existing(access: Access, modules: Sequence[Module]) -> None:
    """Let the synthesis take repositories that are there for what they are, as a deployment does (model_cicd.adopt).

    The CDK reads its context where it starts, so that this comes before.
    """
    from model_cicd.adopt import EXISTING_REPOSITORIES

    names = [name for module in modules for name in Deployed(access, module).existing_repositories()]
    prepare_cdk({EXISTING_REPOSITORIES: ",".join(dict.fromkeys(names))} if names else None)


def deployed_plan(manifest: str, access: Access, module: Module) -> ModulePlan:
    """What an apply would change of what is deployed of one module.

    Raises ModelCicdError when the caller cannot see what is deployed.
    """
    looked = Deployed(access, module)
    partition = module.topology.context.partition
    with synthesis(module) as assembly:
        after = side_module(module, module.read(assembly))
        ours = [(owner, stack) for owner, stack in after.stacks if owner.by != SEEDFARMER]
        published = looked.published()
        known = set(_names(module, published))
        found, unseen = looked.stacks(
            ((owner, stack.name, Place(partition, stack.account, stack.region)) for owner, stack in ours), known
        )
        more, _ = looked.stacks(_unwanted(module, published, {stack.key for _, stack in ours}), known)
        deployed = {stack.key: stack for _, stack in found}
        if isinstance(module.topology, Topology):
            own = with_connections([stack for _, stack in found], module.topology)
            found = [(owner, stack) for (owner, _), stack in zip(found, own, strict=True)]
        notes, grants = [*unseen, *_waiting(ours, published, deployed)], {}
        kept = _deployed_part(module, deployed)
        try:
            # a key is known by its stand-in on both sides
            asked = {stack.key: _released(deployed[stack.key], stack) for _, stack in ours if stack.key in deployed}
            # what only waits for a promotion is no change: its roles are to be as they were to be before
            asked |= {stack.key: stack for owner, stack in ours if _waits(owner, stack, published, deployed)}
            grants = dict(side_module(kept, kept.read(assembly, asked)).grants) if kept and deployed else {}
        except ModelCicdError as error:
            notes.append(f"permissions are not compared, for those of what is deployed cannot be read: {error}")
            after = replace(after, grants={})
    kept_stacks = [each for each in ours if not _waits(*each, published, deployed)]
    after = replace(
        after, stacks=tuple((owner, _released(stack, deployed.get(stack.key))) for owner, stack in kept_stacks)
    )
    # what was trained is not in templates: groups that are deployed are taken to train as they will
    before = SideModule(module.topology, (*found, *more), grants, tuple(jobs_of(kept)) if kept and deployed else ())
    names = {each.name for each in module.topology.groups} if isinstance(module.topology, Topology) else set()
    plan = module_plan(manifest, before, after, gone=frozenset(each.name for each in published) - names)
    said = tuple(_said(module, published, deployed))
    return replace(plan, said=said, notes=(*plan.notes, *notes))


def _names(module: Module, published: Iterable[Group]) -> Iterator[str]:
    """The names of stacks that were deployed before, as far as deployments published them."""
    topology = module.topology
    for group in published if isinstance(topology, Topology) else ():
        stacks = group_stacks(topology.context, group.name)
        yield from (stacks.tooling, stacks.build, stacks.promotion, *(each.stack_name for each in group.places))


def _waits(owner: Owner, stack: Stack, published: Iterable[Group], deployed: Mapping[StackKey, Stack]) -> bool:
    """Whether a stack is only missing because nothing was promoted yet."""
    known = {place.stack_name for group in published for place in group.places}
    return owner.by == PROMOTION and stack.key not in deployed and stack.name in known


def _waiting(ours: Iterable[Owned], published: Sequence[Group], deployed: Mapping[StackKey, Stack]) -> Iterator[str]:
    for owner, stack in ours:
        if _waits(owner, stack, published, deployed):
            yield f"group {owner.group} has nothing in {owner.environment} yet: nothing was promoted there"


def _released(stack: Stack, like: Stack | None) -> Stack:
    """The stack with the release that `like` serves: an apply does not choose another one."""
    known = like.parameters if like else {}
    kept = {name: known[name] for name in _OF_RELEASES if name in known}
    return replace(stack, parameters={**stack.parameters, **kept})


def _deployed_part(module: Module, deployed: Mapping[StackKey, Stack]) -> Module | None:
    """The module with the groups that are deployed."""
    topology = module.topology
    if not isinstance(module, GroupsModule) or not isinstance(topology, Topology):
        return module
    names = {name for _, _, name in deployed}
    groups = tuple(
        each
        for each in topology.groups
        if {each.tooling_stack_name, each.build_stack_name, each.promotion.stack_name} <= names
    )
    return replace(module, topology=replace(topology, groups=groups)) if groups else None


def _unwanted(module: Module, published: Iterable[Group], known: set[StackKey]) -> Iterator[tuple[Owner, str, Place]]:
    """The stacks of groups and environments that were deployed and that the manifest does not have any more."""
    topology = module.topology
    if not isinstance(topology, Topology):
        return
    tooling = topology.tooling.place
    for group in published:
        stacks = group_stacks(topology.context, group.name)
        build = Place(tooling.partition, group.build_account, group.build_region)
        wanted = [(Owner(group.name, by=APPLY), stacks.tooling, tooling), (Owner(group.name), stacks.build, build)]
        wanted += [(Owner(group.name), stacks.promotion, tooling)]
        wanted += [
            (
                Owner(group.name, each.name, PROMOTION),
                each.stack_name,
                Place(tooling.partition, each.account, each.region),
            )
            for each in group.places
        ]
        yield from (each for each in wanted if (each[2].account, each[2].region, each[1]) not in known)


def _said(module: Module, published: Sequence[Group], deployed: Mapping[StackKey, Stack]) -> Iterator[str]:
    topology = module.topology
    if not deployed:
        yield f"module {module.name} is not deployed yet"
    if not isinstance(topology, Topology):
        return
    names = {each.name for each in topology.groups}
    for group in published:
        if group.name not in names:
            yield (
                f"group {group.name} is deployed and not in the manifest: the next apply takes down its pipelines and "
                f"endpoints; its registry {group.model_package_group_name} and its releases stay in account "
                f"{group.build_account}, with their buckets and keys"
            )
    before = {each.name: each for each in published}
    for each in topology.groups if deployed else ():
        if each.name in before:
            yield from _moved(before[each.name], each)
        else:
            yield f"group {each.name} is not deployed yet"


def _moved(before: Group, after: GroupTopology) -> Iterator[str]:
    name = after.name
    if before.build_account != after.build.account:
        said = after.moved_from is not None and after.moved_from.account == before.build_account
        refused = "" if said else f"the apply is refused until {said_move(before.build_account)}; then "
        yield (
            f"group {name} trains in account {after.build.account} instead of {before.build_account}: "
            f"{refused}it starts an empty registry there, and the versions of {before.model_package_group_name} stay "
            f"in {before.build_account}"
        )
    old, new = {each.stack_name: each for each in before.places}, {each.stack_name for each in after.promotion.targets}
    for target in after.promotion.targets:
        if target.stack_name not in old:
            where = f"account {target.environment.account} {target.environment.region}"
            yield f"group {name} serves in {target.environment.name} ({where}) too, from the next promotion on"
    for each in old.values():
        if each.stack_name not in new:
            yield (
                f"group {name} no longer promotes to {each.name}: the next apply deletes its endpoint "
                f"{each.endpoint_name} in account {each.account} before anything else"
            )
