"""Removes endpoint stacks: `python -m model_cicd.promotion.teardown [--failed]`, in the module's environment.

Promotion pipelines make these stacks, so `cdk destroy` does not know them. Without an option all of them are deleted,
and the build stacks of accounts that groups moved away from; with `--failed` only endpoint stacks that a failed first
deployment left over, which CloudFormation would not update. docs/adr/0007-promotion-trigger.md has the reasons.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from model_cicd.aws import accounts
from model_cicd.aws.bootstrap import BootstrapRoles
from model_cicd.aws.sessions import plain_errors
from model_cicd.aws.stack_deletion import DeployedStack, delete
from model_cicd.promotion import serving
from model_cicd.promotion.reached import reached
from model_cicd.sagemaker_model_cicd.settings.load import load
from model_cicd.sagemaker_model_cicd.topology import EndpointTarget, GroupTopology, Topology, build
from model_cicd.text.errors import ModelCicdError
from model_cicd.text.terminal import say

SESSION = "model-cicd-teardown"
Say = Callable[[str], None]


@dataclass(frozen=True)
class Endpoints:
    """The endpoint stacks of one promotion pipeline of a module; `say` is told what is passed over."""

    topology: Topology
    pipeline: str
    say: Say

    def find(self, environment: str, stack_name: str, roles: BootstrapRoles) -> DeployedStack | None:
        """The stack of an environment in the account of `roles`, or None when there is none.

        An account that was never promoted to need not be bootstrapped, and one that is abandoned need not be there.
        Raises ModelCicdError when another one cannot be reached: what serves there would go on.
        """
        where = f"environment {environment} (account {roles.account})"
        if roles.account in self.topology.abandoned_account_ids:
            self.say(f"{where} is abandoned and was not looked at")
            return None
        try:
            return deployed(stack_name, roles)
        except Unreachable as error:
            if self._went_to(stack_name, roles):
                raise ModelCicdError(
                    f"{where}: promotions went there, and it cannot be reached: {error}. What serves there would go "
                    "on. Let the module's role reach the account (build-account-ids and deploy-account-ids keep it "
                    "from others than theirs); or, if the account is gone, name it in abandoned-account-ids"
                ) from None
            self.say(f"{where} was not looked at: {error}")
            return None

    def _went_to(self, stack_name: str, roles: BootstrapRoles) -> bool:
        tooling = self.topology.tooling.place
        session = accounts.assume(self.topology.context.bootstrap(tooling).lookup, tooling.region, SESSION)
        with plain_errors():
            found = reached(session("codepipeline"), self.pipeline, tooling.region)
        return any((each.stack_name, each.account) == (stack_name, roles.account) for each in found)


class Unreachable(ModelCicdError):
    """A role of an account cannot be taken."""


def deployed(name: str, roles: BootstrapRoles) -> DeployedStack | None:
    """The stack `name` where `roles` are, or None when there is none. Raises Unreachable."""
    try:
        client = accounts.assume(roles.deploy, roles.region, SESSION)("cloudformation")
    except ModelCicdError as error:
        raise Unreachable(str(error)) from None
    with plain_errors():
        found: Mapping[str, Any] | None = accounts.stack(client, name)
    return DeployedStack(name, roles.account, roles.cfn_exec, client, found["StackId"], found) if found else None


def find(topology: Topology, *, failed_only: bool, say: Say) -> Iterator[DeployedStack]:
    """The endpoint stacks that exist, or those of them that never served. Raises as `Endpoints.find`."""
    for group in topology.groups:
        endpoints = Endpoints(topology, group.promotion.pipeline.name, say)
        for target in group.promotion.targets:
            found = _never_served(target) if failed_only else _of(endpoints, target)
            if found is not None:
                yield found


def _of(endpoints: Endpoints, target: EndpointTarget) -> DeployedStack | None:
    return endpoints.find(target.environment.name, target.stack_name, target.bootstrap)


def _never_served(target: EndpointTarget) -> DeployedStack | None:
    try:
        found = deployed(target.stack_name, target.bootstrap)
    except Unreachable:
        return None
    return found if found and serving.blocked(found.described) else None


def former(topology: Topology, say: Say) -> Iterator[tuple[GroupTopology, DeployedStack]]:
    """The build stacks of accounts that groups moved away from; accounts that cannot be reached are named."""
    for group in topology.groups:
        if group.moved_from is None or group.moved_from.account in topology.abandoned_account_ids:
            continue
        try:
            found = deployed(group.build_stack_name, topology.context.bootstrap(group.moved_from))
        except Unreachable as error:
            say(f"account {group.moved_from.account}, where {group.name} built before, was not looked at: {error}")
            continue
        if found is not None:
            yield group, found


def with_place(env: Mapping[str, str]) -> Mapping[str, str]:
    """`env` with the tooling account and region, which the CDK command tells an app and nobody tells us."""
    import boto3

    with plain_errors():
        account = boto3.client("sts").get_caller_identity()["Account"]
    return {"CDK_DEFAULT_ACCOUNT": account, "CDK_DEFAULT_REGION": boto3.Session().region_name or "", **env}


def main(arguments: Sequence[str], env: Mapping[str, str] = os.environ) -> int:
    """Delete the endpoint stacks of the module's settings; the exit code is 0, or 1 when one could not be deleted."""
    failed_only = list(arguments) == ["--failed"]
    if arguments and not failed_only:
        print(f"got {' '.join(arguments)}, expected nothing or --failed", file=sys.stderr)
        return 2

    try:
        topology = build(*load(with_place(env)))
        delete(list(find(topology, failed_only=failed_only, say=say)), say)
        if not failed_only:
            delete([stack for _, stack in former(topology, say)], say)
    except ModelCicdError as error:
        say(error, sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
