"""The table of docs/cloudformation-support.md, made from the registry: `python -m rehearsal.cloudformation.support`."""

from __future__ import annotations

from collections.abc import Mapping

from rehearsal.cloudformation.provider import Provider
from rehearsal.cloudformation.registry import PROVIDERS


def table(providers: Mapping[str, Provider]) -> str:
    """The supported types as Markdown, in order."""
    lines = ["| type | properties | `Fn::GetAtt` | import by |", "|---|---|---|---|"]
    for kind, provider in sorted(providers.items()):
        properties = ", ".join(sorted(provider.properties))
        attributes = ", ".join(sorted(provider.attributes)) or "-"
        identifier = ", ".join(provider.identifier) or "-"
        automatic = " (also automatic)" if provider.identifier and not provider.read_only_id else ""
        lines.append(f"| `{kind}` | {properties} | {attributes} | {identifier}{automatic} |")
    return "\n".join(lines)


if __name__ == "__main__":
    print(table(PROVIDERS))
