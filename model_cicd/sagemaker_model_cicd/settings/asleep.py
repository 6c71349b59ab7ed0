"""When an environment is without its endpoint, under the names that stand in a manifest."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BeforeValidator, Field

from model_cicd.settings import types
from model_cicd.settings.strict import Settings

Day = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
#: where days are not named
WORKING_DAYS: tuple[Day, ...] = ("mon", "tue", "wed", "thu", "fri")
_TIME = types.matching(r"([01][0-9]|2[0-3]):[0-5][0-9]", "a time in UTC in quotes, such as '18:30'")
Time = Annotated[str, BeforeValidator(_TIME)]


class Asleep(Settings):
    """An environment sleeps from one time until another on some days; without times only by `model-cicd sleep`."""

    asleep_from: Time | None = Field(None, alias="from", description="when it falls asleep, `'HH:MM'` in UTC")
    until: Time | None = Field(None, description="when it wakes, `'HH:MM'` in UTC; given together with from")
    days: types.NonEmpty[Day] = Field(
        WORKING_DAYS,
        description="days on which it falls asleep and wakes, mon to sun; on the others it stays as it was: with the "
        "default it sleeps from Friday evening until Monday morning",
    )
