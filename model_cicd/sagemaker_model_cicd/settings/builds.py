"""What builds and approvals of the pipelines may take, under the names that stand in a manifest."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BeforeValidator, Field

from model_cicd.sagemaker_model_cicd.settings import endpoint_types as kinds
from model_cicd.sagemaker_model_cicd.settings.endpoint_types import whole
from model_cicd.sagemaker_model_cicd.settings.sources import (
    GitHubEnvironment,
    GitHubName,
    PathFilters,
    Runner,
    Workflow,
)
from model_cicd.settings import types
from model_cicd.settings.strict import Settings

# https://docs.aws.amazon.com/codebuild/latest/APIReference/API_CreateProject.html
BuildMinutes = Annotated[int, BeforeValidator(whole("5 to 2160 minutes, CodeBuild's limits", 5, 2160))]
# https://docs.aws.amazon.com/codepipeline/latest/APIReference/API_ActionDeclaration.html
ApprovalMinutes = Annotated[int, BeforeValidator(whole("5 to 86400 minutes, CodePipeline's limits", 5, 86400))]

# https://docs.aws.amazon.com/codebuild/latest/userguide/build-env-ref-available.html
_IMAGE = types.matching(
    r"aws/codebuild/(standard|amazonlinux-x86_64-standard|amazonlinux2-x86_64-standard):[0-9.]+",
    "one of AWS's own images for x86, such as 'aws/codebuild/standard:7.0'",
)
# https://docs.aws.amazon.com/codebuild/latest/userguide/build-env-ref-compute-types.html
ComputeType = Literal[
    "BUILD_GENERAL1_SMALL",
    "BUILD_GENERAL1_MEDIUM",
    "BUILD_GENERAL1_LARGE",
    "BUILD_GENERAL1_XLARGE",
    "BUILD_GENERAL1_2XLARGE",
]
_URL = types.matching(r"https://[^\s@/]+(/[^\s@]*)?", "an https URL without credentials")
_VPC = types.matching(r"vpc-([0-9a-f]{8}|[0-9a-f]{17})", "a VPC id")
_PARAMETER = types.matching(r"/[\w./-]{1,1010}", "the name of an SSM parameter, beginning with /")

#: minutes where none are given
TRAINING_MINUTES, PREPARE_MINUTES, REDEPLOY_MINUTES = 480, 15, 120


class Training(Settings):
    """What starts a group's trainings, and how its build goes with the SageMaker execution that it starts."""

    wait: bool = Field(
        True,
        description="the build waits for the execution and ends as it does; false: it only starts the execution",
    )
    timeout_minutes: BuildMinutes = Field(
        TRAINING_MINUTES, alias="timeoutMinutes", description="longest time of a build, 5 to 2160 minutes"
    )
    runner: Runner = Field(
        "codebuild",
        description="the trainer: a CodePipeline with a build, or a workflow of a GitHub repository, which takes a "
        "role of the build account with a token of GitHub's",
    )
    repository: GitHubName | None = Field(
        None, description="with `github-actions`: whose workflows train; the group's repository where that is GitHub's"
    )
    environment: GitHubEnvironment | None = Field(
        None, description="with `github-actions`: the GitHub environment of the job, in the place of the branch"
    )
    workflow: Workflow | None = Field(
        None, description="with `github-actions`: the one workflow file that may, as `job_workflow_ref` has it"
    )
    paths: PathFilters | None = Field(None, description="with a connection: pushes that change these files alone train")
    pull_requests: bool = Field(
        False, alias="pullRequests", description="not supported yet: pull requests are tried by a workflow without AWS"
    )


class Promotion(Settings):
    """What a group's promotion may take."""

    timeout_minutes: BuildMinutes = Field(
        PREPARE_MINUTES,
        alias="timeoutMinutes",
        description="longest time of a build that prepares or describes, 5 to 2160 minutes",
    )
    approval_timeout_minutes: ApprovalMinutes | None = Field(
        None,
        alias="approvalTimeoutMinutes",
        description="how long an approval waits before it fails, 5 to 86400 minutes; "
        "the account's default otherwise, 7 days unless changed",
    )


class BuildVpc(Settings):
    """Where builds are attached to the network of the tooling account."""

    vpc_id: Annotated[str, BeforeValidator(_VPC)] = Field(alias="vpcId", description="VPC of the tooling account")
    subnet_ids: Annotated[types.Listed[types.SubnetId], kinds.MOST_SUBNETS] = Field(
        alias="subnetIds", description="private subnets of that VPC, 1 to 16"
    )
    security_group_ids: Annotated[types.Listed[types.SecurityGroupId], kinds.MOST_SECURITY_GROUPS] = Field(
        alias="securityGroupIds", description="security groups of that VPC, 1 to 5"
    )


class Builds(Settings):
    """What the builds of all pipelines run on, and where they install packages from."""

    image: Annotated[str, BeforeValidator(_IMAGE)] = Field(
        "aws/codebuild/standard:7.0", description="build image of AWS's with Python 3.11 and Node.js 22"
    )
    compute_type: ComputeType = Field("BUILD_GENERAL1_SMALL", alias="computeType", description="size of the machine")
    vpc: BuildVpc | None = Field(None, description="subnets that builds run in; without it they run in none")
    python_index_url: Annotated[str, BeforeValidator(_URL)] | None = Field(
        None, alias="pythonIndexUrl", description="package index in the place of PyPI"
    )
    python_index_parameter: Annotated[str, BeforeValidator(_PARAMETER)] | None = Field(
        None,
        alias="pythonIndexParameter",
        description="instead of pythonIndexUrl: the SSM parameter of the tooling account that holds the URL, "
        "with credentials in it",
    )
    npm_registry_url: Annotated[str, BeforeValidator(_URL)] | None = Field(
        None, alias="npmRegistryUrl", description="npm registry of the infra pipeline's builds"
    )
    npm_token_parameter: Annotated[str, BeforeValidator(_PARAMETER)] | None = Field(
        None,
        alias="npmTokenParameter",
        description="SSM parameter of the tooling account that holds the token of npmRegistryUrl: "
        "NPM_TOKEN in the infra pipeline's builds alone",
    )
