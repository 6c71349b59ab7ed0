"""The operations on functions and their versions."""

from __future__ import annotations

import copy

from rehearsal.api import ApiError, Caller, Params
from rehearsal.iam.functions import LATEST, FunctionName, function_name
from rehearsal.lambdas import settings, views
from rehearsal.lambdas.code import Packages
from rehearsal.lambdas.layers import Layers
from rehearsal.lambdas.network import Networks
from rehearsal.lambdas.state import Function, Functions, Version, absent, unsupported, wrong
from rehearsal.params import only, page

_CODE = ("ZipFile", "S3Bucket", "S3Key", "S3ObjectVersion", "ImageUri")
_CREATE = {"FunctionName", "Code", "Publish", "Tags", "PackageType", "Architectures", "SnapStart", *settings.MEMBERS}
_CONFIGURE = {"FunctionName", "RevisionId", "SnapStart", *settings.MEMBERS}
_UPDATE = {"FunctionName", "Publish", "DryRun", "RevisionId", "Architectures", *_CODE}
_PAGE = 50
_NAME = 64  # characters of a name, https://docs.aws.amazon.com/lambda/latest/api/API_CreateFunction.html


class FunctionOperations:
    """CreateFunction and what follows it."""

    def __init__(self, functions: Functions, packages: Packages, layers: Layers, networks: Networks) -> None:
        self._functions, self._packages, self._layers, self._networks = functions, packages, layers, networks

    def create_function(self, caller: Caller, params: Params) -> Params:
        """Make a function. Raises ApiError ResourceConflictException or InvalidParameterValueException."""
        only(params, _CREATE, "CreateFunction")
        name = function_name(params["FunctionName"], caller)
        if name.scope != caller.scope or name.qualifier:
            raise wrong(f"Invalid function name: {params['FunctionName']}")
        if len(name.name) > _NAME:
            place = f"Value '{name.name}' at 'functionName'"
            text = f"{place} failed to satisfy constraint: Member must have length less than or equal to {_NAME}"
            raise ApiError("ValidationException", f"1 validation error detected: {text}")
        if self._functions.find(name.scope, name.name):
            raise self._functions.error(self._functions.taken, name.scope, name.name)
        if params.get("PackageType", "Zip") != "Zip":
            raise unsupported(f"PackageType {params['PackageType']} of CreateFunction: Zip only")
        architectures = params.get("Architectures") or ["x86_64"]
        made = self._settings(caller, params, {"Architectures": architectures}, name.name)
        code = self._packages.of(caller, params["Code"], architectures)
        function = Function(name, Version(LATEST, made, code), dict(params.get("Tags") or {}))
        self._functions.add(name.scope, name.name, function)
        published = self._publish(function) if params.get("Publish") else function.latest
        return views.configuration(function, published, qualified=published is not function.latest)

    def get_function(self, caller: Caller, params: Params) -> Params:
        """A function or a version of it. What its code is can be compared, not downloaded."""
        only(params, {"FunctionName", "Qualifier"}, "GetFunction")
        function, version, qualified = self._version(caller, params)
        reserved = function.concurrency
        return {
            "Configuration": views.configuration(function, version, qualified=qualified),
            "Code": {"RepositoryType": "S3"},
            "Tags": dict(function.tags) or None,
            "Concurrency": None if reserved is None else {"ReservedConcurrentExecutions": reserved},
        }

    def get_function_configuration(self, caller: Caller, params: Params) -> Params:
        """Its settings."""
        only(params, {"FunctionName", "Qualifier"}, "GetFunctionConfiguration")
        function, version, qualified = self._version(caller, params)
        return views.configuration(function, version, qualified=qualified)

    def update_function_code(self, caller: Caller, params: Params) -> Params:
        """Give it other code; with DryRun only look whether that could be."""
        only(params, _UPDATE, "UpdateFunctionCode")
        function = self._unqualified(caller, params)
        architectures = params.get("Architectures") or function.latest.settings["Architectures"]
        code = self._packages.of(caller, {name: params.get(name) for name in _CODE}, architectures)
        wanted = function.latest.settings | {"Architectures": architectures}
        if params.get("DryRun"):
            return views.configuration(function, Version(LATEST, wanted, code), qualified=False)
        function.latest.change(wanted, code)
        published = self._publish(function) if params.get("Publish") else function.latest
        return views.configuration(function, published, qualified=published is not function.latest)

    def update_function_configuration(self, caller: Caller, params: Params) -> Params:
        """Change settings; those that are not given stay."""
        only(params, _CONFIGURE, "UpdateFunctionConfiguration")
        function = self._unqualified(caller, params)
        wanted = self._settings(caller, params, function.latest.settings, function.name.name)
        function.latest.change(wanted)
        return views.configuration(function, function.latest, qualified=False)

    def delete_function(self, caller: Caller, params: Params) -> None:
        """Delete a function with everything of it, or one version. Raises ApiError ResourceConflictException."""
        only(params, {"FunctionName", "Qualifier"}, "DeleteFunction")
        name = self._name(caller, params)
        function = self._functions.named(name, caller.region)
        if name.qualifier is None:
            self._functions.pop(name.scope, name.name)
            return
        if name.qualifier == LATEST or name.qualifier in function.aliases:
            raise wrong("$LATEST version cannot be deleted without deleting the function.")
        if any(alias.version == name.qualifier for alias in function.aliases.values()):
            text = f"Version {name.qualifier} of function {name.name} is in use by aliases"
            raise ApiError("ResourceConflictException", text, 409)
        function.versions.pop(name.qualifier, None)
        function.statements.pop(name.qualifier, None)

    def list_functions(self, caller: Caller, params: Params) -> Params:
        """The functions of the account by name, with their versions where FunctionVersion is ALL."""
        only(params, {"FunctionVersion", "Marker", "MaxItems"}, "ListFunctions")
        found = sorted(self._functions.of(caller.scope), key=lambda each: each.name.name)
        every = params.get("FunctionVersion") == "ALL"
        rows = [
            views.configuration(function, version, qualified=every)
            for function in found
            for version in ([function.latest, *function.versions.values()] if every else [function.latest])
        ]
        rows, marker = page(rows, params.get("Marker"), params.get("MaxItems") or _PAGE)
        return {"Functions": rows, "NextMarker": marker}

    def list_versions_by_function(self, caller: Caller, params: Params) -> Params:
        """`$LATEST` and what was published."""
        only(params, {"FunctionName", "Marker", "MaxItems"}, "ListVersionsByFunction")
        function = self._functions.named(self._name(caller, params), caller.region)
        found = [function.latest, *function.versions.values()]
        rows = [views.configuration(function, version, qualified=True) for version in found]
        rows, marker = page(rows, params.get("Marker"), params.get("MaxItems") or _PAGE)
        return {"Versions": rows, "NextMarker": marker}

    def publish_version(self, caller: Caller, params: Params) -> Params:
        """Keep `$LATEST` as a version; when nothing has changed since the newest one, that one is the answer."""
        only(params, {"FunctionName", "CodeSha256", "Description", "RevisionId"}, "PublishVersion")
        function = self._unqualified(caller, params)
        sha256 = params.get("CodeSha256")
        if sha256 and sha256 != function.latest.code.sha256:
            now = function.latest.code.sha256
            text = f"CodeSHA256 ({sha256}) is different from current CodeSHA256 in $LATEST ({now})."
            raise wrong(f"{text} Please try again with the CodeSHA256 in $LATEST.")
        version = self._publish(function, params.get("Description"))
        return views.configuration(function, version, qualified=True)

    def _publish(self, function: Function, description: str | None = None) -> Version:
        latest, newest = function.latest, next(reversed(function.versions.values()), None)
        settings = latest.settings | ({"Description": description} if description else {})
        if newest and (newest.settings, newest.code) == (settings, latest.code):
            return newest
        function.published += 1
        made = Version(str(function.published), copy.deepcopy(settings), latest.code)
        function.versions[made.number] = made
        return made

    def _settings(self, caller: Caller, params: Params, before: Params, name: str) -> Params:
        if (params.get("SnapStart") or {}).get("ApplyOn", "None") != "None":
            raise unsupported("SnapStart")
        made = settings.given(params, before, caller, name)
        if params.get("VpcConfig"):
            made["VpcConfig"] = self._networks.placed(caller, params["VpcConfig"], made["Role"])
        for arn in params.get("Layers") or []:
            self._layers.usable(arn, caller)
        return made

    def _name(self, caller: Caller, params: Params) -> FunctionName:
        return function_name(params["FunctionName"], caller, params.get("Qualifier"))

    def _version(self, caller: Caller, params: Params) -> tuple[Function, Version, bool]:
        name = self._name(caller, params)
        function = self._functions.named(name, caller.region)
        return function, function.version(name.qualifier), name.qualifier is not None

    def _unqualified(self, caller: Caller, params: Params) -> Function:
        """The function to change. Raises ApiError PreconditionFailedException when it is another revision by now."""
        name = self._name(caller, params)
        if name.qualifier not in (None, LATEST):
            raise absent(f"Function not found: {name.arn}")
        function = self._functions.named(name, caller.region)
        if params.get("RevisionId") not in (None, function.latest.revision):
            text = (
                "The Revision Id provided does not match the latest Revision Id. Call the GetFunction/GetAlias API to "
            )
            raise ApiError("PreconditionFailedException", f"{text}retrieve the latest Revision Id", 412)
        return function
