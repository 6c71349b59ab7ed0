"""The pipeline: preprocess, train, evaluate, register when the error is small enough."""

from __future__ import annotations

from dataclasses import dataclass

from sagemaker.core import image_uris
from sagemaker.core.model_metrics import MetricsSource, ModelMetrics
from sagemaker.core.network import NetworkConfig
from sagemaker.core.processing import FrameworkProcessor, ScriptProcessor
from sagemaker.core.shapes import (
    OutputDataConfig,
    ProcessingInput,
    ProcessingOutput,
    ProcessingS3Input,
    ProcessingS3Output,
)
from sagemaker.core.training.configs import Compute, InputData, Networking, SourceCode
from sagemaker.core.workflow.conditions import ConditionLessThanOrEqualTo
from sagemaker.core.workflow.functions import Join, JsonGet
from sagemaker.core.workflow.parameters import ParameterFloat, ParameterString
from sagemaker.core.workflow.pipeline_context import PipelineSession
from sagemaker.core.workflow.properties import PropertyFile
from sagemaker.mlops.workflow.condition_step import ConditionStep
from sagemaker.mlops.workflow.fail_step import FailStep
from sagemaker.mlops.workflow.model_step import ModelStep
from sagemaker.mlops.workflow.pipeline import Pipeline
from sagemaker.mlops.workflow.steps import ProcessingStep, TrainingStep
from sagemaker.serve.model_builder import ModelBuilder
from sagemaker.train import ModelTrainer

VERSION = "1.7-1"


@dataclass(frozen=True)
class Place:
    """Where the pipeline runs and what it may use: the variables of the training job."""

    name: str
    bucket: str
    key: str
    role: str
    group: str
    subnets: list[str]
    security_groups: list[str]
    encrypted: bool


def get_pipeline(place: Place, session: PipelineSession, metadata: dict[str, str]) -> Pipeline:
    """The pipeline of a deployment group, whose bucket is the session's default one; versions have the `metadata`."""
    # what a deployment group may set without a commit: its `pipelineParameters`
    uploaded = session.upload_data("data/abalone.csv", place.bucket, "data")
    data = ParameterString(name="InputDataUrl", default_value=uploaded)
    instance = ParameterString(name="InstanceType", default_value="ml.m5.large")
    max_mse = ParameterFloat(name="MaxMse", default_value=7.0)
    image = image_uris.retrieve("xgboost", session.boto_region_name, VERSION)
    network = NetworkConfig(
        subnets=place.subnets or None,
        security_group_ids=place.security_groups or None,
        encrypt_inter_container_traffic=place.encrypted,
    )
    processing = {
        "image_uri": image,
        "command": ["python3"],
        "role": place.role,
        "instance_count": 1,
        "instance_type": instance,
        "output_kms_key": place.key,
        "network_config": network,
        "sagemaker_session": session,
    }
    preprocess = ProcessingStep(
        name="Preprocess",
        step_args=ScriptProcessor(**processing).run(
            code="processing/preprocess.py",
            inputs=[_input("data", data)],
            outputs=[_output("train"), _output("validation"), _output("test")],
        ),
    )
    trainer = ModelTrainer(
        training_image=image,
        source_code=SourceCode(source_dir="training", entry_script="train.py"),
        hyperparameters={"num_round": 100, "max_depth": 4, "eta": 0.1},
        compute=Compute(instance_type=instance, instance_count=1),
        networking=Networking(
            subnets=place.subnets or None,
            security_group_ids=place.security_groups or None,
            enable_inter_container_traffic_encryption=place.encrypted,
        ),
        # what lies elsewhere is not released
        output_data_config=OutputDataConfig(s3_output_path=f"s3://{place.bucket}/models", kms_key_id=place.key),
        input_s3_key_prefix=place.name,
        base_job_name="train",
        role=place.role,
        sagemaker_session=session,
    )
    channels = [
        InputData(channel_name=each, data_source=_uri(preprocess, each), content_type="text/csv")
        for each in ("train", "validation")
    ]
    train = TrainingStep(name="Train", step_args=trainer.train(channels))
    model = train.properties.ModelArtifacts.S3ModelArtifacts

    report = PropertyFile(name="Report", output_name="evaluation", path="evaluation.json")
    evaluate = ProcessingStep(
        name="Evaluate",
        step_args=FrameworkProcessor(**processing).run(
            code="evaluate.py",
            source_dir="processing",
            inputs=[_input("model", model), _input("test", _uri(preprocess, "test"))],
            outputs=[_output("evaluation")],
        ),
        property_files=[report],
    )
    measured = MetricsSource("application/json", Join("/", [_uri(evaluate, "evaluation"), "evaluation.json"]))
    builder = ModelBuilder(s3_model_data_url=model, image_uri=image, role_arn=place.role, sagemaker_session=session)
    register = ModelStep(
        name="Register",
        step_args=builder.register(
            content_types=["text/csv"],
            response_types=["text/csv"],
            inference_instances=["ml.m5.large", "ml.t2.medium"],
            transform_instances=["ml.m5.large"],
            model_package_group_name=place.group,
            approval_status="PendingManualApproval",
            model_metrics=ModelMetrics(model_statistics=measured),
            customer_metadata_properties=metadata or None,
        ),
    )
    mse = JsonGet(step_name=evaluate.name, property_file=report, json_path="regression_metrics.mse.value")
    check = ConditionStep(
        name="CheckMse",
        conditions=[ConditionLessThanOrEqualTo(left=mse, right=max_mse)],
        if_steps=[register],
        else_steps=[
            FailStep(name="TooGreat", error_message=Join(" ", ["the mean squared error is greater than", max_mse]))
        ],
    )
    steps = [preprocess, train, evaluate, check]
    return Pipeline(name=place.name, parameters=[data, instance, max_mse], steps=steps, sagemaker_session=session)


def _input(name: str, uri: object) -> ProcessingInput:
    local = f"/opt/ml/processing/{name}"
    given = ProcessingS3Input(s3_uri=uri, s3_data_type="S3Prefix", local_path=local, s3_input_mode="File")
    return ProcessingInput(input_name=name, s3_input=given)


def _output(name: str) -> ProcessingOutput:
    """Below the pipeline's name and the execution's id, where no other place is given."""
    made = ProcessingS3Output(s3_uri=name, s3_upload_mode="EndOfJob", local_path=f"/opt/ml/processing/{name}")
    return ProcessingOutput(output_name=name, s3_output=made)


def _uri(step: ProcessingStep, output: str) -> object:
    return step.properties.ProcessingOutputConfig.Outputs[output].S3Output.S3Uri
