"""What the steps of a pipeline need permission for, noted while each step type tells of its steps."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from model_cicd.aws import images
from model_cicd.aws.policy import Conditions, Statement
from model_cicd.pipeline.expressions import Expression
from model_cicd.pipeline.fields import LocalFile
from model_cicd.pipeline.patterns import patterns
from model_cicd.pipeline.schema import PipelineConfig
from model_cicd.text.errors import ModelCicdError

_ECR = re.compile(r"(?P<account>[^./]+)\.dkr\.ecr\.(?P<region>[^./]+)\.[^/]+/(?P<repository>[^:@]+)(?:[:@].*)?")


@dataclass(frozen=True, kw_only=True)
class Place:
    """Where the pipeline and its own resources are. Texts may be tokens of whoever writes the policy: they stay whole.

    `bucket` is the name of the pipeline's bucket and `kms_key_arn` its key, empty where it has none of its own;
    `runs` and `models` are what stands in front of the keys (see CompileContext). `region_name` is the region as a
    literal, needed for short forms of images only.
    """

    partition: str
    account: str
    region: str
    role_arn: str
    bucket: str
    kms_key_arn: str = ""
    pipeline_name: str = ""
    model_package_group_name: str = ""
    runs: str = ""
    models: str = ""
    region_name: str = ""
    dns_suffix: str = "amazonaws.com"
    subnet_ids: Sequence[str] = ()
    security_group_ids: Sequence[str] = ()


@dataclass
class Needs:
    """The notes. Everything keeps its order and stands once."""

    config: PipelineConfig
    place: Place
    jobs: dict[str, None] = field(default_factory=dict)
    reads: dict[str, None] = field(default_factory=dict)
    writes: dict[str, None] = field(default_factory=dict)
    repositories: dict[str, None] = field(default_factory=dict)
    groups: dict[str, set[str]] = field(default_factory=dict)
    baseline_groups: dict[str, None] = field(default_factory=dict)
    more: dict[str, Statement] = field(default_factory=dict)

    @property
    def partition(self) -> str:
        """The partition of the place."""
        return self.place.partition

    @property
    def registers(self) -> bool:
        """Whether models are registered."""
        return bool(self.groups)

    def job(self, kind: str) -> None:
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
            uri = images.resolve(pattern, self.place.region_name) if images.is_short(pattern) else pattern
            found = _ECR.fullmatch(uri)
            if found:
                arn = f"arn:{self.partition}:ecr:{found['region']}:{found['account']}:repository/{found['repository']}"
            elif pattern == "*":
                arn = f"arn:{self.partition}:ecr:{self.place.region}:{self.place.account}:repository/*"
            else:
                continue  # a public registry, which asks for no permission
            self.repositories[arn] = None

    def register(self, group: str | Expression | None, status: str | Expression) -> None:
        """Versions are created in a model package group."""
        for name in self._groups(group):
            self.groups.setdefault(name, set()).update(patterns(status, self.config))

    def baselines(self, group: str | Expression | None) -> None:
        """The latest approved version of a group is looked up."""
        for name in self._groups(group) if group is not None or self.config.model_package_group_name else []:
            self.baseline_groups[name] = None

    def _groups(self, group: str | Expression | None) -> list[str]:
        if group is not None:
            return patterns(group, self.config)
        return [self.config.model_package_group_name or self.place.model_package_group_name]

    def allow(
        self, sid: str, actions: Sequence[str], *resources: str, conditions: Conditions | None = None, why: str = ""
    ) -> None:
        """Something that belongs to one step type alone; resources of one `sid` are put together."""
        before = self.more.get(sid)
        known = list(before.resources) if before else []
        merged = [*known, *(each for each in resources if each not in known)]
        self.more[sid] = Statement(sid, list(actions), merged, conditions or {}, why=why)
