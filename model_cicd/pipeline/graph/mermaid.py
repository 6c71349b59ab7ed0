"""The graph in Mermaid's language, which GitHub and many other places draw.

https://mermaid.js.org/syntax/flowchart.html
"""

from __future__ import annotations

from model_cicd.pipeline.graph.model import Graph

_SHAPES = {"Condition": ("{", "}"), "Fail": ("([", "])")}
_ARROWS = {"data": "-->", "order": "-.->", "if": "-- if -->", "else": "-- else -->"}


def mermaid(drawn: Graph) -> str:
    """A flowchart from top to bottom."""
    # names of steps may be words of the language, such as end
    ids = {node.name: f"s{index}" for index, node in enumerate(drawn.nodes)}
    lines = ["flowchart TD"]
    for node in drawn.nodes:
        opening, closing = _SHAPES.get(node.type, ("[", "]"))
        lines.append(f'  {ids[node.name]}{opening}"{_quoted(node.label)}<br/><small>{node.type}</small>"{closing}')
    lines += [f"  {ids[each.source]} {_ARROWS[each.kind]} {ids[each.target]}" for each in drawn.edges]
    return "\n".join(lines) + "\n"


def _quoted(text: str) -> str:
    """Text in quotes: characters that mean something there by their codes."""
    return "".join(each if each.isalnum() or each in " -_.,:()/" else f"#{ord(each)};" for each in text)
