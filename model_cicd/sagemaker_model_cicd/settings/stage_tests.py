"""Tests between the stages of a promotion: the key `tests` of an environment."""

from __future__ import annotations

from pydantic import Field

from model_cicd.settings.strict import Settings
from model_cicd.stage_tests.suite import SuiteName


class Tests(Settings):
    """What has to pass in an environment before a version goes on to the next."""

    suite: SuiteName = Field(
        description="the name of a YAML file in the folder `tests/stage/` of the training repository"
    )
