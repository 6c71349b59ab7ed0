"""What a manifest deployed, to assert on: stacks, metadata of modules, sessions of boto3, decisions of IAM."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

import boto3
from botocore.exceptions import ClientError

from rehearsal.errors import RehearsalError
from rehearsal.pytest_plugin.failures import one_of, shown
from rehearsal.pytest_plugin.records import Denial, Grant, Resource, Stack
from rehearsal.pytest_plugin.running import RunningAws
from rehearsal.pytest_plugin.sessions import Identity, session


class Deployed:
    """A deployment (`deployment`: its name) of a Seed-Farmer `project`, on the embedded AWS at `endpoint`.

    An account is named by its id or its alias in the manifest; where none is named, all of the manifest are looked
    through. Everything is looked up when it is asked for, so it also shows what a test changed.
    """

    def __init__(self, running: RunningAws, found: Mapping[str, Any]) -> None:
        self._running, self._found = running, found
        self.project, self.deployment = str(found["project"]), str(found["deployment"])
        self.endpoint = str(running.state["endpoint"])
        self._region = str(running.state["region"])

    @property
    def accounts(self) -> list[str]:
        """The ids of all accounts, in order."""
        return sorted(self._running.accounts)

    @shown
    def session(self, account: str, region: str | None = None, role: str | None = None) -> boto3.Session:
        """A boto3 session of the account's administrator, or of one of its roles (an ARN or a name).

        `region` is the toolchain's when nothing else is said. A role is taken on as by the services that it trusts: its
        trust policy is not asked. Raises RehearsalError when there is no such account or role.
        """
        return self._session(self._account(account), region or self._region, role)

    @shown
    def stack(self, name: str, account: str | None = None, region: str | None = None) -> Stack:
        """A CloudFormation stack: status, outputs, parameters, resources.

        Raises RehearsalError when there is none of that name, or, where no account is named, several.
        """
        places = self._places(account, region)
        found, known = [], set[str]()
        for place in places:
            client = self._session(*place).client("cloudformation")
            pages = client.get_paginator("describe_stacks").paginate()
            stacks = {each["StackName"]: each for page in pages for each in page["Stacks"]}
            known |= set(stacks)
            if name in stacks:
                found.append((place, stacks[name], client))
        if not found:
            raise one_of("stack", ", ".join(" ".join(each) for each in places), name, known)
        if len(found) > 1:
            there = " and ".join(" ".join(place) for place, *_ in found)
            raise RehearsalError("stack", f"{name} is in {there}; expected account=... (and region=...) with it")
        return _stack(*found[0])

    @shown
    def stacks(self, account: str | None = None, region: str | None = None) -> list[str]:
        """The names of all stacks there, in order: those of modules, of Seed-Farmer and of the CDK's bootstrap."""
        names = set()
        for place in self._places(account, region):
            pages = self._session(*place).client("cloudformation").get_paginator("describe_stacks").paginate()
            names |= {each["StackName"] for page in pages for each in page["Stacks"]}
        return sorted(names)

    @shown
    def metadata(self, group: str, module: str) -> dict[str, Any]:
        """The outputs of a module as Seed-Farmer keeps them for others (`moduleMetadata`).

        https://seed-farmer.readthedocs.io/en/latest/usage/module-development/ Raises RehearsalError when the manifest
        has no such module, or it has no metadata.
        """
        label = f"{group}/{module}"
        modules = self._found["modules"]
        if label not in modules:
            raise one_of("metadata", "module", label, modules)
        client = self._session(*modules[label]).client("ssm")
        name = f"/{self.project.lower()}/{self.deployment}/{label}/metadata"
        try:
            found: dict[str, Any] = json.loads(client.get_parameter(Name=name)["Parameter"]["Value"])
        except client.exceptions.ParameterNotFound:
            raise RehearsalError("metadata", f"{label} has none: its deployspec calls no seedfarmer metadata") from None
        return found

    @shown
    def denied(self) -> list[Denial]:
        """The calls that IAM denied so far, in the order they first came: of the deployment, and of tests."""
        return [Denial(**each) for each in self._running.ask("iam")["denied"]]

    @shown
    def unused(self, role: str) -> list[Grant]:
        """The grants of a role (an ARN, or a name that one account has) that allowed nothing so far.

        Raises RehearsalError when there is no such role.
        """
        roles = self._running.ask("iam")["roles"]
        return [Grant(**each) for each in roles[_role(role, roles)]["unused"]]

    def _account(self, account: str) -> str:
        aliases = self._found["aliases"]
        found = str(aliases.get(account, account))
        if found not in self._running.accounts:
            raise one_of("account", "account", account, [*self._running.accounts, *aliases])
        return found

    def _places(self, account: str | None, region: str | None) -> list[tuple[str, str]]:
        """The accounts and regions that are meant."""
        places = [(each, where) for each, where in self._found["places"]]
        if account is not None:
            chosen = self._account(account)
            places = [each for each in places if each[0] == chosen] or [(chosen, self._region)]
        if region is not None:
            places = list(dict.fromkeys((each, region) for each, _ in places))
        return places

    def _session(self, account: str, region: str, role: str | None = None) -> boto3.Session:
        variables = self._running.accounts[account]["variables"]
        if role is not None:
            roles = self._running.ask("iam")["roles"]
            arn = _role(role, [each for each in roles if each.split(":")[4] == account])
            variables = self._running.ask("role session", role=arn, region=region)
        return session(Identity(self.endpoint, region, variables))


def _role(wanted: str, roles: Any) -> str:
    found = [each for each in roles if wanted in (each, each.rpartition("/")[2])]
    if not found:
        raise one_of("role", "role", wanted, roles if wanted.startswith("arn:") else map(_name, roles))
    if len(found) > 1:
        raise RehearsalError("role", f"got {wanted!r}, expected one of {', '.join(found)}")
    return str(found[0])


def _name(arn: str) -> str:
    return arn.rpartition("/")[2]


def _stack(place: tuple[str, str], described: Mapping[str, Any], client: Any) -> Stack:
    return Stack(
        name=described["StackName"],
        account=place[0],
        region=place[1],
        status=described["StackStatus"],
        outputs={each["OutputKey"]: each["OutputValue"] for each in described.get("Outputs", [])},
        parameters={each["ParameterKey"]: each.get("ParameterValue", "") for each in described.get("Parameters", [])},
        resources={each.logical_id: each for each in _resources(described["StackName"], client)},
    )


def _resources(stack: str, client: Any) -> Iterator[Resource]:
    try:
        for page in client.get_paginator("list_stack_resources").paginate(StackName=stack):
            for each in page["StackResourceSummaries"]:
                yield Resource(
                    each["LogicalResourceId"],
                    each["ResourceType"],
                    each.get("PhysicalResourceId", ""),
                    each["ResourceStatus"],
                )
    except ClientError as error:
        raise RehearsalError("stack", f"{stack}: {error}") from None
