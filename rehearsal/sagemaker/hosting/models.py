"""Models. https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_CreateModel.html"""

from __future__ import annotations

from dataclasses import dataclass

from rehearsal.api import Caller, Params, invalid, unsupported
from rehearsal.named import Scope
from rehearsal.sagemaker import listing, model_data
from rehearsal.sagemaker.events import Events
from rehearsal.sagemaker.hosting import containers
from rehearsal.sagemaker.hosting.containers import Container
from rehearsal.sagemaker.identity import check_role
from rehearsal.sagemaker.model_packages import ModelPackages
from rehearsal.sagemaker.ports import SageMakerPlatform
from rehearsal.sagemaker.resources import Resources
from rehearsal.sagemaker.tags import Tags


@dataclass(frozen=True)
class Model:
    """A model: what the API shows, and what its container runs. A model never changes."""

    described: Params
    container: Container

    @property
    def role(self) -> str:
        """The execution role, which reads the model data."""
        return str(self.described["ExecutionRoleArn"])

    @property
    def isolated(self) -> bool:
        """Whether its container has no network."""
        return bool(self.described["EnableNetworkIsolation"])


class Models(Resources[Model]):
    """The models of all accounts."""

    kind = words = "model"

    def __init__(self, platform: SageMakerPlatform, packages: ModelPackages, tags: Tags, events: Events) -> None:
        super().__init__(tags)
        self._platform = platform
        self._packages = packages
        self._events = events

    def create_model(self, caller: Caller, params: Params) -> Params:
        """Make a model from an image and its data, or from an approved model package (also another account's).

        Raises ApiError ValidationException.
        """
        scope, name = caller.scope, params["ModelName"]
        definition = containers.container_of(params)
        if "ExecutionRoleArn" not in params:
            raise unsupported("CreateModel without an ExecutionRoleArn (inference components)")
        check_role(self._platform, params["ExecutionRoleArn"], caller.account)

        def describe(package: str) -> Params:  # CreateModel on the package was decided with the call itself
            return self._packages.describe_model_package(caller, {"ModelPackageName": package})

        container = containers.resolve(definition, lambda uri: self._platform.image(uri, caller.region), describe)
        refusal = self._platform.pull_refusal(params["ExecutionRoleArn"], container.image.uri, caller.region)
        if refusal:
            raise invalid(refusal)
        if "ModelPackageName" not in definition:
            self._check_data(scope, params["ExecutionRoleArn"], container.data)
        described = {key: value for key, value in params.items() if key != "Tags"} | {
            "ModelArn": self.arn(scope, name),
            "CreationTime": listing.now(),
            "EnableNetworkIsolation": params.get("EnableNetworkIsolation", False),
        }
        arn = self.register(scope, name, Model(described, container), params.get("Tags"))
        self._events.model(scope, arn, name)
        return {"ModelArn": arn}

    def describe_model(self, caller: Caller, params: Params) -> Params:
        """One model."""
        return self.at(caller.scope, params["ModelName"]).described

    def list_models(self, caller: Caller, params: Params) -> Params:
        """The models of the account, the newest first."""
        described = [model.described for model in self.of(caller.scope)]
        return listing.answer(described, params, "Models", "Model")

    def delete_model(self, caller: Caller, params: Params) -> Params:
        """Delete a model; endpoints that serve it go on, as on AWS."""
        scope, name = caller.scope, params["ModelName"]
        arn = self.at(scope, name).described["ModelArn"]
        self.pop(scope, name)
        self._events.model(scope, arn, name)
        return {}

    def _check_data(self, scope: Scope, role: str, url: str) -> None:
        account, region = scope
        cause = model_data.missing(self._platform.client("s3", account=account, region=region, role=role), url)
        if cause:
            raise invalid(
                f"Could not access model data at {url}. Please ensure that the role {role} exists and that its trust "
                'relationship policy allows the action "sts:AssumeRole" for the service principal '
                '"sagemaker.amazonaws.com". Also ensure that the role has "s3:GetObject" permissions and that the '
                f"object is located in {region}. ({cause})"
            )
