"""What a deployment made and its manifest no longer wants, in every account that is known.

A stack is this deployment's when its SSM parameters are below the deployment's path, or, of an endpoint, when the hash
in its name is that of project, deployment, module, group and environment.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from model_cicd.aws.bootstrap import BootstrapRoles
from model_cicd.aws.place import Place
from model_cicd.check.parameters import is_this_module
from model_cicd.operate.access import Access
from model_cicd.operate.leftovers_places import (
    ENDPOINT,
    KINDS,
    MODULE,
    REGISTRY,
    Knowledge,
    Owner,
    learn,
    wanted_stacks,
)
from model_cicd.operate.leftovers_stacks import Stack, does, list_stacks, owner_of
from model_cicd.operate.manifest import modules, nameless_contexts, topology_of
from model_cicd.sagemaker_model_cicd.topology import Topology
from model_cicd.settings.context import ModuleContext
from model_cicd.text.errors import ModelCicdError


@dataclass(frozen=True)
class Deployment:
    """A deployment as its manifest wants it; `contexts` are those of all its modules, of other kinds as well.

    Where the manifest has no module any more, they are those of every account that it maps.
    """

    contexts: tuple[ModuleContext, ...]
    topologies: tuple[Topology, ...]

    @classmethod
    def read(cls, manifest: Path) -> Deployment:
        """The deployment of a manifest, which need not have a module of this kind any more.

        Raises ModelCicdError when the manifest is not right, or says of its groups only where they come from.
        """
        found = modules(manifest)
        mine = [each for each in found if is_this_module(each.path, each.entry.get("parameters"))]
        contexts = [each.context for each in found] or nameless_contexts(manifest)
        return cls(tuple(contexts), tuple(topology_of(each) for each in mine))

    @property
    def project(self) -> str:
        """Seed-Farmer's project."""
        return self.contexts[0].project

    @property
    def name(self) -> str:
        """The deployment's name."""
        return self.contexts[0].deployment


@dataclass(frozen=True)
class Leftover:
    """A stack that is there and not wanted, with what it does and costs; `held` says why it has to stay for now.

    `kind` is one of `leftovers_places.KINDS`; `type` is that of an endpoint's environment, empty where nobody knows it.
    """

    kind: str
    stack: str
    stack_id: str
    module: str
    group: str
    environment: str
    type: str
    status: str
    does: str
    held: str
    roles: BootstrapRoles

    @property
    def account(self) -> str:
        """The account's id."""
        return self.roles.account

    @property
    def region(self) -> str:
        """The region."""
        return self.roles.region


@dataclass(frozen=True)
class Unseen:
    """A place that could not be looked at, and why."""

    place: Place
    reason: str


@dataclass(frozen=True)
class Report:
    """The leftovers in the order in which they are deleted, what was looked at, and what could not be.

    `deployed` are the modules of the manifest that are there.
    """

    leftovers: tuple[Leftover, ...]
    unseen: tuple[Unseen, ...]
    seen: tuple[BootstrapRoles, ...]
    deployed: tuple[Topology, ...]
    known: Knowledge


def leftovers(access: Access, deployment: Deployment) -> list[Leftover]:
    """The stacks of `deployment` that its manifest does not want; accounts that cannot be seen are passed over."""
    return list(look(access, deployment).leftovers)


def look(access: Access, deployment: Deployment) -> Report:
    """Look at every account that the manifest names, or that its tooling accounts remember."""
    known, blind = learn(access, deployment.contexts, deployment.topologies)
    places = list(known.places.values())

    def ask(roles: BootstrapRoles) -> list[tuple[Stack, Owner]] | Unseen:
        try:
            found = [(stack, owner_of(access, stack, known)) for stack in list_stacks(access, roles, known)]
        except ModelCicdError as error:
            return Unseen(roles.place, str(error))
        return [(stack, owner) for stack, owner in found if owner]

    with ThreadPoolExecutor(max_workers=8) as pool:
        answers = list(pool.map(ask, places))
    unseen = {each.place: each for each in answers if isinstance(each, Unseen)}
    unseen |= {place: Unseen(place, reason) for place, reason in blind if place not in unseen}
    seen = [roles for roles in places if roles.place not in unseen]
    there = [found for each in answers if not isinstance(each, Unseen) for found in each]
    deployed = _deployed(deployment.topologies, there, {roles.place for roles in seen})
    wanted = {(stack, roles.place) for topology in deployed for stack, roles, _ in wanted_stacks(topology)}
    serving = [pair for pair in there if _key(pair[0]) in wanted and pair[1].kind == ENDPOINT]
    rest = [_leftover(access, *pair, serving) for pair in there if _key(pair[0]) not in wanted]
    rest.sort(key=lambda each: (KINDS.index(each.kind), each.account, each.region, each.stack))
    return Report(tuple(rest), tuple(unseen.values()), tuple(seen), deployed, known)


def _key(stack: Stack) -> tuple[str, Place]:
    return stack.name, stack.roles.place


def _deployed(
    topologies: Iterable[Topology], there: Sequence[tuple[Stack, Owner]], seen: set[Place]
) -> tuple[Topology, ...]:
    """The modules that are there; those whose tooling account cannot be seen are taken to be."""
    stacks = {_key(stack) for stack, owner in there if owner.kind == MODULE}
    return tuple(
        each
        for each in topologies
        if each.tooling.place not in seen or (each.tooling.stack_name, each.tooling.place) in stacks
    )


def _leftover(access: Access, stack: Stack, owner: Owner, serving: Sequence[tuple[Stack, Owner]]) -> Leftover:
    try:
        doing = does(access, stack, owner)
    except ModelCicdError as error:
        doing = f"what it does cannot be seen: {error}"
    return Leftover(
        kind=owner.kind,
        stack=stack.name,
        stack_id=str(stack.described["StackId"]),
        module=owner.module,
        group=owner.group,
        environment=owner.environment,
        type=owner.type,
        status=stack.status,
        does=doing,
        held=_held(stack, owner, serving),
        roles=stack.roles,
    )


def _held(stack: Stack, owner: Owner, serving: Sequence[tuple[Stack, Owner]]) -> str:
    """Endpoints read the release that they serve again whenever an instance starts."""
    if owner.kind != REGISTRY:
        return ""
    place = stack.roles.place
    beginning = place.arn("sagemaker", "model-package/")
    users = sorted(
        found.environment
        for each, found in serving
        if (found.module, found.group) == (owner.module, owner.group)
        and each.parameter("ModelPackageArn").startswith(beginning)
    )
    return f"{', '.join(users)} serves a release of it: promote a version of the new registry first" if users else ""
