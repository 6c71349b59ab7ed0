"""Parameters of the module checked as a whole: types first, then the rules between them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pydantic import ValidationError

from model_cicd.sagemaker_model_cicd.settings.parameters import ModelCicdSettings
from model_cicd.sagemaker_model_cicd.settings.rules import broken_rules
from model_cicd.text.messages import Complaint, TextOf, complaints, unknown_source


def validate(
    data: Mapping[str, Any], text_of: TextOf = unknown_source
) -> tuple[ModelCicdSettings | None, list[Complaint]]:
    """Settings from parameters by name, or None and everything that is wrong with them.

    `text_of` gives scalars as they are written, for the messages about account ids that became numbers.
    """
    found: list[Complaint] = []
    settings: ModelCicdSettings | None = None
    try:
        settings = ModelCicdSettings.model_validate(dict(data))
    except ValidationError as error:
        found = complaints(error, ModelCicdSettings, text_of)
    found.extend(broken_rules(data))
    return (None if found else settings), found
