"""Artifacts: zip objects in the pipeline's artifact store."""

from __future__ import annotations

import io
import secrets
import string
import zipfile
import zlib
from typing import Any

from rehearsal import archives
from rehearsal.api import Params
from rehearsal.codepipeline.models import Location

_LARGEST = 1 << 30  # bytes of all files of an artifact that one is read of
_RANDOM = string.ascii_letters + string.digits


def store_of(declaration: Params, region: str) -> Params:
    """The artifact store (`location`, `encryptionKey`) for actions in a region."""
    stores: dict[str, Params] = declaration.get("artifactStores") or {}
    store: Params = stores.get(region) or declaration["artifactStore"]
    return store


def new_location(declaration: Params, region: str, artifact: str) -> Location:
    """A new place for an artifact: `<pipeline, 20 characters>/<artifact, 10 characters>/<random>` as on AWS."""
    random = "".join(secrets.choice(_RANDOM) for _ in range(7))
    key = f"{declaration['name'][:20]}/{artifact[:10]}/{random}"
    return Location(store_of(declaration, region)["location"], key)


def encryption(store: Params) -> dict[str, str]:
    """The arguments of put_object that encrypt with the store's key, or with the one of S3."""
    key = (store.get("encryptionKey") or {}).get("id")
    return {"ServerSideEncryption": "aws:kms"} | ({"SSEKMSKeyId": key} if key else {})


def put(s3: Any, store: Params, location: Location, content: bytes) -> None:
    """Write an artifact."""
    s3.put_object(Bucket=location.bucket, Key=location.key, Body=content, **encryption(store))


def get(s3: Any, location: Location) -> bytes:
    """Read an artifact."""
    content: bytes = s3.get_object(Bucket=location.bucket, Key=location.key)["Body"].read()
    return content


def member(content: bytes, path: str) -> bytes | None:
    """A file of a zipped artifact, or None. Raises archives.Unreadable for an artifact that is no zip or too large."""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            archives.check_zip(archive, _LARGEST)
            return archive.read(path) if path in archive.namelist() else None
    except (zipfile.BadZipFile, zlib.error, EOFError) as error:
        raise archives.Unreadable(f"not a zip file: {error}") from None


def zipped(files: dict[str, bytes]) -> bytes:
    """A zip of some files."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for path, content in sorted(files.items()):
            archive.writestr(path, content)
    return out.getvalue()
