"""Which patterns stand for a known resource, and on which conditions requests are asked."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

from model_cicd.access.resource import SOME_OBJECT, Resource
from model_cicd.access.rule_scopes import MADE
from model_cicd.aws.images import aws_accounts
from model_cicd.aws.life_cycle import ARCHIVED, CURRENT_STAGE_KEY, DEPLOYED, RETIRED, STAGE_KEY, STAGES, STATUS_KEY
from model_cicd.aws.notifications import SOURCE

#: what resources are called whose names are made at run time: a pattern may leave that part open, and what is after it
_EXAMPLES = (SOME_OBJECT, "log-stream:", "a1b2c3", "eni-01234567", "eni-89abcdef")
#: the namespaces of metrics that containers put
NAMESPACES = (
    *("/aws/sagemaker/Endpoints", "AWS/SageMaker"),
    *(f"{slash}aws/sagemaker/Endpoints/{kind}-metrics" for slash in ("", "/") for kind in ("data", "model")),
    *("/aws/sagemaker/ProcessingJobs", "/aws/sagemaker/TrainingJobs", "/aws/sagemaker/TransformJobs"),
)

#: the conditions that grants of our templates have, by operator and key: the values that may stand there, None where
#: another check knows them (accounts, organizations, ARNs) or where they only say which part of a known resource it is
_CONDITIONS: Mapping[tuple[str, str], Collection[str] | None] = {
    ("ArnEquals", "aws:PrincipalArn"): None,
    ("ArnEquals", "ec2:Subnet"): None,
    ("Bool", "kms:GrantIsForAWSResource"): ("true",),
    ("ForAnyValue:StringEquals", "kms:ResourceAliases"): None,
    ("Null", "s3:prefix"): ("true",),
    ("StringEquals", "aws:PrincipalOrgID"): None,
    ("StringEquals", "aws:ResourceAccount"): None,
    ("StringEquals", "aws:ResourceOrgID"): None,
    ("StringEquals", "aws:SourceAccount"): None,
    ("StringEquals", "cloudwatch:namespace"): None,
    ("StringEquals", "codeconnections:FullRepositoryId"): None,
    ("StringEquals", "codestar-connections:FullRepositoryId"): None,
    ("StringEquals", "ec2:AuthorizedService"): ("codebuild.amazonaws.com",),
    ("StringEquals", "events:detail-type"): None,
    ("StringEquals", "events:source"): ("aws.sagemaker", SOURCE),
    ("StringEquals", "iam:PassedToService"): (
        "cloudformation.amazonaws.com",
        "ec2.amazonaws.com",
        "elasticmapreduce.amazonaws.com",
        "sagemaker.amazonaws.com",
    ),
    ("StringEquals", "kms:EncryptionContext:aws:sns:topicArn"): None,
    ("StringEquals", "kms:ViaService"): None,
    ("StringEquals", "sagemaker:ModelApprovalStatus"): ("Approved", "PendingManualApproval", "Rejected"),
    ("Null", "sagemaker:ModelApprovalStatus"): ("true",),
    ("StringEquals", CURRENT_STAGE_KEY): (ARCHIVED,),
    ("StringEquals", STAGE_KEY): (ARCHIVED, *STAGES.values()),
    ("StringEquals", STATUS_KEY): (RETIRED, DEPLOYED),
    ("StringLike", "s3:prefix"): None,
    ("StringNotEquals", "aws:ResourceAccount"): None,
}


def classes_of(resource: Resource) -> tuple[str, ...]:
    """What patterns may say of a resource: its ARN and, where it is an example of many, what is common to them.

    A class that ends with `*` stands for every pattern that begins so before its first wildcard.
    """
    arn = resource.arn
    above = arn.rpartition("/")[0]
    match resource.kind:
        case "group parameters":
            return arn, f"{above}/*"
        case "registry files of sessions":
            return arn, f"{arn.partition('/')[0]}/*"
        case "built-in images":
            head = arn.partition(f":{resource.account}:")[0]
            return tuple(f"{head}:{account}:repository/*" for account in aws_accounts(resource.region))
        case kind if kind.startswith("CDK "):  # of accounts that conditions name
            role = arn.rpartition(f"-{resource.account}-")[0].rpartition("/")[2]
            return arn, f"{arn.partition('::')[0]}::*:role/{role}-*"
    example = next((each for each in _EXAMPLES if each in arn), None)
    if example:
        return arn, f"{arn.partition(example)[0]}*"
    jobs = arn.endswith("/other") and not resource.kind.startswith("other")
    every = "sagemaker:model-package" in resource.types or MADE in resource.uses or jobs
    return (arn, f"{above}/*") if every else (arn,)


def unknown_condition(operator: str, key: str, values: Sequence[str]) -> str | None:
    """The part of a condition of a grant that no grant of our templates has, in words; None where it is known."""
    known = {(op, name.lower()): listed for (op, name), listed in _CONDITIONS.items()}
    if (operator, key.lower()) not in known:
        return f"{operator} {key}"
    listed = known[operator, key.lower()]
    beyond = [each for each in values if listed is not None and each not in listed]
    return f"{operator} {key}: {', '.join(beyond)}" if beyond else None
