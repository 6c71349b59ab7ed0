"""What an image says about how it is run, in the form of registries.

https://github.com/opencontainers/image-spec/blob/main/config.md
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from rehearsal.docker.tree import Layer, digest

MANIFEST_TYPE = "application/vnd.docker.distribution.manifest.v2+json"
_CONFIG_TYPE = "application/vnd.docker.container.image.v1+json"
_LAYER_TYPE = "application/vnd.docker.image.rootfs.diff.tar.gzip"
#: the label that says which base image a Python stands in for
BASE_LABEL = "rehearsal.base"
_EPOCH = "1970-01-01T00:00:00Z"


@dataclass
class Config:
    """Environment, entry point and the rest, while an image is built and when it is run."""

    base: str
    environment: dict[str, str] = field(default_factory=dict)
    labels: dict[str, str] = field(default_factory=dict)
    exposed: list[str] = field(default_factory=list)
    entrypoint: list[str] = field(default_factory=list)
    command: list[str] = field(default_factory=list)
    workdir: str = "/"
    user: str = ""

    def document(self, layers: Sequence[Layer]) -> bytes:
        """The configuration that the manifest refers to; it has no clock, so the same content is the same image."""
        inner: dict[str, Any] = {
            "Env": [f"{name}={value}" for name, value in self.environment.items()],
            "Labels": {**self.labels, BASE_LABEL: self.base},
            "Entrypoint": self.entrypoint or None,
            "Cmd": self.command or None,
            "WorkingDir": self.workdir,
            "User": self.user,
            "ExposedPorts": {port: {} for port in self.exposed} or None,
        }
        made = {
            "architecture": "amd64",
            "os": "linux",
            "created": _EPOCH,
            "config": {name: value for name, value in inner.items() if value is not None},
            "rootfs": {"type": "layers", "diff_ids": [each.plain_digest for each in layers]},
            "history": [{"created": _EPOCH, "created_by": "docker build"} for _ in layers],
        }
        return json.dumps(made, sort_keys=True).encode()


def read(document: bytes) -> Config:
    """The other way round. Raises ValueError for what is no configuration of an image that the stand-in built."""
    found = json.loads(document)
    inner = found.get("config", {}) if isinstance(found, dict) else {}
    labels = dict(inner.get("Labels") or {})
    base = labels.pop(BASE_LABEL, None)
    if not isinstance(base, str):
        raise ValueError("it was not built in the rehearsal: nothing says what stands in for its base image")
    pairs = [each.partition("=") for each in inner.get("Env") or []]
    return Config(
        base=base,
        environment={name: value for name, _, value in pairs},
        labels=labels,
        exposed=list(inner.get("ExposedPorts") or {}),
        entrypoint=list(inner.get("Entrypoint") or []),
        command=list(inner.get("Cmd") or []),
        workdir=str(inner.get("WorkingDir") or "/"),
        user=str(inner.get("User") or ""),
    )


def manifest(document: bytes, layers: Sequence[Layer]) -> str:
    """The manifest of an image."""
    made = {
        "schemaVersion": 2,
        "mediaType": MANIFEST_TYPE,
        "config": {"mediaType": _CONFIG_TYPE, "size": len(document), "digest": digest(document)},
        "layers": [{"mediaType": _LAYER_TYPE, "size": len(each.content), "digest": each.digest} for each in layers],
    }
    return json.dumps(made, indent=3)
