"""What a step type is: how its definition is checked, and how it runs."""

from __future__ import annotations

import threading
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, ClassVar

from rehearsal.api import Params
from rehearsal.sagemaker import members, shapes
from rehearsal.sagemaker.jobs.operations import Jobs
from rehearsal.sagemaker.jobs.state import Job
from rehearsal.sagemaker.jobs.tuning import Tunings
from rehearsal.sagemaker.model_packages import ModelPackages
from rehearsal.sagemaker.pipelines.expressions import is_expression
from rehearsal.sagemaker.pipelines.state import Execution
from rehearsal.sagemaker.ports import SageMakerPlatform


class StepFailed(Exception):
    """A step failed; the text is its FailureReason, `kind` the exception type that retry policies know it by."""

    def __init__(self, text: str, kind: str | None = None) -> None:
        super().__init__(text)
        self.kind = kind


class StepStopped(Exception):
    """A step ended because the execution was stopped or another step failed."""


@dataclass(frozen=True)
class StepServices:
    """The parts of SageMaker that steps work with, the same for every execution."""

    platform: SageMakerPlatform
    jobs: Jobs
    tunings: Tunings
    packages: ModelPackages


@dataclass(frozen=True)
class Context:
    """What a running step may use.

    `arguments` have no expressions any more; `resolve` is for what is inside conditions. `show` adds to the step's
    Metadata, `started` tells of a job that is the step's. `stopping` is set when the step must end.
    """

    services: StepServices
    execution: Execution
    step: str
    arguments: Params
    resolve: Callable[[Any], Any]
    show: Callable[[Params], None]
    started: Callable[[Job], None]
    stopping: threading.Event

    @property
    def platform(self) -> SageMakerPlatform:
        """The AWS that the execution runs on."""
        return self.services.platform

    def client(self, service: str) -> Any:
        """A client that acts as the pipeline's execution role."""
        account, region = self.execution.scope
        return self.platform.client(service, account=account, region=region, role=self.execution.role)


class StepType(ABC):
    """One type of step: one file, one line in the registry."""

    keys: ClassVar[tuple[str, ...] | None] = ()
    """Members of the step besides Name, Type, Arguments, DependsOn, DisplayName and Description; None: any."""
    describe: str | None = None
    """The operation whose answer is what `Steps.NAME...` refers to."""
    cache_attributes: ClassVar[tuple[str, ...]] = ()

    @abstractmethod
    def problems(self, step: Params) -> Iterator[str]:
        """What is wrong with the step's arguments and own members, seen on its own."""

    @abstractmethod
    def run(self, context: Context) -> Params:
        """Run to the end; what other steps may refer to. Raises StepFailed and StepStopped."""

    def properties(self, step: Params) -> dict[str, Any] | None:
        """The shapes of what `Steps.NAME` may be followed by; None when only AWS knows them."""
        return dict(shapes.output_shape(self.describe).members) if self.describe else {}

    def missing_property(self, step: Params, keys: list[str | int]) -> str | None:
        """What is wrong with `Steps.NAME` followed by `keys`, None when the step has such a property."""
        known = self.properties(step)
        if known is None:
            return None
        if not known or not keys:
            return f"a {step['Type']} step has no such property"
        if keys[0] not in known:
            return f"a {step['Type']} step has no property {keys[0]}{shapes.nearest(str(keys[0]), known)}"
        try:
            shapes.member(known[str(keys[0])], keys[1:])
        except KeyError as error:
            return f"a {step['Type']} step has no property {error.args[0]}"
        return None

    def stand_in(self, context: Context) -> Params:
        """What a stub of the step shows by itself: those of its arguments that its properties repeat."""
        step = context.execution.definition.steps[context.step]
        known = self.properties(step.document) or {}
        arguments = context.resolve(step.arguments)
        return {name: value for name, value in arguments.items() if name in known}

    def outputs(self, properties: Params) -> dict[str, str]:
        """The S3 URIs of what a step that succeeded made, by name."""
        return {}

    def key_values(self, step: Params, arguments: Params) -> Params:
        """What the cache knows a run of the step by: its key attributes, expressions already replaced."""
        return {name: arguments[name] for name in self.cache_attributes if name in arguments}

    def prepared(self, arguments: Params) -> Params:
        """The arguments that are evaluated before the step runs."""
        return arguments


class RequestStep(StepType):
    """A step whose arguments become a request of `operation`.

    `named` is the member whose value the pipeline makes, with what a definition has there as its beginning; `given`
    are those that it fills in.
    """

    operation: ClassVar[str]
    named: ClassVar[str] = ""
    given: ClassVar[tuple[str, ...]] = ()

    def problems(self, step: Params) -> Iterator[str]:
        """The arguments are those of the operation, some of which the pipeline gives."""
        shape = shapes.input_shape(self.operation)
        arguments = step["Arguments"]
        yield from shapes.problems(shape, arguments, "Arguments", expression=is_expression, required=False)
        for path in members.unknown(shape, arguments, "Arguments"):
            yield f"{path}: the embedded AWS does not support it"
        for name in shape.required_members:
            if name not in (*arguments, *self.given, self.named):
                yield f"Arguments.{name}: missing"
