"""The images of one build machine: a folder with layers, configurations and the names that they go by."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

from rehearsal.docker import config, tree
from rehearsal.docker.build import Built
from rehearsal.docker.problems import DockerError
from rehearsal.docker.tree import Layer


class LocalImages:
    """Images by name. `folder` is below the HOME of a build and goes with it."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._index = folder / "images.json"

    def scratch(self) -> Path:
        """A folder to build in."""
        made = self._folder / "root"
        made.mkdir(parents=True)
        return made

    def add(self, built: Built, names: list[str]) -> str:
        """Keep an image; its id, which is the digest of its configuration."""
        document = built.config.document(built.layers)
        number = tree.digest(document)
        for each in built.layers:
            self._blob(each.digest).write_bytes(each.content)
        self._blob(number).write_bytes(document)
        index = self._read()
        entry = {"layers": [[each.digest, each.plain_digest] for each in built.layers], "names": [], "digests": []}
        index.setdefault(number, entry)
        self._write(index)
        for name in names:
            self.tag(number, name)
        return number

    def tag(self, which: str, name: str) -> None:
        """Give an image a further name. Raises DockerError when there is no such image."""
        number, wanted = self.find(which), full(name)
        index = self._read()
        for entry in index.values():
            entry["names"] = [each for each in entry["names"] if each != wanted]
        index[number]["names"].append(wanted)
        self._write(index)

    def find(self, name: str) -> str:
        """The id of an image by one of its names or its id. Raises DockerError."""
        index, wanted = self._read(), full(name)
        for number, entry in index.items():
            short = number.removeprefix("sha256:")
            if wanted in entry["names"] or name == number or (len(name) >= 8 and short.startswith(name)):
                return number
        raise DockerError(f"Error response from daemon: No such image: {wanted}")

    def content(self, number: str) -> tuple[bytes, list[Layer]]:
        """The configuration and the layers of an image."""
        layers = [Layer(self._blob(each).read_bytes(), each, plain) for each, plain in self._read()[number]["layers"]]
        return self._blob(number).read_bytes(), layers

    def pushed(self, number: str, repository: str, digest: str) -> None:
        """Remember the digest that a registry has an image under."""
        index = self._read()
        digests = index[number]["digests"]
        index[number]["digests"] = [*digests, *([each] if (each := f"{repository}@{digest}") not in digests else [])]
        self._write(index)

    def inspect(self, number: str) -> dict[str, object]:
        """What `docker inspect` shows of an image, as far as it is known here."""
        entry = self._read()[number]
        found = config.read(self._blob(number).read_bytes())
        return {
            "Id": number,
            "RepoTags": entry["names"],
            "RepoDigests": entry["digests"],
            "Architecture": "amd64",
            "Os": "linux",
            "Config": {
                "User": found.user,
                "Env": [f"{name}={value}" for name, value in found.environment.items()],
                "Cmd": found.command or None,
                "Entrypoint": found.entrypoint or None,
                "WorkingDir": found.workdir,
                "Labels": found.labels,
            },
        }

    def names(self) -> Iterator[tuple[str, str]]:
        """Every name with the id of its image."""
        for number, entry in self._read().items():
            for name in entry["names"]:
                yield name, number

    def _blob(self, digest: str) -> Path:
        folder = self._folder / "blobs"
        folder.mkdir(parents=True, exist_ok=True)
        return folder / digest.removeprefix("sha256:")

    def _read(self) -> dict[str, dict[str, list]]:  # type: ignore[type-arg]
        return json.loads(self._index.read_text()) if self._index.exists() else {}

    def _write(self, index: dict[str, dict[str, list]]) -> None:  # type: ignore[type-arg]
        self._folder.mkdir(parents=True, exist_ok=True)
        self._index.write_text(json.dumps(index))


def full(name: str) -> str:
    """A name with its tag."""
    return name if ":" in name.rpartition("/")[2] or "@" in name else f"{name}:latest"
