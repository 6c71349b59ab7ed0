"""The settings of images that groups build themselves, and what must hold of them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Annotated, Any

from pydantic import BeforeValidator, Field

from model_cicd.aws.own_images import parameter_of
from model_cicd.sagemaker_model_cicd.settings.reading import groups
from model_cicd.settings import types
from model_cicd.settings.strict import Settings
from model_cicd.text.errors import describe
from model_cicd.text.messages import Complaint
from model_cicd.text.untrusted import mapping

# a word of environment variables and of names of repositories
_NAME = types.matching(r"[a-z](?:-?[a-z0-9]){0,62}", "lower case letters, digits and inner hyphens, a letter first")
_PATH = types.matching(
    r"(?!.*(?:^|/)\.\.?(?:/|$))[A-Za-z0-9_][A-Za-z0-9._-]*(?:/[A-Za-z0-9._-]+)*",
    "a folder of the training repository, such as 'images/train'",
)


class OwnImage(Settings):
    """An image that the group builds from a Dockerfile of the training repository."""

    name: Annotated[str, BeforeValidator(_NAME)] = Field(
        description="name, unique in its group; the parameter `<Name>Image` of the pipeline gets the image's digest"
    )
    path: Annotated[str, BeforeValidator(_PATH)] = Field(
        description="folder of the training repository with the Dockerfile; it is built anew when the folder changed"
    )


def image_complaints(data: Mapping[str, Any]) -> Iterator[Complaint]:
    """What must hold between the images of a group, and besides them."""
    for path, group in groups(data):
        listed = group.get("images")
        found = [(index, mapping(each)) for index, each in enumerate(listed if isinstance(listed, list) else ())]
        known: dict[str, str] = {}
        for index, each in found:
            name = each.get("name")
            if not isinstance(name, str):
                continue
            parameter = parameter_of(name)
            if parameter in known:
                yield (
                    (*path, "images", index, "name"),
                    f"got {describe(name)}, whose parameter {parameter} is that of {describe(known[parameter])}; "
                    "expected a name of its own in the group",
                )
            known.setdefault(parameter, name)
            given = mapping(group.get("pipelineParameters"))
            if parameter in given:
                yield (
                    (*path, "pipelineParameters", parameter),
                    f"got a value for the parameter of the image {describe(name)}, expected none: its build gives it",
                )
        if found and group.get("pipelineConfig") is not None:
            yield (
                (*path, "images"),
                "got images in a group with a pipelineConfig, expected one of both: pipelines of the repository "
                "alone can use images that are built beside them",
            )
