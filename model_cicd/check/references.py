"""Values that Seed-Farmer takes from elsewhere (`valueFrom`): followed as far as files go, and what it does with them.

What is said here is how seed-farmer 8.0.9 does it (its `commands._parameter_commands` and `commands._stack_commands`).
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from model_cicd.check.parameters import kebab, named
from model_cicd.text.errors import did_you_mean
from model_cicd.text.messages import Complaint

#: parameters that modulestack.yaml of sagemaker-model-cicd takes as well: one text, and lists
_STACK_TEXTS = ("organization-id",)
_STACK_LISTS = ("build-account-ids", "deploy-account-ids", "secret-arns")
_SECRETS = "secret-arns"


@dataclass(frozen=True)
class Sources:
    """Where values may come from: `values` are parametersGlobal and parametersRegional where the module goes to.

    None stands for what is not known; `modulestack` says that the module is the one with `secret-arns`.
    """

    project: str | None
    values: Mapping[str, Any] | None
    modulestack: bool | None


def resolved(parameters: object, sources: Sources) -> object:
    """`parameters` with every `parameterValue` that is known in its place."""
    if not isinstance(parameters, list):
        return parameters
    known = sources.values or {}
    return [_with_value(each, known) for each in parameters]


def _with_value(parameter: Any, known: Mapping[str, Any]) -> Any:
    name = _source(parameter).get("parameterValue") if isinstance(parameter, dict) else None
    if not isinstance(name, str) or name not in known:
        return parameter
    value = known[name]
    return {"name": parameter.get("name"), "value": value if isinstance(value, str) else json.dumps(value)}


def complaints(parameters: object, sources: Sources) -> Iterator[Complaint]:
    """What is wrong with the references in the list `parameters` of a module manifest, at paths below it."""
    secrets = _secrets(parameters)
    for index, written, parameter in named(parameters):
        for kind, reference in _source(parameter).items():
            if not isinstance(reference, str) or "${" in reference:
                continue
            path = (index, "valueFrom", kind)
            for message in _messages(kind, reference, kebab(written), sources, secrets):
                yield path, message


def _messages(kind: str, reference: str, name: str, sources: Sources, secrets: list[str] | None) -> Iterator[str]:
    if kind == "parameterValue" and sources.values is not None and reference not in sources.values:
        names = sorted(map(str, sources.values))
        there, hint = ", ".join(names) or "none is there", did_you_mean(reference, names)
        yield (
            f"got {reference!r}, expected a name in parametersGlobal or parametersRegional of the module's target "
            f"account and region: {there}{hint}"
        )
    if kind == "parameterStore":
        yield from _parameter_store(reference, sources.project)
    if kind == "secretsManager":
        yield from _secret(reference, sources, secrets)
    if sources.modulestack and kind in ("parameterStore", "secretsManager") and name in (*_STACK_TEXTS, *_STACK_LISTS):
        yield (
            f"got {name} by {kind}, expected its value: Seed-Farmer would hand the name {reference!r} to the module's "
            "modulestack.yaml in the value's place"
        )
    if sources.modulestack and kind in ("parameterValue", "envVariable") and name in _STACK_LISTS:
        yield (
            f"got {name} by {kind}, expected the list itself: the module reads such a value as JSON, but "
            "modulestack.yaml takes a list with commas"
        )


def _parameter_store(reference: str, project: str | None) -> Iterator[str]:
    if ":" in reference:
        yield f"got {reference!r}, expected the name of a parameter: Seed-Farmer takes neither ARNs nor versions"
    elif project is not None and not reference.removeprefix("/").startswith(project.lower()):
        yield (
            f"got {reference!r}, expected a name that begins with the project's, '/{project.lower()}/...': the builds' "
            "role may read no other parameter (8 KB at most)"
        )


def _secret(reference: str, sources: Sources, secrets: list[str] | None) -> Iterator[str]:
    if reference.startswith("arn:"):
        yield f"got {reference!r}, expected the secret's name: Seed-Farmer makes an ARN of it"
        return
    name = reference.partition(":")[0]
    if sources.modulestack is None or secrets is None:
        return
    if not sources.modulestack:
        yield f"got the secret {name!r}, which the builds' role may not read; expected the value, or parameterStore"
    elif not any(
        re.fullmatch(rf"arn:[^:]+:[^:]+:[^:]+:[^:]+:secret:{re.escape(name)}-\w{{6}}", each) for each in secrets
    ):
        yield (
            f"got the secret {name!r}, which the builds' role may not read; expected its ARN in the parameter "
            f"{_SECRETS}"
        )


def _secrets(parameters: object) -> list[str] | None:
    """The secrets that the module's role is given; None where that is not known."""
    for _, written, parameter in named(parameters):
        if kebab(written) == _SECRETS:
            value = parameter.get("value")
            return [str(each) for each in value] if isinstance(value, list) else None
    return []


def _source(parameter: Mapping[str, Any]) -> dict[str, Any]:
    """`valueFrom` under the names of its keys in camelCase."""
    given = parameter.get("valueFrom", parameter.get("value_from"))
    if not isinstance(given, dict):
        return {}
    return {re.sub(r"_([a-z])", lambda found: found[1].upper(), str(key)): value for key, value in given.items()}
