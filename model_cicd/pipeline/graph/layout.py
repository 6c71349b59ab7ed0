"""Places for the nodes of a graph: layers from top to bottom, and in each layer an order with few crossings.

The usual steps of layered drawing (Sugiyama, Tagawa, Toda 1981): layers by the longest path, stand-ins where an edge
passes a layer, and sweeps that put each node at the mean place of its neighbours.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable
from dataclasses import dataclass

from model_cicd.pipeline.graph.model import Edge, Graph

#: pixels
NODE_HEIGHT, LAYER_GAP, NODE_GAP, MARGIN = 46, 54, 28, 24
_LETTER, _PADDING, _NARROWEST, _STAND_IN = 7.4, 30, 120, 12
_SWEEPS = 8


@dataclass(frozen=True)
class Box:
    """Where a node is: its centre and its width."""

    x: float
    y: float
    width: float


@dataclass(frozen=True)
class Layout:
    """The boxes by the nodes' names, the points that each edge passes, and the size of the whole."""

    boxes: dict[str, Box]
    routes: dict[Edge, list[tuple[float, float]]]
    width: float
    height: float


def layout(drawn: Graph) -> Layout:
    """Places for everything; the same graph gives the same places."""
    layer_of = _layers(drawn)
    layers: list[list[str]] = [[] for _ in range(max(layer_of.values(), default=0) + 1)]
    for node in drawn.nodes:
        layers[layer_of[node.name]].append(node.name)
    links: list[tuple[str, str]] = []
    chains: dict[Edge, list[str]] = {}
    for number, edge in enumerate(drawn.edges):
        chain = [edge.source]
        for depth in range(layer_of[edge.source] + 1, layer_of[edge.target]):
            chain.append(f"{number}:{depth}")  # no name of a step has a colon
            layers[depth].append(chain[-1])
        chain.append(edge.target)
        chains[edge] = chain
        links += itertools.pairwise(chain)
    layers = _ordered(layers, links)
    widths = {node.name: max(_NARROWEST, len(node.label) * _LETTER + _PADDING) for node in drawn.nodes}
    places, width = _placed(layers, links, widths)
    boxes = {node.name: Box(*places[node.name], widths[node.name]) for node in drawn.nodes}
    routes = {edge: [places[name] for name in chain] for edge, chain in chains.items()}
    height = 2 * MARGIN + len(layers) * NODE_HEIGHT + (len(layers) - 1) * LAYER_GAP
    return Layout(boxes, routes, width, height)


def _layers(drawn: Graph) -> dict[str, int]:
    """The length of the longest path to each node; there are no cycles in a checked pipeline."""
    before: dict[str, list[str]] = {node.name: [] for node in drawn.nodes}
    for edge in drawn.edges:
        before[edge.target].append(edge.source)
    found: dict[str, int] = {}
    pending = [node.name for node in drawn.nodes]
    while pending:
        name = pending[-1]
        missing = [each for each in before[name] if each not in found]
        if missing and name not in found:
            pending += missing
            continue
        found[name] = max((found[each] + 1 for each in before[name]), default=0)
        pending.pop()
    return found


def _ordered(layers: list[list[str]], links: list[tuple[str, str]]) -> list[list[str]]:
    above, below = _neighbours(links)
    layers = [list(layer) for layer in layers]
    best, fewest = layers, _crossings(layers, links)
    for sweep in range(_SWEEPS):
        down = sweep % 2 == 0
        neighbours = above if down else below
        order = range(1, len(layers)) if down else range(len(layers) - 2, -1, -1)
        for index in order:
            fixed = {name: place for place, name in enumerate(layers[index - 1 if down else index + 1])}
            own = {name: place for place, name in enumerate(layers[index])}
            layers[index] = sorted(
                layers[index], key=lambda name: (_mean(neighbours.get(name, ()), fixed, own[name]), own[name])
            )
        crossings = _crossings(layers, links)
        if crossings < fewest:
            best, fewest = [list(layer) for layer in layers], crossings
    return best


def _neighbours(links: list[tuple[str, str]]) -> tuple[dict[str, list[str]], dict[str, list[str]]]:
    above: dict[str, list[str]] = {}
    below: dict[str, list[str]] = {}
    for upper, lower in links:
        above.setdefault(lower, []).append(upper)
        below.setdefault(upper, []).append(lower)
    return above, below


def _mean(names: Iterable[str], places: dict[str, int], otherwise: float) -> float:
    found = [places[name] for name in names if name in places]
    return sum(found) / len(found) if found else otherwise


def _crossings(layers: list[list[str]], links: list[tuple[str, str]]) -> int:
    place = {name: index for layer in layers for index, name in enumerate(layer)}
    depth = {name: index for index, layer in enumerate(layers) for name in layer}
    count = 0
    by_layer: dict[int, list[tuple[int, int]]] = {}
    for upper, lower in links:
        by_layer.setdefault(depth[upper], []).append((place[upper], place[lower]))
    for pairs in by_layer.values():
        pairs.sort()
        for index, (a, b) in enumerate(pairs):
            count += sum(1 for c, d in pairs[index + 1 :] if c > a and d < b)
    return count


def _placed(
    layers: list[list[str]], links: list[tuple[str, str]], widths: dict[str, float]
) -> tuple[dict[str, tuple[float, float]], float]:
    """Centres: first side by side, then pulled to the mean of the neighbours as far as the order lets them."""
    above, below = _neighbours(links)
    room = {name: widths.get(name, _STAND_IN) for layer in layers for name in layer}
    centre: dict[str, float] = {}
    for layer in layers:
        edge = -(sum(room[name] for name in layer) + NODE_GAP * (len(layer) - 1)) / 2
        for name in layer:
            centre[name] = edge + room[name] / 2
            edge += room[name] + NODE_GAP
    for sweep in range(_SWEEPS):
        for layer in layers if sweep % 2 == 0 else reversed(layers):
            _pull(layer, above if sweep % 2 == 0 else below, room, centre)
    left = min((centre[name] - room[name] / 2 for name in room), default=0)
    right = max((centre[name] + room[name] / 2 for name in room), default=0)
    depth = {name: index for index, layer in enumerate(layers) for name in layer}
    places = {
        name: (
            round(centre[name] - left + MARGIN, 1),
            MARGIN + NODE_HEIGHT / 2 + depth[name] * (NODE_HEIGHT + LAYER_GAP),
        )
        for name in room
    }
    return places, round(right - left + 2 * MARGIN, 1)


def _pull(layer: list[str], neighbours: dict[str, list[str]], room: dict[str, float], centre: dict[str, float]) -> None:
    wanted = []
    for name in layer:
        near = [centre[each] for each in neighbours.get(name, ())]
        wanted.append(sum(near) / len(near) if near else centre[name])
    # from the left and from the right, and the mean of both: nothing overlaps and nothing leans to one side
    from_left, edge = [], float("-inf")
    for name, goal in zip(layer, wanted, strict=True):
        from_left.append(max(goal, edge + room[name] / 2))
        edge = from_left[-1] + room[name] / 2 + NODE_GAP
    from_right, edge = [], float("inf")
    for name, goal in zip(reversed(layer), reversed(wanted), strict=True):
        from_right.append(min(goal, edge - room[name] / 2))
        edge = from_right[-1] - room[name] / 2 - NODE_GAP
    for name, low, high in zip(layer, from_left, reversed(from_right), strict=True):
        centre[name] = (low + high) / 2
