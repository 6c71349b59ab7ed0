"""Parameters of endpoint templates: names and ARNs, in which one environment differs from another."""

from __future__ import annotations

from model_cicd.aws.images import pullable
from model_cicd.sagemaker_model_cicd.topology import EndpointTarget, GroupTopology


def parameter_values(group: GroupTopology, target: EndpointTarget) -> dict[str, str]:
    """What stands in the configuration file of `target`; the pipeline gives the parameters that differ by version."""
    hosting = target.hosting
    values = {
        "EndpointName": target.endpoint.name,
        "ModelExecutionRoleName": target.model_execution_role.name,
        "ImageRepositories": ",".join(pullable(target.environment.place, group.image_repositories)),
        "ReleaseBucketName": group.releases.bucket.name,
    }
    if hosting.own_volume_key:
        values |= {"KeyAlias": target.key_alias.name, "DeployRoleArn": target.bootstrap.cfn_exec}
    if hosting.rollout:
        values |= {"ErrorsAlarmName": target.errors_alarm_name, "LatencyAlarmName": target.latency_alarm_name}
    return dict(sorted(values.items()))
