"""What QualityCheck and ClarifyCheck steps have in common: a processing job that makes and compares baselines."""

from __future__ import annotations

from typing import Any

from model_cicd.pipeline.document import Step
from model_cicd.pipeline.expressions import Expression
from model_cicd.pipeline.fields import Boolean, Count, DataUri, ImageUri, InstanceType, S3Uri, StepOutputName, String
from model_cicd.pipeline.needs import Needs
from model_cicd.pipeline.rights import IMAGES, READ, WRITE, Right, Rights
from model_cicd.pipeline.scope import Scope
from model_cicd.pipeline.steps import jobs, processing
from model_cicd.pipeline.steps.knobs import Environment, Experiment, Network, OutputKey, Runtime, Tags, Volume

BASELINES = Right(
    sid="Baselines",
    actions=("sagemaker:DescribeModelPackage", "sagemaker:ListModelPackages"),
    on="the model package group whose latest approved version has the baseline, and its versions",
    page="https://docs.aws.amazon.com/sagemaker/latest/dg/pipelines-quality-clarify-baseline-lifecycle.html",
    why="every version in the model package groups that the pipeline names",
)
RIGHTS = Rights(job=processing.JOB, uses=(READ, WRITE, IMAGES, BASELINES))


class CheckConfig(Runtime, Volume, OutputKey, Environment, Tags, Network, Experiment):
    """A job over the data set at `s3_uri` or `step_output`, and what its result is compared with.

    The baseline is `supplied_baseline_constraints`, else that of the latest approved version in the group.
    """

    image_uri: ImageUri
    instance_type: InstanceType
    instance_count: Count = 1
    s3_uri: DataUri | None = None
    step_output: StepOutputName | None = None
    output_path: S3Uri | None = None
    model_package_group_name: String | None = None
    supplied_baseline_constraints: S3Uri | None = None
    skip_check: Boolean = False
    register_new_baseline: Boolean = False
    fail_on_violation: Boolean | None = None


def compile_check(config: CheckConfig, scope: Scope) -> dict[str, Any]:
    """What stands beside the arguments of the job."""
    group: str | Expression | None = config.model_package_group_name or scope.config.model_package_group_name
    compiled = {
        "SkipCheck": scope.value(config.skip_check),
        "RegisterNewBaseline": scope.value(config.register_new_baseline),
        "FailOnViolation": config.fail_on_violation,
        "ModelPackageGroupName": group or scope.environment.model_package_group_name or None,
        "SuppliedBaselineConstraints": config.supplied_baseline_constraints,
    }
    return jobs.given(compiled, scope)


def check_needs(step: Step, config: CheckConfig, needs: Needs) -> None:
    """What a check needs permission for."""
    needs.job(processing.JOB)
    needs.image(config.image_uri)
    needs.read(config.s3_uri)
    needs.read(config.supplied_baseline_constraints)
    needs.write(config.output_path, step.name)
    needs.baselines(config.model_package_group_name)
