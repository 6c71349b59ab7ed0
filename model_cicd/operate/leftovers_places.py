"""Where something of a deployment may be: what its manifest names, and what its tooling accounts remember.

A tooling account remembers the groups that were published there (SSM), where their registries were before (the history
of these parameters), and every stack that their promotions deployed (CodePipeline, 12 months).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

from model_cicd.aws import naming
from model_cicd.aws.bootstrap import BootstrapRoles, in_region, roles_beside
from model_cicd.aws.place import Place
from model_cicd.operate import directory
from model_cicd.operate.access import Access, DeniedError
from model_cicd.operate.records import Group
from model_cicd.promotion.reached import reached
from model_cicd.sagemaker_model_cicd.topology import Topology
from model_cicd.sagemaker_model_cicd.topology.outputs import GROUP_KEY
from model_cicd.settings import names
from model_cicd.settings.context import ModuleContext
from model_cicd.text.errors import ModelCicdError

#: what a stack is, in the order in which stacks are deleted: who has the record of a group goes after what it records
TRAINING, ENDPOINT, REGISTRY, PROMOTION = "training", "endpoint", "registry", "promotion"
REDEPLOYMENT, MODULE, IDENTITY = "redeployment", "shared stack", "identity provider"
KINDS = (TRAINING, ENDPOINT, REGISTRY, PROMOTION, REDEPLOYMENT, MODULE, IDENTITY)


@dataclass(frozen=True)
class Owner:
    """What a stack is and of which module, group and environment; empty where it is of none, or nobody knows."""

    kind: str
    module: str
    group: str = ""
    environment: str = ""
    type: str = ""


@dataclass
class Knowledge:
    """What is known before any stack is looked at: the accounts, and stacks whose owner is written down somewhere.

    `modules` are the names of those of this kind, `others` those of other kinds that the manifest has.
    """

    project: str
    deployment: str
    places: dict[Place, BootstrapRoles] = field(default_factory=dict)
    owners: dict[tuple[str, Place], Owner] = field(default_factory=dict)
    modules: set[str] = field(default_factory=set)
    others: frozenset[str] = frozenset()

    @property
    def all_modules(self) -> set[str]:
        """The names of all modules, those of other kinds as well."""
        return self.modules | self.others

    def context(self, module: str) -> ModuleContext:
        """The context of a module that is known by its name, as far as names follow from it."""
        place = next(iter(self.places))
        return ModuleContext(self.project, self.deployment, module, place.account, place.region)

    @property
    def path(self) -> str:
        """Below this are the SSM parameters of all modules of the deployment."""
        return f"/{naming.parameter_part(f'{self.project}-model-cicd')}/{naming.parameter_part(self.deployment)}"

    def add(self, roles: BootstrapRoles) -> None:
        """Another account to look at."""
        self.places.setdefault(roles.place, roles)

    def own(self, stack: str, roles: BootstrapRoles, owner: Owner) -> None:
        """A stack that is, or was, where `roles` are."""
        self.add(roles)
        self.owners.setdefault((stack, roles.place), owner)
        self.modules.add(owner.module)


def wanted_stacks(topology: Topology) -> Iterator[tuple[str, BootstrapRoles, Owner]]:
    """Every stack of a topology with the roles of its account."""
    module, bootstrap = topology.context.module, topology.context.bootstrap
    tooling = bootstrap(topology.tooling.place)
    yield topology.tooling.stack_name, tooling, Owner(MODULE, module)
    if topology.tooling.infra_code:
        yield topology.tooling.infra_stack_name, tooling, Owner(REDEPLOYMENT, module)
    for made in topology.providers:
        yield made.stack_name, bootstrap(made.place), Owner(IDENTITY, module)
    for group in topology.groups:
        yield group.tooling_stack_name, tooling, Owner(TRAINING, module, group.name)
        yield group.build_stack_name, bootstrap(group.build.place), Owner(REGISTRY, module, group.name)
        yield group.promotion.stack_name, tooling, Owner(PROMOTION, module, group.name)
        for target in group.promotion.targets:
            environment = target.environment
            owner = Owner(ENDPOINT, module, group.name, environment.name, environment.type)
            yield target.stack_name, target.bootstrap, owner


def learn(
    access: Access, contexts: Sequence[ModuleContext], topologies: Sequence[Topology]
) -> tuple[Knowledge, list[tuple[Place, str]]]:
    """What the manifest and the tooling accounts know, and the places that could not be asked, with the reason."""
    known = Knowledge(contexts[0].project, contexts[0].deployment)
    known.others = frozenset(each.module for each in contexts) - {"", *(each.context.module for each in topologies)}
    for topology in topologies:
        for stack, roles, owner in wanted_stacks(topology):
            known.own(stack, roles, owner)
        for group in topology.groups:
            if group.moved_from:
                known.add(topology.context.bootstrap(group.moved_from))
    for context in contexts:
        known.add(context.bootstrap(context.tooling))
    unseen = []
    for roles in [known.places[place] for place in dict.fromkeys(context.tooling for context in contexts)]:
        try:
            _ask(access, roles, known)
            _ask_other_regions(access, roles, known)
        except ModelCicdError as error:
            unseen.append((roles.place, str(error)))
    return known, unseen


def _ask_other_regions(access: Access, roles: BootstrapRoles, known: Knowledge) -> None:
    """The module may have been in other regions of its account, which the names of its buckets tell."""
    s3 = access.client("s3", account=roles.account, region=roles.region, role_arn=roles.lookup)
    with access.asking("s3:ListAllMyBuckets", f"account {roles.account}"):
        buckets = [each["Name"] for each in s3.list_buckets()["Buckets"]]
    for region in sorted(names.bucket_regions(buckets, roles.account) - {roles.region}):
        other = in_region(roles, region)
        with suppress(DeniedError):  # nobody bootstrapped that region: the buckets are somebody else's
            _ask(access, other, known)
            known.add(other)


def _ask(access: Access, roles: BootstrapRoles, known: Knowledge) -> None:
    """What the tooling account with `roles` remembers."""

    def client(service: str) -> Any:
        return access.client(service, account=roles.account, region=roles.region, role_arn=roles.lookup)

    ssm = client("ssm")
    with access.asking("ssm:GetParametersByPath", f"{known.path} of account {roles.account}"):
        published = directory.published_below(ssm, known.path, depth=2)
    for path, values in published.items():
        group = directory.parse(values, path)
        _add_group(known, group)
        with access.asking("ssm:GetParameterHistory", f"{path}/{GROUP_KEY} of account {roles.account}"):
            pages = ssm.get_paginator("get_parameter_history").paginate(Name=f"{path}/{GROUP_KEY}")
            for each in [each["Value"] for page in pages for each in page["Parameters"]]:
                _add_group(known, directory.parse({GROUP_KEY: each}, path))
        with access.asking("codepipeline:ListActionExecutions", f"pipeline {group.pipeline_name}"):
            for stack in reached(client("codepipeline"), group.pipeline_name, roles.region):
                known.own(
                    stack.stack_name, roles_beside(stack.deploy_role_arn), Owner(ENDPOINT, group.module, group.name)
                )


def _add_group(known: Knowledge, group: Group) -> None:
    """The accounts of a published group, and its endpoints' stacks."""
    known.modules.add(group.module)
    known.add(roles_beside(group.build_lookup_role_arn))
    for each in group.places:
        known.own(each.stack_name, each.roles, Owner(ENDPOINT, group.module, group.name, each.name, each.type))
