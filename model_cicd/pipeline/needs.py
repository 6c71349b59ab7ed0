"""What the steps of a pipeline need permission for, noted while each step type tells of its steps."""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace

from model_cicd.aws import images
from model_cicd.aws.place import Place
from model_cicd.aws.policy import Conditions, Statement
from model_cicd.pipeline.document import PipelineConfig
from model_cicd.pipeline.environment import PipelineEnvironment
from model_cicd.pipeline.expressions import Expression
from model_cicd.pipeline.fields import LocalFile
from model_cicd.pipeline.patterns import patterns
from model_cicd.pipeline.rights import JobKind, Right
from model_cicd.text.errors import ModelCicdError

_ECR = re.compile(r"(?P<account>[^./]+)\.dkr\.ecr\.(?P<region>[^./]+)\.[^/]+/(?P<repository>[^:@]+)(?:[:@].*)?")


@dataclass
class Needs:
    """The notes. Everything keeps its order and stands once."""

    config: PipelineConfig
    environment: PipelineEnvironment
    jobs: dict[JobKind, None] = field(default_factory=dict)
    reads: dict[str, None] = field(default_factory=dict)
    writes: dict[str, None] = field(default_factory=dict)
    repositories: dict[str, None] = field(default_factory=dict)
    groups: dict[str, set[str]] = field(default_factory=dict)
    baseline_groups: dict[str, None] = field(default_factory=dict)
    more: dict[str, Statement] = field(default_factory=dict)
    # of a definition that stands for itself; those of a YAML are in `config`
    output_keys: dict[str, None] = field(default_factory=dict)
    volume_keys: dict[str, None] = field(default_factory=dict)
    subnet_ids: dict[str, None] = field(default_factory=dict)
    security_group_ids: dict[str, None] = field(default_factory=dict)
    experiments: bool = False

    @property
    def place(self) -> Place:
        """Where the pipeline and its own resources are."""
        return self.environment.place

    def job(self, kind: JobKind) -> None:
        """Jobs, or models, of a kind are made."""
        self.jobs[kind] = None

    def read(self, uri: str | Expression | None) -> None:
        """Everything below an S3 URI is read."""
        self._s3(uri, self.reads)

    def write(self, uri: str | Expression | None, step: str = "") -> None:
        """Something is written below `<uri>/<step>`; without a URI, to the pipeline's own place, noted anyhow."""
        for pattern in self._uris(uri):
            # as Scope.under: the slash at the end of an expression's value is found by the run only, and stays
            above = pattern.rstrip("/") if isinstance(uri, str) else pattern
            self.writes[f"{above}/{step}/" if step else pattern] = None

    def _s3(self, uri: str | Expression | None, into: dict[str, None]) -> None:
        for pattern in self._uris(uri):
            into[pattern] = None

    def _uris(self, uri: str | Expression | None) -> list[str]:
        found = [] if uri is None or isinstance(uri, LocalFile) else patterns(uri, self.config)
        for pattern in found:
            if not re.match(r"s3://[^*/]+", pattern):
                raise ModelCicdError(
                    f"got {pattern!r} for an S3 URI, expected one whose bucket is known, to grant access to it: "
                    "give the parameter behind it a defaultValue or enumValues"
                )
        return found

    def image(self, image: str | Expression) -> None:
        """A container's image is pulled."""
        for pattern in patterns(image, self.config):
            uri = images.resolve(pattern, self.environment.region) if images.is_short(pattern) else pattern
            found = _ECR.fullmatch(uri)
            if found:
                registry = replace(self.place, account=found["account"], region=found["region"])
                self.repositories[registry.arn("ecr", f"repository/{found['repository']}")] = None
            elif pattern == "*":
                self.repositories[self.place.arn("ecr", "repository/*")] = None
            # else a public registry, which asks for no permission

    def register(self, group: str | Expression | None, status: str | Expression) -> None:
        """Versions are created in a model package group."""
        for name in self._groups(group):
            self.groups.setdefault(name, set()).update(patterns(status, self.config))

    def baselines(self, group: str | Expression | None) -> None:
        """The latest approved version of a group is looked up."""
        known = self.config.model_package_group_name or self.environment.model_package_group_name
        for name in self._groups(group) if group is not None or known else []:
            self.baseline_groups[name] = None

    def _groups(self, group: str | Expression | None) -> list[str]:
        if group is not None:
            return patterns(group, self.config)
        return [self.config.model_package_group_name or self.environment.model_package_group_name]

    def allow(self, right: Right, *resources: str, conditions: Conditions | None = None) -> None:
        """A right of one step type alone, on `resources` or those that it has; those of several steps are one."""
        before = self.more.get(right.sid)
        arns = (*(before.resources if before else ()), *(resources or self.resources(right)))
        merged = list(dict.fromkeys(arns))
        self.more[right.sid] = Statement(right.sid, list(right.actions), merged, conditions or {}, why=right.why)

    def resources(self, right: Right) -> list[str]:
        """The ARNs of what a right is on for every step."""
        return [each if each == "*" else self.place.arn("sagemaker", each) for each in right.resources]
