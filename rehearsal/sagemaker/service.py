"""The SageMaker service: every operation it has, checked against its shape before it is called."""

from __future__ import annotations

from collections.abc import Mapping

from rehearsal.api import Caller, Operation, Params, RestAnswer, RestRequest, invalid
from rehearsal.iam.actions.sagemaker import NOTHING
from rehearsal.operations import answering, nothing, operations
from rehearsal.ports import EventSink
from rehearsal.sagemaker import members, shapes
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
from rehearsal.sagemaker.monitoring.definitions import JobDefinitions
from rehearsal.sagemaker.monitoring.schedules import Schedules
from rehearsal.sagemaker.pipelines.executions import Executions
from rehearsal.sagemaker.pipelines.operations import Pipelines
from rehearsal.sagemaker.pipelines.versions import Versions
from rehearsal.sagemaker.ports import SageMakerPlatform
from rehearsal.sagemaker.records.experiments import Experiments
from rehearsal.sagemaker.records.images import Images
from rehearsal.sagemaker.records.lineage import Lineage
from rehearsal.sagemaker.records.notebooks import Notebooks
from rehearsal.sagemaker.records.search import Search
from rehearsal.sagemaker.records.studio import Studio
from rehearsal.sagemaker.records.studio_configs import StudioConfigs
from rehearsal.sagemaker.sandbox import Sandbox
from rehearsal.sagemaker.steps.base import StepServices
from rehearsal.sagemaker.tags import Tags


class SageMaker:
    """Model registry, jobs, pipelines and endpoints; SageMaker Runtime has the same signing name.

    Exclusive: moto's SageMaker says yes to what nothing runs (jobs completed, transforms), so that every operation
    that is not here is refused by name. `docs/sagemaker-support.md` lists what is here.
    """

    name = "sagemaker"
    exclusive = True

    def __init__(self, platform: SageMakerPlatform, bus: EventSink) -> None:
        events = Events(bus)
        sandbox = Sandbox(platform.processes, platform.directory, platform.confinement)
        self.tags = Tags()
        self.groups = ModelGroups(self.tags)
        self.packages = ModelPackages(platform, self.groups, self.tags, events)
        self.models = Models(platform, self.packages, self.tags, events)
        self.jobs = Jobs(platform, self.models, self.tags, events, sandbox)
        self.tunings = Tunings(platform, self.jobs, self.tags)
        self.pipelines = Pipelines(platform, self.tags)
        runners = StepServices(platform, self.jobs, self.tunings, self.packages)
        self.executions = Executions(runners, self.pipelines, events)
        self.configs = EndpointConfigs(self.models, self.tags)
        fleets = Fleets(platform, self.models, sandbox)
        self.endpoints = Endpoints(platform, self.configs, fleets, Executor(platform, fleets, events), self.tags)
        self.definitions = {
            kind: JobDefinitions(platform, self.tags, self.endpoints, kind) for kind in ("DataQuality", "ModelQuality")
        }
        self.schedules = Schedules(platform, self.jobs, self.endpoints, self.definitions, self.tags)
        self.experiments, self.lineage = Experiments(self.tags), Lineage(self.tags)
        self.images = Images(platform, self.tags)
        self.studio, self.notebooks = Studio(platform, self.tags), Notebooks(platform, self.tags)
        self.studio_configs = StudioConfigs(self.tags)
        self.runtime = Runtime(platform, self.endpoints)

    def operations(self) -> Mapping[str, Operation]:
        """API name -> method; any other operation is refused by its name."""
        parts = (self.tags, self.groups, self.packages, self.tunings, self.pipelines, Versions(self.pipelines),
                 self.executions, self.models, self.configs, self.endpoints, self.schedules)  # fmt: skip
        found = operations(shapes.model(), *parts)
        calls = nothing(shapes.model(), *NOTHING)
        kept = (self.experiments, self.lineage, self.images, self.studio, self.studio_configs, self.notebooks)
        for part in (self.jobs, *kept):
            calls |= part.operations()
        for definitions in self.definitions.values():
            calls |= definitions.operations()
        found |= {name: answering(shapes.model(), name, call) for name, call in calls.items()}
        found["Search"] = answering(shapes.model(), "Search", Search(found).search)
        return {name: _checked(name, call) for name, call in found.items()}

    def rest(self, caller: Caller, request: RestRequest) -> RestAnswer | None:
        """InvokeEndpoint."""
        return self.runtime.handle(caller, request)


def _checked(name: str, call: Operation) -> Operation:
    shape = shapes.input_shape(name)

    def checked(caller: Caller, params: Params) -> Params | None:
        found = list(shapes.problems(shape, dict(dict.items(params))))
        if found:
            raise invalid(f"{len(found)} validation error{'s' if len(found) > 1 else ''} detected: {'; '.join(found)}")
        members.check(name, shape, params)
        return call(caller, params)

    return checked
