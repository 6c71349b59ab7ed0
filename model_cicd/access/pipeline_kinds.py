"""Who asks in a deployment of `sagemaker-pipeline`, and for what: the kinds of that module."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from model_cicd.access.declared import DECLARED_ROLE, Declared
from model_cicd.access.resolve import Resolved
from model_cicd.access.subjects import Subject
from model_cicd.access.target import SOME_OBJECT, Target
from model_cicd.access.work_targets import WorkTargets
from model_cicd.sagemaker_pipeline.outputs import published_facts
from model_cicd.sagemaker_pipeline.topology import PipelineTopology


def pipeline_subjects(topology: PipelineTopology, declared: Declared) -> Iterator[tuple[str, Subject]]:
    """Its execution role, people with a published policy, and the roles of consumers, which need not exist yet."""
    name = topology.context.module
    own, account = frozenset({name}), topology.place.account
    arn = topology.execution_role.arn
    yield arn, Subject(DECLARED_ROLE, f"execution role of {name}", arn, account, groups=own, does=declared.does)
    for kind, policy in (
        ("pipeline starter", topology.starter.arn),
        ("registry approver", topology.approver.arn),
    ):
        person = topology.place.role(f"{kind.replace(' ', '-')}-of-{name}")
        yield policy, Subject(kind, f"{kind} of {name}", person, account, groups=own)
    for consumer in (*topology.own_consumers, *topology.consumers):
        role = consumer.model_execution_role.arn
        label = f"model role of account {consumer.account}"
        yield role, Subject("model role of a consumer", label, role, consumer.account, groups=own, given=True)


@dataclass(frozen=True)
class PipelineTargets:
    """The targets of the module's own."""

    topology: PipelineTopology
    resolved: Resolved
    declared: Declared

    def all(self) -> Iterator[Target]:
        """Everything, in a stable order: first the registry."""
        yield from self._store()
        work = self._work()
        yield from self._group(work)
        topology = self.topology
        pipeline = topology.pipeline.arn
        yield self._target("SageMaker pipeline", pipeline, "sagemaker:pipeline")
        yield self._target("SageMaker executions", f"{pipeline}/execution/a1b2c3", "sagemaker:pipeline-execution")
        for name in published_facts(topology, "key"):
            arn = topology.place.arn("ssm", f"parameter{topology.parameter_path}/{name}")
            yield self._target("published parameters", arn, "ssm:parameter", label=f"parameter {name}")
        yield from work.all()

    def _target(self, kind: str, arn: str, *types: str, label: str = "", **more: object) -> Target:
        name = self.topology.context.module
        words, place = f"{label or kind} of {name}", (self.topology.place.account, self.topology.place.region)
        return Target(kind, words, arn, *place, types, frozenset({name}), **more)  # type: ignore[arg-type]

    def _store(self) -> Iterator[Target]:
        store = self.topology.store
        of, policy = ("registry", store.bucket.arn) if store.create else ("existing", None)
        if store.key_alias and (key := self.resolved.key_of(store.key_alias.name, self.topology.place.account)):
            yield self._target("registry key", key, "kms:key", policy=key)
        prefixes = [(each.partition("/")[0], each) for each in self.declared.outputs]
        bucket = store.bucket.arn
        yield self._target(f"{of} bucket", bucket, "s3:bucket", policy=policy, prefixes=tuple(prefixes))
        for word, prefix in prefixes:
            label = f"{of} {word}" if len(prefixes) == 2 else f"{of} {word} below {prefix}"
            yield self._target(
                f"{of} {word}", f"{bucket}/{prefix}{SOME_OBJECT}", "s3:object", label=label, policy=policy
            )
        for kind, prefix in (
            ("objects", "elsewhere/"),
            ("models", "models/"),
            ("objects", "runs/"),
        ):
            label = f"other {of} {kind}, at {prefix}"
            arn = f"{bucket}/{prefix}{SOME_OBJECT}"
            yield self._target(f"other {of} {kind}", arn, "s3:object", label=label, policy=policy)

    def _group(self, work: WorkTargets) -> Iterator[Target]:
        group = self.topology.group
        if group is None:
            return
        uses = work.uses_of(group.name)
        of, policy = ("", group.arn) if self.topology.create_group else ("existing ", None)
        yield self._target(
            f"{of}model package group", group.arn, "sagemaker:model-package-group", policy=policy, uses=uses
        )
        version = group.packages_arn.removesuffix("*") + "1"
        yield self._target(f"{of}model packages", version, "sagemaker:model-package", policy=policy, uses=uses)

    def _work(self) -> WorkTargets:
        topology, group = self.topology, self.topology.group
        return WorkTargets(
            topology.place,
            topology.context.module,
            self.declared.work,
            topology.store.bucket.arn,
            self.declared.outputs,
            group.arn if group else None,
            frozenset(self.resolved.aliases),
        )
