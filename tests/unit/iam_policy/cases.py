"""Random requests with random policies, near enough to each other that every layer decides now and then.

One seed gives one sequence of cases, whatever the machine.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from iam_policy import Policies, Policy, Principal, Request
from tests.unit.iam_policy.condition_cases import condition, context

OWN, OTHER = "111111111111", "222222222222"
Document = dict[str, Any]

# actions of a kind with resources that they work on; resources beyond the first are neighbours
TARGETS: tuple[tuple[tuple[str, ...], tuple[str, ...]], ...] = (
    (
        ("s3:GetObject", "s3:PutObject", "s3:DeleteObject"),
        ("arn:aws:s3:::models/live/red.tar.gz", "arn:aws:s3:::models/next/a:b", "arn:aws:s3:::logs/red"),
    ),
    (("s3:ListBucket", "s3:GetBucketPolicy", "s3:PutBucketPolicy"), ("arn:aws:s3:::models", "arn:aws:s3:::logs")),
    (
        ("kms:Decrypt", "kms:GenerateDataKey", "kms:CreateGrant", "kms:ScheduleKeyDeletion", "kms:DescribeKey"),
        (f"arn:aws:kms:us-east-1:{OWN}:key/red", f"arn:aws:kms:us-east-1:{OWN}:key/blue"),
    ),
    (("kms:DeleteAlias",), (f"arn:aws:kms:us-east-1:{OWN}:alias/red",)),
    (("kms:ListKeys", "s3:ListAllMyBuckets"), ("*",)),
    (
        ("sts:AssumeRole", "sts:TagSession", "sts:SetSourceIdentity"),
        (f"arn:aws:iam::{OWN}:role/deploy/red", f"arn:aws:iam::{OWN}:role/blue"),
    ),
    (("iam:PassRole", "iam:GetRole"), (f"arn:aws:iam::{OWN}:role/red", f"arn:aws:iam::{OWN}:role/blue")),
    (
        ("sagemaker:DescribeModelPackage", "sagemaker:UpdateModelPackage"),
        (
            f"arn:aws:sagemaker:us-east-1:{OWN}:model-package/red/1",
            f"arn:aws:sagemaker:us-east-1:{OWN}:model-package/blue/2",
        ),
    ),
    (("events:PutEvents",), (f"arn:aws:events:us-east-1:{OWN}:event-bus/red",)),
    (("sqs:SendMessage", "sqs:GetQueueUrl"), (f"arn:aws:sqs:us-east-1:{OWN}:red", f"arn:aws:sqs:us-east-1:{OWN}:blue")),
    (("ecr:BatchGetImage",), (f"arn:aws:ecr:us-east-1:{OWN}:repository/red",)),
    (("codepipeline:StartPipelineExecution",), (f"arn:aws:codepipeline:us-east-1:{OWN}:red",)),
)
WITHOUT_RESOURCE_POLICY = {"iam", "codepipeline", "kms:ListKeys", "s3:ListAllMyBuckets", "kms:DeleteAlias"}


@dataclass(frozen=True)
class Case:
    """A request and the documents of everything that applies to it, as JSON."""

    request: Request
    identity: tuple[Document, ...]
    boundary: Document | None
    session: Document | None
    scps: tuple[tuple[Document, ...], ...]
    resource: Document | None

    def policies(self) -> Policies:
        """Parsed for our engine."""
        return Policies(
            identity=tuple(Policy.parse(each, name=f"identity {index}") for index, each in enumerate(self.identity)),
            boundary=Policy.parse(self.boundary, name="boundary") if self.boundary else None,
            session=(Policy.parse(self.session, name="session"),) if self.session else None,
            scps=tuple(tuple(Policy.parse(each, name="scp") for each in level) for level in self.scps),
            resource=Policy.parse(self.resource, name="resource") if self.resource else None,
        )

    def documents(self) -> list[Document]:
        """Every document, in the order of `changed`."""
        levels = (each for level in self.scps for each in level)
        return [each for each in (*self.identity, self.boundary, self.session, *levels, self.resource) if each]

    def changed(self, change: Callable[[Document], Document]) -> Case:
        """The case with every document changed, always in the same order."""
        return replace(
            self,
            identity=tuple(change(each) for each in self.identity),
            boundary=change(self.boundary) if self.boundary else None,
            session=change(self.session) if self.session else None,
            scps=tuple(tuple(change(each) for each in level) for level in self.scps),
            resource=change(self.resource) if self.resource else None,
        )


def cases(seed: int) -> Iterator[Case]:
    """Cases without end."""
    chance = random.Random(seed)
    while True:
        yield _case(chance)


def _case(chance: random.Random) -> Case:
    actions, resources = chance.choice(TARGETS)
    action, resource = chance.choice(actions), resources[0] if chance.random() < 0.8 else chance.choice(resources)
    principal = _principal(chance)
    request = Request(principal, action, resource, OWN, context(chance))
    writer = Writer(chance, request, actions, resources)
    # keys and roles always have a policy
    with_resource = not {action, request.service} & WITHOUT_RESOURCE_POLICY and (
        request.service in ("kms", "sts") or chance.random() < 0.75
    )
    identified = principal.kind in ("role", "user")
    return Case(
        request=request,
        identity=tuple(writer.document() for _ in range(chance.choice((0, 1, 1, 1, 2)))) if identified else (),
        boundary=writer.document() if identified and chance.random() < 0.3 else None,
        session=writer.document() if principal.kind == "role" and chance.random() < 0.3 else None,
        scps=tuple(writer.level() for _ in range(chance.choice((0, 0, 0, 1, 2)))) if principal.account else (),
        resource=writer.document(of_resource=True) if with_resource else None,
    )


def _principal(chance: random.Random) -> Principal:
    account = OWN if chance.random() < 0.6 else OTHER
    tags = {"team": chance.choice(("red", "blue", "r*d"))} if chance.random() < 0.7 else {}
    match chance.choices(("role", "user", "root", "service", "anonymous"), (55, 20, 10, 10, 5))[0]:
        case "role":
            path, name = chance.choice((("", "deploy"), ("teams/red/", "deploy"), ("", "train")))
            session = f"arn:aws:sts::{account}:assumed-role/{name}/monday"
            return Principal("role", f"arn:aws:iam::{account}:role/{path}{name}", account, session, tags)
        case "user":
            return Principal(
                "user", f"arn:aws:iam::{account}:user/{chance.choice(('red', 'eve', 'x/red'))}", account, None, tags
            )
        case "root":
            return Principal("root", f"arn:aws:iam::{account}:root", account)
        case "service":
            return Principal("service", chance.choice(("events.amazonaws.com", "sagemaker.amazonaws.com")), "")
        case _:
            return Principal("anonymous", "", "")


class Writer:
    """Writes policies that are about a request more often than not."""

    def __init__(
        self, chance: random.Random, request: Request, actions: Sequence[str], resources: Sequence[str]
    ) -> None:
        self.chance, self.request, self.actions, self.resources = chance, request, actions, resources

    def document(self, *, of_resource: bool = False) -> Document:
        """A policy of a resource, or one without principals."""
        statements = [self.statement(of_resource=of_resource) for _ in range(self.chance.choice((1, 1, 2, 3)))]
        version = "2012-10-17" if self.chance.random() < 0.92 else "2008-10-17"
        return {"Version": version, "Statement": statements}

    def level(self) -> tuple[Document, ...]:
        """The service control policies of one level: often everything is allowed and something denied."""
        everything = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}
        return (everything, self.document()) if self.chance.random() < 0.7 else (self.document(),)

    def statement(self, *, of_resource: bool) -> Document:
        """One statement."""
        effect = "Allow" if self.chance.random() < 0.8 else "Deny"
        found: Document = {"Effect": effect}
        if of_resource:
            found["NotPrincipal" if self.chance.random() < 0.12 else "Principal"] = self.principal()
        found |= self._named("Action", [self.action() for _ in range(self.chance.choice((1, 1, 2)))], 0.1)
        if not (of_resource and self.request.service in ("sts", "ecr")):
            found |= self._named("Resource", [self.resource() for _ in range(self.chance.choice((1, 1, 2)))], 0.1)
        if self.chance.random() < 0.5:
            found["Condition"] = condition(self.chance, self.request)
        return found

    def _named(self, member: str, values: list[str], negated: float) -> Mapping[str, Any]:
        name = f"Not{member}" if self.chance.random() < negated else member
        return {name: values[0] if len(values) == 1 and self.chance.random() < 0.5 else values}

    def action(self) -> str:
        """A pattern of actions: of the request, of its neighbours, of another service."""
        service, _, name = self.request.action.partition(":")
        middle = len(name) // 2
        return self.chance.choice(
            (
                self.request.action,
                self.request.action,
                self.request.action.upper().replace(service.upper(), service),
                f"{service}:*",
                f"{service}:{name[:3]}*",
                f"{service}:*{name[-4:]}",
                f"{service}:{name[:middle]}?{name[middle + 1 :]}",
                f"{service}:{name}?",
                self.chance.choice(self.actions),
                "*",
                "ec2:RunInstances",
            )
        )

    def resource(self) -> str:
        """A pattern of resources."""
        arn = self.request.resource
        if arn == "*":
            return self.chance.choice(("*", "*", "*", "arn:aws:s3:::models"))
        head, _, tail = arn.rpartition(":")
        parts = arn.split(":", 5)
        return self.chance.choice(
            (
                arn,
                arn,
                "*",
                arn[:-3] + "*",
                arn[:-1] + "?",
                arn + "?",
                arn.replace("red", "${aws:PrincipalTag/team}"),
                arn.replace("red", "${aws:PrincipalTag/Team, 'red'}"),
                arn.replace("red", "r${*}d"),
                arn.replace("red", "*"),
                arn.upper().replace("ARN:AWS", "arn:aws"),
                ":".join([*parts[:3], "*"]),
                "arn:aws:*",
                ":".join([*parts[:3], "*" if parts[3] else "", "*" if parts[4] else "", parts[5]]),
                f"{head}:*" if not head.startswith("arn:aws:s3:::m") else f"arn:aws:s3:::*{tail[-4:]}",
                self.chance.choice(self.resources),
                self.misplaced(parts),
                self.misplaced(parts),
            )
        )

    def misplaced(self, parts: Sequence[str]) -> str:
        """Variables and wildcards where they name nothing: before the fifth colon, and in the type of a resource."""
        head, resource = ":".join(parts[:5]), parts[5]
        account = self.chance.choice(("${aws:PrincipalAccount}", "${aws:PrincipalAccount, '111111111111'}"))
        return self.chance.choice(
            (
                ":".join([*parts[:4], account, resource]),
                ":".join([*parts[:3], "${aws:RequestedRegion, 'us-east-1'}", *parts[4:]]),
                f"{head}:{resource[0]}*{resource[2:]}",
                f"{head}:{resource[0]}?{resource[2:]}",
                f"{head}:*{resource[1:]}",
                f"{head}:{resource[:2]}*",
                f"{head}:${{aws:PrincipalTag/team, 'red'}}{resource[3:]}",
            )
        )

    def principal(self) -> Any:
        """Everyone, the caller in one of its guises, or somebody else."""
        caller = self.request.principal
        own = caller.account or OWN
        guises = [own, f"arn:aws:iam::{own}:root", "*", f"arn:aws:iam::{OTHER}:user/eve", OTHER]
        if caller.kind in ("role", "user"):
            guises += [caller.arn, caller.arn, f"arn:aws:iam::{own}:role/train"]
        if caller.session_arn:
            guises += [caller.session_arn, caller.session_arn.replace("monday", "tuesday")]
        if caller.kind == "service" or self.chance.random() < 0.05:
            return self.chance.choice(({"Service": ["events.amazonaws.com", "lambda.amazonaws.com"]}, "*"))
        if self.chance.random() < 0.1:
            return "*"
        chosen = [self.chance.choice(guises) for _ in range(self.chance.choice((1, 1, 2)))]
        others = {"Service": "events.amazonaws.com"} if self.chance.random() < 0.05 else {}
        return {"AWS": chosen[0] if len(chosen) == 1 else chosen} | others
