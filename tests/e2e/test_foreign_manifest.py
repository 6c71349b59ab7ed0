"""`rehearse up` on a manifest of somebody else: accounts by variables, modules that are none of ours."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.e2e.by_hand import ByHand, plain_environment

pytestmark = [pytest.mark.e2e, pytest.mark.xdist_group("foreign-manifest")]

TOOLCHAIN, TARGET = "111111111111", "222222222222"
MANIFEST = """
name: theirs
toolchainRegion: us-east-1
groups:
  - {name: optionals, path: manifests/modules.yaml}
targetAccountMappings:
  - alias: primary
    accountId: {valueFrom: {envVariable: PRIMARY_ACCOUNT}}
    default: true
    regionMappings: [{region: us-east-1, default: true}]
  - alias: secondary
    accountId: {valueFrom: {envVariable: SECONDARY_ACCOUNT}}
    regionMappings: [{region: us-east-1, default: true}, {region: eu-west-1}]
"""
MODULES = """
name: networking
path: modules/networking
targetAccount: secondary
parameters:
  - {name: internet-accessible, value: true}
"""


def test_every_account_and_region_is_bootstrapped(tmp_path: Path) -> None:
    files = {"project/seedfarmer.yaml": "project: theirs\n", "project/manifests/deployment.yaml": MANIFEST,
             "project/manifests/modules.yaml": MODULES, "project/modules/networking/deployspec.yaml": "deploy: {}\n",
             "project/.env": f"SECONDARY_ACCOUNT={TARGET}\nAWS_PROFILE=real\n"}  # fmt: skip
    for name, text in files.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text, encoding="utf-8")
    aws = ByHand(tmp_path, plain_environment(tmp_path))
    manifest = str(tmp_path / "project" / "manifests" / "deployment.yaml")
    refused = aws.rehearse("up", "--detach", manifest)
    assert refused.returncode == 1
    assert (
        "targetAccountMappings[0].accountId.valueFrom.envVariable: the environment variable PRIMARY_ACCOUNT is not"
        in (refused.stderr)
    )
    aws.environment["PRIMARY_ACCOUNT"] = TOOLCHAIN
    started = aws.rehearse("up", "--detach", manifest)
    try:
        assert started.returncode == 0, started.stderr
        for account, region in ((TOOLCHAIN, "us-east-1"), (TARGET, "us-east-1"), (TARGET, "eu-west-1")):
            command = ["aws", "cloudformation", "describe-stacks", "--stack-name", "CDKToolkit", "--region", region]
            assert "CREATE_COMPLETE" in aws.run(account, *command)
    finally:
        aws.rehearse("down")
