"""What SageMaker needs besides a platform, of the embedded AWS or the small one behind `rehearse pipeline`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from rehearsal.ports import Platform
from rehearsal.sagemaker.images import Image


@dataclass(frozen=True)
class StubOutput:
    """A value of a stubbed step: `keys` lead to a property, or to a value in one of its property files."""

    step: str
    keys: tuple[str | int, ...]
    text: str
    written: str


@dataclass(frozen=True)
class StepOptions:
    """What a definition cannot say: how steps that need more than this machine are treated, by step name.

    `stubs` are steps that are not run: the status they get instead; `stub_outputs` what they show, besides stand-ins.
    `functions` are Lambda functions, name ->
    `FILE.py:handler`. `faults` make the first attempts of a step fail as the service could: exception types of retry
    policies, one an attempt. `entrypoints` are commands that stand in for the entry point which a step's image brings
    along. The waits of retry policies take `retry_wait_factor` of their seconds. With `make_groups`
    a RegisterModel step makes the model package group that is not there.
    """

    stubs: Mapping[str, str] = field(default_factory=dict)
    stub_outputs: Sequence[StubOutput] = ()
    functions: Mapping[str, str] = field(default_factory=dict)
    faults: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    entrypoints: Mapping[str, list[str]] = field(default_factory=dict)
    retry_wait_factor: float = 1 / 200
    make_groups: bool = False


class SageMakerPlatform(Platform, Protocol):
    """A platform that has container images, and roles that SageMaker may take on.

    `has_functions` says whether it has Lambda functions.
    """

    step_options: StepOptions
    has_functions: bool

    def image(self, uri: str, region: str, step: str | None = None) -> Image:
        """What stands in for a container image, in a job of the pipeline step `step`. Raises ApiError without any."""

    def pull_refusal(self, role: str, uri: str, region: str) -> str | None:
        """Why a role (an ARN) cannot pull an image in a region; None when it can."""

    def trusted_by(self, role: str, service: str) -> bool:
        """Whether the role (an ARN) exists and lets the service principal assume it."""
