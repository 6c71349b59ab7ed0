"""JSON as text that stands in a CloudFormation template without being changed by it."""

from __future__ import annotations

import json


def inert_json(value: object) -> str:
    """`value` in JSON without anything that CloudFormation, its linter or the CDK would substitute.

    `${` and `{{` stand in texts of users only, never in the structure of JSON; written with an escape of JSON they mean
    the same to whoever parses it and nothing to `Fn::Sub`, dynamic references and tokens.
    https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/dynamic-references.html
    """
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    return text.replace("${", "\\u0024{").replace("{{", "\\u007b\\u007b")
