"""The operations on aliases. https://docs.aws.amazon.com/lambda/latest/dg/configuration-aliases.html"""

from __future__ import annotations

import uuid

from rehearsal.api import ApiError, Caller, Params
from rehearsal.iam.functions import function_name
from rehearsal.lambdas import views
from rehearsal.lambdas.state import Alias, Function, Functions, absent, unsupported
from rehearsal.params import only, page

_MEMBERS = {"FunctionName", "Name", "FunctionVersion", "Description", "RoutingConfig"}
_PAGE = 50


class AliasOperations:
    """Aliases name one version each: traffic is not shared between two."""

    def __init__(self, functions: Functions) -> None:
        self._functions = functions

    def create_alias(self, caller: Caller, params: Params) -> Params:
        """Name a version. Raises ApiError ResourceConflictException."""
        only(params, _MEMBERS, "CreateAlias")
        _one_version(params)
        function = self._function(caller, params)
        name, version = params["Name"], params["FunctionVersion"]
        function.version(version)
        if name in function.aliases:
            text = f"Alias already exists: {function.name.unqualified}:{name}"
            raise ApiError("ResourceConflictException", text, 409)
        function.aliases[name] = made = Alias(name, version, params.get("Description") or "")
        return views.alias(function, made)

    def update_alias(self, caller: Caller, params: Params) -> Params:
        """Let it name another version."""
        only(params, _MEMBERS | {"RevisionId"}, "UpdateAlias")
        _one_version(params)
        function = self._function(caller, params)
        found = self._alias(function, params["Name"])
        if params.get("RevisionId") not in (None, found.revision):
            raise ApiError("PreconditionFailedException", "The Revision Id provided does not match the latest one", 412)
        version = params.get("FunctionVersion") or found.version
        function.version(version)
        found.version, found.revision = version, str(uuid.uuid4())
        if params.get("Description") is not None:
            found.description = params["Description"]
        return views.alias(function, found)

    def get_alias(self, caller: Caller, params: Params) -> Params:
        """One alias."""
        only(params, {"FunctionName", "Name"}, "GetAlias")
        function = self._function(caller, params)
        return views.alias(function, self._alias(function, params["Name"]))

    def delete_alias(self, caller: Caller, params: Params) -> None:
        """Take a name away; one that is not there is no error."""
        only(params, {"FunctionName", "Name"}, "DeleteAlias")
        function = self._function(caller, params)
        for kept in (function.aliases, function.statements, function.asynchronous):
            kept.pop(params["Name"], None)

    def list_aliases(self, caller: Caller, params: Params) -> Params:
        """The aliases of a function, perhaps of one version."""
        only(params, {"FunctionName", "FunctionVersion", "Marker", "MaxItems"}, "ListAliases")
        function, wanted = self._function(caller, params), params.get("FunctionVersion")
        found = [each for _, each in sorted(function.aliases.items()) if wanted in (None, each.version)]
        rows, marker = page([views.alias(function, each) for each in found], params.get("Marker"),
                            params.get("MaxItems") or _PAGE)  # fmt: skip
        return {"Aliases": rows, "NextMarker": marker}

    def _function(self, caller: Caller, params: Params) -> Function:
        return self._functions.named(function_name(params["FunctionName"], caller), caller.region)

    def _alias(self, function: Function, name: str) -> Alias:
        found = function.aliases.get(name)
        if found is None:
            raise absent(f"Cannot find alias arn: {function.name.unqualified}:{name}")
        return found


def _one_version(params: Params) -> None:
    if (params.get("RoutingConfig") or {}).get("AdditionalVersionWeights"):
        raise unsupported("RoutingConfig of an alias: all traffic goes to one version")
