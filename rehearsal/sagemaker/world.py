"""What SageMaker needs of the AWS it is part of: the embedded one, or the small one behind `rehearse pipeline`."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

from rehearsal.accounts import Accounts
from rehearsal.api import Caller, Params
from rehearsal.process import Processes
from rehearsal.sagemaker.images import Image


@dataclass(frozen=True)
class StepOptions:
    """What a definition cannot say: how steps that need more than this machine are treated, by step name.

    `stubs` are steps that are not run: the status they get instead. `functions` are Lambda functions, name ->
    `FILE.py:handler`. `faults` make the first attempts of a step fail as the service could: exception types of retry
    policies, one an attempt. `entrypoints` are commands that stand in for the entry point which a step's image brings
    along. The waits of retry policies take `retry_wait_factor` of their seconds. With `make_groups`
    a RegisterModel step makes the model package group that is not there.
    """

    stubs: Mapping[str, str] = field(default_factory=dict)
    functions: Mapping[str, str] = field(default_factory=dict)
    faults: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    entrypoints: Mapping[str, list[str]] = field(default_factory=dict)
    retry_wait_factor: float = 1 / 200
    make_groups: bool = False


class World(Protocol):
    """An AWS as its SageMaker sees it; see `rehearsal.world.World`, which is one."""

    directory: Path
    accounts: Accounts
    processes: Processes
    closed: threading.Event
    services: dict[str, Any]
    step_options: StepOptions
    deployment_wait_factor: float

    @property
    def endpoint(self) -> str:
        """Where clients in jobs find it."""

    def client(self, service: str, *, account: str, region: str, role: str | None = None) -> Any:
        """A client with botocore's methods and errors."""

    def aws(self, service: str, *, account: str, region: str) -> Any:
        """A client for what AWS does on its own inside."""

    def on_behalf(self, caller: Caller, of: str, service: str) -> Any:
        """A client with which the service `of` acts with the caller's permissions."""

    def background(self, call: Callable[[], None], name: str) -> threading.Thread:
        """Run `call` in a daemon thread."""

    def emit(
        self, *, account: str, region: str, source: str, detail_type: str, detail: Params, resources: list[str]
    ) -> None:
        """An event of an AWS service."""

    def image(self, uri: str, region: str, step: str | None = None) -> Image:
        """What stands in for a container image, in a job of the pipeline step `step`. Raises ApiError."""

    def trusted_by(self, role: str, service: str) -> bool:
        """Whether the role (an ARN) exists and lets the service principal assume it."""
