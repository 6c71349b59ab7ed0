"""What a new training repository starts with."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Annotated

from pydantic import BeforeValidator

from model_cicd.settings.types import as_text, refuse
from model_cicd.text.errors import describe, did_you_mean

#: the module's own seeds, each with its folder
SEEDS: Mapping[str, str] = {
    "declarative": "seedcode/model-build",
    "sdk-v2": "seedcode/model-build-sdk-v2",
    "sdk-v3": "seedcode/model-build-sdk-v3",
}
_FOLDER = re.compile(r"(\./)?\w[\w.-]*(/\w[\w.-]*)*/?", re.ASCII)


def folder(seed: str) -> str:
    """The folder of a seed, in the module's."""
    return SEEDS.get(seed, seed.removeprefix("./").rstrip("/"))


def _seed(value: object) -> str:
    expected = f"{', '.join(SEEDS)} or a folder of the module's bundle, with a slash such as ./training"
    text = as_text(value, expected)
    if text not in SEEDS and ("/" not in text or not _FOLDER.fullmatch(text)):
        refuse(f"got {describe(text)}, expected {expected}{did_you_mean(text, SEEDS)}")
    return text


Seed = Annotated[str, BeforeValidator(_seed)]
