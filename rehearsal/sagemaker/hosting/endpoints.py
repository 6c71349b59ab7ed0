"""The operations on endpoints. https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_CreateEndpoint.html"""

from __future__ import annotations

import threading
from collections.abc import Mapping

from rehearsal.api import Caller, Operation, Params
from rehearsal.sagemaker import arns, listing
from rehearsal.sagemaker.arns import Scope
from rehearsal.sagemaker.errors import invalid
from rehearsal.sagemaker.hosting import alarms, deployment
from rehearsal.sagemaker.hosting.endpoint_configs import EndpointConfigs
from rehearsal.sagemaker.hosting.executor import Executor
from rehearsal.sagemaker.hosting.fleets import Fleets
from rehearsal.sagemaker.hosting.state import FINAL, Endpoint
from rehearsal.sagemaker.ports import SageMakerPlatform
from rehearsal.sagemaker.tags import Tags

KIND = "endpoint"
_SUMMARY = ("EndpointName", "EndpointArn", "CreationTime", "LastModifiedTime", "EndpointStatus")


class Endpoints:
    """The endpoints of all accounts. Thread-safe."""

    def __init__(
        self, platform: SageMakerPlatform, configs: EndpointConfigs, fleets: Fleets, executor: Executor, tags: Tags
    ) -> None:
        self._platform = platform
        self._configs = configs
        self._fleets = fleets
        self._executor = executor
        self._tags = tags
        self._lock = threading.RLock()
        self._endpoints: dict[tuple[Scope, str], Endpoint] = {}

    def operations(self) -> Mapping[str, Operation]:
        """API name -> method, of this part of the service."""
        return {
            "CreateEndpoint": self.create,
            "UpdateEndpoint": self.update,
            "UpdateEndpointWeightsAndCapacities": self.update_weights,
            "DescribeEndpoint": self.describe,
            "ListEndpoints": self.list,
            "DeleteEndpoint": self.delete,
        }

    def find(self, scope: Scope, name: str) -> Endpoint | None:
        """An endpoint, for those who use it inside the process."""
        with self._lock:
            return self._endpoints.get((scope, name))

    def serverless_variants(self, account: str, region: str, endpoint: str) -> dict[str, bool]:
        """The variants of an endpoint by name, and whether each is serverless; none without such an endpoint."""
        found = self.find((account, region), endpoint)
        variants = found.fleet.variants if found and found.fleet else []
        return {variant.name: variant.serverless is not None for variant in variants}

    def create(self, caller: Caller, params: Params) -> Params:
        """Make an endpoint: Creating, then InService or Failed. Raises ApiError ValidationException."""
        scope, name = (caller.account, caller.region), params["EndpointName"]
        arn = arns.make(scope, KIND, name)
        config = self._configs.get(scope, params["EndpointConfigName"])
        wanted = params.get("DeploymentConfig")
        self._check_alarms(caller, deployment.plan(wanted, config, []).alarms)
        fleet = self._fleets.draft(scope, config)
        now = listing.now()
        endpoint = Endpoint(scope, name, arn, params["EndpointConfigName"], "Creating", now, now, deployment=wanted)
        with self._lock:
            if (scope, name) in self._endpoints:
                raise invalid(f'Cannot create already existing endpoint "{arn}".')
            self._fleets.grant(caller, config, fleet)
            self._tags.register(arn, params.get("Tags"))
            self._endpoints[scope, name] = endpoint
        self._executor.move(endpoint, "Creating")
        self._executor.create(endpoint, fleet)
        return {"EndpointArn": arn}

    def update(self, caller: Caller, params: Params) -> Params:
        """Put another configuration in place: Updating, then InService; on the old one with a FailureReason.

        Raises ApiError ValidationException.
        """
        endpoint = self._get(caller, params["EndpointName"])
        config = self._configs.get(endpoint.scope, params["EndpointConfigName"])
        with endpoint.lock:
            self._check_idle(endpoint, "update")
            wanted = params.get("DeploymentConfig")
            if params.get("RetainDeploymentConfig"):
                if wanted:
                    raise invalid("You cannot specify DeploymentConfig when RetainDeploymentConfig is true.")
                wanted = endpoint.deployment
            excluded = params.get("ExcludeRetainedVariantProperties", [])
            retain = params.get("RetainAllVariantProperties", False)
            if excluded and not retain:
                raise invalid("ExcludeRetainedVariantProperties needs RetainAllVariantProperties true.")
            assert endpoint.fleet
            current = [variant.name for variant in endpoint.fleet.variants]
            plan = deployment.plan(wanted, config, current)
            self._check_alarms(caller, plan.alarms)
            fleet = self._fleets.draft(
                endpoint.scope,
                config,
                like=endpoint.fleet if retain else None,
                but=frozenset(each["VariantPropertyType"] for each in excluded),
            )
            self._fleets.grant(caller, config, fleet)
            endpoint.deployment = wanted
            endpoint.pending_config, endpoint.pending_since = config["EndpointConfigName"], listing.now()
            self._executor.move(endpoint, "Updating")
        self._executor.update(endpoint, fleet, plan)
        return {"EndpointArn": endpoint.arn}

    def update_weights(self, caller: Caller, params: Params) -> Params:
        """Set weights and instance counts of variants; there is nothing to wait for here.

        Raises ApiError ValidationException.
        """
        endpoint = self._get(caller, params["EndpointName"])
        with endpoint.lock:
            self._check_idle(endpoint, "update")
            assert endpoint.fleet
            variants = {variant.name: variant for variant in endpoint.fleet.variants}
            for wanted in params["DesiredWeightsAndCapacities"]:
                variant = variants.get(wanted["VariantName"])
                if variant is None:
                    raise invalid(
                        f"The variant name(s) {wanted['VariantName']} is/are not present within endpoint "
                        f"configuration {endpoint.config_name!r}."
                    )
                if "DesiredInstanceCount" in wanted and variant.serverless is not None:
                    raise invalid(f"DesiredInstanceCount is not supported for the serverless variant {variant.name}.")
                if "ServerlessUpdateConfig" in wanted and variant.serverless is None:
                    raise invalid(f"ServerlessUpdateConfig is not supported for variant {variant.name} of instances.")
            for wanted in params["DesiredWeightsAndCapacities"]:
                variant = variants[wanted["VariantName"]]
                variant.weight = wanted.get("DesiredWeight", variant.weight)
                variant.count = wanted.get("DesiredInstanceCount", variant.count)
                if "ServerlessUpdateConfig" in wanted:
                    variant.serverless = (variant.serverless or {}) | wanted["ServerlessUpdateConfig"]
            self._executor.move(endpoint, "Updating")
            self._executor.move(endpoint, "InService")
        return {"EndpointArn": endpoint.arn}

    def describe(self, caller: Caller, params: Params) -> Params:
        """One endpoint."""
        return self._get(caller, params["EndpointName"]).describe()

    def list(self, caller: Caller, params: Params) -> Params:
        """The endpoints of the account, the newest first."""
        scope = (caller.account, caller.region)
        with self._lock:
            described = [each.describe() for (where, _), each in self._endpoints.items() if where == scope]
        wanted = params.get("StatusEquals")
        rows = [{name: each[name] for name in _SUMMARY} for each in described]
        rows = [row for row in rows if wanted in (None, row["EndpointStatus"])]
        rows = listing.select(rows, params, name="EndpointName")
        keys = {"Name": "EndpointName", "CreationTime": "CreationTime", "Status": "EndpointStatus"}
        return listing.page(listing.order(rows, params, keys, by="CreationTime", descending=True), params, "Endpoints")

    def delete(self, caller: Caller, params: Params) -> Params:
        """Delete an endpoint; its containers end in the background. Raises ApiError ValidationException."""
        with self._lock:
            endpoint = self._get(caller, params["EndpointName"])
            with endpoint.lock:
                if endpoint.status not in FINAL:
                    raise invalid(f'Cannot update in-progress endpoint "{endpoint.arn}".')
                self._executor.move(endpoint, "Deleting")
            del self._endpoints[endpoint.scope, endpoint.name]
            self._tags.forget(endpoint.arn)
        self._executor.delete(endpoint)
        return {}

    def _get(self, caller: Caller, name: str) -> Endpoint:
        scope = (caller.account, caller.region)
        endpoint = self.find(scope, name)
        if endpoint is None:
            raise invalid(f'Could not find endpoint "{arns.make(scope, KIND, name)}".')
        return endpoint

    def _check_idle(self, endpoint: Endpoint, verb: str) -> None:
        if endpoint.status not in FINAL:
            raise invalid(f'Cannot {verb} in-progress endpoint "{endpoint.arn}".')
        if endpoint.status != "InService":
            raise invalid(f'Cannot {verb} endpoint "{endpoint.arn}" in status {endpoint.status}: delete it.')

    def _check_alarms(self, caller: Caller, names: tuple[str, ...]) -> None:
        cloudwatch = self._platform.internal_client("cloudwatch", account=caller.account, region=caller.region)
        absent = alarms.missing(cloudwatch, names)
        if absent:
            raise invalid(f"Could not find CloudWatch alarm(s) of AutoRollbackConfiguration: {', '.join(absent)}.")
