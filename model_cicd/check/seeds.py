"""The folder that a training repository is seeded with, where a manifest names one of its own."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import suppress

from model_cicd.check.bundle import Bundle
from model_cicd.check.parameters import kebab, named
from model_cicd.sagemaker_model_cicd.settings.seeds import SEEDS
from model_cicd.text.errors import Problem
from model_cicd.text.messages import KeyPath
from model_cicd.text.source import Document, format_path


def seed_problems(document: Document, base: KeyPath, parameters: object, bundle: Bundle) -> Iterator[Problem]:
    """A problem where `seed` of `model-build-repo` is no folder of the module's bundle, or has no buildspec."""
    for index, written, parameter in named(parameters):
        value = parameter.get("value")
        if isinstance(value, str):
            with suppress(json.JSONDecodeError):
                value = json.loads(value)
        seed = value.get("seed") if isinstance(value, dict) else None
        if kebab(written) != "model-build-repo" or not isinstance(seed, str) or seed in SEEDS or "/" not in seed:
            continue
        name = seed.removeprefix("./").rstrip("/")
        if complaint := bundle.complaint(f"{name}/buildspec.yml"):
            line = document.line((*base, "parameters", index, "value", "seed"))
            message = f"got {seed!r}, expected a folder with a buildspec.yml: {complaint}"
            yield Problem(document.file, line, format_path(("model-build-repo", "seed")), message)
