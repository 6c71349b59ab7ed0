"""Layers: packages that several functions share.

https://docs.aws.amazon.com/lambda/latest/dg/chapter-layers.html
"""

from __future__ import annotations

import threading
from collections.abc import Iterable
from pathlib import Path

from rehearsal.api import Caller, Params
from rehearsal.iam.functions import LayerName, layer_name
from rehearsal.lambdas import views
from rehearsal.lambdas.code import Packages
from rehearsal.lambdas.state import LayerVersion, absent, unsupported, wrong
from rehearsal.params import only, page

_PUBLISH = {"LayerName", "Description", "Content", "CompatibleRuntimes", "LicenseInfo", "CompatibleArchitectures"}
_LIST = {"LayerName", "CompatibleRuntime", "Marker", "MaxItems", "CompatibleArchitecture"}
_PAGE = 50


class Layers:
    """The layers of all accounts. Deleted versions stay with the functions that have them. Thread-safe."""

    def __init__(self, packages: Packages) -> None:
        self._packages = packages
        self._lock = threading.RLock()
        self._versions: dict[str, LayerVersion] = {}
        self._deleted: dict[str, LayerVersion] = {}
        self._published: dict[str, int] = {}

    def publish_layer_version(self, caller: Caller, params: Params) -> Params:
        """Make a layer's next version."""
        only(params, _PUBLISH, "PublishLayerVersion")
        architectures = params.get("CompatibleArchitectures") or []
        code = self._packages.of(caller, params["Content"], architectures or ["x86_64", "arm64"])
        name = layer_name(params["LayerName"], caller)
        with self._lock:
            number = self._published.get(name.arn, 0) + 1
            self._published[name.arn] = number
            made = LayerVersion(
                LayerName(name.account, name.region, name.name, number), code, params.get("Description") or "",
                list(params.get("CompatibleRuntimes") or []), list(architectures), params.get("LicenseInfo"),
            )  # fmt: skip
            self._versions[made.name.arn] = made
        return views.layer(made)

    def get_layer_version(self, caller: Caller, params: Params) -> Params:
        """A version by its layer and number."""
        only(params, {"LayerName", "VersionNumber"}, "GetLayerVersion")
        return views.layer(self._at(layer_name(params["LayerName"], caller, params["VersionNumber"])))

    def get_layer_version_by_arn(self, caller: Caller, params: Params) -> Params:
        """A version by its ARN."""
        only(params, {"Arn"}, "GetLayerVersionByArn")
        return views.layer(self._at(layer_name(params["Arn"], caller)))

    def delete_layer_version(self, caller: Caller, params: Params) -> None:
        """Delete a version; one that is not there is no error."""
        only(params, {"LayerName", "VersionNumber"}, "DeleteLayerVersion")
        arn = layer_name(params["LayerName"], caller, params["VersionNumber"]).arn
        with self._lock:
            found = self._versions.pop(arn, None)
            if found:
                self._deleted[arn] = found

    def list_layer_versions(self, caller: Caller, params: Params) -> Params:
        """The versions of a layer, the newest first."""
        only(params, _LIST, "ListLayerVersions")
        name = layer_name(params["LayerName"], caller)
        found = [each for each in self._fitting(params) if each.name.arn.startswith(f"{name.arn}:")]
        rows, marker = page([views.layer(each) for each in found[::-1]], params.get("Marker"),
                            params.get("MaxItems") or _PAGE)  # fmt: skip
        return {"LayerVersions": rows, "NextMarker": marker}

    def list_layers(self, caller: Caller, params: Params) -> Params:
        """The layers of the account, each with its newest version."""
        only(params, _LIST - {"LayerName"}, "ListLayers")
        newest = {
            each.name.name: each
            for each in self._fitting(params)
            if (each.name.account, each.name.region) == caller.scope
        }
        rows = [
            {
                "LayerName": name,
                "LayerArn": each.name.arn.rpartition(":")[0],
                "LatestMatchingVersion": views.layer(each),
            }
            for name, each in sorted(newest.items())
        ]
        rows, marker = page(rows, params.get("Marker"), params.get("MaxItems") or _PAGE)
        return {"Layers": rows, "NextMarker": marker}

    def usable(self, arn: str, caller: Caller) -> None:
        """Raises ApiError InvalidParameterValueException when a function of the caller cannot have the layer."""
        found = self._versions.get(arn)
        if layer_name(arn, caller).account != caller.account:
            raise unsupported(f"layers of other accounts ({arn})")
        if found is None:
            raise wrong(f"Layer version {arn} does not exist.")
        if found.name.region != caller.region:
            raise wrong(f"Layer version {arn} is not in the function's region, {caller.region}.")

    def folders(self, arns: Iterable[str]) -> list[Path]:
        """Where the layers of a function are unpacked, in order; deleted versions too."""
        with self._lock:
            every = self._deleted | self._versions
            return [every[arn].code.folder for arn in arns]

    def _at(self, name: LayerName) -> LayerVersion:
        with self._lock:
            found = self._versions.get(name.arn)
        if found is None:
            raise absent("The resource you requested does not exist.")
        return found

    def _fitting(self, params: Params) -> list[LayerVersion]:
        """Those for a runtime and an architecture, the oldest first."""
        runtime, architecture = params.get("CompatibleRuntime"), params.get("CompatibleArchitecture")
        with self._lock:
            return [
                each
                for each in self._versions.values()
                if (not runtime or runtime in each.runtimes)
                and (not architecture or architecture in each.architectures)
            ]
