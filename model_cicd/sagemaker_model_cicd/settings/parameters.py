"""The parameters of the module `sagemaker-model-cicd`, under the names that stand in a manifest."""

from __future__ import annotations

from typing import Any

from pydantic import Field

from model_cicd.aws.bootstrap import DEFAULT_QUALIFIER
from model_cicd.sagemaker_model_cicd.settings.asynchronous import Async
from model_cicd.sagemaker_model_cicd.settings.batch import Batch, Kind
from model_cicd.sagemaker_model_cicd.settings.builds import (
    REDEPLOY_MINUTES,
    BuildMinutes,
    Builds,
    Promotion,
    Training,
)
from model_cicd.sagemaker_model_cicd.settings.endpoint import Endpoint
from model_cicd.sagemaker_model_cicd.settings.images import OwnImage
from model_cicd.sagemaker_model_cicd.settings.monitoring import Monitoring
from model_cicd.sagemaker_model_cicd.settings.network import NetworkConfig
from model_cicd.sagemaker_model_cicd.settings.notifications import Notifications
from model_cicd.sagemaker_model_cicd.settings.retention import Retention
from model_cicd.sagemaker_model_cicd.settings.seeds import Seed
from model_cicd.sagemaker_model_cicd.settings.sources import (
    ConnectionArn,
    GitHub,
    GitHubEnvironment,
    GroupRepository,
    Host,
    RepositoryName,
    Runner,
    Workflow,
)
from model_cicd.sagemaker_model_cicd.settings.stage_tests import Tests
from model_cicd.settings import types
from model_cicd.settings.acknowledgement import AccessAcknowledgement
from model_cicd.settings.strict import Settings


class FetchedRepository(Settings):
    """A repository, and how a pipeline fetches from it."""

    host: Host = Field("codecommit", description="where the repository is")
    name: RepositoryName = Field(
        description="name of the repository in the tooling account; at another host `owner/repository`"
    )
    connection_arn: ConnectionArn | None = Field(
        None,
        alias="connectionArn",
        description="connection of CodeConnections (or CodeStar Connections) in the tooling account and region through "
        "which the pipeline fetches code from another host: its ARN, or `ssm:/name` of a parameter that holds it",
    )


class InfraRepo(FetchedRepository):
    """The repository that holds the infrastructure code: a commit to its branch redeploys this module."""

    branch: types.Branch = Field("main", description="the branch whose commits redeploy the module")
    create: bool = Field(
        True, description="create and seed the repository in CodeCommit; false uses the existing one, as other hosts do"
    )
    timeout_minutes: BuildMinutes = Field(
        REDEPLOY_MINUTES, alias="timeoutMinutes", description="longest time of a redeployment, 5 to 2160 minutes"
    )
    runner: Runner = Field(
        "codebuild",
        description="what redeploys: a CodePipeline, or a workflow of a GitHub repository, which runs "
        "`seedfarmer apply` with a role of the tooling account",
    )
    environment: GitHubEnvironment | None = Field(
        None, description="with `github-actions`: the GitHub environment of the job, in the place of the branch"
    )
    workflow: Workflow | None = Field(
        None, description="with `github-actions`: the one workflow file that may, as `job_workflow_ref` has it"
    )


class ModelBuildRepo(FetchedRepository):
    """The repository that holds the training code."""

    create: bool = Field(
        True, description="create and seed the repository in CodeCommit; false uses the existing one, as other hosts do"
    )
    seed: Seed = Field(
        "declarative",
        description="what it starts with: `declarative`, `sdk-v2` or `sdk-v3` (the SageMaker Python SDK), or a folder "
        "of the module's bundle, with a slash such as `./training`",
    )


class BuildEnvironment(Settings):
    """The account and region that train a group's models and own its registry."""

    name: types.EnvironmentName = Field(description="name of the environment, unique in its group")
    account: types.Account = Field(description="account id, 12 digits in quotes")
    region: types.Region = Field(description="AWS region")
    type: types.EnvironmentType = Field(description="dev, preprod or prod")
    kind: Kind | None = Field(None, description="as of a deploy environment, where it joins them; `none`: it does not")
    endpoint: Endpoint = Field(
        default_factory=Endpoint, description="how it serves, where it joins the deploy environments"
    )
    batch: Batch | None = Field(None, description="as of a deploy environment, where it joins them")
    asynchronous: Async | None = Field(None, alias="async", description="as of a deploy environment")
    monitoring: Monitoring | None = Field(None, description="[what it captures is analysed](monitoring.md)")
    require_approval: bool | None = Field(
        None, alias="requireApproval", description="as of a deploy environment, where it joins them"
    )
    tests: Tests | None = Field(None, description="as of a deploy environment, where it joins them")
    moved_from: types.Account | None = Field(
        None,
        alias="movedFrom",
        description="the build account that the group had before, which an apply asks for when another one is given: "
        "its registry stays there, and the new account starts without a version",
    )


class DeployEnvironment(Settings):
    """An account that serves a group's approved models; it may read the registry and never writes it."""

    name: types.EnvironmentName = Field(description="name of the environment, unique in its group")
    account: types.Account = Field(description="account id, 12 digits in quotes")
    region: types.Region | None = Field(None, description="the build environment's region, which is also the default")
    type: types.EnvironmentType = Field(description="dev, preprod or prod; no prod in a group that builds in dev")
    kind: Kind | None = Field(
        None,
        description="[how it serves](life.md#ways-to-serve): `endpoint` unless `endpoint.serverless` is given; "
        "`serverless`: the same with its defaults; `async`: with a queue, down to no instance; `batch`: transforms of "
        "data in S3, without an endpoint; `none`: it is not deployed to",
    )
    endpoint: Endpoint = Field(default_factory=Endpoint, description="how its endpoint serves")
    batch: Batch | None = Field(None, description="with `kind: batch`: what is transformed, when and where to")
    asynchronous: Async | None = Field(None, alias="async", description="with `kind: async`: where requests are")
    monitoring: Monitoring | None = Field(None, description="[what it captures is analysed](monitoring.md)")
    require_approval: bool | None = Field(
        None,
        alias="requireApproval",
        description="somebody has to approve before a version is deployed here; true for prod, else false",
    )
    tests: Tests | None = Field(None, description="[tests](life.md#tests-between-stages) that end a promotion")


class DeploymentGroup(Settings):
    """A branch of the training repository, where it trains and where its models are deployed."""

    name: types.GroupName = Field(description="name of the group, unique without regard to case")
    source_branch: types.Branch = Field(
        alias="sourceBranch", description="the branch whose pushes train this group; one group a branch"
    )
    build_environment: BuildEnvironment = Field(
        alias="buildEnvironment", description="the environment that trains and owns the registry"
    )
    deploy_environments: types.Listed[DeployEnvironment] = Field(
        (),
        alias="deployEnvironments",
        description="the environments that serve, in order; the build environment joins, first, when its account is "
        "not listed, and is the only one where none is",
    )
    pipeline_parameters: types.PipelineParameters = Field(
        default_factory=dict,
        alias="pipelineParameters",
        description="values for the parameters of the SageMaker pipeline, so that each branch trains on its own data",
    )
    pipeline_config: dict[str, Any] | None = Field(
        None,
        alias="pipelineConfig",
        description="the pipeline itself, [as `pipeline` of sagemaker-pipeline](pipeline.md), in the place of "
        "`pipeline.yaml` and `buildspec.yml` of the repository",
    )
    image_repositories: types.Listed[types.ImageRepository] = Field(
        (),
        alias="imageRepositories",
        description="ARNs of the ECR repositories that images may come from besides those of AWS's own accounts",
    )
    images: types.Listed[OwnImage] = Field(
        (),
        description="[images of one's own](images.md), built from Dockerfiles of the repository before each training",
    )
    runs_expire_after_days: types.Days | None = Field(
        None,
        alias="runsExpireAfterDays",
        description="the registry's `runs/`, what processing jobs wrote, is deleted after so many days, at least 1; "
        "kept without. A cached step whose output is gone fails: `cache.expireAfter` should be shorter",
    )
    data_scientists: types.Listed[types.RoleArn] = Field(
        (),
        alias="dataScientists",
        max_length=20,  # with ARNs of any length, both policies that name them stay within their limits
        description="ARNs of roles of the build account that read the reports of trainings in the registry, "
        "`runs/*.json`: they have the group's data scientist policy, and the registry's key and bucket name them; not "
        "beside `pipelineConfig`",
    )
    compare_with_serving: bool = Field(
        False,
        alias="compareWithServing",
        description="trainings may read the newest release, for [`betterThanServing`](life.md#gates)",
    )
    training: Training = Field(default_factory=Training, description="how a build goes with the training it starts")
    promotion: Promotion = Field(default_factory=Promotion, description="what builds and approvals may take")
    schedule: types.Schedule | None = Field(
        None, description="`rate(...)` or `cron(...)` in UTC for retraining besides pushes"
    )
    network_config: NetworkConfig = Field(
        default_factory=NetworkConfig, alias="networkConfig", description="network settings of the group's jobs"
    )
    model_build_repo: GroupRepository | None = Field(
        None, alias="modelBuildRepo", description="a repository of its own, in the place of `model-build-repo`"
    )
    retention: Retention | None = Field(
        None,
        description="which versions [`model-cicd retire`](life.md#retirement) retires, and a policy for who does it",
    )
    life_cycle: bool = Field(
        False,
        alias="lifeCycle",
        description="versions have the [stage](life.md#stages) that their promotion came to in the model registry",
    )
    notifications: Notifications | None = Field(
        None,
        description="who is told of this group, in the place of the module's `notifications`; `{}`: nobody",
    )


class ModelCicdSettings(Settings):
    """All parameters of the module."""

    infra_repo: InfraRepo | None = Field(
        None,
        alias="infra-repo",
        description="repository of the infrastructure code; without it only `seedfarmer apply` redeploys the module",
    )
    model_build_repo: ModelBuildRepo = Field(alias="model-build-repo", description="repository of the training code")
    deployment_groups: types.NonEmpty[DeploymentGroup] = Field(
        alias="deployment-groups", description="the deployment groups"
    )
    permissions_boundary_name: types.PolicyName | None = Field(
        None,
        alias="permissions-boundary-name",
        description="name of an IAM policy of every account; it becomes the permissions boundary of every role",
    )
    s3_access_logs_bucket_arn: types.BucketArn | None = Field(
        None,
        alias="s3-access-logs-bucket-arn",
        description="bucket of the tooling account and region that receives the artifact buckets' access logs",
    )
    organization_id: types.OrganizationId | None = Field(
        None, alias="organization-id", description="AWS organization that every cross-account grant is limited to"
    )
    build_account_ids: types.Listed[types.Account] = Field(
        (),
        alias="build-account-ids",
        description="the build accounts once more, to limit the module's role to exactly their bootstrap roles",
    )
    deploy_account_ids: types.Listed[types.Account] = Field(
        (),
        alias="deploy-account-ids",
        description="the deploy accounts once more, together with build-account-ids, so that a destroy reaches "
        "endpoints",
    )
    abandoned_account_ids: types.Listed[types.Account] = Field(
        (),
        alias="abandoned-account-ids",
        description="accounts that are closed or gone: what was deployed there is not looked for when an environment, "
        "a group or the module is taken down; an account that no role reaches stops that otherwise",
    )
    secret_arns: types.Listed[types.SecretArn] = Field(
        (),
        alias="secret-arns",
        description="the secrets of the tooling account that parameters take their values from with "
        "`valueFrom: secretsManager`: the module's role may read exactly these",
    )
    builds: Builds = Field(
        default_factory=Builds,
        alias="builds",
        description="what the builds of all pipelines run on and install from",
    )
    github: GitHub = Field(default_factory=GitHub, alias="github", description="how tokens of GitHub Actions are known")
    notifications: Notifications | None = Field(
        None, description="[who is told](notifications.md) of what waits for somebody, failed or was promoted"
    )
    dashboards: bool = Field(
        False,
        description="[dashboards](monitoring.md) of CloudWatch, one for each group and one over all, and metrics of "
        "trainings; each costs three US dollars a month beyond three of an account",
    )
    cdk_qualifier: types.Qualifier = Field(
        DEFAULT_QUALIFIER, alias="cdk-qualifier", description="qualifier of the CDK bootstrap of every account"
    )
    access_acknowledgements: types.Listed[AccessAcknowledgement] = Field(
        (),
        alias="access-acknowledgements",
        description="grants beyond the expected matrix that are wanted; any other stops the deployment",
    )
    custom_tags: types.Tags = Field(
        default_factory=dict, alias="custom-tags", description="tags for every resource, by key"
    )
