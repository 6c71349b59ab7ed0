"""Resources around the module's own: published files, what others own, and what has no resource at all."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from model_cicd.access.deployment_facts import DeploymentFacts
from model_cicd.access.principals import STRANGER
from model_cicd.access.resolve import Resolved
from model_cicd.access.resource import LOG, ROLE, SOME_OBJECT, CdkAsset, Resource
from model_cicd.aws.images import aws_accounts
from model_cicd.aws.regions import PARTITION_OF

#: by service, the types of resource that a policy is about
_POLICY_TYPES = {
    "events": ("events:event-bus",),
    "kms": ("kms:key",),
    "s3": ("s3:bucket", "s3:object"),
    "sagemaker": ("sagemaker:model-package-group",),
    "sns": ("sns:topic",),
}


def asset_resources(published: Sequence[CdkAsset]) -> Iterator[Resource]:
    """Each published file, the buckets that hold them, and what else may be there."""
    buckets: dict[str, CdkAsset] = {}
    for each in published:
        label = f"{each.kind} of {each.group}" if each.group else each.kind
        groups = frozenset({each.group}) if each.group else frozenset()
        yield Resource(each.kind, label, each.arn, each.account, each.region, ("s3:object",), groups)
        buckets.setdefault(each.arn.partition("/")[0], each)
    for arn, each in buckets.items():
        label = f"asset bucket of account {each.account}"
        yield Resource("asset bucket", label, arn, each.account, each.region, ("s3:bucket",))
        yield Resource(
            "other published files",
            f"other files of the {label}",
            f"{arn}/{SOME_OBJECT}",
            each.account,
            each.region,
            ("s3:object",),
        )


def secret_resources(arns: Sequence[str]) -> Iterator[Resource]:
    """The secrets (ARNs) that parameters of the module are in."""
    for arn in arns:
        _, _, _, region, account, _, name = arn.split(":")
        yield Resource("secret", f"secret {name}", arn, account, region, ("secretsmanager:Secret",))


def stranger_keys(facts: DeploymentFacts) -> dict[str, list[str]]:
    """A stranger's key by ARN, with the aliases of this deployment's keys.

    Who names a key by its alias alone names that one as well.
    """
    arn = facts.arns(STRANGER).arn("kms", "key/99999999-9999-9999-9999-999999999999")
    return {arn: list(facts.key_aliases)}


def unknown_resources(resolved: Resolved, known: set[str | None], facts: DeploymentFacts) -> Iterator[Resource]:
    """Buckets, keys and the like with a policy that are no part of the module: of them, nothing is expected."""
    for arn in sorted(resolved.resource_policies):
        if arn in known:
            continue
        service, region, account = arn.split(":")[2:5]
        place = (account or resolved.accounts[arn], region or facts.region)
        for kind in _POLICY_TYPES[service]:
            own = f"{arn}/{SOME_OBJECT}" if kind == "s3:object" else arn
            label = f"{kind.partition(':')[2]} {own}"
            yield Resource("unknown", label, own, *place, (kind,), policy=arn)


def foreign_resources(facts: DeploymentFacts) -> Iterator[Resource]:
    """What is not this module's: nobody gets at it, or everybody needs it."""
    region = facts.region
    partition = PARTITION_OF[region]
    for service in ("cloudwatch", "ec2", "ecr", "events", "logs", "sagemaker", "xray"):
        kind = f"{service} without a resource"
        yield Resource(kind, kind, "*", "", region, (f"{service}:",))
    arn = f"arn:{partition}:ecr:{region}"
    for account in aws_accounts(region)[:1]:
        example = f"{arn}:{account}:repository/image"
        yield Resource("images of AWS", "images of AWS", example, account, region, ("ecr:repository",))
    yield Resource(
        "other images",
        "images of a stranger's account",
        f"{arn}:{STRANGER}:repository/other",
        STRANGER,
        region,
        ("ecr:repository",),
    )
    for key in stranger_keys(facts):
        yield Resource("other keys", "a stranger's key with the same alias", key, STRANGER, region, ("kms:key",))
    for account in facts.accounts:
        yield from _others_of(facts, account)


def _others_of(facts: DeploymentFacts, account: str) -> Iterator[Resource]:
    """One resource of each type in an account of the deployment, by names that the module does not use."""
    region, partition = facts.region, facts.partition
    arns = facts.arns(account)

    def other(what: str, arn: str, *types: str) -> Resource:
        return Resource(f"other {what}", f"other {what} of account {account}", arn, account, region, types)

    yield other("subnets", arns.arn("ec2", "subnet/other"), "ec2:subnet")
    yield other("security groups", arns.arn("ec2", "security-group/other"), "ec2:security-group")
    yield other("roles", arns.role("other"), *ROLE)
    yield other("buckets", f"arn:{partition}:s3:::other-{account}", "s3:bucket")
    yield other("objects", f"arn:{partition}:s3:::other-{account}/{SOME_OBJECT}", "s3:object")
    yield other("keys", arns.arn("kms", "key/00000000-0000-0000-0000-000000000000"), "kms:key")
    yield other(
        "model package groups", arns.arn("sagemaker", "model-package-group/other"), "sagemaker:model-package-group"
    )
    yield other("model packages", arns.arn("sagemaker", "model-package/other/1"), "sagemaker:model-package")
    yield other("SageMaker pipelines", arns.arn("sagemaker", "pipeline/other"), "sagemaker:pipeline")
    yield other(
        "SageMaker executions", arns.arn("sagemaker", "pipeline/other/execution/a1"), "sagemaker:pipeline-execution"
    )
    yield other("training jobs", arns.arn("sagemaker", "training-job/other"), "sagemaker:training-job")
    yield other("processing jobs", arns.arn("sagemaker", "processing-job/other"), "sagemaker:processing-job")
    yield other("logs", arns.arn("logs", "log-group:/other:log-stream:a1"), *LOG)
    yield other("parameters", arns.arn("ssm", "parameter/other"), "ssm:parameter")
    yield other("secrets", arns.arn("secretsmanager", "secret:other-AbCdEf"), "secretsmanager:Secret")
    log = arns.arn("logs", "log-group:/aws/sagemaker/Endpoints/other:log-stream:a1")
    yield other("logs of endpoints", log, *LOG)
    beside = f"parameter{facts.parameter_path}/other/registry-key-arn"
    yield other("parameters of the module", arns.arn("ssm", beside), "ssm:parameter")
    yield other("approvals", arns.arn("codepipeline", "other/Deploy/Approve"), "codepipeline:action")
    yield other("pipelines", arns.arn("codepipeline", "other"), "codepipeline:pipeline")
    yield other("projects", arns.arn("codebuild", "project/other"), "codebuild:project")
    yield other("repositories", arns.arn("codecommit", "other"), "codecommit:repository")
    yield other("event buses", arns.arn("events", "event-bus/other"), "events:event-bus")
    yield other("alarms", arns.arn("cloudwatch", "alarm:other"), "cloudwatch:alarm")
    yield other("topics", arns.arn("sns", "other"), "sns:topic")
    yield other("state machines", arns.arn("states", "stateMachine:other"), "states:statemachine")
