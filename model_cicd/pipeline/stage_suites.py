"""The suites of tests between stages that a version is registered with: those of the commit that it is trained from."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from model_cicd.pipeline.assets import Asset
from model_cicd.pipeline.execution_role_actions import steps_of
from model_cicd.stage_tests import bundle
from model_cicd.stage_tests.bundle import FOLDER
from model_cicd.text.errors import ModelCicdError

__all__ = ["FOLDER", "marked", "suites"]
#: https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_CreateModelPackage.html (CustomerMetadataProperties)
_MOST_PROPERTIES = 50


def suites(directory: Path, bucket: str) -> Asset | None:
    """The suites of the repository at `directory` as a file of the registry, or None where it has none.

    Raises ProblemsError with everything that is wrong in them.
    """
    found = bundle.collect(directory)
    if found is None:
        return None
    return Asset(directory / FOLDER, bucket, bundle.key(found.digest), found.content)


def marked(definition: dict[str, Any], made: Asset) -> dict[str, Any]:
    """The definition, whose versions are registered with the digest of their suites.

    Registering is never answered from a cache, so a changed suite trains nothing anew.
    """
    assert made.packed is not None
    digest = bundle.digest_of(made.packed)
    for step in steps_of(definition):
        if step["Type"] == "RegisterModel":
            properties = step["Arguments"].setdefault("CustomerMetadataProperties", {})
            properties[bundle.PROPERTY] = digest
            if len(properties) > _MOST_PROPERTIES:
                raise ModelCicdError(
                    f"{step['Name']}: customerMetadata has {len(properties) - 1} entries, expected at most "
                    f"{_MOST_PROPERTIES - 1} beside {bundle.PROPERTY}"
                )
    return definition
