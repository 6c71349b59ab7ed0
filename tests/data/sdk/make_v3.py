"""Writes v3.json and objects-v3, a pipeline as version 3 of the SageMaker Python SDK defines it, into a directory.

tests/executor/sdk.py runs it with the SDK, whose code is among the objects: none of it is kept in this repository.
"""

import json
import os
import sys
from pathlib import Path

import recorder
from sagemaker.core import image_uris
from sagemaker.core.processing import FrameworkProcessor, ScriptProcessor
from sagemaker.core.shapes import ProcessingInput, ProcessingOutput, ProcessingS3Input, ProcessingS3Output
from sagemaker.core.training.configs import Compute, InputData, OutputDataConfig, SourceCode
from sagemaker.core.workflow.conditions import ConditionLessThanOrEqualTo
from sagemaker.core.workflow.execution_variables import ExecutionVariables
from sagemaker.core.workflow.functions import Join, JsonGet
from sagemaker.core.workflow.parameters import ParameterFloat, ParameterInteger
from sagemaker.core.workflow.pipeline_context import PipelineSession
from sagemaker.core.workflow.properties import PropertyFile
from sagemaker.mlops.workflow.condition_step import ConditionStep
from sagemaker.mlops.workflow.fail_step import FailStep
from sagemaker.mlops.workflow.pipeline import Pipeline
from sagemaker.mlops.workflow.steps import CacheConfig, ProcessingStep, TrainingStep
from sagemaker.train.model_trainer import ModelTrainer

HERE = Path(__file__).parent
TARGET = Path(sys.argv[1]).absolute()
BUCKET, ROLE = recorder.BUCKET, recorder.ROLE

os.chdir(HERE)
session = PipelineSession(boto_session=recorder.session(TARGET / "objects-v3"), default_bucket=BUCKET)
cache = CacheConfig(enable_caching=True, expire_after="P30D")
rows = ParameterInteger("Rows", default_value=300)
threshold = ParameterFloat("Threshold", default_value=5000.0)
sklearn = image_uris.retrieve("sklearn", recorder.REGION, "1.2-1", py_version="py3", instance_type="ml.m5.xlarge")


def out(name: str) -> ProcessingOutput:
    target = Join(on="/", values=[f"s3://{BUCKET}/runs", ExecutionVariables.PIPELINE_EXECUTION_ID, name])
    return ProcessingOutput(
        output_name=name,
        s3_output=ProcessingS3Output(s3_uri=target, local_path=f"/opt/ml/processing/{name}", s3_upload_mode="EndOfJob"),
    )


def source(name: str, uri) -> ProcessingInput:
    place = ProcessingS3Input(
        s3_uri=uri, local_path=f"/opt/ml/processing/{name}", s3_data_type="S3Prefix", s3_input_mode="File"
    )
    return ProcessingInput(input_name=name, s3_input=place)


def made(step: ProcessingStep, name: str):
    return step.properties.ProcessingOutputConfig.Outputs[name].S3Output.S3Uri


common = {"image_uri": sklearn, "role": ROLE, "instance_type": "ml.m5.xlarge", "instance_count": 1,
          "sagemaker_session": session}  # fmt: skip
processor = ScriptProcessor(command=["python3"], **common)
prepare = ProcessingStep(
    "Prepare",
    step_args=processor.run(
        code="scripts/prepare.py",
        arguments=["--rows", rows.to_string()],
        outputs=[out(name) for name in ("train", "validation", "test", "features")],
    ),
    cache_config=cache,
)

trainer = ModelTrainer(
    training_image=sklearn,
    role=ROLE,
    sagemaker_session=session,
    base_job_name="linear",
    source_code=SourceCode(source_dir="source", entry_script="train.py"),
    compute=Compute(instance_type="ml.m5.xlarge", instance_count=1, volume_size_in_gb=30),
    output_data_config=OutputDataConfig(s3_output_path=f"s3://{BUCKET}/models"),
    hyperparameters={"alpha": 0.5},
)
channels = [InputData(channel_name=name, data_source=made(prepare, name)) for name in ("train", "test")]
train = TrainingStep("Linear", step_args=trainer.train(input_data_config=channels), cache_config=cache)

framework = FrameworkProcessor(**common)
report = PropertyFile("Report", output_name="evaluation", path="evaluation.json")
evaluate = ProcessingStep(
    "Evaluate",
    step_args=framework.run(
        code="judge.py",
        source_dir="judge",
        outputs=[out("evaluation")],
        inputs=[
            source("model", train.properties.ModelArtifacts.S3ModelArtifacts),
            source("test", made(prepare, "test")),
        ],
    ),
    property_files=[report],
)

mse = JsonGet(step_name=evaluate.name, property_file=report, json_path="mse")
fine = FailStep("TooGood", Join(on=" ", values=["the error is only", mse]))
bad = FailStep("Refuse", Join(on=" ", values=["the error", mse, "is over", threshold]))
judge = ConditionStep(
    "Judge",
    conditions=[ConditionLessThanOrEqualTo(left=mse, right=10.0)],
    if_steps=[fine],
    else_steps=[],
)
limit = ConditionStep(
    "Limit", conditions=[ConditionLessThanOrEqualTo(left=mse, right=threshold)], if_steps=[], else_steps=[bad]
)

pipeline = Pipeline(
    name="sdk-v3",
    parameters=[rows, threshold],
    steps=[prepare, train, evaluate, judge, limit],
    sagemaker_session=session,
)
(TARGET / "v3.json").write_text(json.dumps(json.loads(pipeline.definition()), indent=1) + "\n")
