"""The pipeline: preprocess, train, evaluate, register when the error is small enough."""

from __future__ import annotations

from dataclasses import dataclass

from sagemaker import image_uris
from sagemaker.inputs import TrainingInput
from sagemaker.model import Model
from sagemaker.model_metrics import MetricsSource, ModelMetrics
from sagemaker.network import NetworkConfig
from sagemaker.processing import ProcessingInput, ProcessingOutput, ScriptProcessor
from sagemaker.workflow.condition_step import ConditionStep
from sagemaker.workflow.conditions import ConditionLessThanOrEqualTo
from sagemaker.workflow.fail_step import FailStep
from sagemaker.workflow.functions import Join, JsonGet
from sagemaker.workflow.model_step import ModelStep
from sagemaker.workflow.parameters import ParameterFloat, ParameterString
from sagemaker.workflow.pipeline import Pipeline
from sagemaker.workflow.pipeline_context import PipelineSession
from sagemaker.workflow.properties import PropertyFile
from sagemaker.workflow.steps import ProcessingStep, TrainingStep
from sagemaker.xgboost import XGBoost, XGBoostProcessor

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
    data = ParameterString("InputDataUrl", session.upload_data("data/abalone.csv", place.bucket, "data"))
    instance = ParameterString("InstanceType", "ml.m5.large")
    max_mse = ParameterFloat("MaxMse", 7.0)
    image = image_uris.retrieve("xgboost", session.boto_region_name, VERSION)
    network = NetworkConfig(
        subnets=place.subnets or None,
        security_group_ids=place.security_groups or None,
        encrypt_inter_container_traffic=place.encrypted,
    )
    common = {"role": place.role, "instance_count": 1, "instance_type": instance, "sagemaker_session": session}

    processor = ScriptProcessor(
        image_uri=image, command=["python3"], output_kms_key=place.key, network_config=network, **common
    )
    preprocess = ProcessingStep(
        "Preprocess",
        step_args=processor.run(
            code="processing/preprocess.py",
            inputs=[ProcessingInput(data, "/opt/ml/processing/data", input_name="data")],
            outputs=[_output("train"), _output("validation"), _output("test")],
        ),
    )
    estimator = XGBoost(
        entry_point="train.py",
        source_dir="training",
        framework_version=VERSION,
        hyperparameters={"num_round": 100, "max_depth": 4, "eta": 0.1},
        output_path=f"s3://{place.bucket}/models",  # what lies elsewhere is not released
        output_kms_key=place.key,
        subnets=place.subnets or None,
        security_group_ids=place.security_groups or None,
        encrypt_inter_container_traffic=place.encrypted,
        **common,
    )
    channels = {
        name: TrainingInput(_uri(preprocess, name), content_type="text/csv") for name in ("train", "validation")
    }
    train = TrainingStep("Train", step_args=estimator.fit(channels))
    model = train.properties.ModelArtifacts.S3ModelArtifacts

    evaluator = XGBoostProcessor(framework_version=VERSION, output_kms_key=place.key, network_config=network, **common)
    report = PropertyFile("Report", output_name="evaluation", path="evaluation.json")
    evaluate = ProcessingStep(
        "Evaluate",
        step_args=evaluator.run(
            code="evaluate.py",
            source_dir="processing",
            inputs=[
                ProcessingInput(model, "/opt/ml/processing/model", input_name="model"),
                ProcessingInput(_uri(preprocess, "test"), "/opt/ml/processing/test", input_name="test"),
            ],
            outputs=[_output("evaluation")],
        ),
        property_files=[report],
    )
    measured = MetricsSource("application/json", Join("/", [_uri(evaluate, "evaluation"), "evaluation.json"]))
    register = ModelStep(
        "Register",
        step_args=Model(image_uri=image, model_data=model, role=place.role, sagemaker_session=session).register(
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
        "CheckMse",
        conditions=[ConditionLessThanOrEqualTo(mse, max_mse)],
        if_steps=[register],
        else_steps=[FailStep("TooGreat", Join(" ", ["the mean squared error is greater than", max_mse]))],
    )
    steps = [preprocess, train, evaluate, check]
    return Pipeline(place.name, parameters=[data, instance, max_mse], steps=steps, sagemaker_session=session)


def _output(name: str) -> ProcessingOutput:
    return ProcessingOutput(output_name=name, source=f"/opt/ml/processing/{name}")


def _uri(step: ProcessingStep, output: str) -> object:
    return step.properties.ProcessingOutputConfig.Outputs[output].S3Output.S3Uri
