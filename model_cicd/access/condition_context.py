"""The condition contexts of a request: condition keys as they would truthfully be, with a word for each variant.

A grant is an action with the word for its condition context, `kms:Decrypt (through S3)`; without a word it is the plain
call: directly, over TLS, by a member of the organization.
"""

from __future__ import annotations

import functools
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from model_cicd.access.principals import STRANGER, Principal
from model_cicd.access.resource import Resource
from model_cicd.access.web_identities import WITH_TOKEN, asked_tokens
from model_cicd.aws.life_cycle import ARCHIVED, CURRENT_STAGE_KEY, DEPLOYED, RETIRED, STAGE_KEY, STAGES, STATUS_KEY
from model_cicd.aws.metrics import namespace
from model_cicd.aws.notifications import SOURCE, registered_detail_type
from model_cicd.aws.regions import PARTITION_OF, dns_suffix

Context = Mapping[str, str | Sequence[str]]

#: the organization of everybody but strangers where the manifest names none
_ORGANIZATION = "o-ownorganization"
_OTHER_ORGANIZATION_ID = "o-someoneelse"
_MODEL_EVENTS = "SageMaker Model Package State Change"
_EXECUTION_EVENTS = "SageMaker Model Building Pipeline Execution Status Change"
_JOB_EVENTS = "SageMaker Processing Job State Change"

#: condition contexts in which nobody may do anything
PLAIN_HTTP, OTHER_ORGANIZATION = "over plain HTTP", "from another organization"

_OF_VERSIONS: Mapping[str, Context] = {
    "": {},
    "approved": {"sagemaker:ModelApprovalStatus": "Approved"},
    "to be approved": {"sagemaker:ModelApprovalStatus": "PendingManualApproval"},
}
_RETIRED = {STAGE_KEY: ARCHIVED, STATUS_KEY: RETIRED}
_OF_CHANGED_VERSIONS: Mapping[str, Context] = {
    **_OF_VERSIONS,
    "rejected": {"sagemaker:ModelApprovalStatus": "Rejected"},
    "retired": {"sagemaker:ModelApprovalStatus": "Rejected", **_RETIRED},
    "archived": _RETIRED,
    "approved and archived": {"sagemaker:ModelApprovalStatus": "Approved", **_RETIRED},
    **{f"deployed as {each}": {STAGE_KEY: each, STATUS_KEY: DEPLOYED} for each in STAGES.values()},
    # halves of what goes together
    "retired in another stage": {"sagemaker:ModelApprovalStatus": "Rejected", **_RETIRED, STAGE_KEY: "another"},
    "retired with another status": {"sagemaker:ModelApprovalStatus": "Rejected", **_RETIRED, STATUS_KEY: "another"},
    "deployed in another stage": {STAGE_KEY: "another", STATUS_KEY: DEPLOYED},
    "in production with another status": {STAGE_KEY: STAGES["prod"], STATUS_KEY: "another"},
    "approved and deployed": {
        "sagemaker:ModelApprovalStatus": "Approved",
        STAGE_KEY: STAGES["prod"],
        STATUS_KEY: DEPLOYED,
    },
}
_OF_DELETED_VERSIONS: Mapping[str, Context] = {
    "": {},
    "that is archived": {CURRENT_STAGE_KEY: ARCHIVED},
}
_OF_GRANTS: Mapping[str, Context] = {
    "": {"kms:GrantIsForAWSResource": "false"},
    "for AWS": {"kms:GrantIsForAWSResource": "true"},
}
#: by action: the variants that are the same whoever asks for whatever
_FIXED: Mapping[str, Mapping[str, Context]] = {
    **dict.fromkeys(("kms:CreateGrant", "kms:ListGrants", "kms:RevokeGrant"), _OF_GRANTS),
    "sagemaker:CreateModelPackage": _OF_VERSIONS,
    "sagemaker:UpdateModelPackage": _OF_CHANGED_VERSIONS,
    "sagemaker:DeleteModelPackage": _OF_DELETED_VERSIONS,
    "iam:PassRole": {
        "to SageMaker": {"iam:PassedToService": "sagemaker.amazonaws.com"},
        "to CloudFormation": {"iam:PassedToService": "cloudformation.amazonaws.com"},
        "to EC2": {"iam:PassedToService": "ec2.amazonaws.com"},
        "to EMR": {"iam:PassedToService": "elasticmapreduce.amazonaws.com"},
        "to another service": {"iam:PassedToService": "lambda.amazonaws.com"},
    },
    "events:PutEvents": {
        "of models": {"events:source": "aws.sagemaker", "events:detail-type": _MODEL_EVENTS},
        "of analyses": {"events:source": "aws.sagemaker", "events:detail-type": _JOB_EVENTS},
        "of executions": {"events:source": "aws.sagemaker", "events:detail-type": _EXECUTION_EVENTS},
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
        "of data quality": {"cloudwatch:namespace": "aws/sagemaker/Endpoints/data-metrics"},
        "of data quality, with a slash": {"cloudwatch:namespace": "/aws/sagemaker/Endpoints/data-metrics"},
        "of model quality": {"cloudwatch:namespace": "aws/sagemaker/Endpoints/model-metrics"},
        "of model quality, with a slash": {"cloudwatch:namespace": "/aws/sagemaker/Endpoints/model-metrics"},
    },
}
#: what SNS says to KMS of the topic that it encrypts for
_TOPIC = "kms:EncryptionContext:aws:sns:topicArn"
_PUBLISH = "sns:Publish"
#: what uses a key, and may come directly or through a service on the caller's behalf
_USES_OF_KEYS = ("kms:Decrypt", "kms:Encrypt", "kms:GenerateDataKey", "kms:ReEncrypt")


@dataclass(frozen=True)
class CommonContext:
    """What is the same for every request: the organization, if the manifest names one, and aliases of keys by ARN.

    `promotions` are the names of promotion pipelines by group.
    """

    organization: str | None
    aliases: Mapping[str, Sequence[str]]
    promotions: Mapping[str, str]


def condition_contexts(
    common: CommonContext, principal: Principal, resource: Resource, action: str
) -> Iterator[tuple[str, Context]]:
    """The variants of a request, each with its word."""
    base = dict(_base(common, principal, resource, action))
    for word, more in _variants(common, principal, resource, action):
        yield word, {**base, **more}


def from_other_organization(
    common: CommonContext, principal: Principal, resource: Resource, action: str
) -> Iterator[tuple[str, Context]]:
    """The same, should the account of whoever asks have left the organization that the manifest names."""
    if common.organization and principal.account not in ("", resource.account, STRANGER):
        for word, context in condition_contexts(common, principal, resource, action):
            yield _joined(word, OTHER_ORGANIZATION), {**context, "aws:PrincipalOrgID": _OTHER_ORGANIZATION_ID}


def over_http(
    common: CommonContext, principal: Principal, resource: Resource, action: str
) -> Iterator[tuple[str, Context]]:
    """The same without TLS, where the service would listen to it."""
    if action.startswith("s3:") or action == _PUBLISH:
        for word, context in condition_contexts(common, principal, resource, action):
            yield _joined(word, PLAIN_HTTP), {**context, "aws:SecureTransport": "false"}


@functools.lru_cache(maxsize=8192)
def is_plain(action: str) -> bool:
    """Whether an action is asked in the same condition contexts as others of its service."""
    special = (
        action in _FIXED
        or action == _PUBLISH
        or action.startswith(_USES_OF_KEYS)
        or action.startswith(("s3:ListBucket", "sts:", "codeconnections:", "codestar-connections:", "ec2:"))
    )
    return not special


def named(action: str, word: str) -> str:
    """How a grant is written."""
    return f"{action} ({word})" if word else action


def _joined(*words: str) -> str:
    return ", ".join(word for word in words if word)


def _base(
    common: CommonContext, principal: Principal, resource: Resource, action: str
) -> Iterator[tuple[str, str | Sequence[str]]]:
    yield "aws:SecureTransport", "true"
    yield "aws:RequestedRegion", resource.region
    if not principal.service:
        yield (
            "aws:PrincipalOrgID",
            _OTHER_ORGANIZATION_ID if principal.account == STRANGER else common.organization or _ORGANIZATION,
        )
        if resource.account not in ("", STRANGER):
            yield "aws:ResourceOrgID", common.organization or _ORGANIZATION
    if resource.account:
        yield "aws:ResourceAccount", resource.account
    if action.startswith("s3:"):
        yield "s3:ResourceAccount", resource.account
    if action.startswith("kms:"):
        yield "kms:CallerAccount", principal.account
        yield "kms:ResourceAliases", tuple(common.aliases.get(resource.arn, ()))


def _variants(
    common: CommonContext, principal: Principal, resource: Resource, action: str
) -> Iterator[tuple[str, Context]]:
    suffix = dns_suffix(PARTITION_OF[resource.region])
    if principal.jobs:
        yield from asked_tokens(principal.jobs) if action == WITH_TOKEN else ()
        return
    match action:
        case _ if action in _FIXED:
            yield from _FIXED[action].items()
            yield from _own_events(
                [common.promotions[each] for each in sorted(principal.groups & common.promotions.keys())], action
            )
        case "s3:ListBucket" | "s3:ListBucketVersions" if resource.prefixes:
            yield "", {}
            for words, prefix in resource.prefixes:
                yield f"of {words}", {"s3:prefix": prefix}
            yield "of other objects", {"s3:prefix": "elsewhere/"}
        case _ if action.startswith(_USES_OF_KEYS):
            yield from _uses_of_key(resource, suffix)
        case "codeconnections:UseConnection" | "codestar-connections:UseConnection" if resource.prefixes:
            key = f"{action.partition(':')[0]}:FullRepositoryId"
            for word, repository in resource.prefixes:
                yield f"of {word}", {key: repository}
            yield "of another repository", {key: "somebody/else"}
        case _ if "ec2:network-interface" in resource.types:
            for word, subnet in resource.prefixes:
                another = f"{subnet.rpartition('/')[0]}/another"
                for beneficiary, service in _beneficiaries(action, resource):
                    yield f"in {word}{beneficiary}", {"ec2:Subnet": subnet, **service}
                    yield f"in another subnet{beneficiary}", {"ec2:Subnet": another, **service}
        case _ if action.startswith("sts:") and principal.service:
            yield "for the account", {"aws:SourceAccount": resource.account}
            yield "for another account", {"aws:SourceAccount": STRANGER}
        case _:
            yield "", {}


def _own_events(promotions: Sequence[str], action: str) -> Iterator[tuple[str, Context]]:
    """Events that tell people of a version, and metrics of trainings."""
    if action == "cloudwatch:PutMetricData":
        for promotion in promotions:
            yield "of its trainings", {"cloudwatch:namespace": namespace(promotion)}
        yield "of another group's trainings", {"cloudwatch:namespace": namespace("another-group")}
    if action != "events:PutEvents":
        return
    for detail_type in map(registered_detail_type, promotions):
        yield "of its versions by another source", {"events:source": "forged", "events:detail-type": detail_type}
        yield "of its versions", {"events:source": SOURCE, "events:detail-type": detail_type}
    another = registered_detail_type("another-group")
    yield "of another group's versions", {"events:source": SOURCE, "events:detail-type": another}


def _uses_of_key(resource: Resource, suffix: str) -> Iterator[tuple[str, Context]]:
    yield "", {}
    yield "through S3", {"kms:ViaService": f"s3.{resource.region}.{suffix}"}
    yield "through another service", {"kms:ViaService": f"sagemaker.{resource.region}.{suffix}"}
    for words, topic in resource.prefixes:
        yield f"for {words}", {_TOPIC: topic}
        yield "for another topic", {_TOPIC: f"{topic}-other"}


def _beneficiaries(action: str, resource: Resource) -> Iterator[tuple[str, Mapping[str, str]]]:
    """The services that a build may let use its network interface; policies of jobs leave the service out."""
    if action == "ec2:CreateNetworkInterfacePermission" and resource.kind == "interfaces of builds":
        yield " by CodeBuild", {"ec2:AuthorizedService": "codebuild.amazonaws.com"}
        yield " by another service", {"ec2:AuthorizedService": "lambda.amazonaws.com"}
    else:
        yield "", {}
