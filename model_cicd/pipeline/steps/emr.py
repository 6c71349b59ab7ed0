"""EMR steps: a job on an Amazon EMR cluster, one that runs or one that is made for it."""

from __future__ import annotations

from dataclasses import replace
from typing import Annotated, Any

from pydantic import Field

from model_cicd.pipeline.document import Step
from model_cicd.pipeline.expressions import Expression
from model_cicd.pipeline.fields import Arn, String, Text, choice
from model_cicd.pipeline.model import Model
from model_cicd.pipeline.needs import Needs
from model_cicd.pipeline.patterns import patterns
from model_cicd.pipeline.rights import Right, Rights
from model_cicd.pipeline.scope import Scope
from model_cicd.pipeline.steps import jobs
from model_cicd.pipeline.steps.base import StepType, properties

# what AmazonSageMakerPipelinesIntegrations grants for such steps, held to the cluster where it is known
_PAGE = "https://docs.aws.amazon.com/aws-managed-policy/latest/reference/AmazonSageMakerPipelinesIntegrations.html"
CLUSTERS = Right(
    sid="Clusters",
    actions=tuple(
        f"elasticmapreduce:{each}" for each in ("AddJobFlowSteps", "CancelSteps", "DescribeCluster", "DescribeStep")
    ),
    on="the cluster that a step names",
    page=_PAGE,
    why="the id of a cluster is not known before the step, or a step before it, has made it",
    targets={"clusters of steps": "elasticmapreduce:cluster"},
)
MADE_CLUSTERS = replace(
    CLUSTERS,
    sid="MakeClusters",
    actions=(
        *CLUSTERS.actions,
        *(f"elasticmapreduce:{each}" for each in ("RunJobFlow", "TerminateJobFlows", "ListSteps")),
    ),
    on="clusters, where a step makes its own",
    scope="clusters are made",
)
WATCH_CLUSTERS = Right(
    sid="WatchClusters",
    actions=("events:DescribeRule", "events:PutRule", "events:PutTargets"),
    on="the rules through which SageMaker learns how far clusters and their steps are",
    page=_PAGE,
    targets={"rules of clusters": "events:rule-on-default-event-bus"},
)
PASS_TO_CLUSTERS = Right(
    sid="PassToClusters",
    actions=("iam:PassRole",),
    on="the roles that a cluster or its step runs with, for EC2 and EMR alone",
    page="https://docs.aws.amazon.com/emr/latest/ManagementGuide/emr-managed-policy-fullaccess-v2.html",
    targets={"roles of clusters": "iam:role"},
    contexts=("to EC2", "to EMR"),
    shared=True,
)


class EmrConfig(Model):
    """The `emr` key: `cluster_id` of a running cluster, or `cluster_config`, the arguments of RunJobFlow."""

    cluster_id: String | None = None
    cluster_config: dict[str, Any] | None = None
    execution_role_arn: Arn | None = None
    jar: String
    main_class: String | None = None
    arguments: list[Text] = Field(default_factory=list)
    properties: dict[str, Text] = Field(default_factory=dict)
    action_on_failure: (
        Annotated[str | Expression, choice("TERMINATE_CLUSTER", "CANCEL_AND_WAIT", "CONTINUE")] | None
    ) = None


def _compile(step: Step, config: EmrConfig, scope: Scope) -> dict[str, Any]:
    jar: dict[str, Any] = jobs.given({"Jar": config.jar, "MainClass": config.main_class}, scope)
    jar |= jobs.listed({"Args": config.arguments}, scope)
    if config.properties:
        jar["Properties"] = [{"Key": key, "Value": scope.value(value)} for key, value in config.properties.items()]
    work = {"Name": step.name, "HadoopJarStep": jar, **jobs.given({"ActionOnFailure": config.action_on_failure}, scope)}
    arguments: dict[str, Any] = {
        **jobs.given({"ClusterId": config.cluster_id, "ExecutionRoleArn": config.execution_role_arn}, scope),
        "StepConfig": work,
    }
    if config.cluster_config is not None:
        arguments["ClusterConfig"] = config.cluster_config
    return {"Arguments": arguments}


def _needs(_: Step, config: EmrConfig, needs: Needs) -> None:
    place = needs.place
    clusters = [
        place.arn("elasticmapreduce", f"cluster/{each}") for each in patterns(config.cluster_id, needs.config) or ["*"]
    ]
    needs.allow(CLUSTERS if config.cluster_config is None else MADE_CLUSTERS, *clusters)
    rules = ("StepStatusUpdateRule", "ClusterStatusUpdateRule")
    needs.allow(WATCH_CLUSTERS, *(place.arn("events", f"rule/SageMakerPipelineExecutionEMR{each}") for each in rules))
    cluster = config.cluster_config or {}
    roles = [str(cluster[key]) for key in ("JobFlowRole", "ServiceRole", "AutoScalingRole") if cluster.get(key)]
    roles += patterns(config.execution_role_arn, needs.config)
    if roles:
        suffix = needs.environment.dns_suffix
        services = [f"{each}.{suffix}" for each in ("ec2", "elasticmapreduce")]
        if cluster.get("AutoScalingRole"):
            services.append(f"application-autoscaling.{suffix}")
        arns = [each if each.startswith("arn:") else place.role(each) for each in roles]
        needs.allow(PASS_TO_CLUSTERS, *arns, conditions={"StringEquals": {"iam:PassedToService": services}})


TYPE = StepType(
    name="EMR",
    key="emr",
    config=EmrConfig,
    summary="work on an Amazon EMR cluster",
    documentation="https://docs.aws.amazon.com/sagemaker/latest/dg/build-and-manage-steps-types.html",
    compile=_compile,
    properties=properties("ClusterId"),
    rights=Rights(uses=(CLUSTERS, MADE_CLUSTERS, WATCH_CLUSTERS, PASS_TO_CLUSTERS)),
    needs=_needs,
    cached=True,
)
