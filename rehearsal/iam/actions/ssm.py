"""Systems Manager parameters. https://docs.aws.amazon.com/service-authorization/latest/reference/list_awssystemsmanager.html"""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from rehearsal.iam.checks import Asked, Check, Rule, account_of, tag_context, tags_of


def _arns(asked: Asked, path: str) -> Iterator[str]:
    """The ARNs of parameters: the slash that a name begins with is the one after `parameter`."""
    found = asked.get(path)
    for each in found if isinstance(found, list) else [found]:
        name = str(each)
        yield name if name.startswith("arn:") else asked.arn(f"parameter/{name.lstrip('/')}")


def _named(path: str, asked: Asked) -> Iterator[Check]:
    tags = tags_of(asked, "Tags") if "Tags" in asked.params else {}
    for arn in _arns(asked, path):
        yield Check(f"ssm:{asked.operation}", arn, account_of(arn, asked.caller), tag_context(tags))
        if tags and asked.operation == "PutParameter":
            yield Check("ssm:AddTagsToResource", arn, account_of(arn, asked.caller), tag_context(tags))


def _anywhere(asked: Asked) -> Iterator[Check]:
    yield Check(f"ssm:{asked.operation}", "*", asked.caller.account)


RULES: dict[str, Rule] = {
    **{name: partial(_named, "Name") for name in ("GetParameter", "PutParameter", "DeleteParameter",
                                                  "GetParameterHistory", "LabelParameterVersion")},
    **{name: partial(_named, "Names") for name in ("GetParameters", "DeleteParameters")},
    **{name: partial(_named, "ResourceId") for name in ("AddTagsToResource", "RemoveTagsFromResource",
                                                        "ListTagsForResource")},
    "GetParametersByPath": partial(_named, "Path"),
    "DescribeParameters": _anywhere,
}  # fmt: skip
