"""Why a training was started, where somebody said so: from the training pipeline to its build."""

from __future__ import annotations

#: the variable of the training pipeline, and its value where nobody said why
REASON, NO_REASON = "Reason", "none"
#: the variable of builds that has it
VARIABLE = "MODEL_CICD_REASON"


def told(value: str) -> str:
    """The reason, or the empty text where there is none."""
    return "" if value == NO_REASON else value
