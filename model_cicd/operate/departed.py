"""Takes down the groups that left the manifest: `python -m model_cicd.operate.departed`, after `cdk deploy`.

`cdk deploy --all` never deletes. The groups that there were are those whose promotion is published in the tooling
account; of one that the settings no longer have, the stacks are deleted as `destroy` would: what trains, what serves,
the build account's stack, and last the promotion, which has the record of it all. What a destroy retains is retained.
An account where no workflow takes a role any more loses the identity provider that this module made there.
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
from model_cicd.operate import directory
from model_cicd.operate.records import Group
from model_cicd.promotion.teardown import with_place
from model_cicd.sagemaker_model_cicd.settings.load import load
from model_cicd.sagemaker_model_cicd.topology import Topology, build
from model_cicd.sagemaker_model_cicd.topology.derive import GroupStacks, group_stacks
from model_cicd.sagemaker_model_cicd.topology.derive_sources import identity_stack
from model_cicd.sagemaker_model_cicd.topology.outputs import ENVIRONMENT_KEY, GROUP_KEY
from model_cicd.settings import names
from model_cicd.settings.names import Names
from model_cicd.text.errors import ModelCicdError

_SESSION = "model-cicd-departed"
Say = Callable[[str], None]


def departed(topology: Topology) -> list[Group]:
    """The groups that are published in the tooling account and not in `topology`, by name.

    Raises ModelCicdError when the account cannot be read.
    """
    place = topology.tooling.place
    ssm = accounts.assume(topology.context.bootstrap(place).lookup, place.region, _SESSION)("ssm")
    published: dict[str, dict[str, str]] = {}
    with plain_errors():
        pages = ssm.get_paginator("get_parameters_by_path").paginate(Path=topology.parameter_path, Recursive=True)
        for each in (each for page in pages for each in page["Parameters"]):
            group, _, key = each["Name"].removeprefix(f"{topology.parameter_path}/").partition("/")
            if key == GROUP_KEY or key.startswith(ENVIRONMENT_KEY):
                published.setdefault(group, {})[key] = each["Value"]
    known = {group.name for group in topology.groups}
    found = [directory.parse(each) for _, each in sorted(published.items()) if GROUP_KEY in each]
    return [group for group in found if group.name not in known]


@dataclass(frozen=True)
class Removal:
    """The removal of one group."""

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
        client = self._reach(bootstrap(build_place), stacks)
        own = accounts.assume(bootstrap(tooling).deploy, tooling.region, _SESSION)("cloudformation")
        self._delete([(stacks.tooling, bootstrap(tooling), own)])
        delete(list(self._serving()), self.say)
        self._delete([(stacks.build, bootstrap(build_place), client)])
        self._delete([(stacks.promotion, bootstrap(tooling), own)])

    def _reach(self, roles: BootstrapRoles, stacks: GroupStacks) -> Any:
        try:
            return accounts.assume(roles.deploy, roles.place.region, _SESSION)("cloudformation")
        except ModelCicdError as error:
            raise ModelCicdError(
                f"group {self.group.name} left the manifest and its stack {stacks.build} in account {roles.account} "
                f"cannot be deleted: {error}. Deploy once without build-account-ids and deploy-account-ids, which keep "
                f"this module from the account, or delete that stack there by hand, and {stacks.tooling} and "
                f"{stacks.promotion} here"
            ) from None

    def _delete(self, stacks: Sequence[tuple[str, BootstrapRoles, Any]]) -> None:
        found = []
        for name, roles, client in stacks:
            with plain_errors():
                stack = accounts.stack(client, name)
            if stack is not None:
                found.append(DeployedStack(name, roles.account, roles.cfn_exec, client, stack["StackId"]))
        delete(found, self.say)

    def _serving(self) -> Iterator[DeployedStack]:
        """The endpoint stacks; an account that cannot be reached is named and passed over, as in a destroy."""
        for place in self.group.places:
            try:
                client = accounts.assume(place.deploy_role_arn, place.region, _SESSION)("cloudformation")
            except ModelCicdError as error:
                self.say(f"environment {place.name} (account {place.account}) was not looked at: {error}")
                continue
            with plain_errors():
                stack = accounts.stack(client, place.stack_name)
            if stack is not None:
                yield DeployedStack(place.stack_name, place.account, place.cfn_exec_role_arn, client, stack["StackId"])


def unused_providers(topology: Topology, gone: Sequence[Group]) -> Iterator[DeployedStack]:
    """The stacks of identity providers in accounts where no workflow takes a role any more."""
    tooling, of = topology.tooling, Names((names.prefix(topology.context),))
    places = dict.fromkeys([tooling.place, *(group.build.place for group in topology.groups)])
    places |= dict.fromkeys(Place(topology.partition, each.build_account, each.build_region) for each in gone)
    used = {group.build.account for group in topology.groups if group.workflow}
    used |= {tooling.account} if tooling.infra_workflow else set()
    for place in places:
        if place.account in used:
            continue
        roles, name = topology.context.bootstrap(place), identity_stack(of, place.account)
        client = accounts.assume(roles.deploy, place.region, _SESSION)("cloudformation")
        with plain_errors():
            stack = accounts.stack(client, name)
        if stack is not None:
            yield DeployedStack(name, roles.account, roles.cfn_exec, client, stack["StackId"])


def main(env: Mapping[str, str] = os.environ) -> int:
    """Take down what left the module's settings; the exit code is 0, or 1 when something of it stays."""

    def say(line: str) -> None:
        print(line, flush=True)

    failed = False
    try:
        topology = build(*load(with_place(env)))
        gone = []
        for group in departed(topology):
            try:
                Removal(topology, group, say).run()
                gone.append(group)
            except ModelCicdError as error:
                print(error, file=sys.stderr)
                failed = True
        delete(list(unused_providers(topology, gone)), say)
    except ModelCicdError as error:
        print(error, file=sys.stderr)
        return 1
    return int(failed)


if __name__ == "__main__":
    sys.exit(main())
