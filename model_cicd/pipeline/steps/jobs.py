"""The parts that the arguments of several kinds of jobs have in common."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol

from model_cicd.aws.instances import has_local_storage
from model_cicd.pipeline.expressions import Expression, ParameterRef
from model_cicd.pipeline.model import Model
from model_cicd.pipeline.scope import Scope
from model_cicd.pipeline.steps.knobs import ExperimentConfig, SpotConfig
from model_cicd.text.errors import ModelCicdError

_MAX_RUNTIME = 86400
_VOLUME_SIZE = 30


class Cluster(Protocol):
    """A block with instances."""

    @property
    def instance_type(self) -> str | Expression:
        """Such as ml.m5.xlarge."""

    @property
    def instance_count(self) -> int | Expression:
        """At least 1."""


def cluster(block: Model, instances: Cluster, scope: Scope) -> dict[str, Any]:
    """Instances with a volume of some size."""
    return {
        "InstanceType": scope.value(instances.instance_type),
        "InstanceCount": scope.value(instances.instance_count),
        "VolumeSizeInGB": scope.value(scope.knob(block, "volume_size_in_gb", _VOLUME_SIZE)),
        **volume_key(block, instances.instance_type, scope),
    }


def volume_key(block: Model, instance_type: str | Expression, scope: Scope) -> dict[str, Any]:
    """The key of the jobs' volume; nothing for instance types that take none."""
    shown: object = instance_type
    if isinstance(instance_type, ParameterRef):
        parameter = scope.config.pipeline.parameter(instance_type.name)
        shown = parameter.default_value if parameter else None
    if isinstance(shown, str) and has_local_storage(shown):
        return {}
    return scope.key(block, "volume_kms_key_id", "VolumeKmsKeyId")


def stopping(block: Model, scope: Scope) -> dict[str, Any]:
    """The StoppingCondition."""
    return {"MaxRuntimeInSeconds": scope.value(scope.knob(block, "max_runtime_in_seconds", _MAX_RUNTIME))}


def environment(block: Model, scope: Scope) -> dict[str, Any]:
    """`Environment`, where there is any."""
    found = scope.merged(block, "environment")
    return {"Environment": {name: scope.value(value) for name, value in found.items()}} if found else {}


def tags(block: Model, scope: Scope) -> dict[str, Any]:
    """`Tags`, where there are any."""
    found = scope.merged(block, "tags")
    return {"Tags": [{"Key": key, "Value": scope.value(value)} for key, value in found.items()]} if found else {}


def experiment(block: Model, scope: Scope) -> dict[str, Any]:
    """`ExperimentConfig`, where there is one."""
    found: ExperimentConfig | None = scope.knob(block, "experiment_config", None)
    if found is None:
        return {}
    names = {
        "ExperimentName": found.experiment_name,
        "TrialName": found.trial_name,
        "TrialComponentDisplayName": found.trial_component_display_name,
        "RunName": found.run_name,
    }
    return {"ExperimentConfig": given(names, scope)}


def network(block: Model, instances: Cluster, scope: Scope) -> dict[str, Any]:
    """The network settings: the step's own, else those of `defaults`, of `networkConfig`, of the environment.

    What containers say to each other is encrypted as soon as there may be several, unless the pipeline says otherwise.
    """
    compiled: dict[str, Any] = {}
    isolated = scope.knob(block, "enable_network_isolation", None)
    encrypted = scope.knob(block, "encrypt_inter_container_traffic", None)
    if instances.instance_count != 1 and scope.written(block, "encrypt_inter_container_traffic") is None:
        encrypted = True
    if isolated is not None:
        compiled["EnableNetworkIsolation"] = scope.value(isolated)
    if encrypted is not None:
        compiled["EnableInterContainerTrafficEncryption"] = scope.value(encrypted)
    return compiled | vpc(block, scope)


def vpc(block: Model, scope: Scope) -> dict[str, Any]:
    """`VpcConfig`, where subnets and security groups are given."""
    subnets, groups = scope.knob(block, "subnet_ids", None), scope.knob(block, "security_group_ids", None)
    if (subnets is None) != (groups is None):
        missing = "securityGroupIds" if groups is None else "subnetIds"
        raise ModelCicdError(
            f"the network configuration needs both subnetIds and securityGroupIds: {missing} is missing"
        )
    if subnets is None:
        return {}
    return {
        "VpcConfig": {
            "SecurityGroupIds": [scope.value(each) for each in groups],
            "Subnets": [scope.value(each) for each in subnets],
        }
    }


def spot(block: Model, step_name: str, scope: Scope) -> dict[str, Any]:
    """The arguments of managed Spot training, `StoppingCondition` among them."""
    stop = stopping(block, scope)
    found: SpotConfig | None = scope.knob(block, "spot", None)
    if found is None or not found.enabled:
        return {"StoppingCondition": stop}
    wait = stop["MaxRuntimeInSeconds"] if found.max_wait is None else scope.value(found.max_wait)
    compiled: dict[str, Any] = {
        "EnableManagedSpotTraining": True,
        "StoppingCondition": {**stop, "MaxWaitTimeInSeconds": wait},
    }
    if found.checkpoint is True:
        compiled["CheckpointConfig"] = {"S3Uri": scope.place("runs", step_name, "checkpoints")}
    elif found.checkpoint:
        compiled["CheckpointConfig"] = {"S3Uri": scope.value(found.checkpoint)}
    return compiled


def given(values: Mapping[str, Any], scope: Scope) -> dict[str, Any]:
    """The values that are there, compiled, under their keys."""
    return {key: scope.value(value) for key, value in values.items() if value is not None}


def listed(values: Mapping[str, Any], scope: Scope) -> dict[str, Any]:
    """The lists that are there, compiled, under their keys."""
    return {key: [scope.value(each) for each in value] for key, value in values.items() if value}
