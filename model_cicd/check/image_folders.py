"""Dockerfiles of the images that groups build, where the repository's first content is in the module's bundle."""

from __future__ import annotations

import re
from collections.abc import Iterator

from model_cicd.check.bundle import Bundle
from model_cicd.check.parameters import kebab, named, value_of
from model_cicd.sagemaker_model_cicd.settings.seeds import SEEDS
from model_cicd.text.errors import Problem
from model_cicd.text.messages import KeyPath
from model_cicd.text.source import Document, format_path
from model_cicd.text.untrusted import mapping

_USER = re.compile(r"^\s*USER\s", re.IGNORECASE | re.MULTILINE)


def image_folder_problems(document: Document, base: KeyPath, parameters: object, bundle: Bundle) -> Iterator[Problem]:
    """A problem for each image whose folder in the seed lacks a Dockerfile, or whose Dockerfile names no user.

    Of a seed of the module's own and of repositories that are there already, nothing is known.
    """
    given = {kebab(written): (index, value_of(parameter)) for index, written, parameter in named(parameters)}
    _, repository = given.get("model-build-repo", (0, None))
    seed = mapping(repository).get("seed")
    if not isinstance(seed, str) or seed in SEEDS or "/" not in seed or mapping(repository).get("create") is False:
        return
    where, groups = given.get("deployment-groups", (0, None))
    for number, group in enumerate(groups if isinstance(groups, list) else ()):
        images = mapping(group).get("images")
        for index, each in enumerate(images if isinstance(images, list) else ()):
            path = mapping(each).get("path")
            if not isinstance(path, str):
                continue
            name = f"{seed.removeprefix('./').rstrip('/')}/{path}/Dockerfile"
            complaint = bundle.complaint(name)
            found = bundle.find(name)
            if complaint is None and found and not _USER.search(found.read_text(encoding="utf-8", errors="replace")):
                complaint = f"{name} has no USER, so its containers run as root; expected one, such as USER 1000"
            if complaint:
                keys: KeyPath = ("deployment-groups", number, "images", index, "path")
                line = document.line((*base, "parameters", where, "value", *keys[1:]))
                yield Problem(document.file, line, format_path(keys), complaint)
