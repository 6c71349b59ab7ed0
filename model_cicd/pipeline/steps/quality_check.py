"""QualityCheck steps: statistics of a data set or of a model's answers, compared with a baseline."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Annotated, Any, Literal

from model_cicd.pipeline.document import Step
from model_cicd.pipeline.expressions import Expression
from model_cicd.pipeline.fields import Hyperparameter, S3Uri, ScriptUri, choice
from model_cicd.pipeline.model import Model
from model_cicd.pipeline.needs import Needs
from model_cicd.pipeline.scope import Scope
from model_cicd.pipeline.steps import jobs
from model_cicd.pipeline.steps.base import StepType, properties
from model_cicd.pipeline.steps.checks import RIGHTS, CheckConfig, check_needs, compile_check
from model_cicd.pipeline.steps.processing import BASE, job, job_input, job_output, output_config

_DATASET, _OUTPUT = "baseline_dataset_input", "quality_check_output"
_PREPROCESSOR, _POSTPROCESSOR = "record_preprocessor_script_input", "post_analytics_processor_script_input"


class DatasetFormat(Model):
    """How the data set is written: `csv` with or without a header, or lines of JSON."""

    format: Literal["csv", "json"] = "csv"
    header: bool = True


class QualityCheckConfig(CheckConfig):
    """The `qualityCheck` key; the attributes are columns or JSON paths and count for MODEL_QUALITY."""

    check_type: Literal["DATA_QUALITY", "MODEL_QUALITY"]
    dataset_format: DatasetFormat = DatasetFormat()
    supplied_baseline_statistics: S3Uri | None = None
    record_preprocessor_script: ScriptUri | None = None
    post_analytics_processor_script: ScriptUri | None = None
    problem_type: (
        Annotated[str | Expression, choice("Regression", "BinaryClassification", "MulticlassClassification")] | None
    ) = None
    inference_attribute: Hyperparameter | None = None
    probability_attribute: Hyperparameter | None = None
    ground_truth_attribute: Hyperparameter | None = None
    probability_threshold_attribute: Hyperparameter | None = None


def _compile(step: Step, config: QualityCheckConfig, scope: Scope) -> dict[str, Any]:
    """A processing job of the Model Monitor image, whose environment says what it does.

    https://docs.aws.amazon.com/sagemaker/latest/dg/model-monitor-byoc-contract-inputs.html
    """
    arguments = job(config, config, {"ImageUri": scope.image(config.image_uri)}, scope)
    inputs = [job_input(_DATASET, f"{BASE}/input/{_DATASET}", scope.source(config))]
    environment: dict[str, Any] = {
        "output_path": f"{BASE}/output",
        "publish_cloudwatch_metrics": "Disabled",
        "dataset_format": _format(config.dataset_format),
        "dataset_source": f"{BASE}/input/{_DATASET}",
    }
    scripts = (
        ("record_preprocessor_script", _PREPROCESSOR, config.record_preprocessor_script),
        ("post_analytics_processor_script", _POSTPROCESSOR, config.post_analytics_processor_script),
    )
    for variable, name, uri in scripts:
        if uri is not None:
            inputs.append(job_input(name, f"{BASE}/input/{name}", scope.value(uri)))
            environment[variable] = f"{BASE}/input/{name}/{str(uri).rpartition('/')[2].removeprefix('file:')}"
    if config.check_type == "MODEL_QUALITY":
        environment["analysis_type"] = "MODEL_QUALITY"
        environment |= jobs.given(
            {
                "problem_type": config.problem_type,
                "inference_attribute": config.inference_attribute,
                "probability_attribute": config.probability_attribute,
                "ground_truth_attribute": config.ground_truth_attribute,
                "probability_threshold_attribute": config.probability_threshold_attribute,
            },
            scope,
        )
    given = config.output_path
    place = scope.place("runs", step.name, _OUTPUT) if given is None else scope.under(given, step.name, _OUTPUT)
    output = job_output(_OUTPUT, f"{BASE}/output", place)
    arguments |= {
        "Environment": {**arguments.get("Environment", {}), **environment},
        "ProcessingInputs": inputs,
        "ProcessingOutputConfig": output_config(config, [output], scope),
    }
    return {
        "CheckType": config.check_type,
        **compile_check(config, scope),
        **jobs.given({"SuppliedBaselineStatistics": config.supplied_baseline_statistics}, scope),
        "Arguments": arguments,
    }


def _format(given: DatasetFormat) -> str:
    if given.format == "json":
        return json.dumps({"json": {"lines": True}})
    return json.dumps({"csv": {"header": given.header, "output_columns_position": "START"}})


def _outputs(_: QualityCheckConfig) -> Mapping[str, str]:
    return {
        "statistics": "CalculatedBaselineStatistics",
        "constraints": "CalculatedBaselineConstraints",
        "baselineStatistics": "BaselineUsedForDriftCheckStatistics",
        "baselineConstraints": "BaselineUsedForDriftCheckConstraints",
    }


def _needs(step: Step, config: QualityCheckConfig, needs: Needs) -> None:
    check_needs(step, config, needs)
    needs.read(config.supplied_baseline_statistics)
    needs.read(config.record_preprocessor_script)
    needs.read(config.post_analytics_processor_script)


TYPE = StepType(
    name="QualityCheck",
    key="qualityCheck",
    config=QualityCheckConfig,
    summary="statistics of data or of a model's answers, compared with a baseline",
    documentation="https://docs.aws.amazon.com/sagemaker/latest/dg/build-and-manage-steps-types.html",
    compile=_compile,
    outputs=_outputs,
    properties=properties(
        "CalculatedBaselineConstraints CalculatedBaselineStatistics BaselineUsedForDriftCheckStatistics "
        "BaselineUsedForDriftCheckConstraints"
    ),
    rights=RIGHTS,
    needs=_needs,
    cached=True,
)
