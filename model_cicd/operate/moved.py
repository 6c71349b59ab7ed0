"""Registries and modules that would start anew somewhere else: refused until that is said.

docs/adr/0036-what-leaves-a-manifest.md has the reasons.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Sequence

from model_cicd.aws import accounts
from model_cicd.aws.place import Place
from model_cicd.aws.sessions import plain_errors
from model_cicd.aws.stack_deletion import DeployedStack
from model_cicd.operate.records import Group
from model_cicd.promotion.teardown import SESSION, Unreachable, deployed, former
from model_cicd.sagemaker_model_cicd.topology import GroupTopology, Topology
from model_cicd.settings import names
from model_cicd.text.errors import ModelCicdError

Say = Callable[[str], None]


def refuse_unsaid(groups: Sequence[tuple[Group, GroupTopology]]) -> None:
    """Raise ModelCicdError for every group whose build account is another than was published, unless it says so."""
    found = []
    for group, now in groups:
        former_place = Place(group.partition, group.build_account, group.build_region)
        if former_place in (now.build.place, now.moved_from):
            continue
        found.append(
            f"group {group.name}: got the build account {now.build.account}, and its registry "
            f"{group.model_package_group_name} is in account {group.build_account}. Its versions would stay there, and "
            f"the new account would start without one, while environments go on with releases of the old one. If that "
            f"is meant, say so: buildEnvironment: {{movedFrom: '{group.build_account}'}}; expected "
            f"{group.build_account} otherwise. Nothing was changed"
        )
    if found:
        raise ModelCicdError("\n".join(found))


def unused(topology: Topology, say: Say) -> Iterator[DeployedStack]:
    """The stacks in accounts that groups moved away from, from which nothing serves any more."""
    for group, stack in former(topology, say):
        users = sorted(_users(group, topology))
        if not users:
            yield stack
            continue
        say(
            f"stack {stack.name} stays in account {stack.account} for now: {', '.join(users)} of group {group.name} "
            "serves a release from there. Promote a version of the new registry; then the next apply that changes "
            "anything deletes the stack, or `model-cicd leftovers MANIFEST --delete`"
        )


def _users(group: GroupTopology, topology: Topology) -> Iterator[str]:
    """The environments that serve a release of the registry before, or of which that cannot be seen."""
    assert group.moved_from is not None
    beginning = group.moved_from.arn("sagemaker", "model-package/")
    for target in group.promotion.targets:
        if target.environment.account in topology.abandoned_account_ids:
            continue
        try:
            stack = deployed(target.stack_name, target.bootstrap)
        except Unreachable:
            yield f"{target.environment.name} (which cannot be seen)"
            continue
        given = (stack.described.get("Parameters") or []) if stack else []
        if any(str(each.get("ParameterValue", "")).startswith(beginning) for each in given):
            yield target.environment.name


def refuse_second_tooling(topology: Topology, groups: Sequence[GroupTopology]) -> None:
    """Raise ModelCicdError when groups that are not published here are deployed from another tooling account.

    Their stacks in build accounts, which have the same name, trust that account's roles: the deployment would take them
    over, and pipelines, endpoints' records and keys of the other account would go on without them. An account that
    this one cannot reach is refused as well: the deployment would end there, half way.
    """
    found = []
    for group in groups:
        if group.build.account in topology.abandoned_account_ids:
            continue
        try:
            stack = deployed(group.build_stack_name, topology.context.bootstrap(group.build.place))
        except Unreachable as error:
            raise ModelCicdError(
                f"group {group.name}: its build account {group.build.account} cannot be reached from the tooling "
                f"account {topology.tooling.account}: {error}. Bootstrap it to trust this one: `npx cdk bootstrap "
                f"aws://{group.build.account}/{group.build.region} --trust {topology.tooling.account} "
                f"--cloudformation-execution-policies POLICY_ARN`. Where the module is deployed from another tooling "
                f"account, run `seedfarmer destroy {topology.context.deployment}` with the manifest as it was first. "
                "Nothing was changed"
            ) from None
        if stack is None:
            continue
        owners = _tooling_accounts(stack, group.promotion.pipeline.project.role.name)
        if owners and topology.tooling.account not in owners:
            found.append(
                f"group {group.name}: got the tooling account {topology.tooling.account}, and stack {stack.name} of "
                f"account {stack.account} is deployed from {', '.join(sorted(owners))}"
            )
    if found:
        raise ModelCicdError(
            "\n".join(found) + f"\nmodule {topology.context.module} has one tooling account, and Seed-Farmer forgets "
            f"the one before. To move it, run `seedfarmer destroy {topology.context.deployment}` with the manifest as "
            "it was (registries, repositories and keys stay), then apply this. Nothing was changed"
        )


def _tooling_accounts(stack: DeployedStack, role: str) -> set[str]:
    """The accounts of the roles `role` that the template of a stack names."""
    with plain_errors():
        body = stack.client.get_template(StackName=stack.stack_id, TemplateStage="Original")["TemplateBody"]
    text = body if isinstance(body, str) else json.dumps(body)
    return set(re.findall(rf":iam::([0-9]{{12}}):role/{re.escape(role)}(?![\w+=,.@-])", text))


def refuse_second_region(topology: Topology, is_published: Callable[[str], bool]) -> None:
    """Raise ModelCicdError when the module is not here and in another region of its account.

    Names of roles are one for all regions: the deployment would fail half way. Buckets are listed for all regions, and
    have theirs in their names.
    """
    place = topology.tooling.place
    session = accounts.assume(topology.context.bootstrap(place).lookup, place.region, SESSION)
    with plain_errors():
        buckets = [each["Name"] for each in session("s3").list_buckets()["Buckets"]]
    for region in sorted(names.bucket_regions(buckets, place.account) - {place.region}):
        try:
            there = is_published(region)
        except ModelCicdError:  # nobody bootstrapped that region for this module
            continue
        if there:
            raise ModelCicdError(
                f"module {topology.context.module}: got {place.region}, and it is deployed in {region} of account "
                f"{place.account}; roles have one name in all regions. To move it, run `seedfarmer destroy` with the "
                "region as it was (registries, repositories and keys stay there), then apply this. Nothing was changed"
            )
