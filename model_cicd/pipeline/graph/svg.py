"""The graph as SVG, without anything that a browser would have to fetch."""

from __future__ import annotations

import itertools
from html import escape

from model_cicd.pipeline.graph.layout import NODE_HEIGHT, Box, layout
from model_cicd.pipeline.graph.model import Edge, Graph, Node

_FILLS = {
    "Processing": "#e3f0fb",
    "Training": "#e4f5e6",
    "Tuning": "#e4f5e6",
    "AutoML": "#e4f5e6",
    "Condition": "#fdf3d0",
    "Fail": "#fbe1e1",
    "RegisterModel": "#efe6fa",
    "Model": "#efe6fa",
}
_OTHER = "#f0f0f0"
_STROKE = "#5b6672"
_FONT = "font-family='Helvetica, Arial, DejaVu Sans, sans-serif'"


def svg(drawn: Graph) -> str:
    """The drawing: boxes from top to bottom, conditions as hexagons, what is only waited for with dashes."""
    placed = layout(drawn)
    lines = [
        f"<svg xmlns='http://www.w3.org/2000/svg' width='{placed.width:g}' height='{placed.height:g}' "
        f"viewBox='0 0 {placed.width:g} {placed.height:g}' {_FONT}>",
        "<defs><marker id='arrow' viewBox='0 0 10 10' refX='9' refY='5' markerWidth='7' markerHeight='7' "
        f"orient='auto'><path d='M0,0 L10,5 L0,10 z' fill='{_STROKE}'/></marker></defs>",
        f"<rect width='{placed.width:g}' height='{placed.height:g}' fill='white'/>",
    ]
    labels = []
    for edge, route in placed.routes.items():
        path, label = _edge(edge, route)
        lines.append(path)
        labels += [label] if label else []
    lines += [_node(node, placed.boxes[node.name]) for node in drawn.nodes]
    return "\n".join([*lines, *labels, "</svg>"]) + "\n"


def _node(node: Node, box: Box) -> str:
    left, top, half = box.x - box.width / 2, box.y - NODE_HEIGHT / 2, NODE_HEIGHT / 2
    style = f"fill='{_FILLS.get(node.type, _OTHER)}' stroke='{_STROKE}' stroke-width='1.2'"
    if node.type == "Condition":
        right, cut = left + box.width, 14
        points = [
            (left, box.y),
            (left + cut, top),
            (right - cut, top),
            (right, box.y),
            (right - cut, top + NODE_HEIGHT),
            (left + cut, top + NODE_HEIGHT),
        ]
        shape = f"<polygon points='{' '.join(f'{x:g},{y:g}' for x, y in points)}' {style}/>"
    else:
        radius = half if node.type == "Fail" else 6
        place = f"x='{left:g}' y='{top:g}' width='{box.width:g}' height='{NODE_HEIGHT}' rx='{radius:g}'"
        shape = f"<rect {place} {style}/>"
    return (
        f"<g><title>{escape(node.name)}: {node.type}</title>{shape}"
        f"<text x='{box.x:g}' y='{box.y - 2:g}' text-anchor='middle' font-size='13' fill='#1d2733'>"
        f"{escape(node.label)}</text>"
        f"<text x='{box.x:g}' y='{box.y + 14:g}' text-anchor='middle' font-size='10' fill='{_STROKE}'>"
        f"{node.type}</text></g>"
    )


def _edge(edge: Edge, route: list[tuple[float, float]]) -> tuple[str, str]:
    """The curve, and the word at the beginning of a branch."""
    half = NODE_HEIGHT / 2
    first, last = route[0], route[-1]
    points = [(first[0], first[1] + half), *route[1:-1], (last[0], last[1] - half)]
    path = f"M{points[0][0]:g},{points[0][1]:g}"
    for (x1, y1), (x2, y2) in itertools.pairwise(points):
        middle = (y1 + y2) / 2
        path += f" C{x1:g},{middle:g} {x2:g},{middle:g} {x2:g},{y2:g}"
    dashes = " stroke-dasharray='5 4'" if edge.kind == "order" else ""
    drawn = f"<path d='{path}' fill='none' stroke='{_STROKE}' stroke-width='1.3'{dashes} marker-end='url(#arrow)'/>"
    if edge.kind not in ("if", "else"):
        return drawn, ""
    (x1, y1), (x2, y2) = points[0], points[1]
    x, y = (x1 + x2) / 2, (y1 + y2) / 2
    halo = "paint-order='stroke' stroke='white' stroke-width='4'"
    word = f"<text x='{x:g}' y='{y + 4:g}' text-anchor='middle' font-size='11' fill='#1d2733' {halo}>{edge.kind}</text>"
    return drawn, word
