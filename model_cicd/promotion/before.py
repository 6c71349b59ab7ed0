"""What an environment served before it was given a version, in one text that fits between the actions of a pipeline."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from model_cicd.aws.accounts import parameters
from model_cicd.promotion import serving
from model_cicd.text.errors import ModelCicdError

#: where nothing was served
NOTHING = "none"
#: what promotions give a stack, in the order of the text
GIVEN = ("ModelPackageArn", "ReleaseKeyArn", "Version", "Digest", "Commit")
_SAFE = re.compile(r"[\w:./+=@-]+")


def before(stack: Mapping[str, Any] | None) -> str:
    """The parameters that a stack has of promotions, with spaces between them, or NOTHING where it never served.

    Raises ModelCicdError for values that no promotion gave.
    """
    if stack is None or stack["StackStatus"] in serving.NEVER_SERVED:
        return NOTHING
    found = parameters(stack)
    values = [found.get(name, "") for name in GIVEN]
    if not all(_SAFE.fullmatch(each) for each in values):
        raise ModelCicdError(f"stack {stack['StackName']} has parameters that no promotion gave: {' '.join(values)}")
    return " ".join(values)


def values(text: str) -> dict[str, str]:
    """The parameters in a text that `before` made; none of NOTHING."""
    if text == NOTHING:
        return {}
    found = text.split(" ")
    if len(found) != len(GIVEN):
        raise ModelCicdError(f"got {text!r}, expected what an environment served before")
    return dict(zip(GIVEN, found, strict=True))
