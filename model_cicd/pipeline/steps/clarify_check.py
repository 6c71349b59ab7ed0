"""ClarifyCheck steps: bias of data or of a model, or what features contribute, compared with a baseline."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Literal

from model_cicd.pipeline.document import Step
from model_cicd.pipeline.expressions import StepOutput
from model_cicd.pipeline.fields import DataUri, StepName, String
from model_cicd.pipeline.needs import Needs
from model_cicd.pipeline.rights import Right
from model_cicd.pipeline.scope import Scope
from model_cicd.pipeline.steps import jobs
from model_cicd.pipeline.steps.base import StepType, properties
from model_cicd.pipeline.steps.checks import RIGHTS, CheckConfig, check_needs, compile_check
from model_cicd.pipeline.steps.create_model import MODEL_NAME
from model_cicd.pipeline.steps.processing import BASE, job, job_input, job_output, output_config

_CONFIG, _DATASET, _OUTPUT = "analysis_config", "dataset", "analysis_result"

SHADOW_ENDPOINT = Right(
    sid="ShadowEndpoint",
    actions=(
        "sagemaker:CreateEndpoint",
        "sagemaker:DescribeEndpoint",
        "sagemaker:InvokeEndpoint",
        "sagemaker:DeleteEndpoint",
        "sagemaker:CreateEndpointConfig",
        "sagemaker:DescribeEndpointConfig",
        "sagemaker:DeleteEndpointConfig",
    ),
    on="the endpoint through which Clarify asks the model (MODEL_BIAS, MODEL_EXPLAINABILITY)",
    page="https://docs.aws.amazon.com/sagemaker/latest/dg/clarify-processing-job-configure-analysis.html",
    why="Clarify asks the model through an endpoint of its own, for the time of the job, under such a name",
    resources=("endpoint/sm-clarify-*", "endpoint-config/sm-clarify-*"),
    targets={"shadow endpoint": "sagemaker:endpoint", "shadow endpoint-config": "sagemaker:endpoint-config"},
)


class ClarifyCheckConfig(CheckConfig):
    """The `clarifyCheck` key; the model of MODEL_BIAS and MODEL_EXPLAINABILITY is `model_step`'s or `model_name`.

    https://docs.aws.amazon.com/sagemaker/latest/dg/clarify-processing-job-configure-analysis.html says what
    `analysis_config` holds.
    """

    check_type: Literal["DATA_BIAS", "MODEL_BIAS", "MODEL_EXPLAINABILITY"]
    analysis_config: DataUri
    model_step: StepName | None = None
    model_name: String | None = None


def _compile(step: Step, config: ClarifyCheckConfig, scope: Scope) -> dict[str, Any]:
    """A processing job of the Clarify image."""
    arguments = job(config, config, {"ImageUri": scope.image(config.image_uri)}, scope)
    given = config.output_path
    place = scope.place("runs", step.name, _OUTPUT) if given is None else scope.under(given, step.name, _OUTPUT)
    output = job_output(_OUTPUT, f"{BASE}/output", place)
    arguments |= {
        "ProcessingInputs": [
            job_input(_CONFIG, f"{BASE}/input/config", scope.value(config.analysis_config)),
            job_input(_DATASET, f"{BASE}/input/data", scope.source(config)),
        ],
        "ProcessingOutputConfig": output_config(config, [output], scope),
    }
    model = StepOutput(config.model_step, MODEL_NAME) if config.model_step is not None else config.model_name
    return {
        "CheckType": config.check_type,
        **compile_check(config, scope),
        **jobs.given({"ModelName": model}, scope),
        "Arguments": arguments,
    }


def _outputs(_: ClarifyCheckConfig) -> Mapping[str, str]:
    return {
        "constraints": "CalculatedBaselineConstraints",
        "baselineConstraints": "BaselineUsedForDriftCheckConstraints",
    }


def _needs(step: Step, config: ClarifyCheckConfig, needs: Needs) -> None:
    check_needs(step, config, needs)
    needs.read(config.analysis_config)
    if config.check_type != "DATA_BIAS":
        needs.allow(SHADOW_ENDPOINT)


TYPE = StepType(
    name="ClarifyCheck",
    key="clarifyCheck",
    config=ClarifyCheckConfig,
    summary="bias, or what features contribute, compared with a baseline",
    documentation="https://docs.aws.amazon.com/sagemaker/latest/dg/build-and-manage-steps-types.html",
    compile=_compile,
    outputs=_outputs,
    properties=properties("CalculatedBaselineConstraints BaselineUsedForDriftCheckConstraints"),
    rights=replace(RIGHTS, uses=(*RIGHTS.uses, SHADOW_ENDPOINT)),
    needs=_needs,
    cached=True,
)
