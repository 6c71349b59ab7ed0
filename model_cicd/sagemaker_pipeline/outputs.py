"""What a deployment of the module `sagemaker-pipeline` publishes: SSM parameters and module metadata."""

from __future__ import annotations

from model_cicd.sagemaker_pipeline.topology import PipelineTopology

#: the keys of the module's metadata; those of the group and of readers are there where the configuration has them
METADATA_KEYS = (
    "PipelineName",
    "PipelineArn",
    "ExecutionRoleArn",
    "StarterPolicyArn",
    "BucketName",
    "KeyId",
    "ModelPackageGroupName",
    "ModelPackageGroupArn",
    "ApproverPolicyArn",
    "ModelExecutionRoleName",
    "KeyArn",
    "ParameterPath",
)


def published_facts(topology: PipelineTopology, key_id: str) -> dict[str, str]:
    """What the module publishes, by the names of its SSM parameters."""
    group = topology.group
    facts = {
        "pipeline-name": topology.pipeline.name,
        "pipeline-arn": topology.pipeline.arn,
        "execution-role-arn": topology.execution_role.arn,
        "starter-policy-arn": topology.starter.arn,
        "bucket-name": topology.store.bucket.name,
        "key-id": key_id,
    }
    if group is not None:
        facts |= {
            "model-package-group-name": group.name,
            "model-package-group-arn": group.arn,
            "approver-policy-arn": topology.approver.arn,
        }
    readers = (*topology.consumers, *topology.own_consumers)
    if readers:
        facts["model-execution-role-name"] = readers[0].model_execution_role.name
    return facts


def module_metadata(topology: PipelineTopology, *, key_id: str, key_arn: str) -> dict[str, str]:
    """What other modules of a manifest may refer to."""
    facts = published_facts(topology, key_id)
    named = {"".join(word.capitalize() for word in name.split("-")): value for name, value in facts.items()}
    return {**named, "KeyArn": key_arn, "ParameterPath": topology.parameter_path}
