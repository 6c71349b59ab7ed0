"""CodePipeline. https://docs.aws.amazon.com/service-authorization/latest/reference/list_awscodepipeline.html"""

from __future__ import annotations

from collections.abc import Iterator

from rehearsal.iam.checks import Asked, Check, On, Rule, account_of, several, tagging, values

_ROLE = {"pipeline.roleArn": "codepipeline.amazonaws.com"}


def _connections(asked: Asked) -> Iterator[Check]:
    """Handing the connections of source actions to CodePipeline."""
    for arn in dict.fromkeys(values(asked.params, "pipeline.stages[].actions[].configuration.ConnectionArn")):
        service = str(arn).split(":")[2] if str(arn).startswith("arn:") else "codeconnections"
        key = {f"{service}:PassedToService": "codepipeline.amazonaws.com"}
        yield Check(f"{service}:PassConnection", str(arn), account_of(str(arn), asked.caller), key)


RULES: dict[str, Rule] = {
    "CreatePipeline": On("{pipeline.name}", passes=_ROLE, tags="tags", tagging="TagResource", also=_connections),
    "UpdatePipeline": On("{pipeline.name}", passes=_ROLE, also=_connections),
    **several("{name}", "GetPipeline", "GetPipelineState", "DeletePipeline", "StartPipelineExecution"),
    **several("{pipelineName}", "GetPipelineExecution", "ListActionExecutions", "ListPipelineExecutions",
              "StopPipelineExecution"),
    **several("{pipelineName}/{stageName}", "DisableStageTransition", "EnableStageTransition", "RetryStageExecution"),
    "PutApprovalResult": On("{pipelineName}/{stageName}/{actionName}"),
    **tagging(),
    **several("{pipelineName}", "ListRuleExecutions"),
    **several("*", "ListPipelines", "ListActionTypes", "ListWebhooks"),
}  # fmt: skip
