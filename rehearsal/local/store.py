"""What stays between runs: objects, executions, records of the cache and the model registry, all as plain files.

objects/BUCKET/KEY                      what S3 would hold
pipelines/NAME/cache.json               successful runs of steps by their key attributes
pipelines/NAME/executions/ID.json       what the output file of that execution said
pipelines/NAME/logs/ID/                 the logs of its jobs
registry.json                           model package groups and their versions
"""

from __future__ import annotations

import datetime
import fcntl
import json
import os
import threading
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import IO, Any

from rehearsal.local.objects import Objects
from rehearsal.sagemaker.listing import now
from rehearsal.sagemaker.model_groups import Group, ModelGroups
from rehearsal.sagemaker.pipelines.caching import Cache, Expiry, Hit

_TIME = "$time"


class StoreError(Exception):
    """A store cannot be used; the text says why."""


class Store:
    """A directory of one pipeline's user: one run at a time holds it."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        try:
            directory.mkdir(parents=True, exist_ok=True)
            self._lock: IO[str] = (directory / "lock").open("w")
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise StoreError(f"another run uses the store {directory}: wait for it, or name another one") from None
        except OSError as error:
            raise StoreError(f"cannot use the store {directory}: {error.strerror}") from None
        self.objects = Objects(directory / "objects")

    def pipeline(self, name: str) -> Path:
        """The directory of a pipeline."""
        return self.directory / "pipelines" / name

    def logs(self, name: str) -> Path:
        """Where the logs of a pipeline's executions are."""
        return self.pipeline(name) / "logs"

    def keep_execution(self, name: str, number: str, shown: Mapping[str, Any]) -> None:
        """Remember how an execution ended."""
        write(self.pipeline(name) / "executions" / f"{number}.json", shown)

    def restore(self, groups: ModelGroups) -> None:
        """Fill a registry with what earlier runs registered."""
        for row in read(self.directory / "registry.json").get("groups", []):
            versions = {int(number): package for number, package in row.pop("versions").items()}
            groups.put_back(tuple(row.pop("scope")), Group(**row, versions=versions))

    def keep_registry(self, groups: ModelGroups) -> None:
        """Remember the registry."""
        rows = [asdict(group) | {"scope": scope} for scope, group in groups.all()]
        write(self.directory / "registry.json", {"groups": rows})


class StoredCache(Cache):
    """Successful runs of one pipeline, in a file. Thread-safe."""

    def __init__(self, path: Path) -> None:
        super().__init__()
        self._path = path
        self._file_lock = threading.Lock()
        self._rows: dict[str, dict[str, Any]] = read(path)

    def find(self, pipeline_arn: str, step: str, key: str, expires: Expiry) -> Hit | None:
        """The latest run that is not older than `expires`."""
        with self._file_lock:
            row = self._rows.get(f"{step}/{key}")
        if row is None or now() - row["time"] > expires:
            return None
        return Hit(row["execution"], row["metadata"], row["properties"])

    def keep(self, pipeline_arn: str, step: str, key: str, hit: Hit) -> None:
        """Remember a successful run."""
        row = {
            "time": now(), "execution": hit.execution_arn, "metadata": hit.metadata, "properties": hit.properties
        }  # fmt: skip
        with self._file_lock:
            self._rows[f"{step}/{key}"] = row
            write(self._path, self._rows)


def read(path: Path) -> dict[str, Any]:
    """The content of a file of ours; nothing when there is none. Raises StoreError."""
    try:
        found: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"), object_hook=_decode)
    except FileNotFoundError:
        return {}
    except (OSError, ValueError) as error:
        raise StoreError(f"cannot read {path}: {error}; remove it, or name another store") from None
    return found


def write(path: Path, content: Any) -> None:
    """Write a file of ours, whole or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    whole = path.with_suffix(f".{os.getpid()}.tmp")
    whole.write_text(json.dumps(content, indent=1, default=_encode), encoding="utf-8")
    whole.replace(path)


def _encode(value: Any) -> Any:
    if isinstance(value, datetime.datetime):
        return {_TIME: value.isoformat()}
    raise TypeError(f"{value!r} is nothing that a store keeps")


def _decode(value: dict[str, Any]) -> Any:
    return datetime.datetime.fromisoformat(value[_TIME]) if value.keys() == {_TIME} else value
