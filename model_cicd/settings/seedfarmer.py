"""What Seed-Farmer passes to a module: environment variables.

Seed-Farmer names a parameter `deployment-groups` SEEDFARMER_PARAMETER_DEPLOYMENT_GROUPS and writes its value as it is
when it is text and as JSON otherwise (https://seed-farmer.readthedocs.io/en/latest/module_development.html).
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from types import NoneType, UnionType
from typing import Annotated, Any, Union, get_args, get_origin

from pydantic import BaseModel

from model_cicd.aws.regions import PARTITION_OF
from model_cicd.settings.context import ModuleContext
from model_cicd.text.errors import Problem, did_you_mean
from model_cicd.text.messages import keys

PREFIX = "SEEDFARMER_PARAMETER_"


def variable(parameter: str) -> str:
    """The environment variable of a parameter in kebab-case or camelCase."""
    return PREFIX + re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", parameter).replace("-", "_").upper()


def read_parameters(env: Mapping[str, str], model: type[BaseModel]) -> tuple[dict[str, Any], list[Problem]]:
    """The parameters of `model` that `env` holds, by name, and what cannot be read.

    Every SEEDFARMER_PARAMETER_* variable that `model` does not know is a problem: a misspelt name would otherwise be
    ignored.
    """
    by_variable = {variable(name): (name, annotation) for name, annotation in keys(model).items()}
    values: dict[str, Any] = {}
    problems: list[Problem] = []
    for key in sorted(key for key in env if key.startswith(PREFIX)):
        if key not in by_variable:
            expected = f"expected one of {', '.join(by_variable)}{did_you_mean(key, by_variable)}"
            problems.append(Problem(key, 0, "", f"unknown parameter, {expected}"))
            continue
        name, annotation = by_variable[key]
        if is_text(annotation):
            values[name] = env[key]
            continue
        try:
            values[name] = json.loads(env[key])
        except json.JSONDecodeError as error:
            where = f"line {error.lineno} column {error.colno}"
            problems.append(Problem(key, 0, name, f"got text that is not valid JSON: {error.msg} at {where}"))
    return values, problems


def read_context(env: Mapping[str, str]) -> tuple[ModuleContext | None, list[Problem]]:
    """Which deployment this is, from SEEDFARMER_* and CDK_DEFAULT_*, or None and what is missing."""
    wanted = {
        "SEEDFARMER_PROJECT_NAME": (r".*\w.*", "the name of the Seed-Farmer project"),
        "SEEDFARMER_DEPLOYMENT_NAME": (r".*\w.*", "the name of the deployment"),
        "SEEDFARMER_MODULE_NAME": (r".*\w.*", "the name of the module"),
        "CDK_DEFAULT_ACCOUNT": (r"[0-9]{12}", "the tooling account's id, 12 digits"),
        "CDK_DEFAULT_REGION": ("|".join(PARTITION_OF), "the tooling account's region"),
    }
    problems = []
    for name, (pattern, expected) in wanted.items():
        value = env.get(name, "")
        if not re.fullmatch(pattern, value):
            got = f"got {value!r}" if value else "not set"
            problems.append(Problem(name, 0, "", f"{got}, expected {expected}"))
    if problems:
        return None, problems
    project, deployment, module, account, region = (env[name] for name in wanted)
    return ModuleContext(project, deployment, module, account, region), []


def is_text(annotation: Any) -> bool:
    """Whether a parameter of this type arrives as plain text: `str`, or `str` and nothing."""
    if get_origin(annotation) in (Union, UnionType):
        return all(is_text(each) for each in get_args(annotation) if each is not NoneType)
    if get_origin(annotation) is Annotated:
        return is_text(get_args(annotation)[0])
    return annotation is str
