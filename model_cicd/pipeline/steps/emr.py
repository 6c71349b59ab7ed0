"""EMR steps: a job on an Amazon EMR cluster, one that runs or one that is made for it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

from pydantic import Field

from model_cicd.pipeline.expressions import Expression
from model_cicd.pipeline.fields import Arn, String, Text, choice
from model_cicd.pipeline.model import Model
from model_cicd.pipeline.patterns import patterns
from model_cicd.pipeline.steps import jobs
from model_cicd.pipeline.steps.base import StepType, properties

if TYPE_CHECKING:
    from model_cicd.pipeline.needs import Needs
    from model_cicd.pipeline.schema import Step
    from model_cicd.pipeline.scope import Scope


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
    """What AmazonSageMakerPipelinesIntegrations grants for such steps, held to the cluster where it is known.

    https://docs.aws.amazon.com/aws-managed-policy/latest/reference/AmazonSageMakerPipelinesIntegrations.html
    """
    place = needs.place
    here = f"{place.region}:{place.account}"
    clusters = [
        f"arn:{needs.partition}:elasticmapreduce:{here}:cluster/{each}"
        for each in patterns(config.cluster_id, needs.config) or ["*"]
    ]
    why = "the id of a cluster is not known before the step, or a step before it, has made it"
    work = ["AddJobFlowSteps", "CancelSteps", "DescribeCluster", "DescribeStep"]
    made = ["RunJobFlow", "TerminateJobFlows", "ListSteps"] if config.cluster_config is not None else []
    actions = [f"elasticmapreduce:{each}" for each in (*work, *made)]
    needs.allow("MakeClusters" if made else "Clusters", actions, *clusters, why=why)
    rules = f"arn:{needs.partition}:events:{here}:rule/SageMakerPipelineExecutionEMR"
    watch = ["events:DescribeRule", "events:PutRule", "events:PutTargets"]
    needs.allow("WatchClusters", watch, f"{rules}StepStatusUpdateRule", f"{rules}ClusterStatusUpdateRule")
    cluster = config.cluster_config or {}
    roles = [str(cluster[key]) for key in ("JobFlowRole", "ServiceRole", "AutoScalingRole") if cluster.get(key)]
    roles += patterns(config.execution_role_arn, needs.config)
    own = f"arn:{needs.partition}:iam::{place.account}:role/"
    if roles:
        arns = [each if each.startswith("arn:") else f"{own}{each}" for each in roles]
        # https://docs.aws.amazon.com/emr/latest/ManagementGuide/emr-managed-policy-fullaccess-v2.html
        services = [f"{each}.{place.dns_suffix}" for each in ("ec2", "elasticmapreduce")]
        if cluster.get("AutoScalingRole"):
            services.append(f"application-autoscaling.{place.dns_suffix}")
        passed = {"StringEquals": {"iam:PassedToService": services}}
        needs.allow("PassToClusters", ["iam:PassRole"], *arns, conditions=passed)


TYPE = StepType(
    name="EMR",
    key="emr",
    config=EmrConfig,
    summary="work on an Amazon EMR cluster",
    documentation="https://docs.aws.amazon.com/sagemaker/latest/dg/build-and-manage-steps-types.html",
    compile=_compile,
    properties=properties("ClusterId"),
    needs=_needs,
    cached=True,
)
