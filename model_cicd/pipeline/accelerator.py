"""The spellings that the SageMaker Pipeline module of the Modern Data Architecture Accelerator has for some keys.

They are read as the keys of this format (docs/mdaa.md): problems name the latter.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from model_cicd.text.errors import Problem
from model_cicd.text.source import Document

#: by the key of a step type's block, the accelerator's keys and ours
_RENAMED = {
    "transform": {
        "modelNameStep": "modelStep",
        "inputDataUri": "s3Uri",
        "inputDataStepOutput": "stepOutput",
        "strategy": "batchStrategy",
        "maxPayloadInMB": "maxPayloadInMb",
    }
}
#: keys of the accelerator that have no place here, and why
REFUSED = {
    "baseJobPrefix": "SageMaker names the jobs of a pipeline, and the role's rights follow from that",
    "sagemakerBlueprint": "a blueprint of SageMaker Unified Studio is another way to deploy than Seed-Farmer",
    "service_catalog_product_config": "a product of Service Catalog is another way to deploy than Seed-Farmer",
    "nag_suppressions": "nothing is suppressed but what has its reason in the library",
}
_PACKAGE_ARN = (
    "got a model package, expected imageUri and modelDataStep or modelDataUrl: image and model of a package are not "
    "known beforehand, so that no rights on them can be given to the role"
)
_INPUTS = {"processing": "inputs", "training": "inputChannels"}
_ARTIFACTS = ".modelArtifacts"


def in_own_spelling(document: Document) -> tuple[Document, list[Problem]]:
    """`document` with the accelerator's keys renamed, and a problem for each of them that has no place here."""
    data = document.data
    if not isinstance(data, Mapping):
        return document, []
    refused = [key for key in REFUSED if key in data]
    problems = [document.problem((key,), f"got {key}, expected none: {REFUSED[key]}") for key in refused]
    made = {key: value for key, value in data.items() if key not in refused}
    pipeline = data.get("pipeline")
    steps = pipeline.get("steps") if isinstance(pipeline, Mapping) else None
    if isinstance(pipeline, Mapping) and isinstance(steps, list):
        problems += _package_arns(document, steps)
        made["pipeline"] = {**pipeline, "steps": [_step(each) if isinstance(each, Mapping) else each for each in steps]}
    return replace(document, data=made), problems


def _package_arns(document: Document, steps: list[Any]) -> list[Problem]:
    return [
        document.problem(("pipeline", "steps", index, "model", "modelPackageArn"), _PACKAGE_ARN)
        for index, step in enumerate(steps)
        if isinstance(step, Mapping) and "modelPackageArn" in (_model(step) or ())
    ]


def _model(step: Mapping[str, Any]) -> Mapping[str, Any] | None:
    block = step.get("model")
    return block if isinstance(block, Mapping) else None


def _step(step: Mapping[str, Any]) -> Mapping[str, Any]:
    found = step
    for key, block in step.items():
        if isinstance(block, Mapping) and (made := _block(str(key), block)) is not block:
            found = {**found, key: made}
    return found


def _block(key: str, block: Mapping[str, Any]) -> Mapping[str, Any]:
    if key == "register":
        return _model_data(block)
    if key == "model" and "modelPackageArn" in block:
        return {name: value for name, value in block.items() if name != "modelPackageArn"}
    names = {old: new for old, new in _RENAMED.get(key, {}).items() if old in block and new not in block}
    if names:
        block = {names.get(name, name): value for name, value in block.items()}
    inputs = _INPUTS.get(key, "")
    listed = block.get(inputs)
    return {**block, inputs: [_input(each) for each in listed]} if isinstance(listed, list) else block


def _input(given: Any) -> Any:
    """`parameter: X` of an input is `s3Uri: {parameter: X}`."""
    if not isinstance(given, Mapping) or "parameter" not in given or {"s3Uri", "stepOutput"} & set(given):
        return given
    others = {name: value for name, value in given.items() if name != "parameter"}
    return {**others, "s3Uri": {"parameter": given["parameter"]}}


def _model_data(block: Mapping[str, Any]) -> Mapping[str, Any]:
    """`modelData` is a URI, or `<step>.modelArtifacts`."""
    value = block.get("modelData")
    if value is None or {"modelDataStep", "modelDataUrl"} & set(block):
        return block
    others = {name: each for name, each in block.items() if name != "modelData"}
    if isinstance(value, str) and value.endswith(_ARTIFACTS):
        return {**others, "modelDataStep": value.removesuffix(_ARTIFACTS)}
    return {**others, "modelDataUrl": value}
