"""CodePipeline: the API over the pipelines and the engine."""

from __future__ import annotations

from collections.abc import Mapping

from moto.core.utils import get_service_model

from rehearsal.api import Operation
from rehearsal.codepipeline import filters
from rehearsal.codepipeline.actions.base import Neighbours
from rehearsal.codepipeline.actions.connection import NAME
from rehearsal.codepipeline.definitions import DefinitionOperations
from rehearsal.codepipeline.engine import Engine
from rehearsal.codepipeline.executions import ExecutionOperations, begin
from rehearsal.codepipeline.models import Trigger
from rehearsal.codepipeline.pipelines import Pipelines, Triggers
from rehearsal.operations import nothing, operations
from rehearsal.ports import BranchMoved, EventSink, HostChange, Platform


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
        neighbours.hosts.on_change(self._changed)

    def operations(self) -> Mapping[str, Operation]:
        """API name -> method; any other operation is refused by its name."""
        model = get_service_model("codepipeline")
        return operations(model, *self._parts) | nothing(model, "ListWebhooks")

    def _moved(self, moved: BranchMoved) -> None:
        """Start the pipelines that poll a CodeCommit branch (PollForSourceChanges true or absent) when it moved.

        AWS looks once a minute; here the push itself is the poll.
        """
        for pipeline in self._pipelines.of((moved.account, moved.region)):
            for action in pipeline.declaration["stages"][0]["actions"]:
                configuration = action.get("configuration") or {}
                polls = configuration.get("PollForSourceChanges", "true").lower() == "true"
                source = (configuration.get("RepositoryName"), configuration.get("BranchName"))
                if polls and "roleArn" not in action and source == (moved.repository, moved.branch):
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
