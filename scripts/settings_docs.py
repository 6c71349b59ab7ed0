"""Write what the settings say of themselves into the pages about them: `python scripts/settings_docs.py`.

The tables of docs/settings.md, and the keys of a deployment group in the README of the module. A test compares them.
"""

from __future__ import annotations

import re
import sys
from pathlib import Path
from types import NoneType
from typing import Any, Literal, get_args, get_origin

from pydantic import BaseModel
from pydantic.fields import FieldInfo
from pydantic_core import PydanticUndefined

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from model_cicd.sagemaker_model_cicd.settings import (  # noqa: E402
    asleep,
    asynchronous,
    batch,
    builds,
    endpoint,
    network,
    notifications,
    retention,
    sources,
    stage_tests,
)
from model_cicd.sagemaker_model_cicd.settings import parameters as models  # noqa: E402
from model_cicd.sagemaker_pipeline import parameters as sagemaker_pipeline  # noqa: E402
from model_cicd.settings import acknowledgement  # noqa: E402
from model_cicd.stage_tests import suite  # noqa: E402

README = ROOT / "modules/sagemaker/sagemaker-model-cicd/README.md"
PAGE = ROOT / "docs" / "settings.md"
LIFE = ROOT / "docs" / "life.md"
MODELS: dict[str, type[BaseModel]] = {
    name: next(
        getattr(module, name)
        for module in (
            asleep,
            endpoint,
            asynchronous,
            batch,
            builds,
            sources,
            notifications,
            retention,
            stage_tests,
            models,
        )
        if hasattr(module, name)
    )
    for name in (
        "ModelCicdSettings",
        "InfraRepo",
        "ModelBuildRepo",
        "DeploymentGroup",
        "BuildEnvironment",
        "DeployEnvironment",
        "Tests",
        "Endpoint",
        "Batch",
        "Async",
        "Serverless",
        "Autoscaling",
        "Vpc",
        "DataCapture",
        "Deployment",
        "Alarms",
        "ErrorAlarm",
        "LatencyAlarm",
        "Shadow",
        "Asleep",
        "NetworkConfig",
        "Builds",
        "BuildVpc",
        "Training",
        "PathFilters",
        "GroupRepository",
        "GitHub",
        "Promotion",
        "Retention",
        "Notifications",
    )
} | {
    "AccessAcknowledgement": acknowledgement.AccessAcknowledgement,
    "SagemakerPipelineParameters": sagemaker_pipeline.SagemakerPipelineParameters,
}
#: of the files that tests between stages are
SUITE: dict[str, type[BaseModel]] = {
    each.__name__: each for each in (suite.Suite, suite.Row, suite.Answer, suite.Accuracy, suite.Load)
}
#: where models are declared
MODULES = (
    models,
    acknowledgement,
    asleep,
    builds,
    endpoint,
    asynchronous,
    batch,
    network,
    notifications,
    retention,
    sources,
    stage_tests,
    sagemaker_pipeline,
)
#: the table of a class that is made of these has their rows
PARTS = {"ConfigHead", "Configuration", "FetchedRepository", "ModuleOptions"}


def kind(annotation: Any) -> str:
    """The type of a setting in words."""
    if get_origin(annotation) is Literal:
        return " or ".join(f"`{each}`" for each in get_args(annotation))
    if get_origin(annotation) is tuple:
        return f"list of {kind(get_args(annotation)[0])}"
    if get_origin(annotation) is dict:
        return "mapping"
    arguments = [each for each in get_args(annotation) if each is not NoneType]
    if arguments:
        several = {(bool, str): "true, false or text", (int, float, str): "number or text"}
        return several.get(tuple(arguments)) or kind(arguments[0])
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return f"[{annotation.__name__}](#{annotation.__name__.lower()})"
    return {str: "text", bool: "true or false", int: "whole number", float: "number"}[annotation]


def default(field: FieldInfo) -> str:
    """The cell for a setting's default."""
    if field.is_required():
        return "**required**"
    value = field.default if field.default is not PydanticUndefined else None
    if value in (None, ()) or isinstance(value, BaseModel):
        return ""
    if isinstance(value, tuple):
        return ", ".join(f"`{each}`" for each in value)
    return f"`{str(value).lower() if isinstance(value, bool) else value}`"


def table(model: type[BaseModel]) -> str:
    """The table of a model's settings."""
    rows = ["| key | type | default | |", "|---|---|---|---|"]
    for name, field in model.model_fields.items():
        assert field.description, f"{model.__name__}.{name} has no description"
        rows.append(f"| `{field.alias or name}` | {kind(field.annotation)} | {default(field)} | {field.description} |")
    return "\n".join(rows)


def group_keys() -> str:
    """The keys of a deployment group in words."""
    fields = models.DeploymentGroup.model_fields
    named = {required: [] for required in (True, False)}  # type: dict[bool, list[str]]
    for name, field in fields.items():
        named[field.is_required()].append(f"`{field.alias or name}`")
    return f"list of groups: {', '.join(named[True])}; optional {', '.join(named[False])}"


def pages() -> dict[Path, str]:
    """The pages as they should be."""
    readme = README.read_text(encoding="utf-8")
    row = f"| `deployment-groups` | {group_keys()} |"
    keys = _replaced(r"^\| `deployment-groups` \|.*$", row, readme)
    return {PAGE: _filled(PAGE, MODELS), LIFE: _filled(LIFE, SUITE), README: keys}


def _filled(path: Path, of: dict[str, type[BaseModel]]) -> str:
    page = path.read_text(encoding="utf-8")
    for name, model in of.items():
        head, anchor, rest = page.partition(f'<a id="{name.lower()}"></a>')
        if not anchor:
            raise ValueError(f"{path.name} has no section with the anchor {name.lower()}")
        page = head + anchor + _replaced(r"(?:^\|.*\n)+", f"{table(model)}\n", rest)
    return page


def _replaced(pattern: str, to: str, text: str) -> str:
    return re.sub(pattern, lambda _: to, text, count=1, flags=re.MULTILINE)


def main() -> None:
    """Write the pages."""
    for path, text in pages().items():
        path.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
