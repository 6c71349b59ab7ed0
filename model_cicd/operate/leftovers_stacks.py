"""The stacks of an account that are of a deployment, whatever its manifest says by now."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from model_cicd.aws import naming
from model_cicd.aws.accounts import parameters
from model_cicd.aws.bootstrap import BootstrapRoles
from model_cicd.operate.access import Access
from model_cicd.operate.leftovers_places import (
    ENDPOINT,
    IDENTITY,
    MODULE,
    PROMOTION,
    REDEPLOYMENT,
    REGISTRY,
    TRAINING,
    Knowledge,
    Owner,
)
from model_cicd.promotion.serving import NEVER_SERVED, outputs
from model_cicd.sagemaker_model_cicd.topology.derive_sources import identity_stack
from model_cicd.settings import names
from model_cicd.settings.names import Names

_SUFFIXES = {"-tooling": TRAINING, "-build": REGISTRY, "-promotion": PROMOTION}
_ENDPOINT_STACK = re.compile(rf"(?P<parts>.+)-(?P<hash>[0-9a-f]{{{naming.HASH_LENGTH}}})-endpoint")
_DOES = {
    TRAINING: "pushes and its schedule start trainings",
    REGISTRY: "forwards the events of the registry, and has the roles that train and release: costs nothing by itself",
    PROMOTION: "an approved version starts its pipeline",
    REDEPLOYMENT: "pushes to the infra repository deploy the module",
    MODULE: "what all groups share in the tooling account: costs nothing by itself",
    IDENTITY: "this account trusts tokens of workflows, whose roles are gone",
}


@dataclass(frozen=True)
class Stack:
    """A stack of the account that `roles` are of, as DescribeStacks answers it (`described`)."""

    name: str
    status: str
    roles: BootstrapRoles
    described: Mapping[str, Any] = field(repr=False, compare=False, default_factory=dict)

    def parameter(self, key: str) -> str:
        """The value of a parameter, or the empty string."""
        return parameters(self.described).get(key, "")


def list_stacks(access: Access, roles: BootstrapRoles, known: Knowledge) -> list[Stack]:
    """The stacks of an account that have names as this deployment's. Raises ModelCicdError when it cannot be seen."""
    client = access.client("cloudformation", account=roles.account, region=roles.region, role_arn=roles.lookup)
    beginning = name_beginning(known)
    with access.asking("cloudformation:DescribeStacks", f"account {roles.account}"):
        found = [each for page in client.get_paginator("describe_stacks").paginate() for each in page["Stacks"]]
    return [
        Stack(each["StackName"], each["StackStatus"], roles, each)
        for each in found
        if each["StackName"].startswith(beginning) or (each["StackName"], roles.place) in known.owners
    ]


def name_beginning(known: Knowledge) -> str:
    """What all names of the deployment begin with: those of its modules, as `names.prefix` makes them, but for theirs.

    Another deployment may have names that begin alike.
    """
    plain = re.sub(r"[^A-Za-z0-9]+", "-", f"{known.project}-{known.deployment}-").lstrip("-")
    return plain if plain[0].isalpha() else f"m-{plain}"


def owner_of(access: Access, stack: Stack, known: Knowledge) -> Owner | None:
    """What a stack is of this deployment, or None when it is none of its stacks."""
    written = known.owners.get((stack.name, stack.roles.place))
    return written or _of_endpoint(stack, known) or _of_identity(stack, known) or _of_parameters(access, stack, known)


def _of_endpoint(stack: Stack, known: Knowledge) -> Owner | None:
    """The name has a hash of all its parts as they are written, which tells where each ends."""
    found = _ENDPOINT_STACK.fullmatch(stack.name)
    beginning = name_beginning(known)
    if found is None or not found["parts"].startswith(beginning):
        return None
    words = found["parts"].removeprefix(beginning).split("-")
    for first, second in itertools.combinations(range(1, len(words)), 2):
        module, group, environment = ("-".join(each) for each in (words[:first], words[first:second], words[second:]))
        identity = "\n".join((known.project, known.deployment, module, group, environment))
        if naming.short_hash(identity) == found["hash"]:
            return Owner(ENDPOINT, module, group, environment)
    return None


def _of_identity(stack: Stack, known: Knowledge) -> Owner | None:
    place = stack.roles.place
    for module in sorted(known.modules):
        if stack.name == identity_stack(Names((names.prefix(known.context(module)),)), place.account):
            return Owner(IDENTITY, module)
    return None


def _of_parameters(access: Access, stack: Stack, known: Knowledge) -> Owner | None:
    """Every other stack has SSM parameters, below the path of its module or of its group."""
    client = access.client(
        "cloudformation", account=stack.roles.account, region=stack.roles.region, role_arn=stack.roles.lookup
    )
    with access.asking("cloudformation:ListStackResources", f"stack {stack.name} of account {stack.roles.account}"):
        pages = client.get_paginator("list_stack_resources").paginate(StackName=stack.name)
        ids = [
            str(each.get("PhysicalResourceId", ""))
            for page in pages
            for each in page["StackResourceSummaries"]
            if each["ResourceType"] == "AWS::SSM::Parameter"
        ]
    below = [each.removeprefix(f"{known.path}/").split("/") for each in ids if each.startswith(f"{known.path}/")]
    if not below:
        return None
    module, second, *deeper = below[0]
    if module in known.others:  # of the other kind of module, which the manifest wants
        return None
    known.modules.add(module)
    if deeper:
        kind = next((kind for suffix, kind in _SUFFIXES.items() if stack.name.endswith(suffix)), None)
        return Owner(kind, module, second) if kind else None
    return Owner(REDEPLOYMENT if stack.name.endswith("-infra") else MODULE, module)


def does(access: Access, stack: Stack, owner: Owner) -> str:
    """What the stack does or costs, in words."""
    if owner.kind != ENDPOINT:
        return _DOES[owner.kind]
    if stack.status in NEVER_SERVED:
        return "never served: costs nothing"
    found = outputs(stack.described)
    endpoint = found.get("EndpointName") or stack.parameter("EndpointName")
    if "StateMachineArn" in found:
        return f"transforms with version {found.get('Version', '?')}, charged by job"
    serves = f"serves version {found['Version']}" if found.get("Version") else "serves"
    running = ", ".join(_instances(access, stack, endpoint)) if endpoint else ""
    return f"{serves}{f' on {running}' if running else ''}"


def _instances(access: Access, stack: Stack, endpoint: str) -> Iterator[str]:
    from botocore.exceptions import ClientError

    roles = stack.roles
    client = access.client("sagemaker", account=roles.account, region=roles.region, role_arn=roles.lookup)
    with access.asking("sagemaker:DescribeEndpoint", f"endpoint {endpoint} of account {roles.account}"):
        try:
            described = client.describe_endpoint(EndpointName=endpoint)
            config = client.describe_endpoint_config(EndpointConfigName=described["EndpointConfigName"])
        except ClientError as error:
            if "Could not find" in str(error):
                return
            raise
    counts = {each["VariantName"]: each.get("CurrentInstanceCount") for each in described.get("ProductionVariants", [])}
    for variant in config["ProductionVariants"]:
        if "InstanceType" in variant:
            count = counts.get(variant["VariantName"]) or variant.get("InitialInstanceCount", 1)
            yield f"{count} {variant['InstanceType']}, charged by the hour"
        else:
            yield "serverless, charged by request"
