"""What people must do for a change to take effect, or after it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from model_cicd.aws.bootstrap import DEFAULT_QUALIFIER, BootstrapRoles
from model_cicd.plan.groups import places_of, said_move
from model_cicd.plan.records import ADDED, APPLY, CHANGED, PROMOTION, REMOVED, REPLACED, StackChange
from model_cicd.sagemaker_model_cicd.topology import Topology
from model_cicd.sagemaker_pipeline.topology import PipelineTopology


def duties(
    manifest: str,
    before: Topology | PipelineTopology | None,
    after: Topology | PipelineTopology | None,
    stacks: Iterable[StackChange],
) -> Iterator[str]:
    """Each thing to do, in the order in which it is done."""
    changed = list(stacks)
    yield from _moves(before, after)
    known = {(each.account, each.region) for each in places_of(before)}
    for roles in places_of(after):
        if (roles.account, roles.region) not in known:
            yield f"bootstrap account {roles.account} before the apply: {_bootstrap(roles, _trusted(after))}"
    if any((each.account, each.region) not in known for each in places_of(after)):
        yield f"see whether the accounts are ready: model-cicd doctor {manifest}"
    for stack in changed:
        for each in stack.resources:
            if each.fails:
                yield f"{each.type} {each.name}: give it another name, or delete it by hand, for the apply would fail"
    yield from _promotions(before, after, changed)
    for stack in changed:
        for each in stack.resources:
            named = each.name != each.logical_id
            if each.type == "AWS::IAM::ManagedPolicy" and each.what == REPLACED and named:
                yield f"policy {each.name} of account {stack.account}: attach the new one to the people who had it"
            if each.type == "AWS::SNS::Subscription" and each.what in (ADDED, REPLACED):
                yield f"confirm the subscription to {stack.name} that AWS sends by mail ({each.name})"
    if any(_leaves(stack) for stack in changed):
        yield f"after the apply, see what it left, and delete it: model-cicd leftovers {manifest}"


def _moves(before: Topology | PipelineTopology | None, after: Topology | PipelineTopology | None) -> Iterator[str]:
    """What has to be said of groups that are built in another account, for the apply is refused otherwise."""
    old = {each.name: each for each in before.groups} if isinstance(before, Topology) else {}
    for group in after.groups if isinstance(after, Topology) else ():
        was = old[group.name].build.place if group.name in old else group.build.place
        if was.account != group.build.account and group.moved_from != was:
            yield f"group {group.name}: say that it moves, if that is meant: {said_move(was.account)}"


def _promotions(
    before: Topology | PipelineTopology | None, after: Topology | PipelineTopology | None, stacks: list[StackChange]
) -> Iterator[str]:
    old = {each.name: each for each in before.groups} if isinstance(before, Topology) else {}
    new = {each.name: each for each in after.groups} if isinstance(after, Topology) else {}
    for name, group in new.items():
        if name not in old or old[name].build.place != group.build.place:
            policies = f"{group.promotion.approver.arn} (versions), {group.promotion.stage_approver.arn} (stages)"
            yield f"group {name}: attach the policies to those who approve: {policies}"
            yield f"group {name}: push to {group.branch} to train, then approve the version: model-cicd approve {name}"
            continue
        touched = [
            each.environment for each in stacks if each.group == name and each.by == PROMOTION and each.what != REMOVED
        ]
        if touched:
            names = ", ".join(touched)
            now = f"model-cicd promote {name}"
            yield f"group {name}: what serves in {names} changes with the next promotion, or now: {now}"
        asks = [each.environment.name for each in group.promotion.targets if each.require_approval]
        if touched and asks:
            yield f"group {name}: approve the stage again before {', '.join(asks)}"


def _leaves(stack: StackChange) -> bool:
    """Whether something may stay that the manifest no longer wants."""
    if stack.what == REMOVED:
        return stack.by in (APPLY, PROMOTION)
    return stack.what == CHANGED and any(each.kept and each.what in (REPLACED, REMOVED) for each in stack.resources)


def _trusted(topology: Topology | PipelineTopology | None) -> str:
    return topology.context.tooling_account if topology else ""


def _bootstrap(roles: BootstrapRoles, tooling: str) -> str:
    parts = [f"npx cdk bootstrap aws://{roles.account}/{roles.region}"]
    qualifier = roles.lookup.partition(":role/cdk-")[2].partition("-")[0]
    parts += [f"--qualifier {qualifier}"] if qualifier != DEFAULT_QUALIFIER else []
    parts += [f"--trust {tooling}"] if tooling != roles.account else []
    return " ".join([*parts, "--cloudformation-execution-policies POLICY_ARN"])
