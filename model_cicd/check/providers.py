"""Identity providers that several modules of one deployment would make in one account."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from model_cicd.aws.policy import GITHUB_ISSUER
from model_cicd.check.modules import Targets, place
from model_cicd.check.parameters import is_this_module, kebab, named, value_of
from model_cicd.check.repositories import ModuleManifest
from model_cicd.sagemaker_model_cicd.settings.reading import groups
from model_cicd.sagemaker_model_cicd.settings.sources import ACTIONS
from model_cicd.text.errors import Problem
from model_cicd.text.messages import KeyPath
from model_cicd.text.source import format_path
from model_cicd.text.untrusted import mapping, text


def provider_problems(modules: Iterable[ModuleManifest], targets: Targets) -> list[Problem]:
    """A problem at each provider that an earlier module makes for the same issuer in the same account.

    Within one module, each account gets one.
    """
    found: list[Problem] = []
    first: dict[tuple[str, str], tuple[ModuleManifest, KeyPath]] = {}
    for module in modules:
        for account, issuer, path in _made(module, targets):
            other, _ = first.setdefault((account, issuer), (module, path))
            if other is module:
                continue
            message = (
                f"got a workflow's role in account {account}, where the module {other.data.get('name')!r} "
                f"({other.document.file}) makes the identity provider of {issuer}, of which an account has one; "
                "expected the account in 'github.existingProviders' of all modules but one"
            )
            found.append(Problem(module.document.file, module.document.line(path), format_path(path[-2:]), message))
    return found


def _made(module: ModuleManifest, targets: Targets) -> Iterator[tuple[str, str, KeyPath]]:
    """Accounts in which the module makes a provider, each once, with the issuer and where a role there comes from."""
    if not isinstance(module.data, dict) or not isinstance(path := module.data.get("path"), str):
        return
    parameters = module.data.get("parameters")
    if not is_this_module(path, parameters):
        return
    values: dict[str, Any] = {}
    places: dict[str, KeyPath] = {}
    for index, written, parameter in named(parameters):
        values[kebab(written)] = value_of(parameter)
        places[kebab(written)] = (*module.base, "parameters", index, "value")
    settings = mapping(values.get("github"))
    issuer = text(settings.get("issuer")) or GITHUB_ISSUER
    existing = settings.get("existingProviders")
    there = set(existing) if isinstance(existing, list) and all(isinstance(each, str) for each in existing) else set()
    accounts: dict[str, KeyPath] = {}
    if mapping(values.get("infra-repo")).get("runner") == ACTIONS and (own := place(module.data, targets)[0]):
        accounts[own] = (*places["infra-repo"], "runner")
    for (_, number), group in groups(values):
        account = mapping(group.get("buildEnvironment")).get("account")
        if mapping(group.get("training")).get("runner") == ACTIONS and isinstance(account, str):
            accounts.setdefault(account, (*places["deployment-groups"], number, "training", "runner"))
    yield from ((account, issuer, path) for account, path in accounts.items() if account not in there)
