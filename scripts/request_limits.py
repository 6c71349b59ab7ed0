"""Writes model_cicd/pipeline/request_limits.json: limits and patterns of the requests that steps become, from botocore.

Listed values are left out: the pipeline YAML has its own, and new instance types come every month.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from botocore.loaders import Loader
from botocore.model import ServiceModel

TARGET = Path(__file__).parents[1] / "model_cicd" / "pipeline" / "request_limits.json"
#: step type -> the operation whose request its arguments are
OPERATIONS = {
    "Processing": "CreateProcessingJob",
    "Training": "CreateTrainingJob",
    "Tuning": "CreateHyperParameterTuningJob",
    "Transform": "CreateTransformJob",
    "Model": "CreateModel",
    "RegisterModel": "CreateModelPackage",
    "AutoML": "CreateAutoMLJob",
    "QualityCheck": "CreateProcessingJob",
    "ClarifyCheck": "CreateProcessingJob",
}
#: members that no pipeline YAML leads to
NOT_WRITTEN = ("AdditionalInferenceSpecifications", "AdditionalModelDataSources", "Containers", "DatasetDefinition",
               "DebugHookConfig", "DebugRuleConfigurations", "FileSystemDataSource", "ModelCard", "ProfilerConfig",
               "ProfilerRuleConfigurations", "SourceAlgorithmSpecification", "TensorBoardOutputConfig",
               "TrainingJobDefinitions", "ValidationSpecification")  # fmt: skip
NOTHING_SAID = ("[\\S\\s]*", "[\\s\\S]*", ".*", ".+")


def limits(shape: Any, path: str = "", seen: frozenset[str] = frozenset()) -> Iterator[tuple[str, dict[str, Any]]]:
    """Key path (`A.B[].C`, `A{}` for the values of a mapping) and what is said of it."""
    if shape.name in seen:
        return
    seen |= {shape.name}
    said = {key: value for key, value in shape.metadata.items() if key in ("min", "max", "pattern")}
    # Java's: what Python's lacks, and what says nothing, or nothing but that line breaks may not be taken
    if re.search(r"\\p\{|\$\{", said.get("pattern", "")) or said.get("pattern") in NOTHING_SAID:
        del said["pattern"]
    if said and not getattr(shape, "enum", None):
        yield path, said
    if shape.type_name == "structure":
        for name, member in shape.members.items():
            if name in NOT_WRITTEN and not (name == "Containers" and path == "InferenceSpecification"):
                continue
            yield from limits(member, f"{path}.{name}" if path else name, seen)
    elif shape.type_name == "list":
        yield from limits(shape.member, f"{path}[]", seen)
    elif shape.type_name == "map":
        yield from limits(shape.value, f"{path}{{}}", seen)


def text() -> str:
    """What the file has."""
    model = ServiceModel(Loader().load_service_model("sagemaker", "service-2"), "sagemaker")
    found = {
        operation: dict(limits(model.operation_model(operation).input_shape))
        for operation in sorted(set(OPERATIONS.values()))
    }
    lines = ["{", f' "steps": {json.dumps(OPERATIONS)},', ' "limits": {']
    for number, (operation, paths) in enumerate(found.items()):
        lines.append(f"  {json.dumps(operation)}: {{")
        lines.append(",\n".join(f"   {json.dumps(path)}: {json.dumps(said)}" for path, said in sorted(paths.items())))
        lines.append("  }" + ("," if number < len(found) - 1 else ""))
    return "\n".join([*lines, " }", "}", ""])


if __name__ == "__main__":
    TARGET.write_text(text(), encoding="utf-8")
