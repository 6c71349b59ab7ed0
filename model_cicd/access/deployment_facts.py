"""What is asked about, in the same words for both modules: accounts and what they are for, names, wishes.

Kinds of roles and resources differ by module (`group_principals.py` and `group_resources.py`, `sagemaker_pipeline.py`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from model_cicd.aws.bootstrap import BootstrapRoles
from model_cicd.aws.images import aws_accounts
from model_cicd.aws.place import Place
from model_cicd.sagemaker_model_cicd.topology import Topology
from model_cicd.sagemaker_pipeline.topology import PipelineTopology
from model_cicd.settings.context import ModuleContext


@dataclass(frozen=True)
class BootstrappedEnvironment:
    """An account and region by its bootstrap roles.

    `groups` deploy models there; `stacks` says that the module has stacks of its own there.
    """

    roles: BootstrapRoles
    groups: frozenset[str]
    stacks: bool


@dataclass(frozen=True)
class Unit:
    """What has a matrix of its own: a group or a pipeline (`word`), and the accounts that it concerns.

    `promotion` is the name of a group's promotion pipeline.
    """

    word: str
    name: str
    accounts: frozenset[str]
    promotion: str = ""


@dataclass(frozen=True)
class DeploymentFacts:
    """One deployment of a module.

    `acknowledgements` holds reasons by difference, as the parameter `acknowledged_in` gives them, `build_accounts` whom
    "everybody of a build account" means, `key_aliases` the aliases of the module's keys, `named_accounts` accounts that
    settings name besides those of environments.
    """

    context: ModuleContext
    units: tuple[Unit, ...]
    environments: tuple[BootstrappedEnvironment, ...]
    build_accounts: frozenset[str]
    organization_id: str | None
    acknowledgements: Mapping[str, str]
    acknowledged_in: str
    parameter_path: str
    key_aliases: tuple[str, ...]
    named_accounts: frozenset[str] = frozenset()

    @property
    def accounts(self) -> list[str]:
        """Every account of the deployment, each once."""
        return list(dict.fromkeys(each.roles.account for each in self.environments))

    @property
    def promotions(self) -> dict[str, str]:
        """The names of promotion pipelines by group."""
        return {each.name: each.promotion for each in self.units if each.promotion}

    @property
    def partition(self) -> str:
        """The partition of all accounts."""
        return self.context.partition

    @property
    def region(self) -> str:
        """The region that the module is deployed to."""
        return self.context.tooling_region

    def arns(self, account: str) -> Place:
        """Builder of ARNs in `account` and the module's region."""
        return Place(self.partition, account, self.region)


def of_groups(topology: Topology) -> DeploymentFacts:
    """The setting of the module `sagemaker-model-cicd`."""
    environments = [(each, True) for each in topology.bootstrap_roles]
    environments += [(each, False) for each in topology.deploy_bootstrap_roles]
    tooling = topology.tooling
    return DeploymentFacts(
        context=topology.context,
        units=tuple(
            Unit(
                "group",
                group.name,
                frozenset({group.build.account, tooling.account, *(each.account for each in group.deploy)}),
                group.promotion.pipeline.name,
            )
            for group in topology.groups
        ),
        environments=tuple(
            BootstrappedEnvironment(roles, _deploying(topology, roles), stacks) for roles, stacks in environments
        ),
        build_accounts=frozenset(group.build.account for group in topology.groups),
        organization_id=topology.organization_id,
        acknowledgements=topology.access_acknowledgements,
        acknowledged_in="access-acknowledgements",
        parameter_path=topology.parameter_path,
        key_aliases=(
            *([tooling.infra.artifacts.key_alias.name] if tooling.infra else []),
            *(
                alias.name
                for group in topology.groups
                for alias in (
                    group.registry.key_alias,
                    group.releases.key_alias,
                    *([group.training.artifacts.key_alias] if group.training else []),
                    group.promotion.pipeline.artifacts.key_alias,
                )
            ),
        ),
        named_accounts=frozenset(
            [
                *topology.build_account_ids,
                *topology.deploy_account_ids,
                *(account for group in topology.groups for account in aws_accounts(group.build.region)),
                *(arn.split(":")[4] for group in topology.groups for arn in group.image_repositories),
            ]
        ),
    )


def of_pipeline(topology: PipelineTopology) -> DeploymentFacts:
    """The setting of the module `sagemaker-pipeline`: one pipeline, named as the module is."""
    name, store = topology.context.module, topology.store
    consumers = [*topology.own_consumers, *topology.consumers]
    serving = {each.account for each in consumers}
    accounts = dict.fromkeys([topology.place.account, *(each.account for each in consumers)])
    return DeploymentFacts(
        context=topology.context,
        units=(Unit("pipeline", name, frozenset(accounts)),),
        environments=tuple(
            BootstrappedEnvironment(
                topology.context.bootstrap(topology.place.elsewhere(account)),
                frozenset({name} if account in serving else ()),
                account == topology.place.account,
            )
            for account in accounts
        ),
        build_accounts=frozenset({topology.place.account}),
        organization_id=topology.organization_id,
        acknowledgements=topology.access_acknowledgements,
        acknowledged_in="accessAcknowledgements",
        parameter_path=topology.parameter_path,
        key_aliases=(store.key_alias.name,) if store.key_alias else (),
    )


def _deploying(topology: Topology, place: BootstrapRoles) -> frozenset[str]:
    """The groups that deploy models to `place`."""
    return frozenset(
        group.name
        for group in topology.groups
        for target in group.promotion.targets
        if (target.environment.account, target.environment.region) == (place.account, place.region)
    )
