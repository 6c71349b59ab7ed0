"""Secrets Manager. https://docs.aws.amazon.com/service-authorization/latest/reference/list_awssecretsmanager.html"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from moto.secretsmanager.models import secretsmanager_backends

from rehearsal.iam.checks import Asked, Check, On, Rule, several

_SECRET = "secret:{SecretId}"


def _of_secret(on: On) -> Rule:
    """The checks of `on` with the secret's ARN, six characters at its end included, in the place of its name."""

    def rule(asked: Asked) -> Iterable[Check]:
        name, caller = asked.params.get("SecretId"), asked.caller
        secrets = list(secretsmanager_backends[caller.account][caller.region].secrets.values())
        arn = next((secret.arn for secret in secrets if secret.name == name), None)
        return on(replace(asked, params={**asked.params, "SecretId": arn}) if arn else asked)

    return rule


RULES: dict[str, Rule] = {
    "CreateSecret": On("secret:{Name}", tags="Tags", tagging="TagResource"),
    **{
        name: _of_secret(On(_SECRET))
        for name in (
            "GetSecretValue", "DescribeSecret", "PutSecretValue", "UpdateSecret", "DeleteSecret",
            "GetResourcePolicy", "PutResourcePolicy", "DeleteResourcePolicy", "ListSecretVersionIds",
        )
    },
    "TagResource": _of_secret(On(_SECRET, tags="Tags")),
    "UntagResource": _of_secret(On(_SECRET, keys={"aws:TagKeys": "TagKeys[]"})),
    **several("*", "ListSecrets", "GetRandomPassword"),
}  # fmt: skip
