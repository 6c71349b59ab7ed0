"""What a deployment publishes about a group's promotion, for the commands and for whoever else asks."""

from __future__ import annotations

import json

from model_cicd.sagemaker_model_cicd.topology.records import GroupTopology, Topology

#: below the group's path; an environment's number follows, from 00, in the order of promotion
GROUP_KEY = "promotion/group"
ENVIRONMENT_KEY = "promotion/environment-"


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
        }
    return {key: json.dumps(value, separators=(",", ":")) for key, value in found.items()}
