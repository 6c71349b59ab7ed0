"""What may be asked for in a deployment of `sagemaker-model-cicd`, by group: registries, pipelines, endpoints."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from model_cicd.access.artifact_resources import artifact_resources
from model_cicd.access.batch_resources import batch_resources
from model_cicd.access.build_resources import build_resources
from model_cicd.access.connections import connection_resources
from model_cicd.access.declared_pipelines import DeclaredPipeline
from model_cicd.access.execution_role_resources import ExecutionRoleResources
from model_cicd.access.image_resources import image_resources
from model_cicd.access.monitoring_resources import baseline_resources, monitoring_resources
from model_cicd.access.notification_resources import notification_resources
from model_cicd.access.own_image_resources import own_image_resources
from model_cicd.access.release_resources import release_resources
from model_cicd.access.resolve import Resolved
from model_cicd.access.resource import LOG, SOME_OBJECT, Resource
from model_cicd.access.session_resources import session_resources
from model_cicd.access.test_resources import test_resources
from model_cicd.access.tooling_resources import tooling_resources
from model_cicd.aws.place import Place
from model_cicd.sagemaker_model_cicd.topology import EndpointTarget, GroupTopology, Topology


def group_resources(
    topology: Topology, resolved: Resolved, pipelines: Mapping[str, DeclaredPipeline]
) -> Iterator[Resource]:
    """Everything of the module's own, in a stable order; the first resources of a group are its registry.

    `pipelines` are those that groups declare, by group.
    """
    for group in topology.groups:
        yield from _Group(topology, resolved, group, pipelines.get(group.name)).all()
    yield from batch_resources(topology)
    yield from _builds(topology, pipelines)
    yield from session_resources(topology, pipelines)
    yield from image_resources(topology)
    yield from build_resources(topology)
    yield from connection_resources(topology)
    yield from tooling_resources(topology, resolved)
    yield from notification_resources(topology, resolved)


@dataclass(frozen=True)
class _Group:
    topology: Topology
    resolved: Resolved
    group: GroupTopology
    declared: DeclaredPipeline | None

    def all(self) -> Iterator[Resource]:
        yield from self._registry()
        yield from release_resources(self.group, self.resolved)
        yield from baseline_resources(self.group)
        yield from own_image_resources(self.group, self.resolved)
        yield from self._training()
        yield from self._promotion()
        yield from self._endpoints()
        own, network = self.group.build, self.group.network
        if self.declared:
            yield from self._of_declared(self.declared)
        else:
            yield from self._network(
                own.account, own.region, network.vpc.subnet_ids, network.vpc.security_group_ids, None
            )
        for target in self.group.promotion.targets:
            environment, hosting = target.environment, target.hosting
            yield from self._network(
                environment.account,
                environment.region,
                hosting.vpc.subnet_ids,
                hosting.vpc.security_group_ids,
                environment.name,
            )

    def _network(
        self, account: str, region: str, subnets: Sequence[str], security_groups: Sequence[str], environment: str | None
    ) -> Iterator[Resource]:
        """Where jobs (`environment` None) or an endpoint's containers are in subnets."""
        arns = self.topology.place(account, region)
        what, groups = environment or "jobs", frozenset({self.group.name})
        owned = [("subnets", "subnet", each) for each in subnets]
        owned += [("security groups", "security-group", each) for each in security_groups]
        owned += [("network interfaces", "network-interface", "eni-01234567")] if subnets else []
        for plural, resource, name in owned:
            label = f"{plural} of {what} of {self.group.name}"
            arn, types = arns.arn("ec2", f"{resource}/{name}"), (f"ec2:{resource}",)
            inside = (("own subnet", arns.arn("ec2", f"subnet/{subnets[0]}")),)
            kind = f"{plural} of {'containers' if environment else 'jobs'}"
            yield Resource(kind, label, arn, account, region, types, groups, environment, prefixes=inside)

    def _of_declared(self, declared: DeclaredPipeline) -> Iterator[Resource]:
        """What the pipeline that the group declares does, in the place of what a repository's may do."""
        for target in self._role_resources(declared).all():
            if "ecr:repository" not in target.types:
                yield target
            elif target.kind == "images of steps":
                # AWS's images and those that the group names are open to other roles, too
                yield replace(target, kind="images of declared steps", groups=frozenset())

    def _role_resources(self, declared: DeclaredPipeline) -> ExecutionRoleResources:
        group, own = self.group, self.group.build
        return ExecutionRoleResources(
            own.place,
            group.name,
            declared.role_actions,
            group.registry.bucket.arn,
            (*declared.outputs, *declared.uploads),
            group.models.arn,
            frozenset(self.resolved.aliases),
        )

    def _in_build(self, kind: str, arn: str, *types: str, policy: str | None = None, **more: object) -> Resource:
        own = self.group.build
        label = f"{kind} of {self.group.name}"
        groups = frozenset({self.group.name})
        return Resource(kind, label, arn, own.account, own.region, types, groups, policy=policy, **more)  # type: ignore[arg-type]

    def _in_tooling(self, kind: str, arn: str, *types: str) -> Resource:
        tooling = self.topology.tooling
        groups = frozenset({self.group.name})
        return Resource(kind, f"{kind} of {self.group.name}", arn, tooling.account, tooling.region, types, groups)

    def _registry(self) -> Iterator[Resource]:
        group = self.group
        key = self.resolved.key_of(group.registry.key_alias.name, group.build.account)
        if key:
            yield self._in_build("registry key", key, "kms:key", policy=key)
        bucket = group.registry.bucket.arn
        prefixes = {
            "models": "models/",
            "code": "code/",
            "data": "data/",
            "runs": "runs/",
            "SDK files": f"{group.sagemaker_pipeline.name}/",
        }
        for prefix in self.declared.outputs if self.declared else ():
            prefixes[prefix.partition("/")[0]] = prefix
        yield self._in_build("registry bucket", bucket, "s3:bucket", policy=bucket, prefixes=tuple(prefixes.items()))
        for kind, prefix in prefixes.items():
            yield self._in_build(f"registry {kind}", f"{bucket}/{prefix}{SOME_OBJECT}", "s3:object", policy=bucket)
        if group.registry.readers:
            arn = f"{bucket}/runs/{SOME_OBJECT}.json"
            yield self._in_build("registry reports", arn, "s3:object", policy=bucket)
        beside = "other registry objects" if self.declared else "registry files of sessions"
        yield self._in_build(beside, f"{bucket}/elsewhere/{SOME_OBJECT}", "s3:object", policy=bucket)
        for kind in ("models", "runs") if self.declared else ():  # which are no folders of the declared pipeline
            arn = f"{bucket}/{kind}/{SOME_OBJECT}"
            yield self._in_build(f"other registry {kind}", arn, "s3:object", policy=bucket)
        versions, uses = group.models.arn, frozenset[str]()
        if self.declared:
            uses = self._role_resources(self.declared).uses_of(group.models.name)
        yield self._in_build(
            "model package group", versions, "sagemaker:model-package-group", policy=versions, uses=uses
        )
        version = group.models.packages_arn.removesuffix("*") + "1"
        yield self._in_build("model packages", version, "sagemaker:model-package", policy=versions, uses=uses)
        arns = group.build.place
        yield self._in_build(
            "registry key parameter",
            arns.arn("ssm", f"parameter{group.parameter('registry-key-arn')}"),
            "ssm:parameter",
        )
        yield self._in_build(
            "group parameters", arns.arn("ssm", f"parameter{group.parameter('execution-role-arn')}"), "ssm:parameter"
        )

    def _training(self) -> Iterator[Resource]:
        group = self.group
        pipeline = group.sagemaker_pipeline.arn
        yield self._in_build("SageMaker pipeline", pipeline, "sagemaker:pipeline")
        yield self._in_build("SageMaker executions", f"{pipeline}/execution/a1b2c3", "sagemaker:pipeline-execution")
        if group.training:
            yield self._in_tooling("training pipeline", group.training.arn, "codepipeline:pipeline")
            yield self._in_tooling("training project", group.training.project.arn, "codebuild:project")
            yield self._in_tooling("training build log", self._build_log(group.training.project.log_group), *LOG)
            yield from artifact_resources("training", group.training, self.resolved, group.name)
        if group.own_images:
            project = group.own_images.project
            yield self._in_tooling("image project", project.arn, "codebuild:project")
            yield self._in_tooling("image build log", self._build_log(project.log_group), *LOG)
        if group.repository.is_here and group.repository != self.topology.tooling.model_build_repository:
            yield self._in_tooling("training repository", group.repository.arn, "codecommit:repository")
        if group.retraining:
            machine, counter = group.retraining.machine, group.retraining.counter
            yield self._in_tooling("retrainer", machine.state_machine.arn, "states:statemachine")
            yield self._in_tooling("retrain counter", counter.state_machine.arn, "states:statemachine")
        if group.stopping:
            yield self._in_tooling("training stopper", group.stopping.machine.state_machine.arn, "states:statemachine")

    def _promotion(self) -> Iterator[Resource]:
        promotion = self.group.promotion
        yield self._in_tooling("promotion pipeline", promotion.pipeline.arn, "codepipeline:pipeline")
        for target in promotion.targets:
            if target.require_approval:
                stage = f"{promotion.pipeline.arn}/{target.stage_name}"
                for name in ("ApproveShadow", "Approve") if target.shadow else ("Approve",):
                    yield self._in_tooling("promotion approvals", f"{stage}/{name}", "codepipeline:action")
                yield self._in_tooling("other actions of promotions", f"{stage}/CreateChangeSet", "codepipeline:action")
        yield from artifact_resources("promotion", promotion.pipeline, self.resolved, self.group.name)
        yield self._in_tooling("prepare project", promotion.pipeline.project.arn, "codebuild:project")
        yield self._in_tooling("prepare log", self._build_log(promotion.pipeline.project.log_group), *LOG)
        yield self._in_tooling("promotion trigger", promotion.trigger.state_machine.arn, "states:statemachine")
        if recording := self.group.stage_recording:
            yield self._in_tooling("stage recorder", recording.machine.state_machine.arn, "states:statemachine")
        for target in promotion.targets:
            if times := target.sleep_times:
                name = target.environment.name
                found = self._in_tooling("sleeper", times.machine.state_machine.arn, "states:statemachine")
                yield replace(found, label=f"sleeper of {name} of {self.group.name}", environment=name)

    def _endpoints(self) -> Iterator[Resource]:
        for target in self.group.promotion.targets:
            if target.batch:
                continue
            environment = target.environment
            name = f"{environment.name} ({environment.type}) of {self.group.name}"
            arns = self.topology.place(environment.account, environment.region)
            groups = frozenset({self.group.name})
            key = self.resolved.key_of(target.key_alias.name, environment.account)
            if key:
                yield Resource(
                    "endpoint key",
                    f"endpoint key of {name}",
                    key,
                    environment.account,
                    environment.region,
                    ("kms:key",),
                    groups,
                    environment.name,
                    policy=key,
                )
            yield from self._captured(target)
            yield from monitoring_resources(self.group, target)
            yield from test_resources(self.topology, self.group, target)
            for alarm in (target.errors_alarm_name, target.latency_alarm_name) if target.hosting.rollout else ():
                label = f"alarm {alarm} of {name}"
                at = (arns.arn("cloudwatch", f"alarm:{alarm}"), environment.account, environment.region)
                yield Resource("rollback alarm", label, *at, ("cloudwatch:alarm",), groups, environment.name)
            log = arns.arn("logs", f"log-group:/aws/sagemaker/Endpoints/{target.endpoint.name}:log-stream:a1b2c3")
            yield Resource(
                "endpoint log",
                f"endpoint log of {name}",
                log,
                environment.account,
                environment.region,
                LOG,
                groups,
                environment.name,
            )

    def _captured(self, target: EndpointTarget) -> Iterator[Resource]:
        """Where captured requests go: a bucket and a key of the customer's, whose policies are not here."""
        capture, environment = target.hosting.capture, target.environment
        if capture is None or capture.bucket in self.topology.buckets:
            return
        groups = frozenset({self.group.name})
        name = f"{environment.name} ({environment.type}) of {self.group.name}"
        arn = f"arn:{self.topology.partition}:s3:::{capture.bucket}/{capture.prefix}/{SOME_OBJECT}"
        place = (environment.account, environment.region)
        yield Resource(
            "captured data", f"captured data of {name}", arn, *place, ("s3:object",), groups, environment.name
        )
        beside = f"arn:{self.topology.partition}:s3:::{capture.bucket}/{SOME_OBJECT}"
        yield Resource(
            "beside captured data", f"beside captured data of {name}", beside, *place, ("s3:object",), groups
        )
        if capture.key_arn:
            label = f"key of captured data of {name}"
            yield Resource(
                "key of captured data", label, capture.key_arn, *place, ("kms:key",), groups, environment.name
            )

    def _build_log(self, name: str) -> str:
        tooling = self.topology.tooling
        return tooling.place.arn("logs", f"log-group:{name}:log-stream:a1b2c3")


def _builds(topology: Topology, pipelines: Mapping[str, DeclaredPipeline]) -> Iterator[Resource]:
    """What the groups that build in one account share; of jobs and their logs, those that declare no pipeline."""
    groups: dict[tuple[str, str], list[str]] = {}
    for group in topology.groups:
        groups.setdefault((group.build.account, group.build.region), []).append(group.name)
    for (account, region), names in groups.items():
        place = topology.place(account, region)
        undeclared = frozenset(each for each in names if each not in pipelines)

        def own(kind: str, arn: str, *types: str, of: frozenset[str] = undeclared, place: Place = place) -> Resource:
            label = f"{kind} of account {place.account}"
            return Resource(kind, label, arn, place.account, place.region, types, of)

        for kind in ("processing", "training") if undeclared else ():
            job, log = f"{kind}-job/pipelines-a1b2c3-step", f"/aws/sagemaker/{kind.title()}Jobs"
            yield own(f"{kind} jobs", place.arn("sagemaker", job), f"sagemaker:{kind}-job")
            yield own(f"logs of {kind} jobs", place.arn("logs", f"log-group:{log}:log-stream:a1b2c3"), *LOG)
        image = place.arn("ecr", "repository/other-image")
        yield own("other images of the build account", image, "ecr:repository", of=frozenset(names))
