"""Names that the deployment will give and that something else has already, and things that must be there before it."""

from __future__ import annotations

from contextlib import suppress

from model_cicd.doctor import site as kinds
from model_cicd.doctor.look import Look, UnseenError
from model_cicd.doctor.site import Existing, Wanted

#: stacks in these states own nothing: the CDK command deletes them and makes them anew
_EMPTY = ("DELETE_COMPLETE", "REVIEW_IN_PROGRESS", "ROLLBACK_COMPLETE")
#: the operation that finds a resource by its name, and the parameter that takes it
_FINDERS: dict[str, tuple[str, str, str]] = {
    kinds.REPOSITORY: ("codecommit", "GetRepository", "repositoryName"),
    kinds.PIPELINE: ("codepipeline", "GetPipelineState", "name"),
    kinds.RULE: ("events", "DescribeRule", "Name"),
    kinds.ROLE: ("iam", "GetRole", "RoleName"),
    kinds.MODEL_GROUP: ("sagemaker", "DescribeModelPackageGroup", "ModelPackageGroupName"),
    kinds.SAGEMAKER_PIPELINE: ("sagemaker", "DescribePipeline", "PipelineName"),
    kinds.ENDPOINT: ("sagemaker", "DescribeEndpoint", "EndpointName"),
    kinds.PROVIDER: ("iam", "GetOpenIDConnectProvider", "OpenIDConnectProviderArn"),
}


def check(look: Look) -> None:
    """Every name of the deployment's stacks here, and everything that the manifest says is there already."""
    owned = _owned(look)
    taken = 0
    for each in look.site.wanted:
        with suppress(UnseenError):
            taken += _wanted(look, each, owned)
    for thing in look.site.existing:
        with suppress(UnseenError):
            _existing(look, thing)
    if look.site.wanted and not taken:
        look.fine(f"{len(look.site.wanted)} names are free, or the deployment's own")


def _owned(look: Look) -> set[str]:
    """The physical ids of what the deployment's stacks hold; what is wrong with a stack is said."""
    found: set[str] = set()
    for name in sorted({each.stack for each in look.site.wanted}):
        with suppress(UnseenError):
            described = look.ask("cloudformation", "DescribeStacks", of=f"stack {name}", StackName=name)
            if not described or described["Stacks"][0]["StackStatus"] in _EMPTY:
                continue
            _state(look, name, described["Stacks"][0]["StackStatus"])
            resources = look.listed("cloudformation", "ListStackResources", "StackResourceSummaries", StackName=name)
            found |= {each["PhysicalResourceId"] for each in resources if each.get("PhysicalResourceId")}
    return found


def _state(look: Look, name: str, status: str) -> None:
    region = f"--stack-name {name} --region {look.site.place.region}"
    if status == "UPDATE_ROLLBACK_FAILED":
        look.stops(f"stack {name} is {status}", f"aws cloudformation continue-update-rollback {region}")
    elif status in ("CREATE_FAILED", "DELETE_FAILED", "ROLLBACK_FAILED"):
        look.stops(f"stack {name} is {status}", f"aws cloudformation delete-stack {region}")
    elif status.endswith("_IN_PROGRESS"):
        look.warn(f"stack {name} is {status}: somebody is deploying")


def _wanted(look: Look, wanted: Wanted, owned: set[str]) -> bool:
    """Whether somebody else has the name; that is said."""
    kind, name = wanted.kind, wanted.name
    if kind == kinds.BUCKET:
        return _bucket(look, wanted, owned)
    found = _find(look, kind, name)
    if found is None or _is_owned(found, name, owned):
        return False
    if kind == kinds.PROVIDER:
        message = f"the {kind} {name} exists and is not of the stack {wanted.stack}: an account has one for an issuer"
        look.stops(message, f"list {look.site.place.account} in github.existingProviders of the manifest")
    elif wanted.retained:
        look.warn(f"the {kind} {name} exists outside of the stack {wanted.stack}: the deployment will take it over")
    else:
        message = f"the {kind} {name} exists and is not of the stack {wanted.stack}: delete it if nobody needs it"
        look.stops(message, _remove(look, kind, name))
    return True


def _find(look: Look, kind: str, name: str) -> dict[str, object] | None:
    if kind == kinds.IMAGES:
        return look.ask("ecr", "DescribeRepositories", of=f"{kind} {name}", repositoryNames=[name])
    if kind == kinds.POLICY:
        arn = look.site.place.policy(name)
        return look.ask("iam", "GetPolicy", of=arn, PolicyArn=arn)
    service, operation, parameter = _FINDERS[kind]
    return look.ask(service, operation, of=f"{kind} {name}", **{parameter: name})


def _is_owned(found: dict[str, object], name: str, owned: set[str]) -> bool:
    """Stacks know what they hold by its name or ARN, and repositories by an id of their own."""
    metadata = found.get("repositoryMetadata")
    identity = metadata.get("repositoryId") if isinstance(metadata, dict) else None
    # SageMaker writes names in lower case into its ARNs
    return any(each in (name, identity) or each.lower().endswith(f"/{name.lower()}") for each in owned)


def _bucket(look: Look, wanted: Wanted, owned: set[str]) -> bool:
    name = wanted.name
    if name in owned:
        return False
    if name in _buckets(look):
        look.warn(f"the bucket {name} exists outside of the stack {wanted.stack}: the deployment will take it over")
        return True
    return False


def _buckets(look: Look) -> set[str]:
    return {each["Name"] for each in look.listed("s3", "ListBuckets", "Buckets")}


def _existing(look: Look, thing: Existing) -> None:
    found: object
    if thing.kind == kinds.BUCKET:
        found = look.ask("s3", "HeadBucket", of=f"bucket {thing.name}", Bucket=thing.name)
    else:
        found = _find(look, thing.kind, thing.name)
    if found is None:
        look.stops(f"the {thing.kind} {thing.name} is not there, which {thing.key} names")
    else:
        look.fine(f"the {thing.kind} {thing.name} is there")


def _remove(look: Look, kind: str, name: str) -> str:
    region = f"--region {look.site.place.region}"
    commands = {
        kinds.PIPELINE: f"aws codepipeline delete-pipeline --name {name} {region}",
        kinds.RULE: f"aws events delete-rule --name {name} {region}",
        kinds.ROLE: f"aws iam delete-role --role-name {name}",
        kinds.POLICY: f"aws iam delete-policy --policy-arn {look.site.place.policy(name)}",
        kinds.SAGEMAKER_PIPELINE: f"aws sagemaker delete-pipeline --pipeline-name {name} {region}",
        kinds.ENDPOINT: f"aws sagemaker delete-endpoint --endpoint-name {name} {region}",
    }
    return commands[kind]
