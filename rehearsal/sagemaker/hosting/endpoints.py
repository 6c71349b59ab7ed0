"""The operations on endpoints. https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_CreateEndpoint.html"""

from __future__ import annotations

from collections.abc import Iterator

from rehearsal.api import Caller, Params, invalid
from rehearsal.sagemaker import listing
from rehearsal.sagemaker.hosting import alarms, deployment
from rehearsal.sagemaker.hosting.endpoint_configs import EndpointConfigs
from rehearsal.sagemaker.hosting.executor import Executor
from rehearsal.sagemaker.hosting.fleets import Fleets
from rehearsal.sagemaker.hosting.state import FINAL, Endpoint
from rehearsal.sagemaker.ports import SageMakerPlatform
from rehearsal.sagemaker.resources import Resources
from rehearsal.sagemaker.tags import Tags


class Endpoints(Resources[Endpoint]):
    """The endpoints of all accounts."""

    kind = words = "endpoint"

    def __init__(
        self, platform: SageMakerPlatform, configs: EndpointConfigs, fleets: Fleets, executor: Executor, tags: Tags
    ) -> None:
        super().__init__(tags)
        self._platform = platform
        self._configs = configs
        self._fleets = fleets
        self._executor = executor

    def serverless_variants(self, account: str, region: str, endpoint: str) -> dict[str, bool]:
        """The variants of an endpoint by name, and whether each is serverless; none without such an endpoint."""
        found = self.find((account, region), endpoint)
        variants = found.fleet.variants if found and found.fleet else []
        return {variant.name: variant.serverless is not None for variant in variants}

    def start_again(self) -> Iterator[tuple[str, str | None]]:
        """Start the containers of all endpoints, after a snapshot; each name, and why it does not serve."""
        for endpoint in self.everywhere():
            if endpoint.fleet:
                yield endpoint.name, self._executor.start_again(endpoint, endpoint.fleet)

    def create_endpoint(self, caller: Caller, params: Params) -> Params:
        """Make an endpoint: Creating, then InService or Failed. Raises ApiError ValidationException."""
        deployment.refuse(params)
        scope, name = caller.scope, params["EndpointName"]
        arn = self.arn(scope, name)
        config = self._configs.at(scope, params["EndpointConfigName"])
        wanted = params.get("DeploymentConfig")
        self._check_alarms(caller, deployment.plan(wanted, config, []).alarms)
        fleet = self._fleets.draft(scope, config)
        now = listing.now()
        endpoint = Endpoint(scope, name, arn, params["EndpointConfigName"], "Creating", now, now, deployment=wanted)
        with self.lock:
            if self.find(scope, name):
                raise self.error(self.taken, scope, name)
            self._fleets.grant(caller, config, fleet)
            self.register(scope, name, endpoint, params.get("Tags"))
        self._executor.move(endpoint, "Creating")
        self._executor.create(endpoint, fleet)
        return {"EndpointArn": arn}

    def update_endpoint(self, caller: Caller, params: Params) -> Params:
        """Put another configuration in place: Updating, then InService; on the old one with a FailureReason.

        Raises ApiError ValidationException.
        """
        deployment.refuse(params)
        endpoint = self.at(caller.scope, params["EndpointName"])
        config = self._configs.at(endpoint.scope, params["EndpointConfigName"])
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

    def update_endpoint_weights_and_capacities(self, caller: Caller, params: Params) -> Params:
        """Set weights and instance counts of variants; there is nothing to wait for here.

        Raises ApiError ValidationException.
        """
        endpoint = self.at(caller.scope, params["EndpointName"])
        with endpoint.lock:
            self._check_idle(endpoint, "update")
            assert endpoint.fleet
            variants = {variant.name: variant for variant in endpoint.fleet.everyone}
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

    def describe_endpoint(self, caller: Caller, params: Params) -> Params:
        """One endpoint."""
        return self.at(caller.scope, params["EndpointName"]).describe()

    def list_endpoints(self, caller: Caller, params: Params) -> Params:
        """The endpoints of the account, the newest first."""
        described = [endpoint.describe() for endpoint in self.of(caller.scope)]
        return listing.answer(described, params, "Endpoints", "Endpoint")

    def delete_endpoint(self, caller: Caller, params: Params) -> Params:
        """Delete an endpoint; its containers end in the background. Raises ApiError ValidationException."""
        with self.lock:
            endpoint = self.at(caller.scope, params["EndpointName"])
            with endpoint.lock:
                if endpoint.status not in FINAL:
                    raise invalid(f'Cannot update in-progress endpoint "{endpoint.arn}".')
                self._executor.move(endpoint, "Deleting")
            self.pop(endpoint.scope, endpoint.name)
        self._executor.delete(endpoint)
        return {}

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
