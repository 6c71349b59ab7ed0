"""What must hold in a pipeline beyond the shapes of its parts; importing the package registers every rule."""

from model_cicd.pipeline.rules import (
    conditions,
    data,
    document,
    files,
    graph,
    knobs,
    limits,
    metrics,
    parameters,
    source_code,
    steps,
    values,
)
from model_cicd.pipeline.rules.registry import ADVICE, RULES, Finding

__all__ = [
    "ADVICE",
    "RULES",
    "Finding",
    "conditions",
    "data",
    "document",
    "files",
    "graph",
    "knobs",
    "limits",
    "metrics",
    "parameters",
    "source_code",
    "steps",
    "values",
]
