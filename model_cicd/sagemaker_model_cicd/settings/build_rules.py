"""What builds install from: settings that go together."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from model_cicd.text.messages import Complaint
from model_cicd.text.untrusted import mapping


def package_complaints(data: Mapping[str, Any]) -> Iterator[Complaint]:
    """One index of Python packages, and a token only where there is a registry and a build for it."""
    builds = mapping(data.get("builds"))
    if builds.get("pythonIndexUrl") and builds.get("pythonIndexParameter"):
        message = "got pythonIndexParameter beside pythonIndexUrl, expected one of them"
        yield ("builds", "pythonIndexParameter"), message
    if builds.get("npmTokenParameter"):
        where = ("builds", "npmTokenParameter")
        if not builds.get("npmRegistryUrl"):
            yield where, "got npmTokenParameter without npmRegistryUrl, expected the registry that the token is for"
        infra = data.get("infra-repo")
        if not infra or mapping(infra).get("runner", "codebuild") != "codebuild":
            yield where, "got npmTokenParameter without builds of an infra pipeline, which alone get the token"
