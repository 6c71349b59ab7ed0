"""Statistics, constraints and reports of a registered model, and the baselines that later drift is measured against.

https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_ModelMetrics.html
https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_DriftCheckBaselines.html
"""

from __future__ import annotations

from typing import Any

from model_cicd.pipeline.fields import Name, S3Uri, StepName, StepOutputName, String
from model_cicd.pipeline.model import Model
from model_cicd.pipeline.scope import Scope


class MetricsSource(Model):
    """A file: a property file by the step that writes it, an output that is one file, or a place in S3."""

    step_name: StepName | None = None
    property_file: Name | None = None
    step_output: StepOutputName | None = None
    s3_uri: S3Uri | None = None
    content_type: String = "application/json"


class Quality(MetricsSource):
    """`statistics` and `constraints`; the keys of a source by themselves are those of the statistics."""

    statistics: MetricsSource | None = None
    constraints: MetricsSource | None = None


class Bias(Model):
    """Reports on bias."""

    report: MetricsSource | None = None
    pre_training_report: MetricsSource | None = None
    post_training_report: MetricsSource | None = None


class Explainability(Model):
    """The report on what features contribute."""

    report: MetricsSource | None = None


class ModelMetrics(Model):
    """What is shown with the model version."""

    model_quality: Quality | None = None
    model_data_quality: Quality | None = None
    bias: Bias | None = None
    explainability: Explainability | None = None


class BiasBaseline(Model):
    """What later bias is measured against."""

    config_file: MetricsSource | None = None
    pre_training_constraints: MetricsSource | None = None
    post_training_constraints: MetricsSource | None = None


class ExplainabilityBaseline(Model):
    """What later contributions of features are measured against."""

    constraints: MetricsSource | None = None
    config_file: MetricsSource | None = None


class DriftCheckBaselines(Model):
    """What later models and data are measured against."""

    model_quality: Quality | None = None
    model_data_quality: Quality | None = None
    bias: BiasBaseline | None = None
    explainability: ExplainabilityBaseline | None = None


def is_source(source: MetricsSource) -> bool:
    """Whether anything of `source` itself says where a file is."""
    return any(each is not None for each in (source.step_name, source.property_file, source.step_output, source.s3_uri))


def compile_metrics(metrics: Model | None, scope: Scope) -> dict[str, Any]:
    """`ModelMetrics` or `DriftCheckBaselines`, each under the service's names of its parts."""
    if metrics is None:
        return {}
    compiled: dict[str, Any] = {}
    for name, field in type(metrics).model_fields.items():
        part = getattr(metrics, name)
        if part is None or not isinstance(part, Model):
            continue
        key = (field.alias or name)[0].upper() + (field.alias or name)[1:]
        if isinstance(part, Quality):
            own = {"Statistics": _source(part, scope)} if is_source(part) else {}
            inner = own | compile_metrics(part, scope)
        else:
            inner = _source(part, scope) if isinstance(part, MetricsSource) else compile_metrics(part, scope)
        if inner:
            compiled[key] = inner
    return compiled


def _source(source: MetricsSource, scope: Scope) -> dict[str, Any]:
    if source.step_name is not None and source.property_file is not None:
        uri = scope.property_file_uri(source.step_name, source.property_file)
    else:
        uri = scope.value(source.step_output if source.step_output is not None else source.s3_uri)
    return {"ContentType": scope.value(source.content_type), "S3Uri": uri}
