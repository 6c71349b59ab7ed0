"""Whether who is named in a policy exists: AWS takes no resource or trust policy that names anybody else.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_principal.html
"""

from __future__ import annotations

import functools
import re
from collections.abc import Iterator, Mapping
from typing import Any

import botocore.session
from moto.iam.models import iam_backends

from rehearsal.accounts import ACCOUNT_ID, Accounts
from rehearsal.iam.principals import find_role
from rehearsal.validation.rule import named_principals

_ARN = re.compile(r"arn:(?P<partition>aws[a-z-]*):(?P<service>iam|sts)::(?P<account>\d{12}):(?P<resource>.+)")
_SERVICE = re.compile(r"([a-z0-9-]+\.)+amazonaws\.com(\.cn)?")
# parts of service principals that are no endpoint of an API; from the services' own documentation
_MORE_SERVICES = frozenset({
    "airflow-env", "airflow-serverless", "application-autoscaling", "automation", "billing", "billingconsole",
    "chatbot", "cloudwatch", "config-conforms", "config-multiaccountsetup", "directoryservice", "ec2fleet", "ecs-tasks",
    "edgelambda", "eks-connector", "eks-fargate", "eks-fargate-pods", "eks-nodegroup", "export", "fis", "imagebuilder",
    "importexport", "lexv2", "macie", "memorydb", "opensearchservice", "organizations", "osis-pipelines", "panorama",
    "pipes", "replicator", "rolesanywhere", "scheduler", "spot", "spotfleet", "ssm-incidents", "storage-lens",
    "transitgateway", "vmie", "vpc-flow-logs", "waf-regional", "wafv2",
})  # fmt: skip


def missing(found: Mapping[str, Any], accounts: Accounts) -> Iterator[tuple[str, str]]:
    """The type and value of everybody named who does not exist, in order.

    Accounts are those of the embedded AWS, the strangers among them; there are no others.
    """
    known = frozenset(accounts.ids())
    for kind, value in named_principals(found):
        if kind == "AWS" and not _exists(value, known):
            yield kind, value
        if kind == "Service" and not is_service(value):
            yield kind, value


def is_service(name: str) -> bool:
    """Whether a service principal can be one: some part of it is the name of a service."""
    if not _SERVICE.fullmatch(name):
        return False
    parts = set(name.split(".")[:-2])
    return not parts.isdisjoint(_service_names() | _MORE_SERVICES)


def _exists(value: str, known: frozenset[str]) -> bool:
    if value == "*" or ACCOUNT_ID.match(value):
        return value == "*" or value in known
    found = _ARN.fullmatch(value)
    if found is None or found["account"] not in known:  # also unique ids, which deleted principals turn into
        return False
    backend = iam_backends[found["account"]][found["partition"]]
    kind, _, name = found["resource"].partition("/")
    if kind == "assumed-role" and found["service"] == "sts":
        role, _, session = name.partition("/")
        return bool(session) and any(each.name == role for each in list(backend.roles.values()))
    if kind == "user":
        return name == "administrator" or any(each.arn == value for each in list(backend.users.values()))
    if kind == "role":
        return find_role(value) is not None
    return value.endswith(":root") or kind == "federated-user"


@functools.cache
def _service_names() -> frozenset[str]:
    """The names that botocore's list of endpoints knows services by."""
    endpoints: dict[str, Any] = botocore.session.Session().get_data("endpoints")
    names = {name for partition in endpoints["partitions"] for name in partition["services"]}
    return frozenset(part for name in names for part in name.split("."))
