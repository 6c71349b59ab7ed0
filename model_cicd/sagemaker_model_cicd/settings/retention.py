"""How long candidates are kept, under the names that stand in a manifest."""

from __future__ import annotations

from typing import Annotated

from pydantic import BeforeValidator, Field

from model_cicd.aws.retention import KEEP, LONGEST_SERVED_DAYS, OLDER_THAN_DAYS, SERVED_WITHIN_DAYS
from model_cicd.sagemaker_model_cicd.settings.endpoint_types import Count, whole
from model_cicd.settings.strict import Settings

_Age = Annotated[int, BeforeValidator(whole("a whole number of days, 0 or more", 0, 36500))]
_SERVED = f"0 to {LONGEST_SERVED_DAYS} days: CodePipeline remembers a year"
_Served = Annotated[int, BeforeValidator(whole(_SERVED, 0, LONGEST_SERVED_DAYS))]


class Retention(Settings):
    """Which versions `model-cicd retire` retires: those of which all of this is true, and which do not serve."""

    keep: Count = Field(KEEP, description="the newest versions, so many, are kept whatever their age; at least 1")
    older_than_days: _Age = Field(
        OLDER_THAN_DAYS, alias="olderThanDays", description="younger versions are kept, however many there are"
    )
    served_within_days: _Served = Field(
        SERVED_WITHIN_DAYS,
        alias="servedWithinDays",
        description="what served in any environment within so many days is kept, 0 to 365; what serves is always kept",
    )
