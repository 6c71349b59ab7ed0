"""What must hold in a pipeline beyond the shapes of its parts; importing the package registers every rule."""

from model_cicd.pipeline.rules import data, files, graph, parameters, steps
from model_cicd.pipeline.rules.registry import RULES, Finding

__all__ = ["RULES", "Finding", "data", "files", "graph", "parameters", "steps"]
