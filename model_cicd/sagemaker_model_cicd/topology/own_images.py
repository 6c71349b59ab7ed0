"""The images that a group builds itself: repositories, key and build."""

from __future__ import annotations

import re

from model_cicd.aws import naming
from model_cicd.aws.own_images import ImageStore, OwnImage
from model_cicd.aws.place import Place
from model_cicd.aws.resources import BuildMachine
from model_cicd.sagemaker_model_cicd.settings.parameters import DeploymentGroup
from model_cicd.settings.names import Names

#: longest time of a build of images
IMAGE_MINUTES = 120


def own_images(
    group: DeploymentGroup, of: Names, place: Place, tooling: Place, machine: BuildMachine
) -> ImageStore | None:
    """The store at `place`, whose build runs in the tooling account; None for a group without images."""
    if not group.images:
        return None
    images = []
    for each in group.images:
        found = place.named("ecr", _repository((*of.parts, each.name)), "repository/")
        images.append(OwnImage(found.name, found.arn, each.name, each.path))
    return ImageStore(
        place=place,
        key_alias=of.key_alias(place, "-images"),
        images=tuple(images),
        project=of.project(tooling, "-images", role="-images-build", minutes=IMAGE_MINUTES, machine=machine),
    )


def _repository(parts: tuple[str, ...]) -> str:
    """`<prefix>-<group>/<image>`, as ECR takes it: single hyphens alone."""
    whole = naming.join(*parts, limit=naming.ECR_REPOSITORY.maximum - naming.HASH_LENGTH - 1, last="/").lower()
    plain = re.sub(r"-{2,}", "-", whole)
    return plain if plain == whole else f"{plain}-{naming.short_hash(whole)}"
