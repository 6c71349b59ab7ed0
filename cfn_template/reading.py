"""Reading templates: JSON, and YAML with the short forms of functions.

https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/template-formats.html
"""

from __future__ import annotations

import json
from typing import Any

import yaml

from cfn_template.errors import TemplateError

# the parser in C, where PyYAML was built with it
_BASE: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class _Loader(_BASE):  # type: ignore[misc]
    """YAML as CloudFormation reads it: dates stay text."""


_Loader.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in resolvers if tag != "tag:yaml.org,2002:timestamp"]
    for first, resolvers in _BASE.yaml_implicit_resolvers.items()
}


def _short_form(loader: Any, suffix: str, node: yaml.Node) -> dict[str, Any]:
    if isinstance(node, yaml.ScalarNode):
        value: Any = loader.construct_scalar(node)
    elif isinstance(node, yaml.SequenceNode):
        value = loader.construct_sequence(node, deep=True)
    else:
        value = loader.construct_mapping(node, deep=True)
    if suffix == "GetAtt" and isinstance(value, str):
        value = value.split(".", 1)
    return {suffix if suffix in ("Ref", "Condition") else f"Fn::{suffix}": value}


_Loader.add_multi_constructor("!", _short_form)


def read_template(body: str) -> dict[str, Any]:
    """The template as plain values, short forms written out. Raises TemplateError for anything else."""
    try:
        found = json.loads(body) if body.lstrip().startswith("{") else yaml.load(body, _Loader)
    except json.JSONDecodeError as cause:
        where = f"(line {cause.lineno}, column {cause.colno})"
        raise TemplateError(f"Template format error: JSON not well-formed. {where}") from None
    except yaml.YAMLError as cause:
        mark = getattr(cause, "problem_mark", None)
        where = f" (line {mark.line + 1}, column {mark.column + 1})" if mark else ""
        raise TemplateError(f"Template format error: YAML not well-formed.{where}") from None
    if not isinstance(found, dict):
        raise TemplateError("Template format error: unsupported structure.")
    return found
