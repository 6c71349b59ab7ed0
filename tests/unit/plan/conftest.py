"""Sides that are synthesized once for each set of parameters."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from typing import Any

import pytest

from model_cicd.access.modules import GroupsModule, prepare_cdk
from model_cicd.plan.side import SideModule, side_of
from model_cicd.sagemaker_model_cicd.settings.load import load
from model_cicd.sagemaker_model_cicd.topology import build
from tests.unit.stacks.conftest import PARAMETERS, ROOT, environment

Parameters = dict[str, Any]


@pytest.fixture
def parameters() -> Parameters:
    """A copy to change."""
    return copy.deepcopy(PARAMETERS)


@pytest.fixture(scope="session")
def synthesize_side() -> Callable[[Parameters], SideModule]:
    """`synthesize_side(parameters)`: one side, by the real CDK and the real matrix."""
    prepare_cdk()
    made: dict[str, SideModule] = {}

    def run(parameters: Parameters) -> SideModule:
        key = json.dumps(parameters, sort_keys=True)
        if key not in made:
            env = environment(parameters, "eu-west-1")
            made[key] = side_of(GroupsModule(build(*load(env)), ROOT, env))
        return made[key]

    return run


@pytest.fixture(scope="session")
def before(synthesize_side: Callable[[Parameters], SideModule]) -> SideModule:
    return synthesize_side(copy.deepcopy(PARAMETERS))
