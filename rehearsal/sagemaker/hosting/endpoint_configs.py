"""Endpoint configurations."""

from __future__ import annotations

import threading
from collections.abc import Mapping

from rehearsal.api import Caller, Operation, Params
from rehearsal.sagemaker import arns, listing
from rehearsal.sagemaker.arns import Scope
from rehearsal.sagemaker.errors import invalid
from rehearsal.sagemaker.hosting import config_rules
from rehearsal.sagemaker.hosting.models import Models
from rehearsal.sagemaker.tags import Tags

KIND = "endpoint-config"
_SUMMARY = ("EndpointConfigName", "EndpointConfigArn", "CreationTime")


class EndpointConfigs:
    """The endpoint configurations of all accounts; one never changes. Thread-safe."""

    def __init__(self, models: Models, tags: Tags) -> None:
        self._models = models
        self._tags = tags
        self._lock = threading.Lock()
        self._configs: dict[tuple[Scope, str], Params] = {}

    def operations(self) -> Mapping[str, Operation]:
        """API name -> method, of this part of the service."""
        return {
            "CreateEndpointConfig": self.create,
            "DescribeEndpointConfig": self.describe,
            "ListEndpointConfigs": self.list,
            "DeleteEndpointConfig": self.delete,
        }

    def get(self, scope: Scope, name: str) -> Params:
        """A configuration by name. Raises ApiError ValidationException."""
        with self._lock:
            found = self._configs.get((scope, name))
        if found is None:
            raise invalid(f'Could not find endpoint configuration "{arns.make(scope, KIND, name)}".')
        return found

    def create(self, caller: Caller, params: Params) -> Params:
        """Make a configuration; its models must exist. Raises ApiError ValidationException."""
        scope, name = (caller.account, caller.region), params["EndpointConfigName"]
        arn = arns.make(scope, KIND, name)
        wanted = [variant["ModelName"] for variant in params["ProductionVariants"] if "ModelName" in variant]
        config_rules.check(params, {model: self._models.get(scope, model) for model in wanted})
        described = {key: value for key, value in params.items() if key != "Tags"} | {
            "EndpointConfigArn": arn,
            "CreationTime": listing.now(),
            "ProductionVariants": [{"InitialVariantWeight": 1.0} | each for each in params["ProductionVariants"]],
        }
        if "DataCaptureConfig" in params:
            described["DataCaptureConfig"] = {"EnableCapture": True} | params["DataCaptureConfig"]
        with self._lock:
            if (scope, name) in self._configs:
                raise invalid(f'Cannot create already existing endpoint configuration "{arn}".')
            self._tags.register(arn, params.get("Tags"))
            self._configs[scope, name] = described
        return {"EndpointConfigArn": arn}

    def describe(self, caller: Caller, params: Params) -> Params:
        """One configuration."""
        return self.get((caller.account, caller.region), params["EndpointConfigName"])

    def list(self, caller: Caller, params: Params) -> Params:
        """The configurations of the account, the newest first."""
        with self._lock:
            found = [each for (scope, _), each in self._configs.items() if scope == (caller.account, caller.region)]
        rows = [{name: each[name] for name in _SUMMARY} for each in found]
        rows = listing.select(rows, params, name="EndpointConfigName")
        keys = {"Name": "EndpointConfigName", "CreationTime": "CreationTime"}
        rows = listing.order(rows, params, keys, by="CreationTime", descending=True)
        return listing.page(rows, params, "EndpointConfigs")

    def delete(self, caller: Caller, params: Params) -> Params:
        """Delete a configuration; endpoints made with it go on, as on AWS."""
        scope, name = (caller.account, caller.region), params["EndpointConfigName"]
        arn = self.get(scope, name)["EndpointConfigArn"]
        with self._lock:
            self._configs.pop((scope, name), None)
        self._tags.forget(arn)
        return {}
