"""Where an execution's expressions find their values."""

from __future__ import annotations

import json
from typing import Any

from botocore.exceptions import ClientError

from rehearsal.sagemaker.jobs.failure import JobError
from rehearsal.sagemaker.jobs.transfer import split
from rehearsal.sagemaker.listing import now
from rehearsal.sagemaker.pipelines.expressions import ExpressionError, lookup
from rehearsal.sagemaker.pipelines.state import Execution
from rehearsal.sagemaker.ports import SageMakerPlatform


class ExecutionScope:
    """The values of one execution; S3 is read with the pipeline's role."""

    def __init__(self, platform: SageMakerPlatform, execution: Execution) -> None:
        self._platform = platform
        self._execution = execution

    def parameter(self, name: str) -> Any:
        """The value this execution was started with, or the default."""
        return self._execution.values[name]

    def execution(self, name: str) -> Any:
        """One of the execution variables. https://docs.aws.amazon.com/sagemaker/latest/dg/build-and-manage-properties.html"""
        execution = self._execution
        values = {
            "PipelineName": execution.pipeline_name,
            "PipelineArn": execution.pipeline_arn,
            "PipelineExecutionId": execution.id,
            "PipelineExecutionArn": execution.arn,
            "StartDateTime": _time(execution.start),
            "CurrentDateTime": _time(now()),
        }
        return values[name]

    def properties(self, step: str) -> Any:
        """What a step that succeeded shows."""
        return self._execution.steps[step].properties

    def property_file(self, step: str, name: str) -> Any:
        """The file in the output of the step, read from S3. Raises ExpressionError."""
        file = self._execution.definition.steps[step].property_files[name]
        keys = ("ProcessingOutputConfig", "Outputs", file.output, "S3Output", "S3Uri")
        uri = lookup(self.properties(step), keys, f"step {step}")
        try:
            return self.document(f"{uri.rstrip('/')}/{file.path}")
        except ExpressionError as error:
            raise ExpressionError(f"property file {name} of step {step}: {error}") from None

    def document(self, uri: str) -> Any:
        """A JSON object in S3. Raises ExpressionError."""
        account, region = self._execution.scope
        s3 = self._platform.client("s3", account=account, region=region, role=self._execution.role)
        try:
            bucket, key = split(uri)
            return json.loads(s3.get_object(Bucket=bucket, Key=key)["Body"].read())
        except JobError as error:
            raise ExpressionError(str(error)) from None
        except ClientError as error:
            details = error.response["Error"]
            raise ExpressionError(f"cannot read {uri}: {details.get('Code')}: {details.get('Message')}") from None
        except ValueError as error:
            raise ExpressionError(f"{uri} is no JSON: {error}") from None


def _time(moment: Any) -> str:
    return str(moment.strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3] + "Z")
