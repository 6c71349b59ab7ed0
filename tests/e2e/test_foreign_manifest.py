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
  - {name: cidr, valueFrom: {parameterStore: /theirs/cidr}}
---
name: storage
path: git::https://github.com/awslabs/idf-modules.git//modules/storage/ecr?ref=release/1.13.0&depth=1
targetAccount: primary
parameters:
  - {name: token, valueFrom: {secretsManager: theirs/token}}
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
    (tmp_path / "idf").mkdir()
    (tmp_path / "idf" / "README.md").write_text("a folder", encoding="utf-8")
    source = f"git::https://github.com/awslabs/idf-modules.git={tmp_path / 'idf'}"
    given = ["--source", source, "--parameter", "/theirs/cidr=10.0.0.0/16", "--cdk-qualifier", "theirs"]
    started = aws.rehearse("up", "--detach", manifest, *given)
    try:
        assert started.returncode == 0, started.stderr
        for account, region in ((TOOLCHAIN, "us-east-1"), (TARGET, "us-east-1"), (TARGET, "eu-west-1")):
            for stack in ("CDKToolkit", "CDKToolkit-theirs"):
                command = ["aws", "cloudformation", "describe-stacks", "--stack-name", stack, "--region", region]
                assert "CREATE_COMPLETE" in aws.run(account, *command)
        assert "10.0.0.0/16" in aws.run(TARGET, "aws", "ssm", "get-parameter", "--name", "/theirs/cidr")
        refs = aws.run(TOOLCHAIN, "git", "ls-remote", "https://github.com/awslabs/idf-modules.git")
        assert "refs/heads/release/1.13.0" in refs
    finally:
        aws.rehearse("down")
