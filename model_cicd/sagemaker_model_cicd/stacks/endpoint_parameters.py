"""Parameters of endpoint templates: names and ARNs, in which one environment differs from another."""

from __future__ import annotations

from model_cicd.aws import monitor_images, shadow
from model_cicd.aws.images import pullable
from model_cicd.aws.sleep import ASLEEP
from model_cicd.hosting import BatchTransform
from model_cicd.sagemaker_model_cicd.topology import EndpointTarget, GroupTopology


def parameter_values(group: GroupTopology, target: EndpointTarget, bus_arn: str) -> dict[str, str]:
    """What stands in the configuration file of `target`; the pipeline gives the parameters that differ by version.

    `bus_arn` is the event bus of the tooling account.
    """
    hosting = target.hosting
    values = _of_batch(target) if target.batch else {"EndpointName": target.endpoint.name}
    values |= {
        "ModelExecutionRoleName": target.model_execution_role.name,
        "ImageRepositories": ",".join(pullable(target.environment.place, group.image_repositories)),
        "ReleaseBucketName": group.releases.bucket.name,
    }
    if hosting.own_volume_key:
        values |= {"KeyAlias": target.key_alias.name, "DeployRoleArn": target.bootstrap.cfn_exec}
    if hosting.rollout:
        values |= {"ErrorsAlarmName": target.errors_alarm_name, "LatencyAlarmName": target.latency_alarm_name}
    if hosting.asynchronous:
        values["BacklogAlarmName"] = target.backlog_alarm_name
    if hosting.monitoring and target.monitor:
        place = target.environment.place
        values |= {
            "MonitorRoleName": target.monitor.role.name,
            "DataScheduleName": target.monitor.data_schedule,
            "MonitorImage": monitor_images.image(place),
            "MonitorRepositoryArn": monitor_images.repository_arn(place),
        }
        if hosting.monitoring.topic_arn or hosting.monitoring.forwards:
            values["DriftRuleName"] = target.monitor.rule
        if hosting.monitoring.forwards:
            values |= {"DriftRoleName": target.monitor.forward_role.name, "ToolingBusArn": bus_arn}
        if hosting.monitoring.model_quality:
            values["ModelScheduleName"] = target.monitor.model_schedule
    if hosting.idle_days:
        values["IdleAlarmName"] = target.idle_alarm_name
    topics = {"IdleTopicArn": target.idle_topic_arn, "AlarmTopicArn": target.alarm_topic_arn}
    values |= {name: arn for name, arn in topics.items() if arn}
    if hosting.sleeps:
        values[ASLEEP] = "false"  # a promotion wakes: what comes after it in the pipeline asks the endpoint
    if hosting.shadow:
        values[shadow.PARAMETER] = shadow.NOBODY  # what serves has none
    if target.tests:
        values |= {"InvokeRoleName": target.tests.invoke_role.name, "TestsRoleArn": target.tests.project.role.arn}
    return dict(sorted(values.items()))


def _of_batch(target: EndpointTarget) -> dict[str, str]:
    assert target.batch and isinstance(target.hosting.kind, BatchTransform)
    machine = target.batch.machine
    values = {
        "StateMachineName": machine.state_machine.name,
        "RunRoleName": machine.role.name,
        "JobPrefix": target.batch.job_prefix,
    }
    if target.hosting.kind.starts_itself:
        values |= {"RuleName": machine.rule, "EventsRoleName": machine.events_role.name}
    return values
