"""Manifests that name accounts by variables, as public ones do."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import seedfarmer.utils

from rehearsal.errors import RehearsalError
from rehearsal.job import project
from rehearsal.job.plan import Plan, read
from rehearsal.job.variables import from_files

MANIFEST = """
nameGenerator: {prefix: mlops, suffix: {valueFrom: {envVariable: STAGE}}}
toolchainRegion: ${REGION}
groups:
  - {name: g, path: modules.yaml}
targetAccountMappings:
  - alias: primary
    accountId: {valueFrom: {envVariable: PRIMARY_ACCOUNT}}
    default: true
    regionMappings: [{region: "${REGION}", default: true}, {region: eu-west-3}]
  - alias: other
    account_id: {value_from: {env_variable: OTHER_ACCOUNT}}
    region_mappings: [{region: eu-central-1, default: true}]
"""
MODULES = """
name: bucket
path: modules/bucket
targetAccount: other
targetRegion: eu-north-1
parameters:
  - {name: size, value: "${SIZE}"}
  - {name: kept, value: "${AWS::Region}", disableEnvVarResolution: true}
"""
ONE, TWO = "111111111111", "222222222222"
VALUES = {"STAGE": "-dev", "REGION": "eu-west-1", "PRIMARY_ACCOUNT": ONE, "OTHER_ACCOUNT": TWO, "SIZE": "3"}


@pytest.fixture
def manifest(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name, value in VALUES.items():
        monkeypatch.setenv(name, value)
    (tmp_path / "seedfarmer.yaml").write_text("project: p\n", encoding="utf-8")
    (tmp_path / "modules.yaml").write_text(MODULES, encoding="utf-8")
    (tmp_path / "deployment.yaml").write_text(MANIFEST, encoding="utf-8")
    return tmp_path / "deployment.yaml"


def plan(manifest: Path, *files: str) -> Plan:
    return read(manifest, manifest.parent, files or (".env",))


def test_accounts_regions_and_name_come_from_variables(manifest: Path) -> None:
    found = plan(manifest)
    assert (found.deployment, found.toolchain_account, found.toolchain_region) == ("mlops-dev", ONE, "eu-west-1")
    assert found.accounts == [ONE, TWO]
    assert found.variables == VALUES


def test_every_target_account_and_region_is_bootstrapped(manifest: Path) -> None:
    assert plan(manifest).environments == (
        (ONE, "eu-west-1"), (ONE, "eu-west-3"), (TWO, "eu-central-1"), (TWO, "eu-north-1"),
    )  # fmt: skip


@pytest.mark.parametrize(
    ("name", "place"),
    [
        ("PRIMARY_ACCOUNT", "deployment.yaml: targetAccountMappings[0].accountId.valueFrom.envVariable"),
        ("REGION", "deployment.yaml: toolchainRegion"),
        ("STAGE", "deployment.yaml: nameGenerator.suffix.valueFrom.envVariable"),
        ("SIZE", "modules.yaml: parameters[0].value"),
    ],
)
def test_a_variable_that_is_not_set_is_named_with_its_place(
    manifest: Path, monkeypatch: pytest.MonkeyPatch, name: str, place: str
) -> None:
    monkeypatch.delenv(name)
    with pytest.raises(RehearsalError) as raised:
        plan(manifest)
    text = f"{place}: the environment variable {name} is not set, neither in the environment nor in .env"
    assert raised.value.cause.endswith(text)


def test_files_come_before_the_environment_and_later_ones_before_earlier(
    manifest: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    three, four = "333333333333", "444444444444"
    (manifest.parent / ".env").write_text(f"PRIMARY_ACCOUNT={three}\n", encoding="utf-8")
    (manifest.parent / "own.env").write_text(f"OTHER_ACCOUNT='{four}'\nSTAGE=x\n", encoding="utf-8")
    (manifest.parent / "last.env").write_text("export STAGE=-$TEAM\nTEAM=b\n", encoding="utf-8")
    assert plan(manifest).accounts == sorted([three, TWO])
    files = ("own.env", "last.env", "absent.env")
    found = plan(manifest, *files)
    assert found.accounts == [ONE, four]
    assert plan(manifest, ".env", "own.env").accounts == [three, four]
    # as Seed-Farmer itself reads them
    monkeypatch.setattr("os.environ", given := dict(VALUES))
    seedfarmer.utils.load_dotenv_files(str(manifest.parent), list(files))
    assert given["OTHER_ACCOUNT"] == four
    assert found.deployment == f"mlops{given['STAGE']}"


def test_seedfarmer_gets_the_variables_and_none_of_aws_itself(tmp_path: Path) -> None:
    values: dict[str, Any] = {"TEAM": 'it\'s \\n "x" $HOME', "AWS_PROFILE": "real", "AWS_ENDPOINT_URL": "https://real"}
    project.write_variables(tmp_path, values)
    assert from_files(tmp_path, [".env"]) == {"TEAM": values["TEAM"]}
    (tmp_path / ".env").write_text("AWS_PROFILE=real\n", encoding="utf-8")
    project.write_variables(tmp_path, {})
    assert from_files(tmp_path, [".env"]) == {}
