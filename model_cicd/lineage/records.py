"""What is known of the origin of a version."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from model_cicd.aws.comparison import DATA_SET
from model_cicd.operate.packages import Version, property_of
from model_cicd.operate.records import Group, Place
from model_cicd.operate.serving import Serving
from model_cicd.promotion.release import Release
from model_cicd.text.metrics import Metric, measured


@dataclass(frozen=True)
class Job:
    """A job of the execution, by its step; what SageMaker does not say is empty.

    `seconds` are those that are paid for: of a training job SageMaker's own number, of a processing job from its start
    to its end.
    """

    step: str
    arn: str
    image: str = ""
    script: str = ""
    hyperparameters: Mapping[str, str] = field(default_factory=dict)
    instances: str = ""
    seconds: int | None = None

    @property
    def image_digest(self) -> str:
        """`sha256:...` where the image is named by it, or the empty string."""
        return self.image.partition("@")[2]


@dataclass(frozen=True)
class Execution:
    """The execution that registered the version; times are ISO 8601, UTC. Parameters have their defaults."""

    arn: str
    status: str
    started: str
    by: str
    description: str
    parameters: Mapping[str, str]
    jobs: tuple[Job, ...]


@dataclass(frozen=True)
class Decision:
    """The approval state; of a decided version, who changed it last, which is who decided, when, and the reason."""

    status: str
    by: str = ""
    at: str = ""
    reason: str = ""


@dataclass(frozen=True)
class LifeCycle:
    """Where in its life the version is, as the registry has it (`ModelLifeCycle`)."""

    stage: str
    status: str
    description: str


@dataclass(frozen=True)
class StageApproval:
    """The answer to the approval of a promotion's stage: `status` is Approved or Rejected, `at` ISO 8601, UTC."""

    stage: str
    status: str
    by: str
    at: str
    comment: str
    execution: str


@dataclass(frozen=True)
class Container:
    """What serves a request: its image, the digest that SageMaker found of it, and its artifact in S3."""

    image: str
    image_digest: str
    artifact: str


@dataclass(frozen=True)
class Code:
    """What was trained from; empty where nobody said it."""

    repository: str
    branch: str
    commit: str


@dataclass(frozen=True)
class Lineage:
    """A version with everything that is known of its origin. `unknown` are the parts that could not be read, and why.

    `approvals` of stages are in the order of time, as far back as CodePipeline remembers.
    `properties` are those that the training put on the version; `release` is None where it was never released, or
    where that is unknown.
    """

    group: Group
    version: Version
    properties: Mapping[str, str]
    containers: tuple[Container, ...]
    decision: Decision
    execution: Execution | None
    release: Release | None
    serves: tuple[tuple[Place, Serving], ...]
    unknown: Mapping[str, str] = field(default_factory=dict)
    approvals: tuple[StageApproval, ...] = ()
    life_cycle: LifeCycle | None = None

    @property
    def code(self) -> Code:
        """By the properties of the version, else by the parameters or the description of the execution."""
        execution = self.execution
        given = execution.parameters if execution else {}
        # `model-cicd run` describes executions as `<repository> <branch> <commit>`
        words = execution.description.split() if execution else []
        repository, branch, commit = words if len(words) == 3 else ("", "", "")
        return Code(
            repository=self._said("repository", given) or repository,
            branch=self._said("branch", given) or branch,
            commit=self.version.commit or property_of(given, "commitid", "commit") or commit,
        )

    def _said(self, name: str, given: Mapping[str, str]) -> str:
        return property_of(self.properties, name) or property_of(given, name)

    @property
    def data(self) -> dict[str, str]:
        """What the execution was given of S3, by the name of the parameter or property; the data set's version."""
        given = {**self.properties, **(self.execution.parameters if self.execution else {})}
        found = {name: value for name, value in given.items() if value.startswith("s3://")}
        return dict(sorted({**found, **{name: given[name] for name in DATA_SET if given.get(name)}}.items()))

    @property
    def jobs(self) -> tuple[Job, ...]:
        """The jobs of the execution."""
        return self.execution.jobs if self.execution else ()

    @property
    def metrics(self) -> list[Metric]:
        """What the training measured."""
        return measured(self.properties)
