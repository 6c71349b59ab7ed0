"""What may be asked for of environments that read and write data in S3: runs, jobs and logs, and the data."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from model_cicd.access.resource import SOME_OBJECT, Resource
from model_cicd.aws.place import Place
from model_cicd.hosting import BatchTransform, Prefix
from model_cicd.sagemaker_model_cicd.topology import EndpointTarget, GroupTopology, Topology

#: the variant of a request for the list of a bucket
INPUT = "input"


def batch_resources(topology: Topology) -> Iterator[Resource]:
    """Those of every group; the log group of an account's transform jobs is for all of its environments."""
    groups: dict[Place, list[str]] = {}
    for group in topology.groups:
        for target in group.promotion.targets:
            waits = target.hosting.asynchronous
            if waits:
                yield from _Of(topology, group, target).data("async", waits.input, waits.output, waits.topics)
            if isinstance(transform := target.hosting.kind, BatchTransform):
                yield from _Of(topology, group, target).transforms(transform)
                groups.setdefault(target.environment.place, []).append(group.name)
    for place, names in groups.items():
        log = "log-group:/aws/sagemaker/TransformJobs:log-stream:somebody-elses"
        for kind, arn, type_, of in (
            ("log group of transform jobs", place.arn("logs", log), "logs:log-group", frozenset(names)),
            ("logs of other transform jobs", place.arn("logs", log), "logs:log-stream", frozenset()),
            (
                "other transform jobs",
                place.arn("sagemaker", "transform-job/else"),
                "sagemaker:transform-job",
                frozenset(),
            ),
        ):
            label = f"{kind} of account {place.account}"
            yield Resource(kind, label, arn, place.account, place.region, (type_,), of)


@dataclass(frozen=True)
class _Of:
    topology: Topology
    group: GroupTopology
    target: EndpointTarget

    def transforms(self, transform: BatchTransform) -> Iterator[Resource]:
        """Runs, their jobs, and what these work on."""
        runs, place = self.target.batch, self.target.environment.place
        assert runs is not None
        job = f"{runs.job_prefix}-a1b2c3"
        stream = f"log-group:/aws/sagemaker/TransformJobs:log-stream:{job}/i-01234567"
        yield self._one("batch runs", runs.machine.state_machine.arn, "states:statemachine")
        yield self._one("batch jobs", place.arn("sagemaker", f"transform-job/{job}"), "sagemaker:transform-job")
        yield self._one("batch log", place.arn("logs", stream), "logs:log-stream")
        topics = (transform.topic_arn,) if transform.topic_arn else ()
        yield from self.data("batch", transform.input, transform.output, topics)

    def data(self, word: str, source: Prefix, target: Prefix, topics: Sequence[str]) -> Iterator[Resource]:
        """The customer's prefixes and topics."""
        for topic in topics:
            yield self._one(f"{word} topic", topic, "sns:topic")
        yield from self._data(f"{word} input", source)
        yield from self._data(f"{word} output", target)
        if source.bucket not in self.topology.buckets:
            arn, prefixes = self.target.environment.place.bucket(source.bucket), ((INPUT, f"{source.path}/"),)
            yield self._one(f"{word} input bucket", arn, "s3:bucket", prefixes=prefixes)

    def _data(self, kind: str, data: Prefix) -> Iterator[Resource]:
        """Objects of a bucket and a key of the customer's, whose policies are not here."""
        if data.bucket in self.topology.buckets:
            return
        arn = self.target.environment.place.bucket(data.bucket)
        yield self._one(kind, f"{arn}/{data.path}/{SOME_OBJECT}", "s3:object")
        yield self._one(f"beside {kind}", f"{arn}/{data.path}-beside/{SOME_OBJECT}", "s3:object")
        if data.key_arn:
            yield self._one(f"key of {kind}", data.key_arn, "kms:key")

    def _one(self, kind: str, arn: str, *types: str, prefixes: tuple[tuple[str, str], ...] = ()) -> Resource:
        environment, groups = self.target.environment, frozenset({self.group.name})
        label = f"{kind} of {environment.name} ({environment.type}) of {self.group.name}"
        at = (environment.account, environment.region, types, groups, environment.name)
        return Resource(kind, label, arn, *at, prefixes=prefixes)
