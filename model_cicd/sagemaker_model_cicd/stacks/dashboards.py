"""What dashboards show: of one deployment group, and of all."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from model_cicd.aws.metrics import GATE_METRIC, GATE_THRESHOLD, JOB_SECONDS, TRAINING_SECONDS, VERSION, namespace
from model_cicd.constructs.dashboard_body import Graph, Metric, body
from model_cicd.constructs.endpoint import VARIANT
from model_cicd.sagemaker_model_cicd.topology import EndpointTarget, GroupTopology, Topology

_HOUR = 3600
Row = tuple[str, Sequence[Graph]]


def group_dashboard(topology: Topology, group: GroupTopology) -> str:
    """The body of the dashboard of `group`."""
    rows = [
        (f"# {group.name}: trainings of branch {group.branch}", list(_trainings(topology, group))),
        (
            "# Pipelines",
            [
                _builds(topology, group.promotion.pipeline.project.name, "Promotions that began"),
                _failures(topology, group),
            ],
        ),
        *((f"# {each.environment.name} ({each.environment.type})", _served(each)) for each in group.promotion.targets),
    ]
    return body(rows, topology.tooling.account)


def overview(topology: Topology) -> str:
    """The body of the dashboard of all groups."""
    return body((_summary(topology, group) for group in topology.groups), topology.tooling.account)


def _summary(topology: Topology, group: GroupTopology) -> Row:
    last = group.promotion.targets[-1]
    graphs = [*list(_trainings(topology, group))[:2], _served(last)[0]]
    return f"# {group.name}", graphs


def _trainings(topology: Topology, group: GroupTopology) -> Iterator[Graph]:
    place, own = topology.tooling.place, namespace(group.promotion.pipeline.name)
    if group.training:
        yield _builds(topology, group.training.project.name, "Trainings")
    yield Graph(
        "Metric of the gate",
        place,
        (
            Metric(own, GATE_METRIC, "Average", "measured"),
            Metric(own, GATE_THRESHOLD, "Average", "threshold"),
        ),
        _HOUR,
    )
    yield Graph(
        "Seconds",
        place,
        (
            Metric(own, JOB_SECONDS, "Sum", "of jobs, together"),
            Metric(own, TRAINING_SECONDS, "Average", "of a training"),
        ),
    )
    yield Graph("Newest version", place, (Metric(own, VERSION, "Maximum", "version"),))


def _builds(topology: Topology, project: str, title: str) -> Graph:
    """https://docs.aws.amazon.com/codebuild/latest/userguide/cloudwatch_metrics-codebuild.html"""
    of = (("ProjectName", project),)
    return Graph(
        title,
        topology.tooling.place,
        (
            Metric("AWS/CodeBuild", "SucceededBuilds", "Sum", "succeeded", of),
            Metric("AWS/CodeBuild", "FailedBuilds", "Sum", "failed", of),
        ),
    )


def _failures(topology: Topology, group: GroupTopology) -> Graph:
    """https://docs.aws.amazon.com/codepipeline/latest/userguide/metrics-dimensions.html"""
    pipelines = {"promotion": group.promotion.pipeline.name}
    if group.training:
        pipelines = {"training": group.training.name, **pipelines}
    metrics = [
        Metric("AWS/CodePipeline", "FailedPipelineExecutions", "Sum", word, (("PipelineName", name),))
        for word, name in pipelines.items()
    ]
    return Graph("Pipelines that failed", topology.tooling.place, metrics)


def _served(target: EndpointTarget) -> list[Graph]:
    """https://docs.aws.amazon.com/sagemaker/latest/dg/monitoring-cloudwatch.html"""
    if target.batch:
        return [_runs(target, target.batch.machine.state_machine.arn)]
    of = (("EndpointName", target.endpoint.name), ("VariantName", VARIANT))
    place, name = target.environment.place, target.environment.name

    def graph(title: str, *metrics: tuple[str, str, str]) -> Graph:
        return Graph(f"{name}: {title}", place, [Metric("AWS/SageMaker", *each, of) for each in metrics], _HOUR)

    return [
        graph("invocations", ("Invocations", "Sum", "invocations")),
        graph("errors", ("Invocation4XXErrors", "Sum", "of callers"), ("Invocation5XXErrors", "Sum", "of the model")),
        graph("latency in microseconds", ("ModelLatency", "Average", "average"), ("ModelLatency", "p99", "p99")),
    ]


def _runs(target: EndpointTarget, machine_arn: str) -> Graph:
    """https://docs.aws.amazon.com/step-functions/latest/dg/procedure-cw-metrics.html"""
    of = (("StateMachineArn", machine_arn),)
    metrics = (("ExecutionsSucceeded", "Sum", "succeeded"), ("ExecutionsFailed", "Sum", "failed"))
    title, place = f"{target.environment.name}: runs", target.environment.place
    return Graph(title, place, [Metric("AWS/States", *each, of) for each in metrics], _HOUR)
