"""docs/settings.md holds the tables that the models make; run this file to print them anew."""

from __future__ import annotations

import re
import sys
from pathlib import Path
from types import NoneType
from typing import Any, Literal, get_args, get_origin

import pytest
import yaml
from pydantic import BaseModel
from pydantic.fields import FieldInfo
from pydantic_core import PydanticUndefined

from model_cicd.sagemaker_model_cicd.settings import endpoint
from model_cicd.sagemaker_model_cicd.settings import parameters as models
from model_cicd.sagemaker_model_cicd.settings.validate import validate
from model_cicd.sagemaker_pipeline import parameters as sagemaker_pipeline
from model_cicd.settings import acknowledgement

PAGE = Path(__file__).parents[3] / "docs/settings.md"
MODELS: dict[str, type[BaseModel]] = {
    name: getattr(endpoint if hasattr(endpoint, name) else models, name)
    for name in (
        "ModelCicdSettings",
        "InfraRepo",
        "ModelBuildRepo",
        "DeploymentGroup",
        "BuildEnvironment",
        "DeployEnvironment",
        "Endpoint",
        "Serverless",
        "Autoscaling",
        "Vpc",
        "DataCapture",
        "Deployment",
        "Alarms",
        "ErrorAlarm",
        "LatencyAlarm",
        "NetworkConfig",
    )
} | {
    "AccessAcknowledgement": acknowledgement.AccessAcknowledgement,
    "SagemakerPipelineParameters": sagemaker_pipeline.SagemakerPipelineParameters,
}
#: the table of a class that is made of these has their rows
PARTS = {"ConfigHead", "Configuration", "ModuleOptions"}


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
        return "true, false or text" if arguments == [bool, str] else kind(arguments[0])
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return f"[{annotation.__name__}](#{annotation.__name__.lower()})"
    return {str: "text", bool: "true or false", int: "whole number", float: "number"}[annotation]


def default(field: FieldInfo) -> str:
    if field.is_required():
        return "**required**"
    value = field.default if field.default is not PydanticUndefined else None
    if value in (None, ()) or isinstance(value, BaseModel):
        return ""
    return f"`{str(value).lower() if isinstance(value, bool) else value}`"


def table(model: type[BaseModel]) -> str:
    rows = ["| key | type | default | |", "|---|---|---|---|"]
    for name, field in model.model_fields.items():
        assert field.description, f"{model.__name__}.{name} has no description"
        rows.append(f"| `{field.alias or name}` | {kind(field.annotation)} | {default(field)} | {field.description} |")
    return "\n".join(rows)


@pytest.mark.parametrize("name", MODELS)
def test_the_page_has_the_models_table(name: str) -> None:
    section = PAGE.read_text(encoding="utf-8").partition(f'<a id="{name.lower()}"></a>')[2]
    found = re.search(r"(?:^\|.*\n)+", section, re.MULTILINE)
    assert found, f"no table of {name}"
    assert found[0].strip() == table(MODELS[name]), f"`python {Path(__file__).name}` prints the tables"


def test_every_model_has_a_table() -> None:
    own = {
        name
        for module in (models, acknowledgement, endpoint, sagemaker_pipeline)
        for name, value in vars(module).items()
        if isinstance(value, type) and issubclass(value, BaseModel) and value.__module__ == module.__name__
    }
    assert own == set(MODELS) | PARTS


def test_every_example_of_an_endpoint_is_right(parameters: dict[str, Any]) -> None:
    """The YAML examples of the section on endpoints, each as the settings of an environment."""
    section = PAGE.read_text(encoding="utf-8").partition('<a id="endpoint"></a>')[2].partition("## networkConfig")[0]
    examples = re.findall(r"```yaml\n(.*?)```", section, re.DOTALL)
    assert len(examples) == 3
    for example in examples:
        environment = parameters["deployment-groups"][0]["deployEnvironments"][1]
        parameters["deployment-groups"][0]["deployEnvironments"][1] = environment | yaml.safe_load(example)
        assert validate(parameters)[1] == [], example


if __name__ == "__main__":
    for each in MODELS.values():
        sys.stdout.write(f"{each.__name__}\n\n{table(each)}\n\n")
