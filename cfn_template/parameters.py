"""What Ref gives for parameters and pseudo parameters."""

from __future__ import annotations

import re
from typing import Any

from cfn_template.functions import NO_VALUE

_LIST = re.compile(r"CommaDelimitedList|List<.+>")


def pseudo_parameters(
    *, account: str, region: str, partition: str, url_suffix: str, stack_name: str, stack_id: str | None = None
) -> dict[str, Any]:
    """The pseudo parameters by name; AWS::StackId only where it is known (`stack_id`).

    https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/pseudo-parameter-reference.html
    """
    found = {
        "AWS::AccountId": account,
        "AWS::NoValue": NO_VALUE,
        "AWS::NotificationARNs": [],
        "AWS::Partition": partition,
        "AWS::Region": region,
        "AWS::StackName": stack_name,
        "AWS::URLSuffix": url_suffix,
    }
    return found if stack_id is None else found | {"AWS::StackId": stack_id}


def parameter_value(kind: str, text: str) -> str | list[str]:
    """What Ref gives for a parameter of the type `kind` whose value is `text`: for a list its items, else the text."""
    if _LIST.search(kind):
        return [part.strip() for part in text.split(",")] if text else []
    return text
