"""The SageMaker service: every operation it has, checked against its shape before it is called."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from rehearsal.api import Caller, Operation, Params, RestAnswer, RestRequest
from rehearsal.sagemaker import shapes
from rehearsal.sagemaker.errors import invalid
from rehearsal.sagemaker.events import Events
from rehearsal.sagemaker.hosting.endpoint_configs import EndpointConfigs
from rehearsal.sagemaker.hosting.endpoints import Endpoints
from rehearsal.sagemaker.hosting.executor import Executor
from rehearsal.sagemaker.hosting.fleets import Fleets
from rehearsal.sagemaker.hosting.models import Models
from rehearsal.sagemaker.hosting.runtime import Runtime
from rehearsal.sagemaker.jobs.operations import Jobs
from rehearsal.sagemaker.jobs.tuning import Tunings
from rehearsal.sagemaker.model_groups import ModelGroups
from rehearsal.sagemaker.model_packages import ModelPackages
from rehearsal.sagemaker.pipelines.executions import Executions
from rehearsal.sagemaker.pipelines.operations import Pipelines
from rehearsal.sagemaker.sandbox import Sandbox
from rehearsal.sagemaker.tags import Tags

if TYPE_CHECKING:
    from rehearsal.sagemaker.world import World


class SageMaker:
    """Model registry, jobs, pipelines and endpoints; SageMaker Runtime has the same signing name.

    Exclusive: moto's SageMaker says yes to what nothing runs (jobs completed, transforms), so that every operation
    that is not here is refused by name. `docs/sagemaker-support.md` lists what is here.
    """

    name = "sagemaker"
    exclusive = True

    def __init__(self, world: World) -> None:
        events = Events(world)
        sandbox = Sandbox(world.processes, world.directory)
        self.tags = Tags()
        self.groups = ModelGroups(self.tags)
        self.packages = ModelPackages(world, self.groups, self.tags, events)
        self.models = Models(world, self.packages, self.tags, events)
        self.jobs = Jobs(world, self.models, self.tags, events, sandbox)
        self.tunings = Tunings(world, self.jobs, self.tags)
        self.pipelines = Pipelines(world, self.tags)
        self.executions = Executions(world, self.pipelines, self.jobs, events)
        self.configs = EndpointConfigs(self.models, self.tags)
        fleets = Fleets(world, self.models, sandbox)
        self.endpoints = Endpoints(world, self.configs, fleets, Executor(world, fleets, events), self.tags)
        self.runtime = Runtime(world, self.endpoints)

    def operations(self) -> Mapping[str, Operation]:
        """The operations by their API name."""
        parts = (self.tags, self.groups, self.packages, self.jobs, self.tunings, self.pipelines, self.executions,
                 self.models, self.configs, self.endpoints)  # fmt: skip
        return {name: _checked(name, call) for part in parts for name, call in part.operations().items()}

    def rest(self, caller: Caller, request: RestRequest) -> RestAnswer | None:
        """InvokeEndpoint."""
        return self.runtime.handle(caller, request)


def _checked(name: str, call: Operation) -> Operation:
    shape = shapes.input_shape(name)

    def checked(caller: Caller, params: Params) -> Params | None:
        found = list(shapes.problems(shape, params))
        if found:
            raise invalid(f"{len(found)} validation error{'s' if len(found) > 1 else ''} detected: {'; '.join(found)}")
        return call(caller, params)

    return checked
