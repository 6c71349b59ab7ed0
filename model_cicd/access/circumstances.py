"""The circumstances of a request: condition keys as they would truthfully be, with a word for each variant.

A grant is an action with the word for its circumstances, `kms:Decrypt (through S3)`; without a word it is the plain
call: directly, over TLS, by a member of the organization.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from model_cicd.access.subjects import STRANGER, Subject
from model_cicd.access.target import Target
from model_cicd.aws.regions import PARTITION_OF, dns_suffix

Context = Mapping[str, str | Sequence[str]]

#: the organization of everybody but strangers where the manifest names none
_ORGANIZATION = "o-ownorganization"
_ELSEWHERE = "o-someoneelse"
_MODEL_EVENTS = "SageMaker Model Package State Change"

#: circumstances in which nobody may do anything
PLAIN_HTTP, OTHER_ORGANIZATION = "over plain HTTP", "from another organization"

_OF_VERSIONS: Mapping[str, Context] = {
    "": {},
    "approved": {"sagemaker:ModelApprovalStatus": "Approved"},
    "to be approved": {"sagemaker:ModelApprovalStatus": "PendingManualApproval"},
}
_OF_GRANTS: Mapping[str, Context] = {
    "": {"kms:GrantIsForAWSResource": "false"},
    "for AWS": {"kms:GrantIsForAWSResource": "true"},
}
#: by action: the variants that are the same whoever asks for whatever
_FIXED: Mapping[str, Mapping[str, Context]] = {
    **dict.fromkeys(("kms:CreateGrant", "kms:ListGrants", "kms:RevokeGrant"), _OF_GRANTS),
    **dict.fromkeys(("sagemaker:CreateModelPackage", "sagemaker:UpdateModelPackage"), _OF_VERSIONS),
    "iam:PassRole": {
        "to SageMaker": {"iam:PassedToService": "sagemaker.amazonaws.com"},
        "to CloudFormation": {"iam:PassedToService": "cloudformation.amazonaws.com"},
        "to EC2": {"iam:PassedToService": "ec2.amazonaws.com"},
        "to EMR": {"iam:PassedToService": "elasticmapreduce.amazonaws.com"},
        "to another service": {"iam:PassedToService": "lambda.amazonaws.com"},
    },
    "events:PutEvents": {
        "of models": {"events:source": "aws.sagemaker", "events:detail-type": _MODEL_EVENTS},
        "of SageMaker": {"events:source": "aws.sagemaker", "events:detail-type": "other"},
        "forged": {"events:source": "forged", "events:detail-type": _MODEL_EVENTS},
    },
    # where containers put metrics
    "cloudwatch:PutMetricData": {
        "anything": {"cloudwatch:namespace": "anything"},
        "of processing jobs": {"cloudwatch:namespace": "/aws/sagemaker/ProcessingJobs"},
        "of training jobs": {"cloudwatch:namespace": "/aws/sagemaker/TrainingJobs"},
        "of transform jobs": {"cloudwatch:namespace": "/aws/sagemaker/TransformJobs"},
        "of endpoints": {"cloudwatch:namespace": "/aws/sagemaker/Endpoints"},
    },
}
#: what uses a key, and may come directly or through a service on the caller's behalf
_USES_OF_KEYS = ("kms:Decrypt", "kms:Encrypt", "kms:GenerateDataKey", "kms:ReEncrypt")


@dataclass(frozen=True)
class World:
    """What is the same for every request: the organization, if the manifest names one, and aliases of keys by ARN."""

    organization: str | None
    aliases: Mapping[str, Sequence[str]]


def circumstances(world: World, subject: Subject, target: Target, action: str) -> Iterator[tuple[str, Context]]:
    """The variants of a request, each with its word."""
    base = dict(_base(world, subject, target, action))
    for word, more in _variants(subject, target, action):
        yield word, {**base, **more}


def from_elsewhere(world: World, subject: Subject, target: Target, action: str) -> Iterator[tuple[str, Context]]:
    """The same, should the account of whoever asks have left the organization that the manifest names."""
    if world.organization and subject.account not in ("", target.account, STRANGER):
        for word, context in circumstances(world, subject, target, action):
            yield _joined(word, OTHER_ORGANIZATION), {**context, "aws:PrincipalOrgID": _ELSEWHERE}


def over_http(world: World, subject: Subject, target: Target, action: str) -> Iterator[tuple[str, Context]]:
    """The same without TLS, where the service would listen to it."""
    if action.startswith("s3:"):
        for word, context in circumstances(world, subject, target, action):
            yield _joined(word, PLAIN_HTTP), {**context, "aws:SecureTransport": "false"}


def named(action: str, word: str) -> str:
    """How a grant is written."""
    return f"{action} ({word})" if word else action


def _joined(*words: str) -> str:
    return ", ".join(word for word in words if word)


def _base(world: World, subject: Subject, target: Target, action: str) -> Iterator[tuple[str, str | Sequence[str]]]:
    yield "aws:SecureTransport", "true"
    yield "aws:RequestedRegion", target.region
    if not subject.service:
        yield "aws:PrincipalOrgID", _ELSEWHERE if subject.account == STRANGER else world.organization or _ORGANIZATION
        if target.account not in ("", STRANGER):
            yield "aws:ResourceOrgID", world.organization or _ORGANIZATION
    if target.account:
        yield "aws:ResourceAccount", target.account
    if action.startswith("s3:"):
        yield "s3:ResourceAccount", target.account
    if action.startswith("kms:"):
        yield "kms:CallerAccount", subject.account
        yield "kms:ResourceAliases", tuple(world.aliases.get(target.arn, ()))


def _variants(subject: Subject, target: Target, action: str) -> Iterator[tuple[str, Context]]:
    suffix = dns_suffix(PARTITION_OF[target.region])
    match action:
        case _ if action in _FIXED:
            yield from _FIXED[action].items()
        case "s3:ListBucket" | "s3:ListBucketVersions" if target.prefixes:
            yield "", {}
            for words, prefix in target.prefixes:
                yield f"of {words}", {"s3:prefix": prefix}
            yield "of other objects", {"s3:prefix": "elsewhere/"}
        case _ if action.startswith(_USES_OF_KEYS):
            yield "", {}
            yield "through S3", {"kms:ViaService": f"s3.{target.region}.{suffix}"}
            yield "through another service", {"kms:ViaService": f"sagemaker.{target.region}.{suffix}"}
        case _ if "ec2:network-interface" in target.types:
            for word, subnet in target.prefixes:
                yield f"in {word}", {"ec2:Subnet": subnet}
                yield "in another subnet", {"ec2:Subnet": f"{subnet.rpartition('/')[0]}/another"}
        case _ if action.startswith("sts:") and subject.service:
            yield "for the account", {"aws:SourceAccount": target.account}
            yield "for another account", {"aws:SourceAccount": STRANGER}
        case _:
            yield "", {}
