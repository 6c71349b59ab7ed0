"""Where things are: environments, what they may read, and the roles through which they are reached."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Environment:
    """An account and region that builds or serves; `type` is dev, preprod or prod."""

    name: str
    account: str
    region: str
    type: str


@dataclass(frozen=True)
class ConsumerGrant:
    """Who in a deploy account may read a group's registry: one grant for each model execution role.

    `model_execution_role_*` reads bucket and key; `deploy_role_*` (the CDK bootstrap's cfn-exec role) reads the model
    package group and creates models from its packages. Neither need exist yet.
    """

    environments: tuple[str, ...]
    account: str
    region: str
    type: str
    model_execution_role_name: str
    model_execution_role_arn: str
    deploy_role_name: str
    deploy_role_arn: str
