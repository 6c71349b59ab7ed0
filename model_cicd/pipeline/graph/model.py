"""Which step waits for which, and why."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from model_cicd.pipeline.expressions import JsonGet, PropertyRef, StepOutput
from model_cicd.pipeline.fields import StepRef
from model_cicd.pipeline.schema import PipelineConfig, Step
from model_cicd.pipeline.walk import walk

#: `data` is used, `order` is only waited for, `if` and `else` are the branches of a condition
Kind = Literal["data", "order", "if", "else"]


@dataclass(frozen=True)
class Node:
    """A step."""

    name: str
    type: str
    label: str


@dataclass(frozen=True)
class Edge:
    """`target` runs after `source`."""

    source: str
    target: str
    kind: Kind


@dataclass(frozen=True)
class Graph:
    """The steps and what lies between them, in the order of the YAML."""

    nodes: tuple[Node, ...]
    edges: tuple[Edge, ...]


def graph(config: PipelineConfig) -> Graph:
    """The graph of a checked pipeline; of two reasons between the same steps the stronger one counts."""
    steps = config.pipeline.steps
    nodes = tuple(Node(step.name, step.kind.name, step.display_name or step.name) for step in steps)
    strength = ("order", "data", "else", "if")
    found: dict[tuple[str, str], Kind] = {}
    for edge in (each for step in steps for each in _edges(step)):
        key = (edge.source, edge.target)
        if key not in found or strength.index(edge.kind) > strength.index(found[key]):
            found[key] = edge.kind
    return Graph(nodes, tuple(Edge(source, target, kind) for (source, target), kind in found.items()))


def _edges(step: Step) -> Iterator[Edge]:
    for path, value in walk(step):
        match value:
            case StepRef() if len(path) > 1 and path[-2] == "ifSteps":
                yield Edge(step.name, str(value), "if")
            case StepRef() if len(path) > 1 and path[-2] == "elseSteps":
                yield Edge(step.name, str(value), "else")
            case StepRef() if path[0] == "dependsOn":
                yield Edge(str(value), step.name, "order")
            case StepRef():
                yield Edge(str(value), step.name, "data")
            case StepOutput(step=name) | PropertyRef(step=name) | JsonGet(step=name):
                yield Edge(name, step.name, "data")
            case _:
                continue
