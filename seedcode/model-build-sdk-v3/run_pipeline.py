"""Create or update the pipeline of this branch's deployment group, run it and say how it ended."""

from __future__ import annotations

import json
import os
import sys

from botocore.exceptions import WaiterError
from sagemaker.core.workflow.pipeline_context import PipelineSession

from pipeline import Place, get_pipeline
from stage_suites import publish

_SECONDS = 5  # between two looks at the execution
_HOURS = 7


def main() -> None:
    """Exit code 1 where the execution did not succeed."""
    given = os.environ
    place = Place(
        name=given["SAGEMAKER_PIPELINE_NAME"],
        bucket=given["ARTIFACT_BUCKET"],
        key=given["ARTIFACT_BUCKET_KMS_ID"],
        role=given["SAGEMAKER_PIPELINE_ROLE_ARN"],
        group=given["MODEL_PACKAGE_GROUP_NAME"],
        subnets=json.loads(given.get("SUBNET_IDS", "[]")),
        security_groups=json.loads(given.get("SECURITY_GROUP_IDS", "[]")),
        encrypted=given.get("ENCRYPT_INTER_CONTAINER_TRAFFIC") == "true",
    )
    session = PipelineSession(default_bucket=place.bucket)
    pipeline = get_pipeline(place, session, publish(session.boto_session, place.bucket))
    tags = [{"Key": "branch", "Value": given.get("SOURCE_BRANCH", "unknown")}]
    pipeline.upsert(role_arn=place.role, description=given.get("SAGEMAKER_PIPELINE_DESCRIPTION"), tags=tags)
    execution = pipeline.start(
        parameters=json.loads(given.get("PIPELINE_PARAMETERS", "{}")),
        execution_description=f"Commit {given.get('CODEBUILD_RESOLVED_SOURCE_VERSION', 'unknown')}",
    )
    print("started", execution.arn, flush=True)
    try:
        execution.wait(delay=_SECONDS, max_attempts=_HOURS * 3600 // _SECONDS)
    except WaiterError:  # it failed, and its steps say why
        pass
    for step in reversed(execution.list_steps()):
        print(step["StepName"], step["StepStatus"], step.get("FailureReason", ""))
    status = execution.describe()["PipelineExecutionStatus"]
    print(status)
    sys.exit(status != "Succeeded")


if __name__ == "__main__":
    main()
