"""What a deployment would make, held against the limits of AWS: from the topology, before anything is synthesized.

The policies that grow with the number of environments or groups are made of the same statements as in the templates;
those that are within their limit whatever a manifest says are measured by a test.
"""

from __future__ import annotations

from collections.abc import Iterator

from model_cicd.aws import limits
from model_cicd.aws.approval import pipeline_approval
from model_cicd.aws.bootstrap import asset_bucket
from model_cicd.aws.images import pullable
from model_cicd.aws.policy import Statement, document
from model_cicd.aws.resources import Sharing
from model_cicd.aws.sharing import others_only_read, package_policy, read_models
from model_cicd.sagemaker_model_cicd.topology import GroupTopology, Topology
from model_cicd.sagemaker_model_cicd.topology.training_environment import runner_variables, training_settings
from model_cicd.text.messages import Complaint, KeyPath

#: stages of a promotion before those of its environments, and statements of each model bucket that are always there
_STAGES_BEFORE = 2
_TLS_STATEMENT = 250
#: what a pipeline's role has besides, to fetch and read what is handed on, with the longest names
_READ_STATEMENTS = 2_000


def exceeded(topology: Topology) -> Iterator[Complaint]:
    """What is more than AWS takes, each with the key path that it follows from."""
    for index, group in enumerate(topology.groups):
        path: KeyPath = ("deployment-groups", index)
        for message in _environments(group, topology.organization_id):
            yield (*path, "deployEnvironments"), message
        images = ",".join(pullable(group.build.place, group.image_repositories))
        if wrong := limits.STACK_PARAMETER.complaint(len(images.encode()), "its endpoints would take"):
            yield (*path, "imageRepositories"), wrong
        if group.workflow and (
            wrong := limits.PARAMETER.complaint(_settings(topology, group), "what its workflow is told has")
        ):
            yield (*path, "pipelineParameters"), wrong
    for message in _together(topology):
        yield ("deployment-groups",), message


def _settings(topology: Topology, group: GroupTopology) -> int:
    """The bytes of what a workflow is told, in the bucket and under the name that the runner is published with."""
    runner = f"s3://{asset_bucket(group.build.place, topology.context.bootstrap_qualifier)}/{'0' * 64}.whl"
    return len(training_settings(topology, group, runner_variables(runner, "0" * 64)).encode())


def _environments(group: GroupTopology, organization_id: str | None) -> Iterator[str]:
    count, releases = len(group.promotion.targets), group.releases
    stages = limits.STAGES.complaint(count + _STAGES_BEFORE, f"{count} environments serve, so the promotion would have")
    if stages:
        yield stages  # the policies would be too long as well
        return
    sharing = Sharing((*group.local_consumers, *group.consumers), organization_id)
    packages = package_policy(releases.models, releases.place, sharing)
    objects = [*read_models(releases, sharing), others_only_read(releases)]
    answers = pipeline_approval(group.promotion.pipeline.arn, group.promotion.approval_arns)
    for quota, needed, what in (
        (limits.PACKAGE_GROUP_POLICY, limits.size(packages or ""), "the releases would have"),
        (limits.BUCKET_POLICY, limits.size(objects) + _TLS_STATEMENT, "the releases would have"),
        (limits.MANAGED_POLICY, limits.size(document(answers)), "who answers its approvals would have"),
        (limits.INLINE_POLICIES, _pipeline_role(group), "the promotion pipeline's role would have"),
    ):
        if wrong := quota.complaint(needed, f"{count} environments serve, so {what}"):
            yield wrong


def _pipeline_role(group: GroupTopology) -> int:
    """The characters of its policy: the roles that it deploys with, and the builds of tests, are by environment."""
    promotion = group.promotion
    roles = [role for several in promotion.deploy_roles.values() for role in several]
    projects = [each.arn for each in promotion.pipeline.projects]
    builds = Statement("Prepare", ["codebuild:BatchGetBuilds", "codebuild:StartBuild", "codebuild:StopBuild"], projects)
    return limits.size(document([builds, Statement("Deploy", ["sts:AssumeRole"], roles)])) + _READ_STATEMENTS


def _together(topology: Topology) -> Iterator[str]:
    roles = 4 * len(topology.bootstrap_roles) + len(topology.deploy_bootstrap_roles)
    policies = -(-roles // limits.ROLES_A_POLICY)
    wrong = limits.ROLE_POLICIES.complaint(policies, "its accounts give the infra pipeline's role")
    if topology.tooling.infra and wrong:
        yield wrong
    bus = sum(len(f'"arn:{topology.partition}:iam::{each}:root",') for each in topology.tooling.forwarding_accounts)
    bus += sum(2 * len(each) for each in (*topology.tooling.drift_senders, *topology.tooling.failure_senders))
    if wrong := limits.BUS_POLICY.complaint(bus + 500, "its build accounts give the tooling account's bus"):
        yield wrong
