"""Secrets Manager. https://docs.aws.amazon.com/service-authorization/latest/reference/list_awssecretsmanager.html"""

from __future__ import annotations

from rehearsal.iam.checks import On, Rule, several

_SECRET = "secret:{SecretId}"

RULES: dict[str, Rule] = {
    "CreateSecret": On("secret:{Name}", tags="Tags", tagging="TagResource"),
    **several(_SECRET, "GetSecretValue", "DescribeSecret", "PutSecretValue", "UpdateSecret", "DeleteSecret",
              "GetResourcePolicy", "PutResourcePolicy", "DeleteResourcePolicy", "ListSecretVersionIds"),
    "TagResource": On(_SECRET, tags="Tags"),
    "UntagResource": On(_SECRET, keys={"aws:TagKeys": "TagKeys[]"}),
    **several("*", "ListSecrets", "GetRandomPassword"),
}  # fmt: skip
