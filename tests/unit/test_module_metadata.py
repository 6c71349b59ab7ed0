"""Module metadata from the outputs of `cdk deploy`."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from model_cicd import module_metadata
from model_cicd.text.errors import ModelCicdError


def exports(groups: int) -> dict[str, dict[str, str]]:
    made = {f"group-{n}": {"RegistryBucketName": "b" * 60, "BuildStack": f"stack-{n}"} for n in range(groups)}
    outputs = {"tooling": {"metadata": json.dumps({"ParameterPath": "/p", "DeploymentGroups": made})}}
    return outputs | {f"stack-{n}": {"KeyArn": f"arn:aws:kms:us-east-1:1:key/{n}"} for n in range(groups)}


def test_the_keys_of_the_build_stacks_are_added() -> None:
    assert module_metadata.combine(exports(1))["DeploymentGroups"] == {
        "group-0": {"RegistryBucketName": "b" * 60, "RegistryKeyArn": "arn:aws:kms:us-east-1:1:key/0"}
    }


def test_more_than_seedfarmer_can_store_becomes_names() -> None:
    combined = module_metadata.combine(exports(100))
    assert combined["DeploymentGroups"] == [f"group-{n}" for n in range(100)]
    assert combined["ParameterPath"] == "/p"
    assert len(json.dumps(combined)) < module_metadata.LARGEST


def test_exports_without_the_tooling_stack_are_refused() -> None:
    with pytest.raises(ModelCicdError, match="got 0: other"):
        module_metadata.combine({"other": {}})


def test_the_file_is_what_seedfarmer_reads(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Read by Seed-Farmer's own `metadata convert`."""
    metadata_support = pytest.importorskip("seedfarmer.mgmt.metadata_support")
    for name, value in (("PROJECT", "shop"), ("DEPLOYMENT", "models"), ("MODULE", "training-prices")):
        monkeypatch.setenv(f"SEEDFARMER_{name}_NAME", value)
    module = tmp_path / "module"
    module.mkdir()
    (tmp_path / "seedfarmer.yaml").write_text("project: shop\n")
    (module / "deployspec.yaml").write_text("publishGenericEnvVariables: true\n")
    (module / "cdk-exports.json").write_text(json.dumps(exports(1)))
    monkeypatch.chdir(module)
    assert module_metadata.main("cdk-exports.json", "module-metadata.json") == 0
    support = metadata_support.ModuleMetadataSupport
    monkeypatch.setattr(support, "get_ops_root_path", lambda self: str(tmp_path))
    monkeypatch.setattr(support, "metadata_fullpath", lambda self: str(module / "SEEDFARMER_MODULE_METADATA"))
    monkeypatch.setattr(metadata_support, "get_deployspec_path", lambda path: str(module / "deployspec.yaml"))
    metadata_support.convert_cdkexports("module-metadata.json")
    stored = json.loads((module / "SEEDFARMER_MODULE_METADATA").read_text())
    assert stored["DeploymentGroups"]["group-0"]["RegistryKeyArn"] == "arn:aws:kms:us-east-1:1:key/0"


def test_a_missing_file_is_named(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    assert module_metadata.main(str(tmp_path / "none.json"), str(tmp_path / "out.json")) == 1
    assert "none.json" in capsys.readouterr().err
