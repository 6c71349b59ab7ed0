"""Parameters of endpoint templates: names and ARNs, in which one environment differs from another."""

from __future__ import annotations

from model_cicd.sagemaker_model_cicd.topology import EndpointTarget, GroupTopology


def parameter_values(group: GroupTopology, target: EndpointTarget) -> dict[str, str]:
    """What stands in the configuration file of `target`: exactly the parameters that its template declares."""
    hosting = target.hosting
    values = {
        "EndpointName": target.endpoint.name,
        "ModelExecutionRoleName": target.model_execution_role.name,
        "RegistryAccount": group.build.account,
        "RegistryBucketName": group.registry.bucket.name,
    }
    if hosting.own_volume_key:
        values |= {"KeyAlias": target.key_alias.name, "DeployRoleArn": target.bootstrap.cfn_exec}
    if hosting.rollout:
        values |= {"ErrorsAlarmName": target.errors_alarm_name, "LatencyAlarmName": target.latency_alarm_name}
    return dict(sorted(values.items()))
