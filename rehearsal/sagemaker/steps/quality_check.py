"""Checks against a baseline; QualityCheck steps run, by the stand-in for Model Monitor's image.

https://docs.aws.amazon.com/sagemaker/latest/dg/build-and-manage-steps-types.html
https://docs.aws.amazon.com/sagemaker/latest/dg/pipelines-quality-clarify-baseline-lifecycle.html
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import Any, ClassVar

from botocore.exceptions import ClientError

from rehearsal.api import Params
from rehearsal.sagemaker import shapes
from rehearsal.sagemaker.steps.base import Context, StepFailed, StepType
from rehearsal.sagemaker.steps.processing import ProcessingStep, declared_outputs

_TEXT = {"type": "string"}
_CALCULATED, _USED, _SUPPLIED = "CalculatedBaseline", "BaselineUsedForDriftCheck", "SuppliedBaseline"
#: the baselines of a version, by the kind of check
_KINDS = {"DATA_QUALITY": "ModelDataQuality", "MODEL_QUALITY": "ModelQuality"}
_BASELINE = "/opt/ml/processing/baseline"
_VIOLATED = "CompletedWithViolations"
#: the step's members besides those of processing
_OWN = ("CheckType", "SkipCheck", "RegisterNewBaseline", "FailOnViolation", "ModelPackageGroupName",
        "SuppliedBaselineConstraints", "SuppliedBaselineStatistics")  # fmt: skip


class CheckStep(StepType):
    """A check against a baseline: a processing job that also shows where the baselines are."""

    files: ClassVar[Mapping[str, str]] = {
        "CalculatedBaselineConstraints": "constraints.json",
        "CalculatedBaselineStatistics": "statistics.json",
    }

    def properties(self, step: Params) -> dict[str, Any]:
        """Those of the job, and the baselines."""
        names = (*self.files, *(name.replace(_CALCULATED, _USED) for name in self.files))
        return (super().properties(step) or {}) | shapes.members(dict.fromkeys(names, _TEXT))

    def stand_in(self, context: Context) -> Params:
        """Also baselines, in the first output of the job; the check used those that were supplied."""
        shown = super().stand_in(context)
        supplied = context.execution.definition.steps[context.step].document
        folder = next(iter(declared_outputs(shown).values()), "s3://stand-in").rstrip("/")
        for name, file in self.files.items():
            shown[name] = f"{folder}/{file}"
            given = context.resolve(supplied.get(name.replace(_CALCULATED, _SUPPLIED)))
            shown[name.replace(_CALCULATED, _USED)] = given or shown[name]
        return shown

    def outputs(self, properties: Params) -> dict[str, str]:
        """The outputs of the job and the baselines."""
        return declared_outputs(properties) | {file: properties[name] for name, file in self.files.items()}


class QualityCheckStep(CheckStep, ProcessingStep):
    """Statistics and constraints of a data set or of predictions, held against a baseline unless `SkipCheck` says not.

    The baseline is the one supplied, else that of the latest approved version of the group.
    """

    keys = ("CacheConfig", "RetryPolicies", "PropertyFiles", *_OWN)

    def key_values(self, step: Params, arguments: Params) -> Params:
        """Those of the job, and what it is held against."""
        own = {name: step[name] for name in _OWN if name in step}
        return super().key_values(step, arguments) | own

    def run(self, context: Context) -> Params:
        """Run the job. Raises StepFailed where there is no baseline, or where it is violated."""
        document = context.execution.definition.steps[context.step].document
        given = {name: context.resolve(document[name]) for name in _OWN if name in document}
        skips, before = _true(given.get("SkipCheck", False)), _baseline(context, given)
        if not skips and "Constraints" not in before:
            raise StepFailed(
                "ClientError: there is no baseline to check against: none is supplied, and the latest approved version "
                f"of {given.get('ModelPackageGroupName') or 'no model package group'} has none. A first run sets "
                "SkipCheck and RegisterNewBaseline"
            )
        shown: Params = {name: value for name, value in given.items() if not name.startswith(_SUPPLIED)}

        def show(metadata: Params) -> None:
            shown["CheckJobArn"] = metadata["ProcessingJob"]["Arn"]
            context.show({"QualityCheck": shown})

        arguments = context.arguments if skips else _against(context.arguments, before)
        described = super().run(dataclasses.replace(context, arguments=arguments, show=show))
        folder = next(iter(declared_outputs(described).values())).rstrip("/")
        made = {name: f"{folder}/{file}" for name, file in self.files.items()}
        anew = _true(given.get("RegisterNewBaseline", False))
        for name, uri in list(made.items()):
            known = before.get(name.removeprefix(_CALCULATED))
            made[name.replace(_CALCULATED, _USED)] = uri if anew or known is None else known
        shown |= made
        violated = not skips and str(described.get("ExitMessage", "")).startswith(_VIOLATED)
        if violated:
            shown["ViolationReport"] = f"{folder}/constraint_violations.json"
        context.show({"QualityCheck": shown})
        if violated and _true(given.get("FailOnViolation", True)):
            raise StepFailed(f"ClientError: {described['ExitMessage']} {shown['ViolationReport']} has them")
        return described | made


def _true(value: Any) -> bool:
    """A parameter's value may be a text."""
    return value is True or str(value).lower() == "true"


def _baseline(context: Context, given: Params) -> Params:
    """`Constraints` and `Statistics` (URIs) of the baseline, as far as there are some."""
    supplied = {name: given[_SUPPLIED + name] for name in ("Constraints", "Statistics") if given.get(_SUPPLIED + name)}
    group = given.get("ModelPackageGroupName")
    if supplied or not group:
        return supplied
    sagemaker = context.client("sagemaker")
    try:
        listed = sagemaker.list_model_packages(
            ModelPackageGroupName=group,
            ModelApprovalStatus="Approved",
            SortBy="CreationTime",
            SortOrder="Descending",
            MaxResults=1,
        )["ModelPackageSummaryList"]
        if not listed:
            return {}
        described = sagemaker.describe_model_package(ModelPackageName=listed[0]["ModelPackageArn"])
    except ClientError as error:
        message = error.response["Error"]["Message"]
        if "does not exist" in message:  # it is made with its first version
            return {}
        raise StepFailed(f"ClientError: {message}") from None
    found = described.get("DriftCheckBaselines", {}).get(_KINDS.get(str(given.get("CheckType")), ""), {})
    return {name: found[name]["S3Uri"] for name in ("Constraints", "Statistics") if name in found}


def _against(arguments: Params, baseline: Params) -> Params:
    """The arguments of a job that compares: where its container finds the baseline.

    https://docs.aws.amazon.com/sagemaker/latest/dg/model-monitor-byoc-contract-inputs.html
    """
    inputs, environment = list(arguments.get("ProcessingInputs", [])), dict(arguments.get("Environment", {}))
    for name, uri in baseline.items():
        word = name.lower()
        folder = f"{_BASELINE}/{word}"
        source = {"S3Uri": uri, "LocalPath": folder, "S3DataType": "S3Prefix", "S3InputMode": "File"}
        inputs.append({"InputName": f"baseline_{word}_input", "S3Input": source})
        environment[f"baseline_{word}"] = f"{folder}/{uri.rpartition('/')[2]}"
    return arguments | {"ProcessingInputs": inputs, "Environment": environment}
