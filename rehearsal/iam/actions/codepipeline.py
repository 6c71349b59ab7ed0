"""CodePipeline. https://docs.aws.amazon.com/service-authorization/latest/reference/list_awscodepipeline.html"""

from __future__ import annotations

from rehearsal.iam.checks import On, Rule, several, tagging

_ROLE = {"pipeline.roleArn": "codepipeline.amazonaws.com"}

RULES: dict[str, Rule] = {
    "CreatePipeline": On("{pipeline.name}", passes=_ROLE, tags="tags", tagging="TagResource"),
    "UpdatePipeline": On("{pipeline.name}", passes=_ROLE),
    **several("{name}", "GetPipeline", "GetPipelineState", "DeletePipeline", "StartPipelineExecution"),
    **several("{pipelineName}", "GetPipelineExecution", "ListActionExecutions", "ListPipelineExecutions",
              "StopPipelineExecution"),
    **several("{pipelineName}/{stageName}", "DisableStageTransition", "EnableStageTransition", "RetryStageExecution"),
    "PutApprovalResult": On("{pipelineName}/{stageName}/{actionName}"),
    **tagging(),
    **several("{pipelineName}", "ListRuleExecutions"),
    **several("*", "ListPipelines", "ListActionTypes", "ListWebhooks"),
}  # fmt: skip
