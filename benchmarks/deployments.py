"""Deployments to measure with: any number of valid groups, and a manifest of them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any


def groups(count: int, *, same: bool = False) -> list[dict[str, Any]]:
    """`count` valid deployment groups, each with accounts of its own, or all of them with the `same`."""

    def account(index: int, offset: int) -> str:
        return f"{210000000000 + (0 if same else index * 10) + offset}"

    return [
        {
            "name": f"group-{index:03}",
            "sourceBranch": f"branch-{index:03}",
            "buildEnvironment": {
                "name": "build",
                "account": account(index, 0),
                "region": "us-east-1",
                "type": "preprod",
            },
            "deployEnvironments": [
                {"name": "preprod", "account": account(index, 1), "type": "preprod"},
                {"name": "prod", "account": account(index, 2), "type": "prod"},
            ],
        }
        for index in range(count)
    ]


def manifest(found: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """A deployment of one module with these deployment groups."""
    parameters = [
        {"name": "infra-repo", "value": {"host": "codecommit", "name": "infra"}},
        {"name": "model-build-repo", "value": {"host": "codecommit", "name": "model"}},
        {"name": "deployment-groups", "value": list(found)},
    ]
    module = {"name": "model", "path": "modules/sagemaker/sagemaker-model-cicd", "parameters": parameters}
    region = {"region": "us-east-1", "default": True}
    account = {"alias": "tooling", "accountId": "123456789010", "default": True, "regionMappings": [region]}
    return {
        "name": "local",
        "toolchainRegion": "us-east-1",
        "groups": [{"name": "models", "modules": [module]}],
        "targetAccountMappings": [account],
    }
