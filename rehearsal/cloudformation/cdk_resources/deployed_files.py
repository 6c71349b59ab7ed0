"""The files of a bucket deployment: out of zips, with the values of the deployment in the place of markers."""

from __future__ import annotations

import fnmatch
import io
import json
import mimetypes
import zipfile
import zlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import PurePosixPath
from typing import Any

from rehearsal.cloudformation.cdk_resources.request import Failed, Request

_ROOM = 512 << 20  # bytes: what a function has in /tmp unless it asks for more


@dataclass(frozen=True)
class _Source:
    """An object: a zip (None: a file as it is), and what is replaced in its files."""

    archive: zipfile.ZipFile | None
    content: bytes
    markers: Mapping[bytes, bytes]


@dataclass
class Files:
    """Files by their names below the destination; of several sources the last one with a name counts."""

    _found: dict[str, tuple[_Source, str]] = field(default_factory=dict)

    def add(self, name: str, source: _Source, member: str) -> None:
        """One more file: `member` of an archive."""
        self._found[name] = (source, member)

    def names(self) -> Sequence[str]:
        """All names, in order."""
        return sorted(self._found)

    def content(self, name: str) -> bytes:
        """What is in a file. Raises Failed for one that cannot be read, or is too large."""
        source, member = self._found[name]
        if source.archive is None:
            return source.content
        try:
            with source.archive.open(member) as file:
                found = file.read(_ROOM + 1)
        except (zipfile.BadZipFile, RuntimeError, EOFError, zlib.error) as error:
            raise Failed(f"{member}: {error}") from None
        if len(found) > _ROOM:
            raise Failed(f"{member} is larger than it says")
        for marker, value in source.markers.items():
            if not marker or len(found) + found.count(marker) * len(value) > _ROOM:
                raise Failed(f"{member}: [Errno 28] No space left on device, with {marker.decode()!r} replaced")
            found = found.replace(marker, value)
        return found

    def content_type(self, name: str) -> str | None:
        """The media type that its ending means, as the command line guesses it."""
        return mimetypes.guess_type(name)[0]


def read(request: Request, s3: Any) -> Files:
    """The files of the request's sources. Raises Failed for what does not fit, or is no zip."""
    properties = request.properties
    names, keys = properties["SourceBucketNames"], properties["SourceObjectKeys"]
    markers = properties.get("SourceMarkers") or [{} for _ in names]
    settings = properties.get("SourceMarkersConfig") or [{} for _ in names]
    if len(names) != len(markers):
        raise Failed("'source_markers' and 's3_source_zips' must be the same length")
    files, room = Files(), _ROOM
    for bucket, key, marked, setting in zip(names, keys, markers, settings, strict=True):
        found = s3.get_object(Bucket=bucket, Key=key)
        room -= int(found["ContentLength"])
        content = found["Body"].read() if room >= 0 else b""
        if not request.flag("Extract", True):
            files.add(PurePosixPath(key).name, _Source(None, content, {}), "")
        else:
            room = _unpack(files, f"s3://{bucket}/{key}", content, _replaced(marked, setting), room)
        if room < 0:
            raise Failed(f"s3://{bucket}/{key}: [Errno 28] No space left on device")
    return files


def _unpack(files: Files, name: str, content: bytes, markers: Mapping[bytes, bytes], room: int) -> int:
    """Note the files of a zip; the bytes that there is room for afterwards."""
    try:
        archive = zipfile.ZipFile(io.BytesIO(content))
    except zipfile.BadZipFile as error:
        raise Failed(f"{name}: {error}") from None
    source = _Source(archive, b"", markers)
    for each in archive.infolist():
        parts = [part for part in each.filename.split("/") if part not in ("", ".", "..")]
        room -= each.file_size
        if parts and not each.is_dir():
            files.add("/".join(parts), source, each.filename)
    return room


def _replaced(markers: Mapping[str, Any], setting: Mapping[str, Any]) -> Mapping[bytes, bytes]:
    """Markers and their values; `jsonEscape` writes the values as they stand in a text of JSON."""
    escaped = str(setting.get("jsonEscape", "false")).lower() == "true"

    def form(value: Any) -> str:
        said = json.dumps(value)
        return (said[1:-1] if isinstance(value, str) else said) if escaped else str(value)

    return {marker.encode(): form(value).encode() for marker, value in markers.items()}


def chosen(exclude: Sequence[str], include: Sequence[str]) -> Callable[[str], bool]:
    """Which files are looked at: the last pattern that fits decides, those of `include` come after those of `exclude`.

    https://docs.aws.amazon.com/cli/latest/reference/s3/index.html#use-of-exclude-and-include-filters
    """

    def kept(name: str) -> bool:
        if any(fnmatch.fnmatchcase(name, pattern) for pattern in include):
            return True
        return not any(fnmatch.fnmatchcase(name, pattern) for pattern in exclude)

    return kept
