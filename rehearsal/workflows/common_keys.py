"""Keys that workflows and jobs have in common: `permissions`, `defaults`, `concurrency`."""

from __future__ import annotations

from rehearsal.workflows.document import Node
from rehearsal.workflows.model import Concurrency, Defaults, Permissions
from rehearsal.workflows.places import Place
from rehearsal.workflows.reading import Keys, Problems

SCOPES = (
    "actions", "artifact-metadata", "attestations", "checks", "contents", "deployments", "discussions", "id-token",
    "issues", "models", "packages", "pages", "pull-requests", "repository-projects", "security-events", "statuses",
)  # fmt: skip
# of a token when no key says any: the restricted default of GitHub
DEFAULT_PERMISSIONS: Permissions = {"contents": "read", "packages": "read"}


def read_permissions(keys: Keys, problems: Problems) -> Permissions | None:
    """The permissions of the token; those that are not named are `none`."""
    node = keys.get("permissions")
    if node is None:
        return None
    if isinstance(node.value, str):
        if node.value not in ("read-all", "write-all"):
            keys.refuse("permissions", f"got {node.value}, expected read-all, write-all or a mapping")
        access = node.value.removesuffix("-all")
        return {scope: access for scope in SCOPES if access == "write" or scope != "id-token"}
    inner = Keys(node, f"{keys.where}.permissions".lstrip("."), problems, SCOPES)
    found = {}
    for scope, value in inner.items():
        known = ("write", "none") if scope == "id-token" else ("read", "write", "none")
        if value.text not in known:
            inner.refuse(scope, f"got {value.text or value.kind}, expected {' or '.join(known)}")
        found[scope] = value.text
    return found


def read_defaults(keys: Keys, problems: Problems, place: Place) -> Defaults:
    """`defaults.run`"""
    node = keys.get("defaults")
    if node is None:
        return Defaults()
    outer = Keys(node, f"{keys.where}.defaults".lstrip("."), problems, ("run",))
    run = outer.get("run")
    if run is None:
        outer.refuse("run", "got nothing, expected a mapping")
        return Defaults()
    inner = Keys(run, f"{outer.where}.run", problems, ("shell", "working-directory"))
    return Defaults(inner.template("shell", place), inner.template("working-directory", place))


def read_concurrency(keys: Keys, problems: Problems, place: Place) -> Concurrency | None:
    """`concurrency`: a group, or a mapping with one."""
    node: Node | None = keys.get("concurrency")
    if node is None:
        return None
    if not isinstance(node.value, dict):
        group = keys.template("concurrency", place)
        return Concurrency(group) if group else None
    reason = {"queue": "of the runs that wait in a group, only the newest is kept"}
    inner = Keys(node, f"{keys.where}.concurrency".lstrip("."), problems, ("group", "cancel-in-progress"), reason)
    group = inner.template("group", place)
    if group is None:
        inner.refuse("group", "got nothing, expected the name of the group")
        return None
    return Concurrency(group, inner.template("cancel-in-progress", place))
