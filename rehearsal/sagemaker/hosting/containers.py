"""What a model's container runs: its image, its model data and its variables, from the request or a model package."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from rehearsal.api import Params, invalid, unsupported
from rehearsal.sagemaker import images, own_images
from rehearsal.sagemaker.hosting.scripts import DIRECTORY, PROGRAM, Script, script_of
from rehearsal.sagemaker.images import Image

_REFUSED = ("ImageConfig", "MultiModelConfig", "ModelDataSource", "AdditionalModelDataSources",
            "InferenceSpecificationName")  # fmt: skip


@dataclass(frozen=True)
class Container:
    """One container: `data` is the S3 URI of its model.tar.gz."""

    image: Image
    data: str
    environment: Mapping[str, str] = field(default_factory=dict)

    def server(self) -> list[str]:
        """The program (in `container/`) that serves it, and its arguments."""
        if own := self.image.by_itself:
            return ["serve_image.py", *own_images.command_of(own, ["serve"])]
        if self.script:
            return ["serve_script.py", str(self.image.framework), self.script.program, self.script.directory]
        return ["serve_xgboost.py", self.image.version or ""]

    @property
    def script(self) -> Script | None:
        """The user's script, in script mode."""
        return script_of(self.environment)


def container_of(params: Params) -> Params:
    """The one container of a CreateModel request. Raises ApiError ValidationException."""
    if "InferenceExecutionConfig" in params:
        raise unsupported("CreateModel InferenceExecutionConfig")
    several = params.get("Containers", [])
    if ("PrimaryContainer" in params) == bool(several):
        raise invalid("You must provide either a PrimaryContainer or Containers, and not both.")
    if len(several) > 1:
        raise unsupported(f"CreateModel Containers: got {len(several)} containers (inference pipelines), expected one")
    found: Params = params.get("PrimaryContainer") or several[0]
    for name in _REFUSED:
        if name in found:
            raise unsupported(f"CreateModel {name} of a container")
    return found


def resolve(container: Params, resolve_image: Callable[[str], Image], describe: Callable[[str], Params]) -> Container:
    """What `container` runs; `describe` gives a model package by name or ARN, as the caller sees it.

    Raises ApiError ValidationException for what SageMaker refuses, and for what the embedded AWS cannot run.
    https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_ContainerDefinition.html
    """
    if container.get("Mode", "SingleModel") != "SingleModel":
        raise unsupported(f"CreateModel Mode {container['Mode']} of a container")
    if "ModelPackageName" in container:
        given = [name for name in ("Image", "ModelDataUrl") if name in container]
        if given:
            raise invalid(f"You cannot specify {' and '.join(given)} together with ModelPackageName.")
        source = _of_package(container["ModelPackageName"], describe)
    else:
        source = container
    if "Image" not in source:
        raise invalid("You must provide an Image or a ModelPackageName for the container.")
    if not source.get("ModelDataUrl"):
        raise unsupported("a model without ModelDataUrl: the built-in algorithm has nothing to serve")
    variables = source.get("Environment", {}) | container.get("Environment", {})
    return Container(_servable(resolve_image(source["Image"]), variables), source["ModelDataUrl"], variables)


def _of_package(name: str, describe: Callable[[str], Params]) -> Params:
    package = describe(name)
    arn, status = package["ModelPackageArn"], package.get("ModelApprovalStatus")
    if status not in (None, "Approved"):  # None: not a version of a group
        raise invalid(
            f"Cannot create a model from model package {arn}: its ModelApprovalStatus is {status}, and only an "
            "Approved model package can be deployed."
        )
    containers: list[Any] = package.get("InferenceSpecification", {}).get("Containers", [])
    if len(containers) != 1:
        raise unsupported(f"model package {arn}: it has {len(containers)} containers, expected one")
    for member in ("ModelDataSource", "AdditionalS3DataSource"):
        if member in containers[0]:
            raise unsupported(f"model package {arn}: {member} of its container")
    found: Params = containers[0]
    return found


def _servable(image: Image, variables: Mapping[str, str]) -> Image:
    script = script_of(variables)
    if image.by_itself:
        return image
    if image.framework is None or (image.framework in ("sklearn", images.PYTORCH) and not script):
        raise unsupported(
            f"endpoints with the image {image.uri}: only AWS's {images.XGBOOST}, and with a script (variable "
            f"{PROGRAM}) its {images.SCIKIT_LEARN} and, with --image URI=PYTHON, its pytorch-inference"
        )
    if "SAGEMAKER_INFERENCE_OUTPUT" in variables:
        raise unsupported("the variable SAGEMAKER_INFERENCE_OUTPUT of an endpoint's container")
    if script and not script.directory.startswith("/opt/ml/"):
        raise unsupported(
            f"the variable {DIRECTORY}: got {script.source!r}, expected an address in S3 or a path below /opt/ml"
        )
    return image
