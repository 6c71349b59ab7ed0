"""The pipeline YAML with the blocks of all step types: what documents are validated against."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

from pydantic import Field, create_model

from model_cicd.pipeline import document
from model_cicd.pipeline.model import Model
from model_cicd.pipeline.steps.base import StepType
from model_cicd.pipeline.steps.registry import TYPES

#: the types by every spelling of theirs
KINDS: dict[str, StepType[Any]] = {name: kind for kind in TYPES for name in (kind.name, *kind.aliases)}


class Step(document.Step):
    """A step: its type says which one of the blocks, a key each, it has."""

    @property
    def kind(self) -> StepType[Any]:
        """What is known of the step's type."""
        return KINDS[self.type]

    @property
    def block(self) -> Model | None:
        """The block of the step's type."""
        return self.blocks.get(self.kind.key)


if TYPE_CHECKING:
    AnyStep = Step
else:
    AnyStep = create_model(
        "AnyStep",
        __base__=Step,
        __module__=__name__,
        type=(Literal[tuple(KINDS)], ...),
        **{f"{document.BLOCK}{kind.key}": (kind.config | None, Field(default=None, alias=kind.key)) for kind in TYPES},
    )


class Pipeline(document.Pipeline):
    """Parameters, steps and what holds for all of them."""

    steps: list[AnyStep] = Field(min_length=1)

    def step(self, name: str) -> Step | None:
        """The step called `name`."""
        return next((step for step in self.steps if step.name == name), None)


class PipelineConfig(document.PipelineConfig):
    """The whole document."""

    pipeline: Pipeline
