"""The API of Actions: variables, environments, workflows that are started by hand, and what subjects are made of."""

from __future__ import annotations

import re
from typing import Any

import yaml

from rehearsal.github.answers import Failed
from rehearsal.github.api import Call, Route
from rehearsal.github.contents import resolved
from rehearsal.github.events import Events
from rehearsal.github.ports import GitHubEvent
from rehearsal.github.repositories import DEFAULT_SUBJECT, shown
from rehearsal.github.subjects import KEYS

_VARIABLE = re.compile(r"(?!GITHUB_)[A-Z_][A-Z0-9_]*", re.ASCII)
_FOLDER = ".github/workflows"


class Actions:
    """https://docs.github.com/en/rest/actions"""

    def __init__(self, bus: Events) -> None:
        self._bus = bus

    def routes(self) -> tuple[Route, ...]:
        """Its part of the API; variables and environments are only for people, as jobs have no such permission."""
        people = ("people",)
        made = [
            Route("PUT", "/environments/{environment}", people, self.environment),
            Route("POST", "/actions/workflows/{workflow}/dispatches", ("actions",), self.dispatch),
            Route("GET", "/actions/oidc/customization/sub", people, self.subject),
            Route("PUT", "/actions/oidc/customization/sub", people, self.set_subject),
        ]
        for place in ("/actions", "/environments/{environment}"):
            made += [
                Route("GET", f"{place}/variables", people, self.variables),
                Route("POST", f"{place}/variables", people, self.create_variable),
                Route("GET", f"{place}/variables/{{name}}", people, self.variable),
                Route("PATCH", f"{place}/variables/{{name}}", people, self.update_variable),
                Route("DELETE", f"{place}/variables/{{name}}", people, self.delete_variable),
            ]
        return tuple(made)

    def environment(self, call: Call) -> tuple[int, Any]:
        """Make an environment, or leave it as it is."""
        if call.body:
            raise Failed(501, f"the rehearsal's GitHub does not support {', '.join(call.body)} of an environment")
        call.repository.environments.setdefault(call.parts["environment"], {})
        return 200, {"name": call.parts["environment"]}

    def variables(self, call: Call) -> tuple[int, Any]:
        """All variables."""
        found = [{"name": name, "value": value} for name, value in sorted(_place(call).items())]
        return 200, {"total_count": len(found), "variables": found}

    def create_variable(self, call: Call) -> tuple[int, Any]:
        """A new variable."""
        call.need("name", "value", of="Variable")
        name, place = str(call.body["name"]).upper(), _place(call)
        if not _VARIABLE.fullmatch(name):
            raise Failed.validation("Variable", "name")
        if name in place:
            raise Failed(409, "Already exists - Variable already exists")
        place[name] = str(call.body["value"])
        return 201, {}

    def variable(self, call: Call) -> tuple[int, Any]:
        """One variable."""
        name = _named(call)
        return 200, {"name": name, "value": _place(call)[name]}

    def update_variable(self, call: Call) -> tuple[int, Any]:
        """Another value."""
        _place(call)[_named(call)] = str(call.body.get("value", ""))
        return 204, None

    def delete_variable(self, call: Call) -> tuple[int, Any]:
        """No such variable any more."""
        del _place(call)[_named(call)]
        return 204, None

    def dispatch(self, call: Call) -> tuple[int, Any]:
        """Start a workflow of a branch or tag, if it says that it can be."""
        call.need("ref", of="Workflow")
        repository, name = call.repository, call.parts["workflow"]
        short = str(call.body["ref"]).removeprefix("refs/heads/").removeprefix("refs/tags/")
        known = repository.git.references()
        ref = next((each for each in (f"refs/heads/{short}", f"refs/tags/{short}") if each in known), None)
        if ref is None:
            raise Failed(422, f"No ref found for: {call.body['ref']}")
        sha, path = resolved(repository, short), f"{_FOLDER}/{name}"
        entry = repository.git.entry(sha, path)
        if entry is None:
            raise Failed(404, "Not Found")
        inputs = _inputs(repository.git.blob(entry.object_id))
        if inputs is None:
            raise Failed(422, "Workflow does not have 'workflow_dispatch' trigger")
        given = dict(call.body.get("inputs") or {})
        if unknown := sorted(set(given) - set(inputs)):
            raise Failed(422, f"Unexpected inputs provided: {unknown}")
        payload = {"inputs": given, "ref": ref, "workflow": path, "repository": shown(repository),
                   "sender": {"login": call.token.login}}  # fmt: skip
        event = GitHubEvent("workflow_dispatch", repository.name, ref, sha, call.token.login, payload)
        self._bus.put(repository, event)
        return 204, None

    def subject(self, call: Call) -> tuple[int, Any]:
        """What the subject of tokens is made of."""
        keys = call.repository.subject
        shown_keys = {"use_default": keys == DEFAULT_SUBJECT, "include_claim_keys": list(keys)}
        return 200, shown_keys | {"use_immutable_subject": call.repository.immutable}

    def set_subject(self, call: Call) -> tuple[int, Any]:
        """Make it of other claims."""
        keys = DEFAULT_SUBJECT if call.body.get("use_default") else tuple(call.body.get("include_claim_keys") or ())
        if not keys or not set(keys) <= KEYS:
            raise Failed.validation("OIDC", "include_claim_keys")
        call.repository.subject = keys
        call.repository.immutable = bool(call.body.get("use_immutable_subject", call.repository.immutable))
        return 201, {}


def _place(call: Call) -> dict[str, str]:
    """The variables of the repository or of the environment in the path. Raises Failed 404."""
    name = call.parts.get("environment")
    if name is None:
        return call.repository.variables
    if name not in call.repository.environments:
        raise Failed(404, "Not Found")
    return call.repository.environments[name]


def _named(call: Call) -> str:
    name = call.parts["name"].upper()
    if name not in _place(call):
        raise Failed(404, "Not Found")
    return name


def _inputs(text: bytes) -> dict[str, Any] | None:
    """The inputs with which a workflow is started by hand; None when it is not."""
    try:
        workflow = yaml.safe_load(text)
    except yaml.YAMLError:
        return None
    on = (workflow.get("on", workflow.get(True)) if isinstance(workflow, dict) else None) or {}
    on = {on: None} if isinstance(on, str) else dict.fromkeys(on) if isinstance(on, list) else on
    return ((on["workflow_dispatch"] or {}).get("inputs") or {}) if "workflow_dispatch" in on else None
