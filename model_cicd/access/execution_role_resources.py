"""Resources of a declared pipeline's execution role: what its steps name, and what is beside it."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import dataclass

from model_cicd.access.resource import LOG, ROLE, SOME_OBJECT, Resource
from model_cicd.access.rule_scopes import (
    ANY_STATUS,
    APPROVED,
    BASELINES,
    FOR_OUTPUTS,
    FOR_VOLUMES,
    MADE,
    PENDING,
    REGISTERED,
)
from model_cicd.aws.place import Place
from model_cicd.pipeline.execution_role_actions import SOMETHING, ExecutionRoleActions
from model_cicd.pipeline.steps import automl, training, tuning
from model_cicd.pipeline.steps.registry import TYPES

#: every kind of job, models last
JOBS = sorted(
    dict.fromkeys(kind.rights.job for kind in TYPES if kind.rights.job), key=lambda job: (not job.logs, job.own_name)
)
_STATUSES = (("PendingManualApproval", PENDING), ("Approved", APPROVED), ("*", ANY_STATUS))


@dataclass(frozen=True)
class ExecutionRoleResources:
    """The resources of `role_actions`, for the unit `name` in an account and region (`arns`).

    `bucket_arn` is the bucket of the pipeline's own outputs, which has resources already, `own` what stands before
    their keys, `own_group` the ARN of the unit's model package group, `own_keys` the keys that are resources already.
    """

    arns: Place
    name: str
    role_actions: ExecutionRoleActions
    bucket_arn: str
    own: tuple[str, ...]
    own_group: str | None
    own_keys: frozenset[str]

    def all(self) -> Iterator[Resource]:
        """Everything, in a stable order."""
        yield from self._data()
        yield from self._jobs()
        yield from self._images()
        yield from self._keys()
        yield from self._groups()
        yield from self._elsewhere()
        yield from self._network()

    def _resource(self, kind: str, arn: str, *types: str, label: str = "", **more: object) -> Resource:
        words = f"{label or kind} of {self.name}"
        place = (self.arns.account, self.arns.region)
        return Resource(kind, words, arn, *place, types, frozenset({self.name}), **more)  # type: ignore[arg-type]

    def _data(self) -> Iterator[Resource]:
        uris = dict.fromkeys(self.role_actions.reads, "read") | dict.fromkeys(self.role_actions.writes, "written")
        keys: dict[str, list[str]] = {}
        for uri, verb in uris.items():
            bucket, _, key = uri.removeprefix("s3://").replace("*", SOMETHING).partition("/")
            arn = self.arns.bucket(bucket)
            if arn == self.bucket_arn and key.startswith(self.own):
                continue
            # which folder a run makes is not known: what stands before it is all of the steps'
            keys.setdefault(arn, []).append(key.partition(SOMETHING)[0])
            policy = arn if arn == self.bucket_arn else None
            # a URI stands for every key that begins with it
            examples = [f"{key}{SOME_OBJECT}"] if not key or key.endswith("/") else [key, f"{key}{SOME_OBJECT}"]
            for each in examples:
                label = f"{bucket}/{each}, {verb} by steps"
                yield self._resource(f"data {verb} by steps", f"{arn}/{each}", "s3:object", label=label, policy=policy)
            if arn != self.bucket_arn:
                label = f"bucket of {bucket}/{key}"
                kind = "bucket of steps" if key else "bucket that all is read of"
                yield self._resource(kind, arn, "s3:bucket", label=label, prefixes=(("these data", key),))
        folders = tuple(("these data", key) for key in dict.fromkeys([*self.own, *itertools.chain(*keys.values())]))
        other = self.arns.bucket(f"beside-{self.arns.account}")
        yield self._resource(
            "other buckets", other, "s3:bucket", label="a bucket with the same folders", prefixes=folders
        )
        for arn, known in keys.items():
            beside = [f"{above}elsewhere/{SOME_OBJECT}" for above in dict.fromkeys(["", *map(_above, known)])]
            for each in beside:
                if not each.startswith(tuple(known)) and arn != self.bucket_arn:
                    label = f"{arn.rpartition(':')[2]}/{each}, beside the steps' data"
                    yield self._resource("beside data of steps", f"{arn}/{each}", "s3:object", label=label)

    def _jobs(self) -> Iterator[Resource]:
        made = self.role_actions.makes
        for job in JOBS:
            used = job.plural
            own = used if job in made else None
            beside = own if job.own_name else None
            if automl.JOB in made and job in automl.MADE:
                own, beside = own or f"{used} of Autopilot", f"{used} of Autopilot"
            elif job is training.JOB and tuning.JOB in made:
                own, beside = own or "trials", "trials"
            type_ = job.resource
            resource = f"sagemaker:{type_}"
            yield self._resource(
                own or _of_no_step(used), self.arns.arn("sagemaker", f"{type_}/pipelines-{SOMETHING}-step"), resource
            )
            name = f"{type_}/{SOMETHING}-step" if job.own_name else f"{type_}/other"
            yield self._resource(
                beside or f"other {used}", self.arns.arn("sagemaker", name), resource, label=f"other {used}"
            )
        for kind in ("processing", "training", "transform"):
            log = self.arns.arn("logs", f"log-group:/aws/sagemaker/{kind.title()}Jobs:log-stream:{SOMETHING}")
            jobs = f"{kind} jobs"
            of = jobs if kind in self.role_actions.reports else _of_no_step(jobs)
            logs = "other logs" if of.startswith("other") else f"logs of {of}"
            yield self._resource(logs, log, *LOG, label=f"logs of {jobs}")
        for kind in ("endpoint", "endpoint-config"):
            own = f"shadow {kind}" if self.role_actions.shadow_endpoints else "other endpoints"
            yield self._resource(own, self.arns.arn("sagemaker", f"{kind}/sm-clarify-{SOMETHING}"), f"sagemaker:{kind}")
            yield self._resource(
                "other endpoints",
                self.arns.arn("sagemaker", f"{kind}/other"),
                f"sagemaker:{kind}",
                label=f"other {kind}s",
            )
        for kind in ("experiment", "experiment-trial", "experiment-trial-component"):
            own = kind.replace("-", " ") if self.role_actions.experiments else "other experiments"
            yield self._resource(
                own, self.arns.arn("sagemaker", f"{kind}/{SOMETHING}"), f"sagemaker:{kind}", label=kind
            )

    def _images(self) -> Iterator[Resource]:
        seen: set[str] = set()
        for image in self.role_actions.images:
            registry, _, repository = image.partition("/")
            account, _, host = registry.partition(".dkr.ecr.")
            if host:
                repository = repository.partition("@")[0].partition(":")[0]
                arn = f"arn:{self.arns.partition}:ecr:{host.partition('.')[0]}:{account}:repository/{repository}"
                yield self._resource("images of steps", arn, "ecr:repository", label=f"image {repository}")
                other = f"{arn.partition('/')[0]}/other"
                if other not in seen:
                    seen.add(other)
                    label = f"another image of account {account}"
                    yield self._resource("other images", other, "ecr:repository", label=label)
        yield self._resource("other images", self.arns.arn("ecr", "repository/other"), "ecr:repository")

    def _keys(self) -> Iterator[Resource]:
        for key in dict.fromkeys([*self.role_actions.output_keys, *self.role_actions.volume_keys]):
            if key in self.own_keys or "alias/" in key:
                continue
            relations = ((FOR_OUTPUTS, self.role_actions.output_keys), (FOR_VOLUMES, self.role_actions.volume_keys))
            uses = frozenset(word for word, listed in relations if key in listed)
            arn = key if key.startswith("arn:") else self.arns.arn("kms", f"key/{key}")
            yield self._resource("key of steps", arn, "kms:key", label=f"key {arn.rpartition('/')[2]}", uses=uses)

    def _groups(self) -> Iterator[Resource]:
        for name, uses in self.uses_of_groups().items():
            arn = self.arns.arn("sagemaker", f"model-package-group/{name.lower()}")
            if arn == self.own_group:
                continue
            group, version = "model package group of steps", "model packages of steps"
            yield self._resource(
                group, arn, "sagemaker:model-package-group", label=f"model package group {name}", uses=uses
            )
            arn = self.arns.arn("sagemaker", f"model-package/{name.lower()}/1")
            yield self._resource(version, arn, "sagemaker:model-package", label=f"model packages {name}", uses=uses)

    def uses_of_groups(self) -> dict[str, frozenset[str]]:
        """What steps do with a model package group, by its name."""
        found: dict[str, set[str]] = {}
        for name, statuses in self.role_actions.registers.items():
            words = found.setdefault(name.replace("*", SOMETHING), set())
            words |= {REGISTERED, *(word for status, word in _STATUSES if {status, "*"} & statuses)}
        for name in self.role_actions.baselines:
            found.setdefault(name.replace("*", SOMETHING), set()).add(BASELINES)
        return {name: frozenset(words) for name, words in found.items()}

    def uses_of(self, group: str) -> frozenset[str]:
        """What steps do with one model package group; names that a policy compares are in lower case."""
        known = {name.lower(): words for name, words in self.uses_of_groups().items()}
        return known.get(group.lower(), frozenset())

    def _elsewhere(self) -> Iterator[Resource]:
        actions, arns = self.role_actions, self.arns
        for arn in actions.functions:
            yield self._resource(
                "functions of steps", arn, "lambda:function", label=f"function {arn.rpartition(':')[2]}"
            )
        yield self._resource("other functions", arns.arn("lambda", "function:other"), "lambda:function")
        for url in actions.queues:
            host, account, name = url.removeprefix("https://").split("/")
            arn = f"arn:{arns.partition}:sqs:{host.split('.')[1]}:{account}:{name}"
            yield self._resource("queues of steps", arn, "sqs:queue", label=f"queue {name}")
        yield self._resource("other queues", arns.arn("sqs", "other"), "sqs:queue")
        for cluster in actions.clusters:
            arn = arns.arn("elasticmapreduce", f"cluster/{cluster.replace('*', 'j-1')}")
            uses = frozenset({MADE} if "*" in actions.clusters else ())
            yield self._resource(
                "clusters of steps", arn, "elasticmapreduce:cluster", label=f"cluster {cluster}", uses=uses
            )
        if "*" not in actions.clusters:
            yield self._resource(
                "other clusters", arns.arn("elasticmapreduce", "cluster/j-other"), "elasticmapreduce:cluster"
            )
        for name in ("StepStatusUpdateRule", "ClusterStatusUpdateRule"):
            arn = arns.arn("events", f"rule/SageMakerPipelineExecutionEMR{name}")
            kind = "rules of clusters" if actions.clusters else "other rules"
            yield self._resource(kind, arn, "events:rule-on-default-event-bus", label=f"rule {name}")
        yield self._resource("other rules", arns.arn("events", "rule/other"), "events:rule-on-default-event-bus")
        for role in actions.roles:
            arn = role if role.startswith("arn:") else arns.role(role)
            yield self._resource("roles of clusters", arn, *ROLE, label=f"role {arn.rpartition('/')[2]}")

    def _network(self) -> Iterator[Resource]:
        subnets = list(self.role_actions.subnets)
        for plural, resource, names in (
            ("subnets", "subnet", subnets),
            ("security groups", "security-group", list(self.role_actions.security_groups)),
            ("network interfaces", "network-interface", [SOMETHING] if subnets else []),
        ):
            for name in names:
                arn = self.arns.arn("ec2", f"{resource}/{name}")
                inside = (("own subnet", self.arns.arn("ec2", f"subnet/{subnets[0]}")),)
                yield self._resource(
                    f"{plural} of jobs", arn, f"ec2:{resource}", label=f"{resource} {name}", prefixes=inside
                )


def _of_no_step(jobs: str) -> str:
    """Jobs of a kind that no step makes; what starts the pipeline may look at some whatever its steps are."""
    return f"{jobs} of no step" if jobs in ("processing jobs", "training jobs") else f"other {jobs}"


def _above(key: str) -> str:
    """The folder of a key."""
    above = key.rstrip("/").rpartition("/")[0]
    return f"{above}/" if above else ""
