"""The pipelines of all accounts, and who starts them."""

from __future__ import annotations

from rehearsal.codepipeline.models import Pipeline, Trigger
from rehearsal.named import Named


class Pipelines(Named[Pipeline]):
    """All pipelines of one embedded AWS."""

    taken = (
        "PipelineNameInUseException",
        "A pipeline with the name '{name}' already exists in account '{account}'",
    )
    absent = ("PipelineNotFoundException", "Account '{account}' does not have a pipeline with name '{name}'")


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
