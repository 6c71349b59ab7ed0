"""The lists of docs/cloudformation-support.md, made from the registry: `python -m rehearsal.cloudformation.support`."""

from __future__ import annotations

from collections.abc import Mapping

from rehearsal.cloudformation.provider import Provider
from rehearsal.cloudformation.registry import PROVIDERS


def table(providers: Mapping[str, Provider]) -> str:
    """The supported types as a Markdown table and, as a list, what of them is not supported."""
    lines = ["| type | properties | `Fn::GetAtt` | import by |", "|---|---|---|---|"]
    left_out = []
    for kind, provider in sorted(providers.items()):
        properties = ", ".join(sorted(provider.properties))
        attributes = ", ".join(sorted(provider.attributes)) or "-"
        identifier = ", ".join(provider.identifier) or "-"
        automatic = " (also automatic)" if provider.identifier and not provider.read_only_id else ""
        lines.append(f"| `{kind}` | {properties} | {attributes} | {identifier}{automatic} |")
        for why, names in provider.unsupported.items():
            left_out.append(f"- `{kind}`: {', '.join(names.split())} ({why})")
    return "\n".join([*lines, "", "AWS has these as well; the embedded AWS does not:", "", *left_out])


if __name__ == "__main__":
    print(table(PROVIDERS))
