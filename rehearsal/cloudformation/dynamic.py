"""Dynamic references: values that are read from Parameter Store or Secrets Manager when a resource is made.

https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/dynamic-references.html
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Any

from rehearsal.cloudformation.provider import ResourceError

REFERENCE = re.compile(r"\{\{resolve:(?P<service>[a-z-]+):(?P<rest>[^}]+)\}\}")


def resolve_dynamic(node: Any, client: Callable[[str], Any]) -> Any:
    """`node` with every `{{resolve:...}}` replaced. Raises ResourceError for an unsupported one."""
    if isinstance(node, dict):
        return {key: resolve_dynamic(item, client) for key, item in node.items()}
    if isinstance(node, list):
        return [resolve_dynamic(item, client) for item in node]
    if isinstance(node, str) and "{{resolve:" in node:
        return REFERENCE.sub(lambda found: _read(found["service"], found["rest"], client), node)
    return node


def _read(service: str, rest: str, client: Callable[[str], Any]) -> str:
    if service in ("ssm", "ssm-secure"):
        answer = client("ssm").get_parameter(Name=rest, WithDecryption=service == "ssm-secure")
        return str(answer["Parameter"]["Value"])
    if service == "secretsmanager":
        return _secret(rest, client)
    raise ResourceError(f"the embedded AWS does not support the dynamic reference {{{{resolve:{service}:...}}}}")


def _secret(rest: str, client: Callable[[str], Any]) -> str:
    found = re.match(
        r"^(?P<id>arn:(?:[^:]*:){5}[^:]+|[^:]+)(?::SecretString)?(?::(?P<key>[^:]*))?(?P<more>:.*)?$", rest
    )
    if not found or found["more"] not in (None, "", ":", "::"):
        raise ResourceError(f"the embedded AWS does not support the dynamic reference secretsmanager:{rest}")
    text = str(client("secretsmanager").get_secret_value(SecretId=found["id"])["SecretString"])
    if not found["key"]:
        return text
    try:
        return str(json.loads(text)[found["key"]])
    except (ValueError, KeyError, TypeError):
        raise ResourceError("Could not find a value associated with JSONKey in SecretString") from None
