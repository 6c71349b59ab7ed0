"""A pipeline definition without problems, as `definition_reader` makes it and as executions follow it."""

from __future__ import annotations

from dataclasses import dataclass, field

from rehearsal.api import Params
from rehearsal.sagemaker.pipelines import caching, retries
from rehearsal.sagemaker.pipelines.parameters import Parameter


@dataclass(frozen=True)
class Branch:
    """The side of a condition step that a step is on."""

    condition: str
    outcome: bool


@dataclass(frozen=True)
class PropertyFile:
    """A JSON file in one of a processing step's outputs."""

    output: str
    path: str


@dataclass(frozen=True)
class Step:
    """One step; `after` are the steps it waits for: references, DependsOn and the condition it is a branch of."""

    name: str
    type: str
    arguments: Params
    document: Params
    after: frozenset[str]
    branch: Branch | None
    display_name: str | None = None
    description: str | None = None
    expires: caching.Expiry | None = None
    property_files: dict[str, PropertyFile] = field(default_factory=dict)
    retries: tuple[retries.Policy, ...] = ()


@dataclass(frozen=True)
class Definition:
    """A definition without problems; `steps` in the order of the document, branches after their condition."""

    text: str
    parameters: dict[str, Parameter]
    steps: dict[str, Step]
    experiment: Params | None
