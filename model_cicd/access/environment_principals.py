"""The roles of a group's environments: what serves there, starts, monitors, tests and puts asleep."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import replace

from model_cicd.access.principals import Principal
from model_cicd.access.rule_scopes import IN_SUBNETS, SERVES, TELLS_OF_ANSWERS, TELLS_OF_RUNS, TRANSFORMS
from model_cicd.hosting import BatchTransform
from model_cicd.sagemaker_model_cicd.topology import EndpointTarget, GroupTopology


def serving_principals(group: GroupTopology) -> Iterator[tuple[str, Principal]]:
    """By ARN what serves or transforms, starts that, and monitors it."""
    for target in group.promotion.targets:
        of = _Of(group, target)
        subnets = [IN_SUBNETS] if target.hosting.vpc.subnet_ids else []
        yield of.role("model role", target.model_execution_role.arn, [*_of_containers(target), *subnets])
        transform = target.hosting.kind
        if target.batch and isinstance(transform, BatchTransform):
            machine = target.batch.machine
            yield of.role("batch run role", machine.role.arn, [TELLS_OF_RUNS] if transform.topic_arn else [])
            if transform.starts_itself:
                yield of.role("batch events role", machine.events_role.arn)
        if target.monitor:
            yield of.role("monitor role", target.monitor.role.arn, subnets)
            if target.hosting.monitoring and target.hosting.monitoring.forwards:
                arn, sender = of.role("drift forward role", target.monitor.forward_role.arn)
                yield arn, replace(sender, environment=None)


def sleeping_principals(group: GroupTopology) -> Iterator[tuple[str, Principal]]:
    """By ARN what puts environments asleep and wakes them."""
    for target in group.promotion.targets:
        if times := target.sleep_times:
            machine = times.machine
            for kind, named in (("sleeper role", machine.role), ("sleeper events role", machine.events_role)):
                arn, sleeper = _Of(group, target).role(kind, named.arn, deploys=True)
                yield arn, replace(sleeper, label=f"{kind} of {target.environment.name} of {group.name}")


def testing_principals(group: GroupTopology, builds: Collection[str]) -> Iterator[tuple[str, Principal]]:
    """By ARN the roles of the tests and the shadow of each environment: none of them has to do with another one.

    `builds` is what `scope` may ask about builds.
    """
    for target in group.promotion.targets:
        of = _Of(group, target)
        if target.shadow:
            yield of.role("shadow role", target.shadow.project.role.arn, builds, deploys=True)
        if tests := target.tests:
            yield of.role("stage test role", tests.project.role.arn, builds)
            yield of.role("stage settle role", tests.settling.role.arn, builds, deploys=True)
            yield of.role("invoke role", tests.invoke_role.arn)


class _Of:
    """An environment of a group."""

    def __init__(self, group: GroupTopology, target: EndpointTarget) -> None:
        self._group, self._environment = group, target.environment

    def role(self, kind: str, arn: str, does: Collection[str] = (), *, deploys: bool = False) -> tuple[str, Principal]:
        """A role; one that `deploys` does so in the environment's account and region."""
        environment = self._environment
        return arn, Principal(
            kind,
            f"{kind} of {environment.name} ({environment.type}) of {self._group.name}",
            arn,
            arn.split(":")[4],
            groups=frozenset({self._group.name}),
            environment=environment.name,
            does=frozenset(does),
            deploys_in=(environment.account, environment.region) if deploys else None,
        )


def _of_containers(target: EndpointTarget) -> Iterator[str]:
    yield TRANSFORMS if target.batch else SERVES
    if target.hosting.asynchronous and target.hosting.asynchronous.topics:
        yield TELLS_OF_ANSWERS
