"""The resource policy of an ARN, as the service holds it at the moment of the decision."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any
from urllib.parse import unquote

from moto.logs.models import logs_backends
from moto.secretsmanager.models import secretsmanager_backends
from moto.sns.models import sns_backends
from moto.sqs.models import sqs_backends

from iam_policy import Policy
from rehearsal.iam import buckets, keys
from rehearsal.iam.checks import Check, Context
from rehearsal.iam.principals import find_role, parse

PolicyOf = Callable[[str], str | None]
KeysOf = Callable[[str], Context]


class ResourcePolicies:
    """Finds them in the state of moto, and through the services of our own that have such policies (`add`)."""

    def __init__(self) -> None:
        self._states: dict[str, KeysOf] = {}
        self._finders: dict[str, PolicyOf] = {
            "s3": self._bucket,
            "kms": keys.policy,
            "sts": trust_policy,  # a role's trust policy is for sts:AssumeRole, not for iam actions
            "logs": self._log_group,
            "sns": self._topic,
            "sqs": self._queue,
            "secretsmanager": self._secret,
        }

    def add(self, service: str, policy_of: PolicyOf) -> None:
        """Ask `policy_of` (ARN -> JSON text, or None) about the resources of a service."""
        self._finders[service] = policy_of

    def add_state(self, service: str, keys_of: KeysOf) -> None:
        """Ask `keys_of` (ARN -> condition keys) what the resources of a service are now."""
        self._states[service] = keys_of

    def state_of(self, check: Check) -> Context:
        """The condition keys of a check's resource, by what it is at this moment; none where nobody knows any."""
        keys_of = self._states.get(check.action.partition(":")[0])
        return keys_of(check.resource) if keys_of and check.resource != "*" else {}

    def of(self, check: Check) -> Policy | None:
        """The policy of the resource of a check, or None when it has none or the service knows none.

        Raises ValueError when the text is no policy.
        """
        find = self._finders.get(check.action.partition(":")[0])
        text = find(check.resource) if find and check.resource != "*" else None
        return parse(text, f"policy of {check.resource}") if text else None

    def _bucket(self, arn: str) -> str | None:
        return buckets.policy(arn.split(":", 5)[5].partition("/")[0])

    def _topic(self, arn: str) -> str | None:
        return _policy(_backend(sns_backends, arn).topics.get(arn))

    def _queue(self, arn: str) -> str | None:
        queues = list(_backend(sqs_backends, arn).queues.values())
        return _policy(next((queue for queue in queues if queue.queue_arn == arn), None))

    def _log_group(self, arn: str) -> str | None:
        """The resource policies of CloudWatch Logs are the account's, several by name: all their statements count."""
        documents = [
            json.loads(each.policy_document) for each in list(_backend(logs_backends, arn).resource_policies.values())
        ]
        listed = [each["Statement"] for each in documents]
        statements = [item for each in listed for item in (each if isinstance(each, list) else [each])]
        for number, statement in enumerate(statements):
            statement["Sid"] = f"{statement.get('Sid', '')}{number}"  # unique over all policies
        return json.dumps({"Version": "2012-10-17", "Statement": statements}) if statements else None

    def _secret(self, arn: str) -> str | None:
        secrets = list(_backend(secretsmanager_backends, arn).secrets.values())
        return _policy(next((secret for secret in secrets if secret.arn == arn), None))


def trust_policy(role: str) -> str | None:
    """The trust policy of a role, or None without such a role."""
    found = find_role(role)
    if found is None:
        return None
    return _document(found.assume_role_policy_document)


def _document(value: Any) -> str | None:
    if not value:
        return None
    if isinstance(value, bytes):
        value = value.decode()
    if not isinstance(value, str):
        return json.dumps(value)
    return unquote(value) if value.lstrip().startswith("%7B") else value


def _backend(backends: Any, arn: str) -> Any:
    _, _, _, region, account, *_ = arn.split(":")
    return backends[account][region]


def _policy(resource: Any | None) -> str | None:
    return _document(resource.policy) if resource is not None else None
