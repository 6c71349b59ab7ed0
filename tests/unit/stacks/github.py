"""A deployment whose code is on GitHub: one group trained by a pipeline, two by workflows, one more workflow."""

from __future__ import annotations

import copy
from typing import Any

from .conftest import PARAMETERS, Parameters

CONNECTION = "arn:aws:codeconnections:eu-west-1:111111111111:connection/aaaaaaaa-bbbb-cccc-dddd-eeeeeeeeeeee"
ISSUER = "token.actions.githubusercontent.com"
WORKFLOW = "acme/ci/.github/workflows/train.yml@refs/heads/main"


def parameters() -> Parameters:
    """The parameters, to be changed by a test."""
    found: dict[str, Any] = copy.deepcopy(PARAMETERS)
    research, live = found["deployment-groups"]
    found["infra-repo"] = {"host": "github", "name": "acme/platform", "runner": "github-actions"}
    found["model-build-repo"] = {"host": "github", "name": "acme/price", "connectionArn": CONNECTION}
    research["training"] = {"runner": "github-actions"}
    live |= {"schedule": "rate(1 day)", "training": {"paths": {"includes": ["training/**"], "excludes": ["**/*.md"]}}}
    deployed = copy.deepcopy(research) | {"name": "deployed", "sourceBranch": "release"}
    deployed["training"] |= {"environment": "lab", "workflow": WORKFLOW}
    found["deployment-groups"].append(deployed)
    return found
