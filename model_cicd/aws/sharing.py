"""The resource policies by which a store of models is shared: with which accounts, and there with exactly which roles.

Every statement for another account names that account and, as a condition, the one role that may use it. Consumers read
`models/*` and create models from packages, those that monitor read baselines; nothing here lets them write, approve or
decrypt anything else.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

from model_cicd.aws.place import Place
from model_cicd.aws.policy import Conditions, Statement, account_root, both, document, only
from model_cicd.aws.resources import BASELINE, MODELS, REPORTS, Consumer, PackageGroup, Sharing, Store


def decrypt(store: Store, sharing: Sharing) -> list[Statement]:
    """The statements of the bucket's key for its consumers, its own account first: that has no organization to name."""
    place, through = store.place, store.place.through_s3
    local = [arn for each in sharing.consumers if each.account == place.account for arn in _readers(each)]
    readers: list[tuple[Place, Conditions]] = [(place, only(local))] if local else []
    readers += _by_account(place, sharing, _readers)
    statements = [
        Statement(f"Read{at.account}", ["kms:Decrypt"], ["*"], both(who, through), principal=account_root(at))
        for at, who in readers
    ]
    others = [each for each in sharing.consumers if each.account != place.account]
    if others:
        accounts = list(dict.fromkeys(account_root(place.elsewhere(each.account))["AWS"] for each in others))
        who = only(list(dict.fromkeys(_model_role(each) for each in others)), sharing.organization_id)
        # called directly, so never under ViaService; one statement for all, because a key's policy holds 32 KB
        roots = {"AWS": accounts[0] if len(accounts) == 1 else accounts}
        statements.append(Statement("DescribeOther", ["kms:DescribeKey"], ["*"], who, principal=roots))
    return statements


def read_models(store: Store, sharing: Sharing) -> list[dict[str, Any]]:
    """The statements of the bucket's policy for the consumers in other accounts, as JSON."""
    arn, below = store.bucket.arn, {"StringLike": {"s3:prefix": f"{MODELS}*"}}
    statements = []
    for at, who in _by_account(store.place, sharing, _model_roles):
        root = account_root(at)
        statements += [
            Statement(f"Get{at.account}", ["s3:GetObject"], [f"{arn}/{MODELS}*"], who, principal=root),
            Statement(f"List{at.account}", ["s3:ListBucket"], [arn], both(who, below), principal=root),
        ]
    baselines = {"StringLike": {"s3:prefix": f"{MODELS}*/{BASELINE}*"}}
    for at, who in _by_account(store.place, sharing, _monitors):
        root, own = account_root(at), f"{arn}/{MODELS}*/{BASELINE}*"
        statements += [
            Statement(f"GetBaseline{at.account}", ["s3:GetObject"], [own], who, principal=root),
            Statement(f"ListBaseline{at.account}", ["s3:ListBucket"], [arn], both(who, baselines), principal=root),
        ]
    return [statement.json() for statement in statements]


def others_only_read(store: Store) -> dict[str, Any]:
    """Whatever else is granted some day, other accounts never write. NotAction, which is why it is not a Statement."""
    arn = store.bucket.arn
    return {
        "Sid": "OthersOnlyRead",
        "Effect": "Deny",
        "Principal": "*",
        "NotAction": ["s3:GetObject", "s3:ListBucket"],
        "Resource": [arn, f"{arn}/*"],
        "Condition": {
            "StringNotEquals": {"aws:PrincipalAccount": store.account},
            "Bool": {"aws:PrincipalIsAWSService": "false"},
        },
    }


def reports_only(store: Store, readers: Sequence[str]) -> dict[str, Any]:
    """Who may use the key to read reports reads nothing else with it. NotResource, which is why it is no Statement.

    The key cannot tell objects apart: with bucket keys, S3 names the bucket to it.
    https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucket-key.html
    """
    return {
        "Sid": "ReportsOnly",
        "Effect": "Deny",
        "Principal": "*",
        "Action": ["s3:GetObject", "s3:GetObjectVersion"],
        "NotResource": f"{store.bucket.arn}/{REPORTS}",
        "Condition": only(readers),
    }


def package_policy(models: PackageGroup, place: Place, sharing: Sharing) -> dict[str, Any] | None:
    """The policy of a model package group for the consumers in other accounts; None where there are none."""
    statements = []
    for at, who in _by_account(place, sharing, lambda each: [each.deploy_role_arn]):
        account, root = at.account, account_root(at)
        statements += [
            Statement(f"Group{account}", ["sagemaker:DescribeModelPackageGroup"], [models.arn], who, principal=root),
            Statement(
                f"Packages{account}",
                ["sagemaker:CreateModel", "sagemaker:DescribeModelPackage", "sagemaker:ListModelPackages"],
                [models.packages_arn],
                who,
                principal=root,
            ),
        ]
    return document(statements) if statements else None


def _by_account(
    place: Place, sharing: Sharing, roles_of: Callable[[Consumer], Sequence[str]]
) -> Iterator[tuple[Place, Conditions]]:
    """The accounts other than `place`, and the condition for their roles, each once.

    KMS and S3 refuse policies that name a principal twice.
    """
    found: dict[str, dict[str, None]] = {}
    for consumer in sharing.consumers:
        found.setdefault(consumer.account, {}).update(dict.fromkeys(roles_of(consumer)))
    for account, roles in found.items():
        if account != place.account and roles:
            yield place.elsewhere(account), only(list(roles), sharing.organization_id)


def _model_role(consumer: Consumer) -> str:
    return consumer.model_execution_role.arn


def _model_roles(consumer: Consumer) -> list[str]:
    return [_model_role(consumer)]


def _monitors(consumer: Consumer) -> list[str]:
    return [each.arn for each in consumer.monitors]


def _readers(consumer: Consumer) -> list[str]:
    return [_model_role(consumer), *_monitors(consumer)]
