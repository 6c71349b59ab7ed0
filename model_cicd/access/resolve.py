"""From stacks to concrete policies: roles with what they may do, and resources with what they let whom do."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from model_cicd.access.assembly import Stack
from model_cicd.access.bootstrap import KNOWN_POLICIES
from model_cicd.access.template_values import UnresolvedError, return_value, value_of
from model_cicd.aws.regions import PARTITION_OF


@dataclass(frozen=True)
class Document:
    """A policy document without intrinsic functions; `origin` says where it stands, for people."""

    origin: str
    body: dict[str, Any] = field(hash=False)


@dataclass
class Role:
    """A role as its stack makes it: who may assume it, and its own policies."""

    arn: str
    account: str
    trust: Document
    identity: list[Document]

    @property
    def name(self) -> str:
        """The last part of its ARN."""
        return self.arn.rpartition("/")[2]


@dataclass
class Resolved:
    """All that the stacks say about access.

    `resource_policies` holds the policy of a bucket, key, model package group, image repository, topic or event bus by
    its ARN, `aliases` the aliases of a key by its ARN, `accounts` the account that a bucket's policy stands in, by the
    bucket's ARN, `unattached` managed policies that are attached to nobody, by ARN. `unreadable` holds sentences about
    what cannot be read: whom it lets do what is not known.
    """

    roles: dict[str, Role] = field(default_factory=dict)
    resource_policies: dict[str, Document] = field(default_factory=dict)
    aliases: dict[str, list[str]] = field(default_factory=dict)
    accounts: dict[str, str] = field(default_factory=dict)
    unattached: dict[str, Document] = field(default_factory=dict)
    unreadable: list[str] = field(default_factory=list)

    def key_of(self, alias: str, account: str) -> str | None:
        """The ARN of the key that has `alias` in `account`."""
        return next(
            (arn for arn, names in self.aliases.items() if alias in names and arn.split(":")[4] == account), None
        )


def resolve(stacks: Sequence[Stack]) -> Resolved:
    """The policies of `stacks`. Raises UnresolvedError for what is not known; of types, `closed_templates.py` is."""
    found = Resolved()
    for stack in stacks:
        reader = _Reader(stack, found)
        for logical_id, resource in stack.resources.items():
            reader.read(logical_id, resource["Type"], resource.get("Properties", {}))
    # after every role is known
    for stack in stacks:
        reader = _Reader(stack, found)
        for logical_id, resource in stack.resources.items():
            reader.attach(logical_id, resource["Type"], resource.get("Properties", {}))
    return found


@dataclass(frozen=True)
class _Reader:
    stack: Stack
    found: Resolved

    def read(self, logical_id: str, kind: str, properties: dict[str, Any]) -> None:
        """Take up a resource that is a role or has a resource policy."""
        match kind:
            case "AWS::IAM::Role":
                self._role(logical_id, properties)
            case "AWS::ECR::Repository":
                if properties.get("RepositoryPolicyText"):
                    arn = self._own(logical_id, "Arn")
                    self.found.resource_policies[arn] = self._document(logical_id, properties, "RepositoryPolicyText")
            case "AWS::KMS::Key":
                self.found.resource_policies[self._own(logical_id, "Arn")] = self._document(
                    logical_id, properties, "KeyPolicy"
                )
            case "AWS::KMS::Alias":
                self._alias(logical_id, properties)
            case "AWS::S3::BucketPolicy":
                name = self._value(logical_id, properties, "Bucket")
                arn = f"arn:{PARTITION_OF[self.stack.region]}:s3:::{name}"
                self.found.resource_policies[arn] = self._document(logical_id, properties, "PolicyDocument")
                self.found.accounts[arn] = self.stack.account
            case "AWS::SNS::TopicPolicy":
                self._topic_policy(logical_id, properties)
            case "AWS::SageMaker::ModelPackageGroup":
                if properties.get("ModelPackageGroupPolicy"):
                    arn = self._own(logical_id, "ModelPackageGroupArn")
                    self.found.resource_policies[arn] = self._document(
                        logical_id, properties, "ModelPackageGroupPolicy"
                    )
            case "AWS::Events::EventBusPolicy":
                self._bus_policy(logical_id, properties)

    def attach(self, logical_id: str, kind: str, properties: dict[str, Any]) -> None:
        """Give the roles the policies that are resources of their own."""
        if kind not in ("AWS::IAM::Policy", "AWS::IAM::ManagedPolicy"):
            return
        document = self._document(logical_id, properties, "PolicyDocument")
        where = f"stack {self.stack.name}: {logical_id} of type {kind}"
        for other in ("Users", "Groups"):
            if properties.get(other):
                self.found.unreadable.append(f"{where} is attached to {other}, expected roles alone")
        roles = self._value(logical_id, properties, "Roles") if properties.get("Roles") else []
        for name in roles:
            arn = f"arn:{PARTITION_OF[self.stack.region]}:iam::{self.stack.account}:role/{name}"
            if arn in self.found.roles:
                self.found.roles[arn].identity.append(document)
            else:
                self.found.unreadable.append(f"{where} is attached to the role {name!r}, which no stack makes")
        if not roles and kind == "AWS::IAM::ManagedPolicy":
            self.found.unattached[self._own(logical_id, "PolicyArn")] = document

    def _role(self, logical_id: str, properties: dict[str, Any]) -> None:
        arn = self._own(logical_id, "Arn")
        identity = [
            Document(
                self._origin(logical_id, "Policies", str(index)),
                self._resolved(
                    policy["PolicyDocument"], (logical_id, "Properties", "Policies", index, "PolicyDocument")
                ),
            )
            for index, policy in enumerate(properties.get("Policies", []))
        ]
        for index, written in enumerate(properties.get("ManagedPolicyArns", [])):
            path = (logical_id, "Properties", "ManagedPolicyArns", index)
            managed = str(self._resolved(written, path))
            known = KNOWN_POLICIES.get(managed.rpartition(":policy/")[2])
            if known is None:
                where = f"stack {self.stack.name}: {logical_id} of type AWS::IAM::Role"
                message = f"has the policy {managed}, whose content is not known here: expected statements of its own"
                self.found.unreadable.append(f"{where} {message}")
            else:
                identity.append(Document(managed, known))
        trust = self._document(logical_id, properties, "AssumeRolePolicyDocument")
        self.found.roles[arn] = Role(arn, self.stack.account, trust, identity)

    def _alias(self, logical_id: str, properties: dict[str, Any]) -> None:
        target = str(self._value(logical_id, properties, "TargetKeyId"))
        partition = PARTITION_OF[self.stack.region]
        key = f"arn:{partition}:kms:{self.stack.region}:{self.stack.account}:key/{target.rpartition('/')[2]}"
        self.found.aliases.setdefault(key, []).append(str(self._value(logical_id, properties, "AliasName")))

    def _bus_policy(self, logical_id: str, properties: dict[str, Any]) -> None:
        stack = self.stack
        bus = self._value(logical_id, properties, "EventBusName") if "EventBusName" in properties else "default"
        arn = f"arn:{PARTITION_OF[stack.region]}:events:{stack.region}:{stack.account}:event-bus/{bus}"
        statement = self._value(logical_id, properties, "Statement")
        sid = self._value(logical_id, properties, "StatementId")
        known = self.found.resource_policies.get(arn)
        statements = [*(known.body["Statement"] if known else []), {"Sid": sid, **statement}]
        origin = self._origin(logical_id, "Statement")
        self.found.resource_policies[arn] = Document(origin, {"Version": "2012-10-17", "Statement": statements})

    def _topic_policy(self, logical_id: str, properties: dict[str, Any]) -> None:
        where = f"stack {self.stack.name}: {logical_id} of type AWS::SNS::TopicPolicy"
        for arn in map(str, self._value(logical_id, properties, "Topics")):
            if not arn.startswith("arn:") or arn.count(":") != 5:
                self.found.unreadable.append(f"{where} is of the topic {arn!r}, expected the ARN of one")
            elif arn in self.found.resource_policies:  # the one that is put last counts
                self.found.unreadable.append(f"{where} is another policy of the topic {arn}, expected one")
            else:
                self.found.resource_policies[arn] = self._document(logical_id, properties, "PolicyDocument")

    def _document(self, logical_id: str, properties: dict[str, Any], key: str) -> Document:
        return Document(self._origin(logical_id, key), self._value(logical_id, properties, key))

    def _value(self, logical_id: str, properties: dict[str, Any], key: str) -> Any:
        path = (logical_id, "Properties", key)
        if key not in properties:
            raise UnresolvedError(self.stack.name, path, "missing")
        return self._resolved(properties[key], path)

    def _resolved(self, value: Any, path: tuple[str | int, ...]) -> Any:
        return value_of(self.stack, value, path)

    def _own(self, logical_id: str, name: str) -> str:
        found = return_value(self.stack, logical_id, name)
        if found is None:
            message = "has no explicit name, so that no policy can be compared with it"
            raise UnresolvedError(self.stack.name, (logical_id, "Properties"), message)
        return found

    def _origin(self, logical_id: str, *keys: str) -> str:
        return "/".join((self.stack.name, logical_id, *keys))
