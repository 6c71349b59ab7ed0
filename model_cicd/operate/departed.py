"""Takes down what left the manifest: `python -m model_cicd.operate.departed [--before]`, around `cdk deploy`.

`cdk deploy --all` never deletes. What there was is what promotions published in the tooling account, which the
deployment overwrites. So with `--before`, ahead of it, environments that left a group that stays lose their endpoints,
and what nobody would expect is refused: a registry that starts anew in another account, a module that is deployed in
another region or from another tooling account as well. After it, groups that left are deleted as `destroy` would: what
trains, what serves, the build account's stack, and last the promotion, which has the record of it all. What a destroy
retains is retained. Accounts that a group moved away from lose its stack once nothing serves from there, the tooling
account what redeploys a module without `infra-repo`, and an account where no workflow takes a role any more the
identity provider that this module made there.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from model_cicd.aws import accounts
from model_cicd.aws.bootstrap import BootstrapRoles
from model_cicd.aws.place import Place
from model_cicd.aws.sessions import plain_errors
from model_cicd.aws.stack_deletion import DeployedStack, delete
from model_cicd.operate import directory, moved
from model_cicd.operate.records import Group
from model_cicd.promotion.teardown import Endpoints, Unreachable, deployed, with_place
from model_cicd.sagemaker_model_cicd.settings.load import load
from model_cicd.sagemaker_model_cicd.topology import Topology, build
from model_cicd.sagemaker_model_cicd.topology.derive import group_stacks
from model_cicd.sagemaker_model_cicd.topology.derive_sources import identity_stack
from model_cicd.settings import names
from model_cicd.settings.names import Names
from model_cicd.text.errors import ModelCicdError
from model_cicd.text.terminal import say

_SESSION = "model-cicd-departed"
Say = Callable[[str], None]


def published(topology: Topology, region: str | None = None) -> list[Group]:
    """The groups of the module that are published in the tooling account, by name; `region` is that of the module.

    Raises ModelCicdError when the account cannot be read.
    """
    place = Place(topology.partition, topology.tooling.account, region or topology.tooling.place.region)
    ssm = accounts.assume(topology.context.bootstrap(place).lookup, place.region, _SESSION)("ssm")
    with plain_errors():
        found = directory.published_below(ssm, topology.parameter_path)
    return [directory.parse(values, at) for at, values in found.items()]


def departed(topology: Topology) -> list[Group]:
    """The groups that are published and not in `topology`. Raises as `published`."""
    known = {group.name for group in topology.groups}
    return [group for group in published(topology) if group.name not in known]


@dataclass(frozen=True)
class Removal:
    """The removal of one group, or of what left it."""

    topology: Topology
    group: Group
    say: Say

    def run(self) -> None:
        """Delete the group's stacks. Raises ModelCicdError when one stays, or cannot be reached."""
        group, tooling = self.group, self.topology.tooling.place
        bootstrap = self.topology.context.bootstrap
        stacks = group_stacks(self.topology.context, group.name)
        build_place = Place(tooling.partition, group.build_account, group.build_region)
        self.say(f"group {group.name} is not in the manifest any more: its registry and releases are kept")
        client = self._reach(bootstrap(build_place), stacks.build)
        own = accounts.assume(bootstrap(tooling).deploy, tooling.region, _SESSION)("cloudformation")
        serving = list(self._endpoints(set()))
        self._delete(stacks.tooling, bootstrap(tooling), own)
        delete(serving, self.say)
        if client is not None:
            self._delete(stacks.build, bootstrap(build_place), client)
        self._delete(stacks.promotion, bootstrap(tooling), own)

    def environments(self, wanted: set[tuple[str, str]]) -> None:
        """Delete the endpoints that are not among `wanted`, by stack and account. Raises as `run`."""
        found = list(self._endpoints(wanted))
        for each in found:
            self.say(f"group {self.group.name} does not serve with {each.name} in account {each.account} any more")
        delete(found, self.say)

    def _reach(self, roles: BootstrapRoles, stack: str) -> Any | None:
        """CloudFormation of the build account, or None of one that is abandoned."""
        if roles.account in self.topology.abandoned_account_ids:
            self.say(f"account {roles.account} is abandoned: stack {stack} was not looked at")
            return None
        try:
            return accounts.assume(roles.deploy, roles.place.region, _SESSION)("cloudformation")
        except ModelCicdError as error:
            raise ModelCicdError(
                f"group {self.group.name} left the manifest and its stack {stack} in account {roles.account} cannot be "
                f"deleted: {error}. Deploy once without build-account-ids and deploy-account-ids, which keep this "
                "module from the account; or, if the account is gone, name it in abandoned-account-ids"
            ) from None

    def _delete(self, name: str, roles: BootstrapRoles, client: Any) -> None:
        with plain_errors():
            stack = accounts.stack(client, name)
        if stack is not None:
            delete([DeployedStack(name, roles.account, roles.cfn_exec, client, stack["StackId"])], self.say)

    def _endpoints(self, wanted: set[tuple[str, str]]) -> Iterator[DeployedStack]:
        endpoints = Endpoints(self.topology, self.group.pipeline_name, self.say)
        for place in self.group.places:
            if (place.stack_name, place.account) not in wanted:
                found = endpoints.find(place.name, place.stack_name, place.roles)
                if found is not None:
                    yield found


def before(topology: Topology, say: Say) -> None:
    """Refuse what has to be said first, and take down the environments that left groups that stay.

    Raises ModelCicdError when something is refused, or stays.
    """
    there = published(topology)
    if not there:
        moved.refuse_second_region(topology, lambda region: bool(published(topology, region)))
    known = {each.name for each in there}
    moved.refuse_second_tooling(topology, [each for each in topology.groups if each.name not in known])
    groups = {group.name: group for group in topology.groups}
    stays = [(each, groups[each.name]) for each in there if each.name in groups]
    moved.refuse_unsaid(stays)
    for group, now in stays:
        wanted = {(target.stack_name, target.environment.account) for target in now.promotion.targets}
        Removal(topology, group, say).environments(wanted)


def after(topology: Topology, say: Say, complain: Say) -> bool:
    """Take down groups that left, former build accounts, what redeployed and identity providers; whether all went."""
    gone, well = [], True
    for group in departed(topology):
        try:
            Removal(topology, group, say).run()
            gone.append(group)
        except ModelCicdError as error:
            complain(str(error))
            well = False
    delete(list(moved.unused(topology, say)), say)
    delete(list(unused_redeployment(topology)), say)
    delete(list(unused_providers(topology, gone)), say)
    return well


def unused_redeployment(topology: Topology) -> Iterator[DeployedStack]:
    """The stack of the infra pipeline, or of a workflow's role, of a module that has no infra repository any more."""
    tooling = topology.tooling
    if tooling.infra_code is None:
        found = deployed(tooling.infra_stack_name, topology.context.bootstrap(tooling.place))
        yield from [found] if found else []


def unused_providers(topology: Topology, gone: Sequence[Group]) -> Iterator[DeployedStack]:
    """The stacks of identity providers in accounts where no workflow takes a role any more."""
    tooling, of = topology.tooling, Names((names.prefix(topology.context),))
    places = dict.fromkeys([tooling.place, *(group.build.place for group in topology.groups)])
    places |= dict.fromkeys(Place(topology.partition, each.build_account, each.build_region) for each in gone)
    former = dict.fromkeys(group.moved_from for group in topology.groups if group.moved_from)
    used = {group.build.account for group in topology.groups if group.workflow}
    used |= {tooling.account} if tooling.infra_workflow else set()
    for place in [*places, *(each for each in former if each not in places)]:
        if place.account in used or place.account in topology.abandoned_account_ids:
            continue
        try:
            found = deployed(identity_stack(of, place.account), topology.context.bootstrap(place))
        except Unreachable:
            if place in places:
                raise
            continue
        if found is not None:
            yield found


def main(arguments: Sequence[str] = (), env: Mapping[str, str] = os.environ) -> int:
    """Take down what left the module's settings; the exit code is 0, or 1 when something is refused or stays."""
    if arguments and list(arguments) != ["--before"]:
        print(f"got {' '.join(arguments)}, expected nothing or --before", file=sys.stderr)
        return 2

    def complain(line: str) -> None:
        say(line, sys.stderr)

    try:
        topology = build(*load(with_place(env)))
        if arguments:
            before(topology, say)
            return 0
        return 0 if after(topology, say, complain) else 1
    except ModelCicdError as error:
        complain(str(error))
        return 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
