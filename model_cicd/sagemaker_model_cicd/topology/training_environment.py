"""What a training is told of its deployment: variables of a build, or settings that a workflow reads."""

from __future__ import annotations

import json
from collections.abc import Mapping

from model_cicd.aws import comparison, metrics
from model_cicd.aws.notifications import EVENT
from model_cicd.sagemaker_model_cicd.topology.records import GroupTopology, Topology
from model_cicd.text.inert_json import inert_json

#: below the group's path, where a workflow trains: the settings, JSON
SETTINGS_KEY = "training-settings"
#: a session of a workflow's role: as long as a job of GitHub's own runners may take
SESSION_SECONDS = 21_600


def training_environment(topology: Topology, group: GroupTopology) -> dict[str, str]:
    """The environment variables of a training.

    The first part are those that the training repositories of aiops-modules and MDAA read, under their names; the
    second part is what the runner and the seed code want besides. A workflow has the role already that a build takes,
    and no bucket between the stages of a pipeline.
    """
    tooling, network, registry = topology.tooling, group.network, group.registry
    return {
        "SAGEMAKER_PROJECT_NAME": group.sagemaker_pipeline.name,
        "PROJECT_NAME": topology.context.project,
        "ENV_TYPE": group.build.type,
        "AWS_REGION": group.build.region,
        **({"ASSUME_ROLE_ARN": group.start_role.arn} if group.training else {}),
        "SAGEMAKER_PIPELINE_NAME": group.sagemaker_pipeline.name,
        "SAGEMAKER_PIPELINE_DESCRIPTION": (
            f"Deployment group {group.name}: branch {group.branch} of {group.repository.name}"
        ),
        "SAGEMAKER_PIPELINE_ROLE_ARN": registry.execution_role.arn,
        "MODEL_PACKAGE_GROUP_NAME": group.models.name,
        **({comparison.VARIABLE: group.releases.models.name} if group.compares else {}),
        "ARTIFACT_BUCKET": registry.bucket.name,
        "ARTIFACT_BUCKET_KMS_ID": registry.key_alias.arn,
        "ARTIFACT_BUCKET_KMS_KEY": registry.key_alias.arn,
        **_artifacts(group),
        "ENABLE_NETWORK_ISOLATION": _boolean(network.enable_network_isolation),
        "ENCRYPT_INTER_CONTAINER_TRAFFIC": _boolean(network.encrypt_inter_container_traffic),
        "SUBNET_IDS": json.dumps(network.vpc.subnet_ids),
        "SECURITY_GROUP_IDS": json.dumps(network.vpc.security_group_ids),
        "PRE_PROD_ACCOUNT_ID": group.pre_prod_account,
        "PROD_ACCOUNT_ID": group.prod_account,
        "DEPLOYMENT_GROUP": group.name,
        "SOURCE_BRANCH": group.branch,
        "REPOSITORY_NAME": group.repository.name,
        "BUILD_ACCOUNT": group.build.account,
        "TOOLING_ACCOUNT": tooling.account,
        "TOOLING_REGION": tooling.place.region,
        "WAIT_FOR_EXECUTION": _boolean(group.stopping is not None or group.training is None),
        "PIPELINE_PARAMETERS": inert_json(dict(group.pipeline_parameters)),
        **({metrics.VARIABLE: metrics.namespace(group.promotion.pipeline.name)} if group.dashboard else {}),
        **({EVENT: told.detail_type} if (told := group.notifications) and told.detail_type else {}),
    }


def _artifacts(group: GroupTopology) -> Mapping[str, str]:
    if group.training is None:
        return {}
    store = group.training.artifacts
    return {"PIPELINE_BUCKET_NAME": store.bucket.name, "PIPELINE_KMS_ARN": store.key_alias.arn}


def training_settings(topology: Topology, group: GroupTopology, runner: Mapping[str, str]) -> str:
    """The same as JSON, for a workflow, with where the runner is."""
    return json.dumps({**training_environment(topology, group), **runner}, separators=(",", ":"))


def runner_variables(uri: str, file: str) -> dict[str, str]:
    """Where trainings find the runner, and the name that its file needs."""
    return {"MODEL_CICD_RUNNER": uri, "MODEL_CICD_RUNNER_FILE": file}


def _boolean(value: bool) -> str:
    return "true" if value else "false"
