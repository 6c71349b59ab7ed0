# /// script
# requires-python = "==3.11.*"
# dependencies = ["sagemaker==2.257.7"]
# ///
"""Writes v2.json and objects-v2: a pipeline as version 2 of the SageMaker Python SDK defines it.

uv run tests/data/sdk/make_v2.py
"""

import json
import os
import shutil
from pathlib import Path

import recorder
from sagemaker import image_uris
from sagemaker.estimator import Estimator
from sagemaker.inputs import TrainingInput
from sagemaker.lambda_helper import Lambda
from sagemaker.model import Model
from sagemaker.model_metrics import MetricsSource, ModelMetrics
from sagemaker.processing import ProcessingInput, ProcessingOutput, ScriptProcessor
from sagemaker.sklearn.estimator import SKLearn
from sagemaker.sklearn.processing import SKLearnProcessor
from sagemaker.transformer import Transformer
from sagemaker.tuner import CategoricalParameter, ContinuousParameter, HyperparameterTuner, IntegerParameter
from sagemaker.workflow.condition_step import ConditionStep
from sagemaker.workflow.conditions import ConditionEquals, ConditionLessThanOrEqualTo, ConditionNot, ConditionOr
from sagemaker.workflow.execution_variables import ExecutionVariables
from sagemaker.workflow.fail_step import FailStep
from sagemaker.workflow.functions import Join, JsonGet
from sagemaker.workflow.lambda_step import LambdaOutput, LambdaOutputTypeEnum, LambdaStep
from sagemaker.workflow.model_step import ModelStep
from sagemaker.workflow.parameters import ParameterFloat, ParameterInteger, ParameterString
from sagemaker.workflow.pipeline import Pipeline
from sagemaker.workflow.pipeline_context import PipelineSession
from sagemaker.workflow.properties import PropertyFile
from sagemaker.workflow.retry import SageMakerJobExceptionTypeEnum, SageMakerJobStepRetryPolicy
from sagemaker.workflow.steps import CacheConfig, ProcessingStep, TrainingStep, TransformStep, TuningStep

HERE = Path(__file__).parent
OBJECTS = HERE / "objects-v2"
BUCKET, ROLE = recorder.BUCKET, recorder.ROLE

os.chdir(HERE)
shutil.rmtree(OBJECTS, ignore_errors=True)
session = PipelineSession(boto_session=recorder.session(OBJECTS), default_bucket=BUCKET)
common = {"role": ROLE, "instance_count": 1, "sagemaker_session": session}
cache = CacheConfig(enable_caching=True, expire_after="P30D")
retry = SageMakerJobStepRetryPolicy(
    exception_types=[SageMakerJobExceptionTypeEnum.CAPACITY_ERROR], interval_seconds=60, max_attempts=3
)

kind = ParameterString("InstanceType", default_value="ml.m5.xlarge")
rows = ParameterInteger("Rows", default_value=300)
rounds = ParameterInteger("Rounds", default_value=30)
threshold = ParameterFloat("Threshold", default_value=5000.0)
approval = ParameterString(
    "Approval", default_value="PendingManualApproval", enum_values=["PendingManualApproval", "Approved"]
)


def out(name: str) -> ProcessingOutput:
    target = Join(on="/", values=[f"s3://{BUCKET}/runs", ExecutionVariables.PIPELINE_EXECUTION_ID, name])
    return ProcessingOutput(output_name=name, source=f"/opt/ml/processing/{name}", destination=target)


def made(step: ProcessingStep, name: str):
    return step.properties.ProcessingOutputConfig.Outputs[name].S3Output.S3Uri


sklearn = SKLearnProcessor(framework_version="1.2-1", instance_type=kind, **common)
prepare = ProcessingStep(
    "Prepare",
    step_args=sklearn.run(
        code="scripts/prepare.py",
        arguments=["--rows", rows.to_string()],
        outputs=[out(name) for name in ("train", "validation", "test", "features")],
    ),
    cache_config=cache,
)

xgboost = image_uris.retrieve("xgboost", recorder.REGION, "1.7-1")
estimator = Estimator(
    xgboost,
    instance_type=kind,
    output_path=f"s3://{BUCKET}/models",
    hyperparameters={"objective": "reg:squarederror", "num_round": rounds, "max_depth": 3},
    **common,
)
channels = {name: TrainingInput(made(prepare, name), content_type="text/csv") for name in ("train", "validation")}
train = TrainingStep("Train", step_args=estimator.fit(channels), cache_config=cache, retry_policies=[retry])

ranges = {"eta": ContinuousParameter(0.05, 0.5, "Logarithmic"), "max_depth": IntegerParameter(2, 5),
          "tree_method": CategoricalParameter(["hist", "exact"])}  # fmt: skip
tuner = HyperparameterTuner(
    estimator, "validation:rmse", ranges, objective_type="Minimize", max_jobs=4, max_parallel_jobs=2
)
tune = TuningStep("Tune", step_args=tuner.fit(channels))

ridge = SKLearn(
    "train.py",
    source_dir="source",
    framework_version="1.2-1",
    instance_type=kind,
    code_location=f"s3://{BUCKET}/code",
    hyperparameters={"alpha": 0.5},
    metric_definitions=[{"Name": "mse", "Regex": "mse=([0-9.]+);"}],
    **common,
)
linear = TrainingStep("Linear", step_args=ridge.fit({name: made(prepare, name) for name in ("train", "test")}))

processor = ScriptProcessor(image_uri=xgboost, command=["python3"], instance_type=kind, **common)
report = PropertyFile("Report", output_name="evaluation", path="evaluation.json")
evaluate = ProcessingStep(
    "Evaluate",
    step_args=processor.run(
        code="scripts/evaluate.py",
        outputs=[out("evaluation")],
        inputs=[
            ProcessingInput(
                source=train.properties.ModelArtifacts.S3ModelArtifacts, destination="/opt/ml/processing/model"
            ),
            ProcessingInput(source=made(prepare, "test"), destination="/opt/ml/processing/test"),
        ],
    ),
    property_files=[report],
)

best = Model(xgboost, tune.get_top_model_s3_uri(0, BUCKET, "models"), ROLE, sagemaker_session=session)
create = ModelStep("Best", step_args=best.create(instance_type="ml.m5.large"))
transformer = Transformer(
    create.properties.ModelName,
    1,
    "ml.m5.large",
    output_path=f"s3://{BUCKET}/predictions",
    accept="text/csv",
    assemble_with="Line",
    sagemaker_session=session,
)
predict = TransformStep(
    "Predict",
    step_args=transformer.transform(
        made(prepare, "features"),
        content_type="text/csv",
        split_type="Line",
        join_source="Input",
        output_filter="$[0,-1]",
    ),
)

statistics = MetricsSource("application/json", Join(on="/", values=[made(evaluate, "evaluation"), "evaluation.json"]))
model = Model(xgboost, train.properties.ModelArtifacts.S3ModelArtifacts, ROLE, sagemaker_session=session)
register = ModelStep(
    "Keep",
    step_args=model.register(
        content_types=["text/csv"],
        response_types=["text/csv"],
        inference_instances=["ml.m5.large"],
        transform_instances=["ml.m5.large"],
        model_package_group_name="diabetes",
        approval_status=approval,
        model_metrics=ModelMetrics(model_statistics=statistics),
    ),
)
notify = LambdaStep(
    "Notify",
    lambda_func=Lambda(
        function_arn=f"arn:aws:lambda:{recorder.REGION}:{recorder.ACCOUNT}:function:notify", session=session
    ),
    inputs={"mse": JsonGet(evaluate.name, report, "regression_metrics.mse.value"), "text": "trained"},
    outputs=[LambdaOutput("word", LambdaOutputTypeEnum.String)],
)
mse = JsonGet(evaluate.name, report, "regression_metrics.mse.value")
refuse = FailStep("Refuse", Join(on=" ", values=["the error", mse, "is over", threshold]))
accepted = ConditionOr(
    [ConditionNot(ConditionEquals(rows, 300)), ConditionLessThanOrEqualTo(left=mse, right=threshold)]
)
judge = ConditionStep("Judge", conditions=[accepted], if_steps=[register, notify], else_steps=[refuse])

pipeline = Pipeline(
    "sdk-v2",
    [kind, rows, rounds, threshold, approval],
    steps=[prepare, train, tune, linear, evaluate, create, predict, judge],
    sagemaker_session=session,
)
text = json.dumps(json.loads(pipeline.definition()), indent=1)
(HERE / "v2.json").write_text(text + "\n")
