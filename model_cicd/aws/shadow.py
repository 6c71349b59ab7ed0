"""New versions beside what serves: the variant, the parameter and the build of a shadow (docs/adr/0043-shadow.md)."""

from __future__ import annotations

from dataclasses import dataclass

from model_cicd.aws.resources import Project

#: the actions that compare, and that ask before it; the variable with what came of it
SHADOW, APPROVE_SHADOW, COMPARED = "Shadow", "ApproveShadow", "Compared"
#: the release (ARN) that gets copies of requests, or NOBODY: a parameter of endpoint stacks
PARAMETER, NOBODY = "ShadowModelPackageArn", "none"
#: the variants of an endpoint: what serves, which scaling and alarms name, and its shadow
SERVING_VARIANT, SHADOW_VARIANT = "AllTraffic", "Shadow"


@dataclass(frozen=True)
class Limits:
    """When a shadow is good: of `requests` copies, within `minutes`.

    Its mean latency is at most `latency_factor` times that of what serves, and the share of its requests that fail at
    most `error_rate` above.
    """

    requests: int
    minutes: int
    latency_factor: float
    error_rate: float


@dataclass(frozen=True)
class ShadowRun:
    """The build that puts a new version beside what serves and compares them."""

    project: Project
    limits: Limits
