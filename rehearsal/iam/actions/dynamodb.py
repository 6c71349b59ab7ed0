"""DynamoDB. https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazondynamodb.html"""

from __future__ import annotations

from collections.abc import Iterator

from rehearsal.iam.checks import Asked, Check, On, Rule, several, tagging

_TABLE = "table/{TableName}"
# members of a transaction -> the action that each of them needs
_IN_TRANSACTION = {"ConditionCheck": "ConditionCheckItem", "Delete": "DeleteItem", "Get": "GetItem", "Put": "PutItem",
                   "Update": "UpdateItem"}  # fmt: skip


def _table(asked: Asked, name: str) -> str:
    return name if name.startswith("arn:") else asked.arn(f"table/{name}")


def _read(asked: Asked) -> Iterator[Check]:
    """A query or scan: of an index, where it names one."""
    arn, index = _table(asked, str(asked.get("TableName"))), asked.get("IndexName")
    where = f"{arn}/index/{index}" if index else arn
    yield Check(f"dynamodb:{asked.operation}", where, asked.caller.account)


def _batch(asked: Asked) -> Iterator[Check]:
    """A batch, on each of its tables."""
    for name in asked.get("RequestItems") or ["*"]:
        yield Check(f"dynamodb:{asked.operation}", _table(asked, str(name)), asked.caller.account)


def _transaction(asked: Asked) -> Iterator[Check]:
    """A transaction: what each of its parts does, on its table."""
    found = [
        (action, str(part[member].get("TableName")))
        for part in asked.get("TransactItems") or []
        for member, action in _IN_TRANSACTION.items()
        if isinstance(part, dict) and isinstance(part.get(member), dict)
    ]
    fallback = "GetItem" if asked.operation == "TransactGetItems" else "PutItem"
    for action, name in dict.fromkeys(found) or {(fallback, "*"): None}:
        yield Check(f"dynamodb:{action}", _table(asked, name), asked.caller.account)


RULES: dict[str, Rule] = {
    "CreateTable": On(_TABLE, tags="Tags", tagging="TagResource"),
    **several(
        _TABLE,
        "DescribeTable",
        "UpdateTable",
        "DeleteTable",
        "DescribeTimeToLive",
        "UpdateTimeToLive",
        "DescribeContinuousBackups",
        "UpdateContinuousBackups",
        "GetItem",
        "PutItem",
        "UpdateItem",
        "DeleteItem",
    ),
    **dict.fromkeys(("Query", "Scan"), _read),
    **dict.fromkeys(("BatchGetItem", "BatchWriteItem"), _batch),
    **dict.fromkeys(("TransactGetItems", "TransactWriteItems"), _transaction),
    **{name.replace("ListTagsForResource", "ListTagsOfResource"): rule
       for name, rule in tagging("ResourceArn", "Tags", "TagKeys").items()},
    "ListTables": On(),
}  # fmt: skip
