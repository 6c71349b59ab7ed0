"""How long versions are kept."""

from __future__ import annotations

from dataclasses import dataclass

#: what is kept where nothing else is said: so many versions, and days
KEEP, OLDER_THAN_DAYS, SERVED_WITHIN_DAYS = 10, 90, 90
#: CodePipeline remembers executions for a year
#: https://docs.aws.amazon.com/codepipeline/latest/userguide/limits.html
LONGEST_SERVED_DAYS = 365


@dataclass(frozen=True)
class Retention:
    """A version is retired that is not among the newest `keep`, is older, and did not serve within so many days."""

    keep: int = KEEP
    older_than_days: int = OLDER_THAN_DAYS
    served_within_days: int = SERVED_WITHIN_DAYS
