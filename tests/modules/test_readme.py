"""The module's README says what the settings and templates say."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
import yaml

from model_cicd.sagemaker_model_cicd.settings.parameters import DeploymentGroup, ModelCicdSettings


@pytest.fixture(scope="module")
def readme(module: Path) -> str:
    return (module / "README.md").read_text(encoding="utf-8")


def section(readme: str, heading: str) -> str:
    found = re.search(rf"^#+ {re.escape(heading)}\n(.*?)(?=^#+ |\Z)", readme, re.MULTILINE | re.DOTALL)
    assert found, heading
    return found[1]


@pytest.mark.parametrize(("heading", "required"), [("Required", True), ("Optional", False)])
def test_every_parameter_has_a_row(readme: str, heading: str, required: bool) -> None:
    rows = re.findall(r"^\| `([\w-]+)` \|", section(readme, heading), re.MULTILINE)
    fields = ModelCicdSettings.model_fields.items()
    assert rows == [field.alias or name for name, field in fields if field.is_required() is required]


def test_every_key_of_a_group_is_named(readme: str) -> None:
    text = section(readme, "Required")
    names = [field.alias or name for name, field in DeploymentGroup.model_fields.items()]
    assert [name for name in names if f"`{name}`" not in text] == []


def test_the_sample_manifest_is_valid(readme: str) -> None:
    from model_cicd.sagemaker_model_cicd.settings.validate import validate

    found = re.search(r"```yaml\n(.*?)```", section(readme, "Sample manifest"), re.DOTALL)
    assert found
    manifest = yaml.safe_load(found[1])
    settings, complaints = validate({each["name"]: each["value"] for each in manifest["parameters"]})
    assert (settings is not None, complaints) == (True, [])


def test_the_example_of_metadata_has_the_keys(readme: str, root: Path) -> None:
    from model_cicd.sagemaker_model_cicd.settings.validate import validate
    from model_cicd.sagemaker_model_cicd.topology import build
    from model_cicd.settings.context import ModuleContext

    found = re.search(r"```json\n(.*?)```", section(readme, "Module metadata"), re.DOTALL)
    assert found
    example = json.loads(found[1])
    manifest = yaml.safe_load(re.findall(r"```yaml\n(.*?)```", readme, re.DOTALL)[0])
    settings, _ = validate({each["name"]: each["value"] for each in manifest["parameters"]})
    assert settings is not None
    topology = build(settings, ModuleContext("mlops", "prod", "models-price", "123456789011", "us-east-1"))
    from model_cicd.sagemaker_model_cicd.topology.outputs import module_metadata

    made = module_metadata(topology)
    groups = made["DeploymentGroups"]
    assert isinstance(groups, dict)
    expected = {**groups["live"], "RegistryKeyArn": example["DeploymentGroups"]["live"]["RegistryKeyArn"]}
    del expected["BuildStack"]
    assert example == {**made, "DeploymentGroups": {"live": expected}}
