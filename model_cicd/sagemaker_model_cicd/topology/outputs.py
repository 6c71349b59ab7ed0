"""What a deployment publishes: about a group's promotion in SSM, and the metadata that other modules may refer to."""

from __future__ import annotations

import json

from model_cicd.sagemaker_model_cicd.topology.promotion import EndpointTarget
from model_cicd.sagemaker_model_cicd.topology.records import GroupTopology, Topology

#: below the group's path; an environment's number follows, from 00, in the order of promotion
GROUP_KEY = "promotion/group"
ENVIRONMENT_KEY = "promotion/environment-"
#: the keys of the module's metadata
METADATA_KEYS = (
    "ModelBuildRepositoryName",
    "InfraRepositoryName",
    "InfraPipelineName",
    "InfraPipelineArn",
    "ParameterPath",
    "DeploymentGroups",
)


def promotion_parameters(topology: Topology, group: GroupTopology) -> dict[str, str]:
    """SSM parameters by their key below the group's path, JSON each and far below the 4 KB that one may have.

    https://docs.aws.amazon.com/systems-manager/latest/userguide/parameter-store-advanced-parameters.html
    """
    promotion = group.promotion
    found: dict[str, dict[str, str | bool]] = {
        GROUP_KEY: {
            "group": group.name,
            "module": topology.context.module,
            "partition": topology.partition,
            "toolingAccount": topology.tooling.account,
            "toolingRegion": topology.tooling.place.region,
            "pipelineName": promotion.pipeline.name,
            "buildAccount": group.build.account,
            "buildRegion": group.build.region,
            "buildLookupRoleArn": topology.context.bootstrap(group.build.place).lookup,
            "modelPackageGroupName": group.models.name,
            "approverPolicyArn": promotion.approver.arn,
            "stageApproverPolicyArn": promotion.stage_approver.arn,
            "scientistPolicyArn": group.registry_scientist.arn,
            "trainingScientistPolicyArn": group.training_scientist.arn if group.training_scientist else "",
            "sagemakerPipelineName": group.sagemaker_pipeline.name,
            "trainingPipelineName": group.training.name if group.training else "",
            "schedule": (group.training.schedule if group.training else None) or "",
            "approvalMinutes": str(promotion.approval_minutes or ""),
            "toolingStackName": group.tooling_stack_name,
            "buildStackName": group.build_stack_name,
            "promotionStackName": promotion.stack_name,
            "registryBucketName": group.registry.bucket.name,
            "releasesBucketName": group.releases.bucket.name,
            "releaseGroupName": group.releases.models.name,
            **_retention(group),
        }
    }
    for number, target in enumerate(promotion.targets):
        found[f"{ENVIRONMENT_KEY}{number:02}"] = {
            "name": target.environment.name,
            "type": target.environment.type,
            "account": target.environment.account,
            "region": target.environment.region,
            "stackName": target.stack_name,
            "endpointName": target.endpoint.name,
            "requireApproval": target.require_approval,
            "deployRoleArn": target.bootstrap.deploy,
            "lookupRoleArn": target.bootstrap.lookup,
            "cfnExecRoleArn": target.bootstrap.cfn_exec,
            **_ways_to_serve(target),
        }
    return {key: json.dumps(value, separators=(",", ":")) for key, value in found.items()}


def _retention(group: GroupTopology) -> dict[str, str]:
    if group.retirement is None:
        return {}
    retention = group.retirement.retention
    return {
        "retirerPolicyArn": group.retirement.policy.arn,
        "keep": str(retention.keep),
        "olderThanDays": str(retention.older_than_days),
        "servedWithinDays": str(retention.served_within_days),
    }


def _ways_to_serve(target: EndpointTarget) -> dict[str, str]:
    """How an environment serves, where callers have to know."""
    if target.hosting.asynchronous:
        return {"kind": "async"}
    return {"kind": "batch", "stateMachineArn": target.batch.machine.state_machine.arn} if target.batch else {}


def module_metadata(topology: Topology) -> dict[str, object]:
    """What other modules of a manifest may refer to; the key ARNs are added after the deployment that makes them."""
    tooling = topology.tooling
    return {
        "ModelBuildRepositoryName": tooling.model_build_repository.name,
        "InfraRepositoryName": tooling.infra_code.repository.name if tooling.infra_code else "",
        "InfraPipelineName": tooling.infra.name if tooling.infra else "",
        "InfraPipelineArn": tooling.infra.arn if tooling.infra else "",
        "ParameterPath": topology.parameter_path,
        "DeploymentGroups": {
            group.name: {
                "RepositoryName": group.repository.name,
                "SourceBranch": group.branch,
                **_started_by(group),
                "ModelPackageGroupName": group.models.name,
                "ModelPackageGroupArn": group.models.arn,
                "ReleaseGroupArn": group.releases.models.arn,
                "RegistryBucketName": group.registry.bucket.name,
                "RegistryKeyAliasArn": group.registry.key_alias.arn,
                "PromotionPipelineName": group.promotion.pipeline.name,
                "ScientistPolicyArn": group.registry_scientist.arn,
                "ApproverPolicyArn": group.promotion.approver.arn,
                "StageApproverPolicyArn": group.promotion.stage_approver.arn,
                "BuildStack": group.build_stack_name,  # its output is the key's ARN
            }
            for group in topology.groups
        },
    }


def _started_by(group: GroupTopology) -> dict[str, str]:
    """The pipeline that trains, or the role with which a workflow does."""
    if group.training and group.training_scientist:
        return {
            "TrainingPipelineName": group.training.name,
            "TrainingPipelineArn": group.training.arn,
            "TrainingScientistPolicyArn": group.training_scientist.arn,
        }
    return {"TrainingRoleArn": group.start_role.arn}
