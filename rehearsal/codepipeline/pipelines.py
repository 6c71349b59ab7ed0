"""The pipelines of all accounts, and who starts them."""

from __future__ import annotations

import threading

from rehearsal.api import ApiError, Caller
from rehearsal.codepipeline.models import Pipeline, Trigger


class Pipelines:
    """All pipelines of one embedded AWS. Thread-safe."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._all: dict[tuple[str, str, str], Pipeline] = {}

    def add(self, pipeline: Pipeline) -> None:
        """Register a pipeline. Raises ApiError PipelineNameInUseException when the name is taken."""
        key = (pipeline.account, pipeline.region, pipeline.name)
        with self._lock:
            if key in self._all:
                text = f"A pipeline with the name '{pipeline.name}' already exists in account '{pipeline.account}'"
                raise ApiError("PipelineNameInUseException", text)
            self._all[key] = pipeline

    def get(self, caller: Caller, name: str) -> Pipeline:
        """A pipeline of the caller's account and region. Raises ApiError PipelineNotFoundException."""
        with self._lock:
            found = self._all.get((caller.account, caller.region, name))
        if found is None:
            text = f"Account '{caller.account}' does not have a pipeline with name '{name}'"
            raise ApiError("PipelineNotFoundException", text)
        return found

    def pop(self, caller: Caller, name: str) -> Pipeline | None:
        """Remove a pipeline and give it back; None without such a pipeline."""
        with self._lock:
            return self._all.pop((caller.account, caller.region, name), None)

    def of(self, account: str, region: str) -> list[Pipeline]:
        """The pipelines of an account in a region, by name."""
        with self._lock:
            found = [each for key, each in self._all.items() if key[:2] == (account, region)]
        return sorted(found, key=lambda each: each.name)


class Triggers:
    """Who is behind a StartPipelineExecution, by its clientRequestToken; a `RuleTriggers` for EventBridge."""

    def __init__(self) -> None:
        self._expected: dict[str, Trigger] = {}

    def expect(self, token: str, rule_arn: str) -> None:
        """The request with this token comes from a rule of EventBridge."""
        self._expected[token] = Trigger("CloudWatchEvent", rule_arn)

    def pop(self, token: str | None) -> Trigger | None:
        """The rule that was announced under the token, once; None for any other request."""
        return self._expected.pop(token, None) if token else None
