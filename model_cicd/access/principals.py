"""Everybody who may ask: the roles of the templates, people with a published policy, bootstrap roles, administrators.

Kinds are words of the domain; `access/expected.yaml` uses them.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from model_cicd.access.bootstrap import EVERYTHING
from model_cicd.access.deployment_facts import DeploymentFacts
from model_cicd.access.resolve import Document, Resolved
from model_cicd.aws.bootstrap import BootstrapRoles
from model_cicd.aws.resources import WebIdentity

STRANGER = "999999999999"
#: works for no group, where an empty set would mean all of them
NO_GROUP = frozenset({""})
ADMINISTRATOR = "administrator"
OTHER_ROLE = "other role"
CLOUDFORMATION = "CloudFormation role"
OTHER_SERVICE = "another service"
#: AWS services by the kind that expected.yaml has for them; those that no role trusts are one kind
SERVICES = {
    "sagemaker.amazonaws.com": "SageMaker",
    "codepipeline.amazonaws.com": "CodePipeline",
    "codebuild.amazonaws.com": "CodeBuild",
    "events.amazonaws.com": "EventBridge",
    "states.amazonaws.com": "Step Functions",
    "lambda.amazonaws.com": OTHER_SERVICE,
}
_ALL = Document("every action, given for comparison", EVERYTHING)


@dataclass(frozen=True, eq=False)
class Principal:
    """Somebody who asks.

    `groups` are the deployment groups it works for (empty: all of them), `environment` the deploy environment.
    `does` holds what expected.yaml may ask about it (`scope`), such as that its jobs are in subnets. `external` says
    that its own policies are not this module's: they are taken to be every right, and are not judged. A `service` has
    none at all, and neither have `jobs`, who have a token. Of a role of no template, `holds` are the policies (ARNs)
    that it has been given. `deploys_in` are account and region of the one environment that a role deploys in.
    """

    kind: str
    label: str
    arn: str
    account: str
    identity: tuple[Document, ...] = ()
    groups: frozenset[str] = frozenset()
    environment: str | None = None
    external: bool = False
    service: bool = False
    does: frozenset[str] = frozenset()
    jobs: WebIdentity | None = None
    holds: tuple[str, ...] = ()
    deploys_in: tuple[str, str] | None = None

    def __str__(self) -> str:
        return self.label


def principals(facts: DeploymentFacts, resolved: Resolved, named: Iterable[tuple[str, Principal]]) -> list[Principal]:
    """Everybody, in a stable order.

    `named` are those that the module has kinds for, by the ARN of the role or policy; who is in it and in no template
    asks only if it is given.
    """
    known = dict(named)
    found: list[Principal] = []
    for arn in [*known, *sorted({*resolved.roles, *resolved.unattached} - known.keys())]:
        if arn in resolved.roles:
            role = resolved.roles[arn]
            label = f"role {role.name} of account {role.account}"
            found.append(_with(known.get(arn) or Principal(OTHER_ROLE, label, arn, role.account), role.identity))
        elif arn in resolved.unattached:
            found.append(_with(known.get(arn) or _holder(arn), [resolved.unattached[arn]]))
        elif known[arn].holds:
            held = [resolved.unattached[each] for each in known[arn].holds if each in resolved.unattached]
            found.append(_with(known[arn], held))
        elif known[arn].external:
            found.append(_with(known[arn], (_ALL,)))
    return [*found, *_platform(facts), *_administrators(facts), *_services()]


def _with(principal: Principal, identity: Sequence[Document]) -> Principal:
    return replace(principal, identity=tuple(identity))


def _holder(policy: str) -> Principal:
    """Whoever has a managed policy that no role of the templates has."""
    account, name = policy.split(":")[4], policy.rpartition("/")[2]
    arn = policy.replace(":policy/", ":role/whoever-has-")
    return Principal(OTHER_ROLE, f"whoever has the policy {name} of account {account}", arn, account)


def _platform(facts: DeploymentFacts) -> Iterator[Principal]:
    """Roles that exist before this module."""
    for place in facts.environments:
        for kind, arn in bootstrap_kinds(place.roles).items():
            account = place.roles.account
            label = f"{kind} of account {account}"
            yield Principal(kind, label, arn, account, (_ALL,), place.groups or NO_GROUP, external=True)


def bootstrap_kinds(place: BootstrapRoles) -> dict[str, str]:
    """The bootstrap roles of a place by kind."""
    return {
        "CDK deploy role": place.deploy,
        "CDK file publishing role": place.file_publishing,
        "CDK image publishing role": place.image_publishing,
        "CDK lookup role": place.lookup,
        CLOUDFORMATION: place.cfn_exec,
    }


def _administrators(facts: DeploymentFacts) -> Iterator[Principal]:
    for account in (*facts.accounts, STRANGER):
        arn = f"arn:{facts.partition}:iam::{account}:role/administrator"
        stranger = account == STRANGER
        label = "administrator of a stranger's account" if stranger else f"administrator of account {account}"
        yield Principal(ADMINISTRATOR, label, arn, account, (_ALL,), external=True)


def _services() -> Sequence[Principal]:
    return [
        Principal(kind, f"the service {name}", name, "", external=True, service=True) for name, kind in SERVICES.items()
    ]
