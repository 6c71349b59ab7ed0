"""Images that groups build themselves: what names follow from that of an image.

The build of images says what it made as `NAME=REPOSITORY@sha256:...,NAME=...`, without quotes: CodePipeline puts it as
it is into JSON.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from model_cicd.aws.place import Named, Placed
from model_cicd.aws.resources import Project
from model_cicd.text.errors import ModelCicdError

#: the variable of builds that images are said in, and that pipelines hand on
VARIABLE = "MODEL_CICD_IMAGES"
_ONE = re.compile(r"(?P<name>[a-z][a-z0-9-]*)=(?P<uri>[\w./-]+@sha256:[0-9a-f]{64})")


@dataclass(frozen=True)
class OwnImage(Named):
    """A repository of ECR (name and ARN) for the image `image`, whose Dockerfile is in the folder `path`."""

    image: str
    path: str


@dataclass(frozen=True)
class ImageStore(Placed):
    """The repositories of a group's own images, the key that encrypts them, and the build that pushes to them."""

    key_alias: Named
    images: tuple[OwnImage, ...]
    project: Project

    @property
    def arns(self) -> tuple[str, ...]:
        """The ARNs of the repositories."""
        return tuple(each.arn for each in self.images)

    @property
    def registry(self) -> str:
        """The address of the registry. https://docs.aws.amazon.com/AmazonECR/latest/userguide/Registries.html"""
        return f"{self.account}.dkr.ecr.{self.place.region}.{self.place.dns_suffix}"


def parameter_of(name: str) -> str:
    """The parameter of pipelines that gets the image `name`: `TrainModelImage` for `train-model`."""
    return "".join(part.capitalize() for part in name.split("-") if part) + "Image"


def read_images(text: str) -> Mapping[str, str]:
    """Images by name, as the build of images says them. Raises ModelCicdError for what is not of that form."""
    found = {}
    for part in text.split(",") if text.strip() else ():
        one = _ONE.fullmatch(part.strip())
        if one is None:
            raise ModelCicdError(f"{VARIABLE}: got {part.strip()!r}, expected NAME=REPOSITORY@sha256:DIGEST")
        found[one["name"]] = one["uri"]
    return found
