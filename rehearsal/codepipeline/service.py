"""CodePipeline: the API over the pipelines and the engine."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from typing import TYPE_CHECKING

from rehearsal.api import ApiError, Caller, Operation
from rehearsal.codecommit.changes import RefChange
from rehearsal.codepipeline.definitions import DefinitionOperations
from rehearsal.codepipeline.engine import Engine
from rehearsal.codepipeline.executions import ExecutionOperations
from rehearsal.codepipeline.models import Pipeline, Trigger

if TYPE_CHECKING:
    from rehearsal.world import World


class Pipelines:
    """All pipelines of one embedded AWS. Thread-safe."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._all: dict[tuple[str, str, str], Pipeline] = {}

    def add(self, pipeline: Pipeline) -> None:
        """Register it. Raises ApiError when the name is taken."""
        key = (pipeline.account, pipeline.region, pipeline.name)
        with self._lock:
            if key in self._all:
                text = f"A pipeline with the name '{pipeline.name}' already exists in account '{pipeline.account}'"
                raise ApiError("PipelineNameInUseException", text)
            self._all[key] = pipeline

    def get(self, caller: Caller, name: str) -> Pipeline:
        """A pipeline of the caller. Raises ApiError when there is none."""
        with self._lock:
            found = self._all.get((caller.account, caller.region, name))
        if found is None:
            text = f"Account '{caller.account}' does not have a pipeline with name '{name}'"
            raise ApiError("PipelineNotFoundException", text)
        return found

    def pop(self, caller: Caller, name: str) -> Pipeline | None:
        """Forget it."""
        with self._lock:
            return self._all.pop((caller.account, caller.region, name), None)

    def of(self, account: str, region: str) -> list[Pipeline]:
        """The pipelines of an account in a region, by name."""
        with self._lock:
            found = [each for key, each in self._all.items() if key[:2] == (account, region)]
        return sorted(found, key=lambda each: each.name)


class CodePipeline:
    """The service."""

    name = "codepipeline"
    exclusive = True

    def __init__(self, world: World) -> None:
        self._pipelines = Pipelines()
        self._engine = Engine(world)
        self._definitions = DefinitionOperations(self._pipelines, self._engine)
        self._executions = ExecutionOperations(self._pipelines, self._engine)
        world.services["codecommit"].changes.listeners.append(self._pushed)

    def operations(self) -> Mapping[str, Operation]:
        """The operations by their API name."""
        return {**self._definitions.operations(), **self._executions.operations()}

    def expect_trigger(self, token: str, rule_arn: str) -> None:
        """The StartPipelineExecution with this clientRequestToken comes from a rule of EventBridge."""
        self._executions.triggers[token] = Trigger("CloudWatchEvent", rule_arn)

    def _pushed(self, change: RefChange) -> None:
        """Start the pipelines that poll a CodeCommit branch (PollForSourceChanges true or absent) when it moved.

        AWS looks once a minute; here the push itself is the poll.
        """
        if change.branch is None or change.new is None:
            return
        repository = change.repository
        for pipeline in self._pipelines.of(repository.account, repository.region):
            for action in pipeline.declaration["stages"][0]["actions"]:
                configuration = action.get("configuration") or {}
                polls = configuration.get("PollForSourceChanges", "true").lower() == "true"
                source = (configuration.get("RepositoryName"), configuration.get("BranchName"))
                if polls and "roleArn" not in action and source == (repository.name, change.branch):
                    self._executions.begin(pipeline, Trigger("PollForSourceChanges", action["name"]), {}, {})
