"""Endpoint configurations."""

from __future__ import annotations

from rehearsal.api import Caller, Params
from rehearsal.sagemaker import listing
from rehearsal.sagemaker.hosting import config_rules
from rehearsal.sagemaker.hosting.models import Models
from rehearsal.sagemaker.resources import Resources
from rehearsal.sagemaker.tags import Tags


class EndpointConfigs(Resources[Params]):
    """The endpoint configurations of all accounts; one never changes."""

    kind, words = "endpoint-config", "endpoint configuration"

    def __init__(self, models: Models, tags: Tags) -> None:
        super().__init__(tags)
        self._models = models

    def create_endpoint_config(self, caller: Caller, params: Params) -> Params:
        """Make a configuration; its models must exist. Raises ApiError ValidationException."""
        scope, name = caller.scope, params["EndpointConfigName"]
        kinds = [kind for kind in ("ProductionVariants", "ShadowProductionVariants") if kind in params]
        wanted = [each["ModelName"] for kind in kinds for each in params[kind] if "ModelName" in each]
        config_rules.check(params, {model: self._models.at(scope, model) for model in wanted})
        described = {key: value for key, value in params.items() if key != "Tags"} | {
            "EndpointConfigArn": self.arn(scope, name),
            "CreationTime": listing.now(),
        }
        for kind in kinds:
            described[kind] = [{"InitialVariantWeight": 1.0} | each for each in params[kind]]
        if "DataCaptureConfig" in params:
            described["DataCaptureConfig"] = {"EnableCapture": True} | params["DataCaptureConfig"]
        return {"EndpointConfigArn": self.register(scope, name, described, params.get("Tags"))}

    def describe_endpoint_config(self, caller: Caller, params: Params) -> Params:
        """One configuration."""
        return self.at(caller.scope, params["EndpointConfigName"])

    def list_endpoint_configs(self, caller: Caller, params: Params) -> Params:
        """The configurations of the account, the newest first."""
        return listing.answer(self.of(caller.scope), params, "EndpointConfigs", "EndpointConfig")

    def delete_endpoint_config(self, caller: Caller, params: Params) -> Params:
        """Delete a configuration; endpoints made with it go on, as on AWS."""
        self.at(caller.scope, params["EndpointConfigName"])
        self.pop(caller.scope, params["EndpointConfigName"])
        return {}
