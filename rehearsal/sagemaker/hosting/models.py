"""Models. https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_CreateModel.html"""

from __future__ import annotations

import threading
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlparse

from botocore.exceptions import ClientError

from rehearsal.api import Caller, Operation, Params
from rehearsal.sagemaker import arns, listing
from rehearsal.sagemaker.arns import Scope
from rehearsal.sagemaker.errors import invalid, unsupported
from rehearsal.sagemaker.events import Events
from rehearsal.sagemaker.hosting import containers
from rehearsal.sagemaker.hosting.containers import Container
from rehearsal.sagemaker.identity import check_role
from rehearsal.sagemaker.model_packages import ModelPackages
from rehearsal.sagemaker.ports import SageMakerPlatform
from rehearsal.sagemaker.tags import Tags

KIND = "model"
_SUMMARY = ("ModelName", "ModelArn", "CreationTime")


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


class Models:
    """The models of all accounts. Thread-safe."""

    def __init__(self, platform: SageMakerPlatform, packages: ModelPackages, tags: Tags, events: Events) -> None:
        self._platform = platform
        self._packages = packages
        self._tags = tags
        self._events = events
        self._lock = threading.Lock()
        self._models: dict[tuple[Scope, str], Model] = {}

    def operations(self) -> Mapping[str, Operation]:
        """API name -> method, of this part of the service."""
        return {
            "CreateModel": self.create,
            "DescribeModel": self.describe,
            "ListModels": self.list,
            "DeleteModel": self.delete,
        }

    def get(self, scope: Scope, name: str) -> Model:
        """A model by name. Raises ApiError ValidationException."""
        with self._lock:
            found = self._models.get((scope, name))
        if found is None:
            raise invalid(f'Could not find model "{arns.make(scope, KIND, name)}".')
        return found

    def create(self, caller: Caller, params: Params) -> Params:
        """Make a model from an image and its data, or from an approved model package (also another account's).

        Raises ApiError ValidationException.
        """
        scope, name = (caller.account, caller.region), params["ModelName"]
        arn = arns.make(scope, KIND, name)
        definition = containers.container_of(params)
        if "ExecutionRoleArn" not in params:
            raise unsupported("CreateModel without an ExecutionRoleArn (inference components)")
        check_role(self._platform, params["ExecutionRoleArn"], caller.account)

        def describe(package: str) -> Params:  # CreateModel on the package was decided with the call itself
            return self._packages.describe(caller, {"ModelPackageName": package})

        container = containers.resolve(definition, lambda uri: self._platform.image(uri, caller.region), describe)
        if "ModelPackageName" not in definition:
            self._check_data(scope, params["ExecutionRoleArn"], container.data)
        described = {key: value for key, value in params.items() if key != "Tags"} | {
            "ModelArn": arn,
            "CreationTime": listing.now(),
            "EnableNetworkIsolation": params.get("EnableNetworkIsolation", False),
        }
        with self._lock:
            if (scope, name) in self._models:
                raise invalid(f'Cannot create already existing model "{arn}".')
            self._tags.register(arn, params.get("Tags"))
            self._models[scope, name] = Model(described, container)
        self._events.model(scope, arn, name)
        return {"ModelArn": arn}

    def describe(self, caller: Caller, params: Params) -> Params:
        """One model."""
        return self.get((caller.account, caller.region), params["ModelName"]).described

    def list(self, caller: Caller, params: Params) -> Params:
        """The models of the account, the newest first."""
        with self._lock:
            models = [model for (scope, _), model in self._models.items() if scope == (caller.account, caller.region)]
        rows = [{name: model.described[name] for name in _SUMMARY} for model in models]
        rows = listing.select(rows, params, name="ModelName")
        keys = {"Name": "ModelName", "CreationTime": "CreationTime"}
        return listing.page(listing.order(rows, params, keys, by="CreationTime", descending=True), params, "Models")

    def delete(self, caller: Caller, params: Params) -> Params:
        """Delete a model; endpoints that serve it go on, as on AWS."""
        scope, name = (caller.account, caller.region), params["ModelName"]
        arn = self.get(scope, name).described["ModelArn"]
        with self._lock:
            self._models.pop((scope, name), None)
        self._tags.forget(arn)
        self._events.model(scope, arn, name)
        return {}

    def _check_data(self, scope: Scope, role: str, url: str) -> None:
        account, region = scope
        parts = urlparse(url)
        if parts.scheme != "s3":
            raise unsupported(f"ModelDataUrl {url}: only s3:// URLs")
        s3 = self._platform.client("s3", account=account, region=region, role=role)
        try:
            s3.head_object(Bucket=parts.netloc, Key=parts.path.lstrip("/"))
        except ClientError as error:
            cause = error.response["Error"].get("Message") or error.response["Error"]["Code"]
            raise invalid(
                f"Could not access model data at {url}. Please ensure that the role {role} exists and that its trust "
                'relationship policy allows the action "sts:AssumeRole" for the service principal '
                '"sagemaker.amazonaws.com". Also ensure that the role has "s3:GetObject" permissions and that the '
                f"object is located in {region}. ({cause})"
            ) from None
