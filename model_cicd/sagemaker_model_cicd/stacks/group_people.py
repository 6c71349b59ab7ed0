"""Policies of a group's build account for those who decide, train and retire: published, attached to nobody."""

from __future__ import annotations

from constructs import Construct

from model_cicd.constructs.approvers import registry_approval, retirement
from model_cicd.constructs.iam import managed_policy
from model_cicd.constructs.registry import Registry
from model_cicd.constructs.scientists import report_reading, training_results
from model_cicd.sagemaker_model_cicd.stacks.promotion_source import artifact_folders
from model_cicd.sagemaker_model_cicd.topology import GroupTopology


def group_people(scope: Construct, group: GroupTopology, registry: Registry) -> None:
    """The policies of `group`, whose candidates are in `registry`."""
    managed_policy(
        scope,
        "Approver",
        name=group.promotion.approver.name,
        description=f"Approves and rejects the models of deployment group {group.name}",
        statements=registry_approval(group.models),
    )
    managed_policy(
        scope,
        "Scientist",
        name=group.registry_scientist.name,
        description=f"Sees the trainings of deployment group {group.name} and what came of them",
        statements=[
            *training_results(group.build.place, group.sagemaker_pipeline, group.models),
            *(report_reading(registry) if group.registry.readers else ()),
        ],
    )
    if group.retirement:
        managed_policy(
            scope,
            "Retirer",
            name=group.retirement.policy.name,
            description=f"Retires versions of deployment group {group.name}, and deletes them",
            statements=retirement(group.models, group.registry, artifact_folders(group)),
        )
