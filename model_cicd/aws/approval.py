"""What the policy of people who answer a promotion's approvals allows."""

from __future__ import annotations

from collections.abc import Sequence

from model_cicd.aws.policy import Statement


def pipeline_approval(pipeline_arn: str, approval_arns: Sequence[str]) -> list[Statement]:
    """In the tooling account: answer the manual approvals of exactly one pipeline, see it, and start it again.

    `approval_arns` are the approval actions, `<pipeline>/<stage>/<action>`.
    """
    decide = [Statement("Decide", ["codepipeline:PutApprovalResult"], approval_arns)] if approval_arns else []
    return [
        *decide,
        Statement(
            "See",
            [
                "codepipeline:GetPipeline",
                "codepipeline:GetPipelineExecution",
                "codepipeline:GetPipelineState",
                "codepipeline:ListActionExecutions",
                "codepipeline:ListPipelineExecutions",
            ],
            [pipeline_arn],
        ),
        # of versions that are approved only: the pipeline refuses others
        Statement("Promote", ["codepipeline:StartPipelineExecution"], [pipeline_arn]),
    ]
