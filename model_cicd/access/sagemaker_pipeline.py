"""Who asks in a deployment of `sagemaker-pipeline`, and for what: the kinds of that module."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from model_cicd.access.declared_pipelines import DECLARED_ROLE, DeclaredPipeline
from model_cicd.access.execution_role_resources import ExecutionRoleResources
from model_cicd.access.principals import Principal
from model_cicd.access.resolve import Resolved
from model_cicd.access.resource import SOME_OBJECT, Resource
from model_cicd.access.rule_scopes import SHARED
from model_cicd.sagemaker_pipeline.outputs import published_facts
from model_cicd.sagemaker_pipeline.topology import PipelineTopology


def pipeline_principals(topology: PipelineTopology, declared: DeclaredPipeline) -> Iterator[tuple[str, Principal]]:
    """Its execution role, people with a published policy, and the roles of consumers, which need not exist yet."""
    name = topology.context.module
    own, account = frozenset({name}), topology.place.account
    arn = topology.execution_role.arn
    yield arn, Principal(DECLARED_ROLE, f"execution role of {name}", arn, account, groups=own, does=declared.does)
    for kind, policy in (
        ("pipeline starter", topology.starter.arn),
        ("registry approver", topology.approver.arn),
    ):
        person = topology.place.role(f"{kind.replace(' ', '-')}-of-{name}")
        yield policy, Principal(kind, f"{kind} of {name}", person, account, groups=own)
    for consumer in (*topology.own_consumers, *topology.consumers):
        role = consumer.model_execution_role.arn
        label = f"model role of account {consumer.account}"
        yield role, Principal("model role of a consumer", label, role, consumer.account, groups=own, external=True)


@dataclass(frozen=True)
class PipelineResources:
    """The resources of the module's own."""

    topology: PipelineTopology
    resolved: Resolved
    declared: DeclaredPipeline

    def all(self) -> Iterator[Resource]:
        """Everything, in a stable order: first the registry."""
        yield from self._store()
        role_resources = self._role_resources()
        yield from self._group(role_resources)
        topology = self.topology
        pipeline = topology.pipeline.arn
        yield self._resource("SageMaker pipeline", pipeline, "sagemaker:pipeline")
        yield self._resource("SageMaker executions", f"{pipeline}/execution/a1b2c3", "sagemaker:pipeline-execution")
        for name in published_facts(topology, "key"):
            arn = topology.place.arn("ssm", f"parameter{topology.parameter_path}/{name}")
            yield self._resource("published parameters", arn, "ssm:parameter", label=f"parameter {name}")
        yield from role_resources.all()

    def _resource(self, kind: str, arn: str, *types: str, label: str = "", **more: object) -> Resource:
        name = self.topology.context.module
        words, place = f"{label or kind} of {name}", (self.topology.place.account, self.topology.place.region)
        return Resource(kind, words, arn, *place, types, frozenset({name}), **more)  # type: ignore[arg-type]

    def _store(self) -> Iterator[Resource]:
        store = self.topology.store
        of, policy = ("registry", store.bucket.arn) if store.create else ("existing", None)
        if store.key_alias and (key := self.resolved.key_of(store.key_alias.name, self.topology.place.account)):
            yield self._resource("registry key", key, "kms:key", policy=key)
        prefixes = [(each.partition("/")[0], each) for each in self.declared.outputs]
        bucket = store.bucket.arn
        yield self._resource(f"{of} bucket", bucket, "s3:bucket", policy=policy, prefixes=tuple(prefixes))
        for word, prefix in prefixes:
            label = f"{of} {word}" if len(prefixes) == 2 else f"{of} {word} below {prefix}"
            yield self._resource(
                f"{of} {word}", f"{bucket}/{prefix}{SOME_OBJECT}", "s3:object", label=label, policy=policy
            )
        for kind, prefix in (
            ("objects", "elsewhere/"),
            ("models", "models/"),
            ("objects", "runs/"),
        ):
            label = f"other {of} {kind}, at {prefix}"
            arn = f"{bucket}/{prefix}{SOME_OBJECT}"
            yield self._resource(f"other {of} {kind}", arn, "s3:object", label=label, policy=policy)

    def _group(self, role_resources: ExecutionRoleResources) -> Iterator[Resource]:
        group = self.topology.group
        if group is None:
            return
        uses = role_resources.uses_of(group.name) | {SHARED}
        of, policy = ("", group.arn) if self.topology.create_group else ("existing ", None)
        yield self._resource(
            f"{of}model package group", group.arn, "sagemaker:model-package-group", policy=policy, uses=uses
        )
        version = group.packages_arn.removesuffix("*") + "1"
        yield self._resource(f"{of}model packages", version, "sagemaker:model-package", policy=policy, uses=uses)

    def _role_resources(self) -> ExecutionRoleResources:
        topology, group = self.topology, self.topology.group
        return ExecutionRoleResources(
            topology.place,
            topology.context.module,
            self.declared.role_actions,
            topology.store.bucket.arn,
            self.declared.outputs,
            group.arn if group else None,
            frozenset(self.resolved.aliases),
        )
