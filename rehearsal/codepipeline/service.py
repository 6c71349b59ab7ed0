"""CodePipeline: the API over the pipelines and the engine."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from moto.core.utils import get_service_model

from rehearsal.api import Operation
from rehearsal.codepipeline import filters
from rehearsal.codepipeline.actions.base import Neighbours
from rehearsal.codepipeline.actions.connection import NAME
from rehearsal.codepipeline.definitions import DefinitionOperations
from rehearsal.codepipeline.engine import Engine
from rehearsal.codepipeline.executions import ExecutionOperations, begin
from rehearsal.codepipeline.models import Pipeline, Trigger
from rehearsal.codepipeline.pipelines import Pipelines, Triggers
from rehearsal.operations import nothing, operations
from rehearsal.ports import BranchMoved, EventSink, HostChange, ObjectPut, Platform


class CodePipeline:
    """The service."""

    name = "codepipeline"
    exclusive = True

    def __init__(self, platform: Platform, bus: EventSink, neighbours: Neighbours, triggers: Triggers) -> None:
        self._pipelines = Pipelines()
        self._engine = engine = Engine(platform, bus, neighbours)
        definitions = DefinitionOperations(self._pipelines, engine)
        executions = ExecutionOperations(self._pipelines, engine, triggers)
        self._parts = (definitions, definitions.tagging, executions)
        self._connections = neighbours.connections
        neighbours.repositories.on_move(self._moved)
        neighbours.objects.on_put(self._put)
        neighbours.hosts.on_change(self._changed)

    def operations(self) -> Mapping[str, Operation]:
        """API name -> method; any other operation is refused by its name."""
        model = get_service_model("codepipeline")
        return operations(model, *self._parts) | nothing(model, "ListWebhooks")

    def _moved(self, moved: BranchMoved) -> None:
        """Start the pipelines that poll a CodeCommit branch when it moved."""
        found = {"RepositoryName": moved.repository, "BranchName": moved.branch}
        self._polled(self._pipelines.of((moved.account, moved.region)), found)

    def _put(self, put: ObjectPut) -> None:
        """Start the pipelines of whatever account that poll an object when there is a new version of it."""
        self._polled(self._pipelines.everywhere(), {"S3Bucket": put.bucket, "S3ObjectKey": put.key})

    def _polled(self, pipelines: Iterable[Pipeline], found: Mapping[str, str]) -> None:
        """Start those that poll a source with this configuration (PollForSourceChanges true or absent).

        AWS looks once a minute; here the change itself is the poll.
        """
        for pipeline in pipelines:
            for action in pipeline.declaration["stages"][0]["actions"]:
                configuration = action.get("configuration") or {}
                polls = configuration.get("PollForSourceChanges", "true").lower() == "true"
                if polls and "roleArn" not in action and found.items() <= configuration.items():
                    begin(self._engine, pipeline, Trigger("PollForSourceChanges", action["name"]), {}, {})

    def _changed(self, change: HostChange) -> None:
        """Start the pipelines whose source through a connection is the repository that changed, if they want it."""
        for pipeline in self._pipelines.everywhere():
            declaration = pipeline.declaration
            for action in declaration["stages"][0]["actions"]:
                configuration = action.get("configuration") or {}
                if action["actionTypeId"]["provider"] != NAME or configuration["FullRepositoryId"] != change.repository:
                    continue
                used = self._connections.find(configuration["ConnectionArn"])
                if used is None or used.host != change.host:
                    continue
                if filters.starts(declaration.get("triggers") or [], action, change):
                    begin(self._engine, pipeline, Trigger("WebhookV2", used.arn), {}, {action["name"]: _taken(change)})


def _taken(change: HostChange) -> dict[str, object]:
    """The exact commit that an execution is started for."""
    branch = change.ref.removeprefix("refs/heads/") if change.ref.startswith("refs/heads/") else None
    return {"revisionValue": change.sha, "branch": branch, "variables": filters.variables(change)}
