"""Sets of resources that belong together, by name and ARN: what topologies consist of and constructs make."""

from __future__ import annotations

from dataclasses import dataclass

from model_cicd.aws.place import Named, Place


@dataclass(frozen=True)
class Vpc:
    """Where something is attached to the network; no subnets mean that it is not."""

    subnet_ids: tuple[str, ...] = ()
    security_group_ids: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.subnet_ids)


@dataclass(frozen=True)
class Repository(Named):
    """A CodeCommit repository of the tooling account; `create` says whether this module creates and seeds it."""

    create: bool


@dataclass(frozen=True)
class ArtifactStore:
    """Bucket and key of what CodePipeline hands from stage to stage."""

    place: Place
    bucket: Named
    key_alias: Named


@dataclass(frozen=True)
class Project(Named):
    """A CodeBuild project and the role of its builds."""

    role: Named

    @property
    def log_group(self) -> str:
        """The name of its log group."""
        return f"/aws/codebuild/{self.name}"


@dataclass(frozen=True)
class BuildPipeline(Named):
    """A CodePipeline, its role, and the build that it runs."""

    role: Named
    project: Project


@dataclass(frozen=True)
class BranchPipeline(BuildPipeline):
    """A CodePipeline on a branch; rules are known by their names, `schedule` is `rate(...)` or `cron(...)`."""

    repository: Repository
    branch: str
    events_role: Named
    push_rule: str
    schedule: str | None = None
    schedule_rule: str | None = None


@dataclass(frozen=True)
class Trigger:
    """What starts a promotion pipeline: a rule (name) and the state machine that it calls."""

    rule: str
    events_role: Named
    state_machine: Named
    role: Named

    @property
    def log_group(self) -> str:
        """The name of the state machine's log group.

        The prefix spares CloudWatch's resource policy, which holds few log groups by name:
        https://docs.aws.amazon.com/step-functions/latest/dg/bp-cwl.html
        """
        return f"/aws/vendedlogs/states/{self.state_machine.name}"


@dataclass(frozen=True)
class Forwarding:
    """A rule (name) that sends events to another account's bus, and the role that it does so with."""

    rule: str
    role: Named


@dataclass(frozen=True)
class PackageGroup(Named):
    """A SageMaker model package group; `packages_arn` is every version in it, `model-package/<group>/*`."""

    packages_arn: str

    @classmethod
    def at(cls, place: Place, name: str) -> PackageGroup:
        """The group `name` at `place`.

        SageMaker writes names in lower case into its ARNs, and policies compare ARNs with regard to case.
        """
        lower = name.lower()
        return cls(
            name,
            place.arn("sagemaker", f"model-package-group/{lower}"),
            place.arn("sagemaker", f"model-package/{lower}/*"),
        )


@dataclass(frozen=True)
class RegistryStore:
    """Bucket and key of a registry, and the role of the jobs that write models into it."""

    place: Place
    bucket: Named
    key_alias: Named
    execution_role: Named


@dataclass(frozen=True)
class Consumer:
    """Who in `account` may read a registry; neither role need exist yet.

    The model execution role reads bucket and key; the deploy role (the CDK bootstrap's cfn-exec role) reads the model
    package group and creates models from its packages.
    """

    account: str
    model_execution_role: Named
    deploy_role_arn: str


@dataclass(frozen=True)
class Sharing:
    """The consumers of a registry, in its own account and in others, and the organization that the others are in."""

    consumers: tuple[Consumer, ...]
    organization_id: str | None
