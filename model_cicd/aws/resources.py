"""Sets of resources that belong together, by name and ARN: what topologies consist of and constructs make."""

from __future__ import annotations

from dataclasses import dataclass, field

from model_cicd.aws.place import Named, Place, Placed


@dataclass(frozen=True)
class Vpc:
    """Where something is attached to the network; no subnets mean that it is not."""

    subnet_ids: tuple[str, ...] = ()
    security_group_ids: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.subnet_ids)


@dataclass(frozen=True)
class Repository(Named):
    """A CodeCommit repository of the tooling account, or one at another `host`, whose ARN is empty.

    `create` says whether this module creates and seeds it. `connection` is the ARN of the connection that leads there,
    or the reference with which CloudFormation finds it in a parameter.
    """

    create: bool
    host: str = "codecommit"
    connection: str | None = None

    @property
    def is_here(self) -> bool:
        """Whether it is the tooling account's own."""
        return self.host == "codecommit"


@dataclass(frozen=True)
class IdentityProvider(Named):
    """What stands in an account of IAM for the issuer (URL) of tokens; `name` is the issuer without `https://`."""

    issuer: str

    @classmethod
    def at(cls, place: Place, issuer: str) -> IdentityProvider:
        """The provider of `issuer` in the account of `place`: an account has one.

        https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_providers_create_oidc.html
        """
        name = issuer.removeprefix("https://")
        return cls(name, f"arn:{place.partition}:iam::{place.account}:oidc-provider/{name}", issuer)


@dataclass(frozen=True)
class WebIdentity:
    """The workflow jobs that may take a role: whose tokens `provider` has signed with exactly these claims.

    `subject` is made of the claims in `template` (none: GitHub's default), `branch` where they run, or `environment`, a
    GitHub environment; `workflow` is the one file that may, as the claim `job_workflow_ref` has it. `numbered` is the
    repository with the ids of its owner and its own, where subjects have them.
    """

    provider: IdentityProvider
    audience: str
    subject: str
    repository: str
    branch: str
    environment: str | None
    workflow: str | None
    template: tuple[str, ...] = ()
    numbered: str | None = None


#: what consumers may read of a bucket of models, and where training jobs put models
MODELS = "models/"
#: below the folder of a release: what the environments that serve it are monitored against
BASELINE = "baseline/"
#: outputs of processing jobs, one prefix for each execution, and those among them that are reports
RUNS = "runs/"
REPORTS = f"{RUNS}*.json"
#: where the start role puts the code of jobs
CODE = "code/"
#: where a bucket of releases keeps how candidates were registered
REGISTRATIONS = "registrations/"

#: the source stage of every pipeline, its action, and the artifact that it makes
SOURCE = "Source"
#: the approval action in a stage of a promotion
APPROVE = "Approve"


@dataclass(frozen=True)
class Store(Placed):
    """A bucket, and the key that encrypts it."""

    bucket: Named
    key_alias: Named


@dataclass(frozen=True)
class BuildMachine:
    """What builds run on, and where they install packages from; None and the empty VPC where AWS's own will do.

    `python_index_parameter` is an SSM parameter (of this name and ARN) with the URL of an index and its credentials,
    `npm_token_parameter` one with the token of the npm registry.
    """

    image: str
    compute_type: str
    vpc_id: str | None = None
    vpc: Vpc = Vpc()
    python_index_url: str | None = None
    python_index_parameter: Named | None = None
    npm_registry_url: str | None = None
    npm_token_parameter: Named | None = None


@dataclass(frozen=True)
class Project(Named):
    """A CodeBuild project, the role of its builds, how long one may take, and what it runs on."""

    role: Named
    timeout_minutes: int
    machine: BuildMachine

    @property
    def log_group(self) -> str:
        """The name of its log group."""
        return f"/aws/codebuild/{self.name}"


@dataclass(frozen=True)
class BuildPipeline(Named):
    """A CodePipeline, its role, that of its source action, the build that it runs, and the artifacts that are its own.

    No role of another pipeline gets at `artifacts`.
    """

    role: Named
    source_role: Named
    project: Project
    artifacts: Store

    @property
    def projects(self) -> tuple[Project, ...]:
        """The builds that it runs, in order."""
        return (self.project,)

    @property
    def sources_arn(self) -> str:
        """The ARN of the folder that CodePipeline puts sources in."""
        return self.folder(SOURCE)

    def folder(self, artifact: str) -> str:
        """The ARN of the folder that CodePipeline puts an artifact in.

        It cuts the pipeline's name to 20 characters and the artifact's to 10, so a folder is no boundary between
        pipelines, but one between the artifacts of a pipeline.
        https://docs.aws.amazon.com/codepipeline/latest/userguide/welcome-introducing-artifacts.html
        """
        return f"{self.artifacts.bucket.arn}/{self.name[:20]}/{artifact[:10]}/"


@dataclass(frozen=True)
class BranchPipeline(BuildPipeline):
    """A CodePipeline on a branch; rules are known by their names, `schedule` is `rate(...)` or `cron(...)`.

    There is no `push_rule` where the repository is elsewhere: a trigger starts the pipeline, of pushes that change
    files which `includes` and `excludes` stand for. `events_role` is there for rules. `images` is the build that makes
    images before the other build runs.
    """

    repository: Repository
    branch: str
    events_role: Named
    push_rule: str | None
    schedule: str | None = None
    schedule_rule: str | None = None
    includes: tuple[str, ...] = ()
    excludes: tuple[str, ...] = ()
    images: Project | None = None

    @property
    def projects(self) -> tuple[Project, ...]:
        """The builds that it runs, in order."""
        return (self.images, self.project) if self.images else (self.project,)


#: what the names of log groups of state machines begin with
MACHINE_LOGS = "/aws/vendedlogs/states/"


@dataclass(frozen=True)
class EventMachine:
    """A rule (name) and the state machine that it calls; `role` is the machine's, `events_role` calls it."""

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
        return f"{MACHINE_LOGS}{self.state_machine.name}"


@dataclass(frozen=True)
class Stopping:
    """What stops an execution that a build left running: `machine`, and `role`, which it takes in the build account."""

    machine: EventMachine
    role: Named


@dataclass(frozen=True)
class Forwarding:
    """A rule (name) that sends events of models to another account's bus, and the role that it does so with.

    `failures_rule` sends those of executions that failed, where people are told of them by these alone.
    """

    rule: str
    role: Named
    failures_rule: str | None = None


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
class RegistryStore(Store):
    """Bucket and key of a registry, and the role of the jobs that write models into it.

    `readers` are roles (ARNs) that read reports, and nothing else of the bucket, whatever their own policies allow.
    """

    execution_role: Named
    readers: tuple[str, ...] = ()


@dataclass(frozen=True)
class Releases(Store):
    """What environments serve: copies of approved models, and a model package group of their own.

    `recorder` keeps how each candidate was registered; `role` is the one that releases with.
    """

    models: PackageGroup
    recorder: EventMachine
    role: Named


@dataclass(frozen=True)
class Consumer:
    """Who in `account` may read a registry; neither role need exist yet.

    The model execution role reads bucket and key; the deploy role (the CDK bootstrap's cfn-exec role) reads the model
    package group and creates models from its packages. The roles `monitors` read baselines alone.
    """

    account: str
    model_execution_role: Named
    deploy_role_arn: str
    monitors: tuple[Named, ...] = field(default=(), kw_only=True)


@dataclass(frozen=True)
class Sharing:
    """The consumers of a registry, in its own account and in others, and the organization that the others are in."""

    consumers: tuple[Consumer, ...]
    organization_id: str | None
