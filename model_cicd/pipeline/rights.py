"""What a step type gives the pipeline's execution role rights for: records that each type fills in.

The role's policy (permissions.py), the expected matrix of `model-cicd access` and the tables of docs/pipeline.md are
made of them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from model_cicd.aws.images import PULL

_AUTHORIZATION = "https://docs.aws.amazon.com/service-authorization/latest/reference/list_"


@dataclass(frozen=True, kw_only=True, eq=False)
class Right:
    """Actions that the role may do for a step, in the statement `sid` of its policy.

    `on` says what on, in words; `page` is AWS's page of it; `why` is the reason for wildcards. `resources` are below
    `arn:<partition>:sagemaker:<region>:<account>:`, where they are the same for every step (`*`: every resource).

    The expected matrix has a row of the actions for each kind of target in `targets` (each with its type in AWS's
    service authorization reference), where `scope` holds, in the contexts `contexts`; `shared` says that the target may
    be another account's, whose own policies count, too. Without targets the rows stand in the matrix's file.
    """

    sid: str
    actions: tuple[str, ...]
    on: str
    page: str
    why: str = ""
    resources: tuple[str, ...] = ()
    targets: Mapping[str, str] = field(default_factory=dict)
    scope: str = ""
    contexts: tuple[str, ...] = ()
    shared: bool = False


@dataclass(frozen=True, kw_only=True, eq=False)
class JobKind:
    """A kind of job, or of resource, that SageMaker makes for a step with the role.

    `api` is how its operations call it (`Create<api>`), `resource` its type in ARNs, `logs` are the log groups, and
    namespaces of metrics, below `/aws/sagemaker/` that its containers write to. `own_name` says that its name is too
    short for the prefix `pipelines-` of the others. `also` are rights on what a job makes by itself.
    """

    name: str
    api: str
    resource: str
    verbs: tuple[str, ...] = ("Create", "Describe", "Stop")
    more: tuple[str, ...] = ()
    logs: tuple[str, ...] = ()
    own_name: bool = False
    also: tuple[Right, ...] = ()

    @property
    def actions(self) -> tuple[str, ...]:
        """What the role does with jobs of the kind; besides, it tags what it makes."""
        return tuple(f"sagemaker:{each}" for each in (*(f"{verb}{self.api}" for verb in self.verbs), *self.more))

    @property
    def targets(self) -> Mapping[str, str]:
        """As the targets of a right."""
        return {self.plural: f"sagemaker:{self.resource}"}

    @property
    def plural(self) -> str:
        """What the expected matrix calls them."""
        return "models of steps" if self.name == "model" else f"{self.name} jobs"


@dataclass(frozen=True, kw_only=True)
class Rights:
    """All of a step type: the kind of job that it makes, and what else its steps use; or `none`, why it has none."""

    job: JobKind | None = None
    uses: tuple[Right, ...] = ()
    none: str = ""

    @property
    def all(self) -> tuple[Right, ...]:
        """The rights besides those on the job itself."""
        return (*self.uses, *(self.job.also if self.job else ()))


READ = Right(
    sid="Read",
    actions=("s3:GetObject",),
    on="objects below the S3 URIs that a step reads",
    page=f"{_AUTHORIZATION}amazons3.html",
    why="objects below the prefixes that the pipeline's steps use",
)
WRITE = Right(
    sid="Write",
    actions=("s3:AbortMultipartUpload", "s3:PutObject"),
    on="objects below the pipeline's own prefixes and the S3 URIs that a step writes to",
    page=f"{_AUTHORIZATION}amazons3.html",
    why=READ.why,
)
IMAGES = Right(
    sid="Images",
    actions=PULL,
    on="repositories of the images that a step names; with `ecr:GetAuthorizationToken`, which has no resource",
    page="https://docs.aws.amazon.com/sagemaker/latest/dg/sagemaker-roles.html",
)
