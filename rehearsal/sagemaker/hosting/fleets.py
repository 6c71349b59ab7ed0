"""Makes the containers of an endpoint configuration, all variants at the same time."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

from botocore.exceptions import ClientError

from rehearsal.api import Caller, Params, invalid
from rehearsal.named import Scope
from rehearsal.sagemaker import listing
from rehearsal.sagemaker.hosting.models import Models
from rehearsal.sagemaker.hosting.server import HostingError, ModelServer
from rehearsal.sagemaker.hosting.state import Fleet, Variant
from rehearsal.sagemaker.identity import client_of
from rehearsal.sagemaker.ports import SageMakerPlatform
from rehearsal.sagemaker.sandbox import Sandbox

_START_SECONDS = 60
_GRANTED = ["Decrypt", "CreateGrant", "GenerateDataKeyWithoutPlaintext", "DescribeKey"]


class Fleets:
    """Makes fleets."""

    def __init__(self, platform: SageMakerPlatform, models: Models, sandbox: Sandbox) -> None:
        self._platform = platform
        self._models = models
        self._sandbox = sandbox

    def draft(
        self, scope: Scope, config: Params, *, like: Fleet | None = None, but: frozenset[str] = frozenset()
    ) -> Fleet:
        """A fleet of a configuration, its containers not made yet. Raises ApiError when a model is gone.

        `like` is the fleet whose weights, counts and data capture it takes over, except the properties in `but`.
        """
        kept = {variant.name: variant for variant in like.everyone} if like else {}

        def drafted(each: Params) -> Variant:
            model = self._models.at(scope, each["ModelName"])
            old = kept.get(each["VariantName"])
            weight, count = each["InitialVariantWeight"], each.get("InitialInstanceCount")
            if old and "DesiredWeight" not in but:
                weight = old.weight
            if old and old.count is not None and count is not None and "DesiredInstanceCount" not in but:
                count = old.count
            return Variant(each, model, weight, count, each.get("ServerlessConfig"))

        variants, shadows = (
            [drafted(each) for each in config.get(kind, [])]
            for kind in ("ProductionVariants", "ShadowProductionVariants")
        )
        capture = config.get("DataCaptureConfig")
        if like and "DataCaptureConfig" not in but:
            capture = like.capture
        asynchronous = config.get("AsyncInferenceConfig")
        return Fleet(config["EndpointConfigName"], capture, variants, listing.now(), asynchronous, shadows)

    def grant(self, caller: Caller, config: Params, fleet: Fleet) -> None:
        """Let the execution roles use the key of the volumes, as the caller, which needs `kms:CreateGrant`.

        Raises ApiError ValidationException when the key does not exist, is not usable or may not be granted.
        https://docs.aws.amazon.com/sagemaker/latest/dg/sagemaker-roles.html
        """
        key = config.get("KmsKeyId")
        if key is None or any(variant.serverless is not None for variant in fleet.variants):
            return
        itself = self._platform.internal_client("kms", account=caller.account, region=caller.region)
        theirs = client_of(self._platform, caller, "kms")
        try:
            found = itself.describe_key(KeyId=key)["KeyMetadata"]
            if found["KeyState"] != "Enabled":
                raise invalid(f"The KMS key {key} is not usable: its state is {found['KeyState']}.")
            for role in sorted({variant.model.role for variant in fleet.everyone}):
                theirs.create_grant(KeyId=found["KeyId"], GranteePrincipal=role, Operations=_GRANTED)
        except ClientError as error:
            details = error.response["Error"]
            raise invalid(
                f"The KMS key {key} cannot be used: {details.get('Code')}: {details.get('Message')}"
            ) from None

    def build(self, scope: Scope, endpoint: str, fleet: Fleet) -> None:
        """Start the containers. Raises HostingError; none of them runs then."""

        def start(variant: Variant) -> None:
            image = variant.model.container.image.uri
            if refusal := self._platform.pull_refusal(variant.model.role, image, scope[1]):
                raise HostingError(refusal)
            seconds = variant.config.get("ContainerStartupHealthCheckTimeoutInSeconds", _START_SECONDS)
            server = ModelServer(
                self._platform, self._sandbox, scope=scope, endpoint=endpoint, variant=variant.name, model=variant.model
            )
            server.start(seconds)
            variant.server = server

        try:
            with ThreadPoolExecutor(len(fleet.everyone)) as pool:
                list(pool.map(start, fleet.everyone))
        except BaseException:
            fleet.stop()
            raise
