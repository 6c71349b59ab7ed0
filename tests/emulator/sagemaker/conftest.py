"""A bucket, an execution role and short ways to run jobs and pipelines."""

from __future__ import annotations

import json
import time
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from rehearsal.embedded_aws import EmbeddedAws
from tests.emulator.roles import almighty

ACCOUNT = "111111111111"
REGION = "us-east-1"
BUCKET = "registry-111111111111"
XGBOOST = f"683313688378.dkr.ecr.{REGION}.amazonaws.com/sagemaker-xgboost:1.7-1"
SKLEARN = f"683313688378.dkr.ecr.{REGION}.amazonaws.com/sagemaker-scikit-learn:1.2-1"
ABALONE = Path(__file__).parents[4] / "shared" / "data" / "abalone.csv"


class Lab:
    """What a test of SageMaker needs, in one account."""

    account, region, bucket, xgboost, sklearn = ACCOUNT, REGION, BUCKET, XGBOOST, SKLEARN

    def __init__(self, world: EmbeddedAws) -> None:
        self.world = world
        self.sagemaker = self.client("sagemaker")
        self.s3 = self.client("s3")
        self.s3.create_bucket(Bucket=BUCKET)
        self.role = self.make_role("execution")

    def client(self, service: str) -> Any:
        return self.world.client(service, account=ACCOUNT, region=REGION)

    def make_role(self, name: str, service: str = "sagemaker.amazonaws.com") -> str:
        statement = {"Effect": "Allow", "Principal": {"Service": service}, "Action": "sts:AssumeRole"}
        document = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
        return almighty(self.client("iam"), name, document)

    def share(self, account: str, group: str | None = None) -> None:
        """Let another account read the models of the bucket, and make models of the versions of a group."""
        who = {"Effect": "Allow", "Principal": {"AWS": f"arn:aws:iam::{account}:root"}}
        resources = [f"arn:aws:s3:::{BUCKET}", f"arn:aws:s3:::{BUCKET}/*"]
        reading = who | {"Action": ["s3:GetObject", "s3:ListBucket"], "Resource": resources}
        self.s3.put_bucket_policy(Bucket=BUCKET, Policy=json.dumps({"Version": "2012-10-17", "Statement": [reading]}))
        if group:
            arn = f"arn:aws:sagemaker:{self.region}:{ACCOUNT}:model-package/{group}/*"
            making = who | {"Action": ["sagemaker:CreateModel", "sagemaker:DescribeModelPackage"], "Resource": arn}
            policy = json.dumps({"Version": "2012-10-17", "Statement": [making]})
            self.sagemaker.put_model_package_group_policy(ModelPackageGroupName=group, ResourcePolicy=policy)

    def put(self, key: str, content: str | bytes) -> str:
        body = content.encode() if isinstance(content, str) else content
        self.s3.put_object(Bucket=BUCKET, Key=key, Body=body)
        return f"s3://{BUCKET}/{key}"

    def get(self, uri: str) -> bytes:
        bucket, _, key = uri.removeprefix("s3://").partition("/")
        return bytes(self.s3.get_object(Bucket=bucket, Key=key)["Body"].read())

    def processing(self, script: str, *, inputs: Any = (), outputs: Any = (), **more: Any) -> dict[str, Any]:
        """Arguments of a processing job that runs a script; inputs and outputs are name -> S3 URI."""
        code = self.put(f"code/{zlib.crc32(script.encode())}/script.py", script)
        entries = {"code": code} | dict(inputs)
        root = "/opt/ml/processing"
        return {
            "RoleArn": self.role,
            "AppSpecification": {
                "ImageUri": SKLEARN,
                "ContainerEntrypoint": ["python3", f"{root}/code/script.py"],
            },
            "ProcessingInputs": [
                {
                    "InputName": name,
                    "S3Input": {
                        "S3Uri": uri,
                        "LocalPath": f"{root}/{name}",
                        "S3DataType": "S3Prefix",
                        "S3InputMode": "File",
                    },
                }
                for name, uri in entries.items()
            ],
            "ProcessingOutputConfig": {
                "Outputs": [
                    {
                        "OutputName": name,
                        "S3Output": {"S3Uri": uri, "LocalPath": f"{root}/{name}", "S3UploadMode": "EndOfJob"},
                    }
                    for name, uri in dict(outputs).items()
                ]
            },
            "ProcessingResources": {
                "ClusterConfig": {"InstanceCount": 1, "InstanceType": "ml.m5.xlarge", "VolumeSizeInGB": 30}
            },
            **more,
        }

    def training(self, hyperparameters: dict[str, str], channels: Any, output: str, **more: Any) -> dict[str, Any]:
        """Arguments of a training job with the built-in XGBoost; channels are name -> S3 URI."""
        return {
            "RoleArn": self.role,
            "AlgorithmSpecification": {"TrainingImage": XGBOOST, "TrainingInputMode": "File"},
            "HyperParameters": hyperparameters,
            "InputDataConfig": [
                {
                    "ChannelName": name,
                    "ContentType": "text/csv",
                    "DataSource": {"S3DataSource": {"S3DataType": "S3Prefix", "S3Uri": uri}},
                }
                for name, uri in dict(channels).items()
            ],
            "OutputDataConfig": {"S3OutputPath": output},
            "ResourceConfig": {"InstanceCount": 1, "InstanceType": "ml.m5.xlarge", "VolumeSizeInGB": 30},
            "StoppingCondition": {"MaxRuntimeInSeconds": 600},
            **more,
        }

    def run_processing(self, name: str, arguments: dict[str, Any]) -> dict[str, Any]:
        self.sagemaker.create_processing_job(ProcessingJobName=name, **arguments)
        return self.ended(lambda: self.sagemaker.describe_processing_job(ProcessingJobName=name), "ProcessingJobStatus")

    def run_training(self, name: str, arguments: dict[str, Any]) -> dict[str, Any]:
        self.sagemaker.create_training_job(TrainingJobName=name, **arguments)
        return self.ended(lambda: self.sagemaker.describe_training_job(TrainingJobName=name), "TrainingJobStatus")

    def job_log(self, name: str) -> str:
        return (self.world.directory / "logs" / "jobs" / f"{name}.log").read_text()

    def pipeline(self, name: str, steps: list[dict[str, Any]], parameters: Any = (), **more: Any) -> str:
        definition = json.dumps({"Version": "2020-12-01", "Parameters": list(parameters), "Steps": steps})
        answer = self.sagemaker.create_pipeline(
            PipelineName=name, PipelineDefinition=definition, RoleArn=self.role, **more
        )
        return str(answer["PipelineArn"])

    def start(self, name: str, **more: Any) -> str:
        return str(self.sagemaker.start_pipeline_execution(PipelineName=name, **more)["PipelineExecutionArn"])

    def wait(self, arn: str) -> dict[str, Any]:
        return self.ended(
            lambda: self.sagemaker.describe_pipeline_execution(PipelineExecutionArn=arn), "PipelineExecutionStatus"
        )

    def steps(self, arn: str) -> dict[str, dict[str, Any]]:
        rows = self.sagemaker.list_pipeline_execution_steps(PipelineExecutionArn=arn)["PipelineExecutionSteps"]
        return {row["StepName"]: row for row in rows}

    def ended(self, describe: Callable[[], dict[str, Any]], status: str, timeout: float = 90) -> dict[str, Any]:
        deadline = time.monotonic() + timeout
        while (found := describe())[status] in ("InProgress", "Executing", "Stopping"):
            assert time.monotonic() < deadline, f"still {found[status]} after {timeout} s"
            time.sleep(0.05)
        return found


@pytest.fixture(scope="module")
def lab(world: EmbeddedAws) -> Lab:
    return Lab(world)
