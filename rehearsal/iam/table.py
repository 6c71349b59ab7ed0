"""The authorization map: one file a service, by its signing name."""

from __future__ import annotations

from rehearsal.iam.actions import (
    application_autoscaling,
    cloudformation,
    codebuild,
    codecommit,
    codepipeline,
    ec2,
    ecr,
    events,
    iam,
    kms,
    logs,
    monitoring,
    sagemaker,
    secretsmanager,
    sns,
    sqs,
    ssm,
    states,
    sts,
)
from rehearsal.iam.checks import Rule

TABLE: dict[str, dict[str, Rule]] = {
    "application-autoscaling": application_autoscaling.RULES,
    "cloudformation": cloudformation.RULES,
    "codebuild": codebuild.RULES,
    "codecommit": codecommit.RULES,
    "codepipeline": codepipeline.RULES,
    "ec2": ec2.RULES,
    "ecr": ecr.RULES,
    "events": events.RULES,
    "iam": iam.RULES,
    "kms": kms.RULES,
    "logs": logs.RULES,
    "monitoring": monitoring.RULES,
    "sagemaker": sagemaker.RULES,
    "secretsmanager": secretsmanager.RULES,
    "sns": sns.RULES,
    "sqs": sqs.RULES,
    "ssm": ssm.RULES,
    "states": states.RULES,
    "sts": sts.RULES,
}


def rule_of(service: str, operation: str) -> Rule | None:
    """What an operation needs, or None: nobody has said."""
    return TABLE.get(service, {}).get(operation)
