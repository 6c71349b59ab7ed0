"""SSM parameters: what other modules and people look up."""

from __future__ import annotations

import re
from collections.abc import Mapping

from aws_cdk import aws_ssm as ssm
from constructs import Construct

from model_cicd.constructs.resource import resource


def parameters(scope: Construct, *, path: str, values: Mapping[str, str]) -> None:
    """One String parameter `<path>/<key>` for each of `values`."""
    for key, value in values.items():
        name = "".join(word.capitalize() for word in re.split("[-/]", key))
        resource(ssm.CfnParameter, scope, f"{name}Parameter", name=f"{path}/{key}", type="String", value=value)
