"""Everything that may be asked for: registries, pipelines, roles and what the policies of the templates speak of."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from model_cicd.access.resolve import Resolved
from model_cicd.access.subjects import NO_GROUP, STRANGER, Subject, bootstrap_kinds, deploying_groups
from model_cicd.settings.regions import PARTITION_OF
from model_cicd.topology import GroupTopology, Topology

#: an object's name where only the prefix matters
_OBJECT = "some/object"
#: accounts of AWS that hold the built-in images differ by region; this is one of them
_IMAGES = "683313688378"
#: by service, the types of resource that a policy is about
_POLICY_TYPES = {
    "events": ("events:event-bus",),
    "kms": ("kms:key",),
    "s3": ("s3:bucket", "s3:object"),
    "sagemaker": ("sagemaker:model-package-group",),
}
_LOG = ("logs:log-group", "logs:log-stream")


@dataclass(frozen=True)
class Target:
    """Something that somebody may ask for.

    `types` are its resource types in the service authorization reference (`s3:object`). `policy` is the ARN under which
    its resource policy is known; roles have their trust policy under their own ARN. An empty `account` means that of
    whoever asks (actions without a resource). `groups` are the deployment groups it is for (empty: for all).
    `prefixes` are those of a bucket's objects, each with its word. `stacks` says of a bootstrap role that the module's own stacks are deployed with it.
    """

    kind: str
    label: str
    arn: str
    account: str
    region: str
    types: tuple[str, ...]
    groups: frozenset[str] = frozenset()
    environment: str | None = None
    policy: str | None = None
    prefixes: tuple[tuple[str, str], ...] = ()
    stacks: bool = False
    given: bool = False

    def __str__(self) -> str:
        return self.label


@dataclass(frozen=True)
class Published:
    """A file that the CDK publishes: what it is, its ARN, and the group it is for."""

    kind: str
    arn: str
    account: str
    region: str
    group: str | None = None


def targets(
    topology: Topology, resolved: Resolved, everybody: Sequence[Subject], published: Sequence[Published]
) -> list[Target]:
    """Everything, in a stable order; the first targets of a group are its registry."""
    found: list[Target] = []
    for group in topology.groups:
        found += _Group(topology, resolved, group).all()
    found += _builds(topology)
    found += _tooling(topology, resolved)
    found += _published(published)
    found += [_role(subject, topology) for subject in everybody if subject.arn in resolved.roles]
    for place in (*topology.bootstrap_roles, *topology.deploy_bootstrap_roles):
        for kind, arn in bootstrap_kinds(place).items():
            found.append(
                Target(
                    kind,
                    f"{kind} of account {place.account}",
                    arn,
                    place.account,
                    place.region,
                    ("iam:role", "sts:role"),
                    deploying_groups(topology, place) or NO_GROUP,
                    policy=arn,
                    stacks=place in topology.bootstrap_roles,
                    given=True,
                )
            )
    found += _elsewhere(topology)
    return [*found, *_unknown(resolved, {each.policy for each in found}, topology)]


def _role(subject: Subject, topology: Topology) -> Target:
    region = topology.tooling.region
    return Target(
        subject.kind,
        f"the {subject.label}",
        subject.arn,
        subject.account,
        region,
        ("iam:role", "sts:role"),
        subject.groups,
        subject.environment,
        policy=subject.arn,
    )


@dataclass(frozen=True)
class _Group:
    topology: Topology
    resolved: Resolved
    group: GroupTopology

    def all(self) -> Iterator[Target]:
        yield from self._registry()
        yield from self._training()
        yield from self._promotion()
        yield from self._endpoints()

    def _in_build(self, kind: str, arn: str, *types: str, policy: str | None = None, **more: object) -> Target:
        own = self.group.build
        label = f"{kind} of {self.group.name}"
        groups = frozenset({self.group.name})
        return Target(kind, label, arn, own.account, own.region, types, groups, policy=policy, **more)  # type: ignore[arg-type]

    def _in_tooling(self, kind: str, arn: str, *types: str) -> Target:
        tooling = self.topology.tooling
        groups = frozenset({self.group.name})
        return Target(kind, f"{kind} of {self.group.name}", arn, tooling.account, tooling.region, types, groups)

    def _registry(self) -> Iterator[Target]:
        group = self.group
        key = self.resolved.key_of(group.key_alias, group.build.account)
        if key:
            yield self._in_build("registry key", key, "kms:key", policy=key)
        bucket = group.bucket_arn
        prefixes = {
            "models": "models/",
            "code": "code/",
            "data": "data/",
            "runs": "runs/",
            "SDK files": f"{group.sagemaker_pipeline_name}/",
        }
        yield self._in_build(
            "registry bucket", bucket, "s3:bucket", policy=bucket, prefixes=tuple(prefixes.items())
        )
        for kind, prefix in prefixes.items():
            yield self._in_build(f"registry {kind}", f"{bucket}/{prefix}{_OBJECT}", "s3:object", policy=bucket)
        yield self._in_build("other registry objects", f"{bucket}/elsewhere/{_OBJECT}", "s3:object", policy=bucket)
        versions = group.model_package_group_arn
        yield self._in_build("model package group", versions, "sagemaker:model-package-group", policy=versions)
        version = group.model_packages_arn.removesuffix("*") + "1"
        yield self._in_build("model packages", version, "sagemaker:model-package", policy=versions)
        arns = self.topology.arns(group.build.account, group.build.region)
        yield self._in_build("registry key parameter", arns.of("ssm", f"parameter{group.parameter('registry-key-arn')}"), "ssm:parameter")
        yield self._in_build("group parameters", arns.of("ssm", f"parameter{group.parameter('execution-role-arn')}"), "ssm:parameter")

    def _training(self) -> Iterator[Target]:
        group = self.group
        arns = self.topology.arns(group.build.account, group.build.region)
        pipeline = group.sagemaker_pipeline_arn
        yield self._in_build("SageMaker pipeline", pipeline, "sagemaker:pipeline")
        yield self._in_build("SageMaker executions", f"{pipeline}/execution/a1b2c3", "sagemaker:pipeline-execution")
        yield self._in_tooling("training pipeline", group.training_pipeline_arn, "codepipeline:pipeline")
        yield self._in_tooling("training project", group.training_project_arn, "codebuild:project")
        yield self._in_tooling("training build log", self._build_log(group.training_log_group_name), *_LOG)

    def _promotion(self) -> Iterator[Target]:
        promotion = self.group.promotion
        yield self._in_tooling("promotion pipeline", promotion.pipeline_arn, "codepipeline:pipeline")
        for target in promotion.targets:
            if target.require_approval:
                arn = f"{promotion.pipeline_arn}/{target.stage_name}/Approve"
                yield self._in_tooling("promotion approvals", arn, "codepipeline:action")
                arn = f"{promotion.pipeline_arn}/{target.stage_name}/CreateChangeSet"
                yield self._in_tooling("other actions of promotions", arn, "codepipeline:action")
        yield self._in_tooling("prepare project", promotion.prepare_project_arn, "codebuild:project")
        yield self._in_tooling("prepare log", self._build_log(promotion.prepare_log_group_name), *_LOG)
        yield self._in_tooling("promotion trigger", promotion.state_machine_arn, "states:statemachine")

    def _endpoints(self) -> Iterator[Target]:
        for target in self.group.promotion.targets:
            where = target.environment
            name = f"{where.name} ({where.type}) of {self.group.name}"
            arns = self.topology.arns(where.account, where.region)
            groups = frozenset({self.group.name})
            key = self.resolved.key_of(target.key_alias, where.account)
            if key:
                yield Target(
                    "endpoint key", f"endpoint key of {name}", key, where.account, where.region, ("kms:key",), groups,
                    where.name, policy=key,
                )
            log = arns.of("logs", f"log-group:/aws/sagemaker/Endpoints/{target.endpoint_name}:log-stream:a1b2c3")
            yield Target(
                "endpoint log", f"endpoint log of {name}", log, where.account, where.region,
                _LOG, groups, where.name,
            )

    def _build_log(self, name: str) -> str:
        tooling = self.topology.tooling
        return self.topology.arns(tooling.account, tooling.region).of("logs", f"log-group:{name}:log-stream:a1b2c3")


def _builds(topology: Topology) -> Iterator[Target]:
    """What the groups that build in one account share."""
    groups: dict[tuple[str, str], list[str]] = {}
    for group in topology.groups:
        groups.setdefault((group.build.account, group.build.region), []).append(group.name)
    for (account, region), names in groups.items():
        arns = topology.arns(account, region)

        def own(
            kind: str,
            arn: str,
            *types: str,
            account: str = account,
            region: str = region,
            names: Sequence[str] = names,
        ) -> Target:
            return Target(kind, f"{kind} of account {account}", arn, account, region, types, frozenset(names))

        for kind in ("processing", "training"):
            yield own(f"{kind} jobs", arns.of("sagemaker", f"{kind}-job/pipelines-a1b2c3-step"), f"sagemaker:{kind}-job")
            log = arns.of("logs", f"log-group:/aws/sagemaker/{kind.title()}Jobs:log-stream:a1b2c3")
            yield own(f"logs of {kind} jobs", log, *_LOG)
        yield own("images of the build account", arns.of("ecr", "repository/own-image"), "ecr:repository")


def _tooling(topology: Topology, resolved: Resolved) -> Iterator[Target]:
    tooling = topology.tooling
    arns = topology.arns(tooling.account, tooling.region)

    def own(kind: str, arn: str, *types: str, policy: str | None = None) -> Target:
        return Target(kind, kind, arn, tooling.account, tooling.region, types, policy=policy)

    yield own("training repository", tooling.model_build_repository.arn, "codecommit:repository")
    yield own("infra repository", tooling.infra_repository.arn, "codecommit:repository")
    key, bucket = resolved.key_of(tooling.artifact_key_alias, tooling.account), tooling.artifact_bucket_arn
    if key:
        yield own("artifact key", key, "kms:key", policy=key)
    yield own("artifact bucket", bucket, "s3:bucket", policy=bucket)
    yield own("pipeline artifacts", f"{bucket}/{_OBJECT}", "s3:object", policy=bucket)
    yield own("infra pipeline", tooling.infra_pipeline_arn, "codepipeline:pipeline")
    yield own("infra project", tooling.infra_project_arn, "codebuild:project")
    log = arns.of("logs", f"log-group:{tooling.infra_log_group_name}:log-stream:a1b2c3")
    yield own("infra build log", log, *_LOG)
    yield own("event bus", tooling.event_bus_arn, "events:event-bus", policy=tooling.event_bus_arn)


def _published(published: Sequence[Published]) -> Iterator[Target]:
    buckets: dict[str, Published] = {}
    for each in published:
        label = f"{each.kind} of {each.group}" if each.group else each.kind
        groups = frozenset({each.group}) if each.group else frozenset()
        yield Target(each.kind, label, each.arn, each.account, each.region, ("s3:object",), groups)
        buckets.setdefault(each.arn.partition("/")[0], each)
    for arn, each in buckets.items():
        label = f"asset bucket of account {each.account}"
        yield Target("asset bucket", label, arn, each.account, each.region, ("s3:bucket",))
        yield Target("other published files", f"other files of the {label}", f"{arn}/{_OBJECT}", each.account, each.region, ("s3:object",))


def stranger_keys(topology: Topology) -> dict[str, list[str]]:
    """A stranger's key by ARN, with the same aliases as keys of this deployment: who names a key by its alias alone
    names that one as well."""
    tooling = topology.tooling
    arn = topology.arns(STRANGER, tooling.region).of("kms", "key/99999999-9999-9999-9999-999999999999")
    return {arn: [tooling.artifact_key_alias, *(group.key_alias for group in topology.groups)]}


def _unknown(resolved: Resolved, known: set[str | None], topology: Topology) -> Iterator[Target]:
    """Buckets, keys and the like with a policy that are no part of the module: of them, nothing is expected."""
    for arn in sorted(resolved.resource):
        if arn in known:
            continue
        service, region, account = arn.split(":")[2:5]
        place = (account or resolved.accounts[arn], region or topology.tooling.region)
        for kind in _POLICY_TYPES[service]:
            own = f"{arn}/{_OBJECT}" if kind == "s3:object" else arn
            label = f"{kind.partition(':')[2]} {own}"
            yield Target("unknown", label, own, *place, (kind,), policy=arn)


def _elsewhere(topology: Topology) -> Iterator[Target]:
    """What is not this module's: nobody gets at it, or everybody needs it."""
    region = topology.tooling.region
    partition = PARTITION_OF[region]
    for service in ("cloudwatch", "ec2", "ecr", "events", "logs", "xray"):
        kind = f"{service} without a resource"
        yield Target(kind, kind, "*", "", region, (f"{service}:",))
    arn = f"arn:{partition}:ecr:{region}"
    yield Target("built-in images", "built-in images", f"{arn}:{_IMAGES}:repository/sagemaker-xgboost", _IMAGES, region, ("ecr:repository",))
    yield Target("other images", "images of a stranger's account", f"{arn}:{STRANGER}:repository/other", STRANGER, region, ("ecr:repository",))
    for key in stranger_keys(topology):
        yield Target("other keys", "a stranger's key with the same alias", key, STRANGER, region, ("kms:key",))
    for account in dict.fromkeys(each.account for each in (*topology.bootstrap_roles, *topology.deploy_bootstrap_roles)):
        arns = topology.arns(account, region)

        def other(what: str, arn: str, *types: str, account: str = account) -> Target:
            return Target(f"other {what}", f"other {what} of account {account}", arn, account, region, types)

        yield other("roles", arns.role("other"), "iam:role", "sts:role")
        yield other("buckets", f"arn:{partition}:s3:::other-{account}", "s3:bucket")
        yield other("objects", f"arn:{partition}:s3:::other-{account}/{_OBJECT}", "s3:object")
        yield other("keys", arns.of("kms", "key/00000000-0000-0000-0000-000000000000"), "kms:key")
        yield other("model package groups", arns.of("sagemaker", "model-package-group/other"), "sagemaker:model-package-group")
        yield other("model packages", arns.of("sagemaker", "model-package/other/1"), "sagemaker:model-package")
        yield other("SageMaker pipelines", arns.of("sagemaker", "pipeline/other"), "sagemaker:pipeline")
        yield other("SageMaker executions", arns.of("sagemaker", "pipeline/other/execution/a1"), "sagemaker:pipeline-execution")
        yield other("training jobs", arns.of("sagemaker", "training-job/other"), "sagemaker:training-job")
        yield other("processing jobs", arns.of("sagemaker", "processing-job/other"), "sagemaker:processing-job")
        yield other("logs", arns.of("logs", "log-group:/other:log-stream:a1"), *_LOG)
        yield other("parameters", arns.of("ssm", "parameter/other"), "ssm:parameter")
        log = arns.of("logs", "log-group:/aws/sagemaker/Endpoints/other:log-stream:a1")
        yield other("logs of endpoints", log, *_LOG)
        beside = f"parameter{topology.parameter_path}/other/registry-key-arn"
        yield other("parameters of the module", arns.of("ssm", beside), "ssm:parameter")
        yield other("approvals", arns.of("codepipeline", "other/Deploy/Approve"), "codepipeline:action")
        yield other("pipelines", arns.of("codepipeline", "other"), "codepipeline:pipeline")
        yield other("projects", arns.of("codebuild", "project/other"), "codebuild:project")
        yield other("repositories", arns.of("codecommit", "other"), "codecommit:repository")
        yield other("event buses", arns.of("events", "event-bus/other"), "events:event-bus")
        yield other("state machines", arns.of("states", "stateMachine:other"), "states:statemachine")
