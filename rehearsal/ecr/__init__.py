"""ECR's images: layers with their bytes, manifests with their own digests, tags that do not move.

moto has repositories and their policies; it forgets the bytes of layers and makes up digests.
https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_PutImage.html
"""

from __future__ import annotations

import hashlib
import json
import threading
from base64 import b64decode
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from moto.core.utils import get_service_model
from moto.ecr.models import ecr_backends

from rehearsal.api import ApiError, Caller, Operation, Params
from rehearsal.operations import operations

_LARGEST = 2 << 30  # bytes of a layer that are taken here
_DOCKER = "application/vnd.docker.distribution.manifest.v2+json"
_OCI = "application/vnd.oci.image.manifest.v1+json"


@dataclass(frozen=True)
class Stored:
    """An image as it was pushed."""

    digest: str
    config: bytes
    layers: tuple[Path, ...]


class Ecr:
    """What pushes and pulls need; every other operation is moto's. Thread-safe."""

    name = "ecr"
    exclusive = False

    def __init__(self, directory: Path) -> None:
        self._blobs = directory / "ecr"
        self._uploads: dict[str, Path] = {}
        self._lock = threading.Lock()

    def operations(self) -> Mapping[str, Operation]:
        """API name -> method."""
        return operations(get_service_model("ecr"), self)

    def initiate_layer_upload(self, caller: Caller, params: Params) -> Params:
        """Begin to upload a layer."""
        answer: Params = _backend(caller, params).initiate_layer_upload(
            params["repositoryName"], params.get("registryId")
        )
        self._blobs.mkdir(parents=True, exist_ok=True)
        with self._lock:
            path = self._blobs / f"upload-{len(self._uploads)}"
            path.write_bytes(b"")
            self._uploads[answer["uploadId"]] = path
        return answer

    def upload_layer_part(self, caller: Caller, params: Params) -> Params:
        """A part of a layer; they come in order."""
        repository, upload = _repository(caller, params), params["uploadId"]
        known = repository.uploads.get(upload)
        if known is None or upload not in self._uploads:
            raise _gone(repository, upload)
        path, blob = self._uploads[upload], params["layerPartBlob"]
        content = b64decode(blob) if isinstance(blob, str) else bytes(blob)
        with self._lock:
            size = path.stat().st_size
            end = size + len(content)
            if (params["partFirstByte"], params["partLastByte"]) != (size, end - 1) or end > _LARGEST:
                raise ApiError(
                    "InvalidLayerPartException",
                    f"The layer part size is not valid, or the first byte specified is not consecutive to the last "
                    f"byte of a previous layer part upload: got {params['partFirstByte']}, expected {size}",
                )
            with path.open("ab") as file:
                file.write(content)
        return _named(repository) | {"uploadId": upload, "lastByteReceived": size + len(content) - 1}

    def complete_layer_upload(self, caller: Caller, params: Params) -> Params:
        """The end of a layer. Raises ApiError InvalidLayerException when it is not what it was said to be."""
        repository, upload = _repository(caller, params), params["uploadId"]
        path = self._uploads.get(upload)
        if path is None or upload not in repository.uploads:
            raise _gone(repository, upload)
        content = path.read_bytes()
        found = _digest(content)
        if not content:
            raise ApiError("EmptyUploadException", "The specified layer upload does not contain any layer parts.")
        if found not in params["layerDigests"]:
            raise ApiError(
                "InvalidLayerException",
                f"The layer digest calculation performed by Amazon ECR upon receipt of the image layer does not match "
                f"the digest specified: got {', '.join(params['layerDigests'])}, expected {found}",
            )
        if found in repository.layers:
            text = f"The layer with digest '{found}' already exists in the repository with name '{repository.name}'"
            raise ApiError("LayerAlreadyExistsException", text)
        with self._lock:
            path.replace(self._blob(found))
            del self._uploads[upload], repository.uploads[upload]
            repository.layers[found] = len(content)
        return _named(repository) | {"uploadId": upload, "layerDigest": found}

    def put_image(self, caller: Caller, params: Params) -> Params:
        """A manifest under a tag. Raises ApiError for layers that are not there and tags that do not move."""
        repository, text = _repository(caller, params), params["imageManifest"]
        kind, referred = _referred(text, params.get("imageManifestMediaType"))
        digest, tag = _digest(text.encode()), params.get("imageTag")
        if params.get("imageDigest", digest) != digest:
            got = params["imageDigest"]
            raise ApiError("ImageDigestDoesNotMatchException", f"got {got}, expected {digest}")
        missing = [each for each in referred if each not in repository.layers]
        if missing:
            where = f"repository with name '{repository.name}' in the registry with id '{repository.registry_id}'"
            raise ApiError(
                "LayersNotFoundException", f"Layers with digests '{', '.join(missing)}' not found in the {where}"
            )
        with self._lock:
            _refuse_moved_tag(repository, digest, tag)
            image = _backend(caller, params).put_image(repository.name, text, tag, kind, digest)
        identity = {"imageDigest": digest} | ({"imageTag": tag} if tag else {})
        shown = _named(repository) | {"imageId": identity, "imageManifest": text, "imageManifestMediaType": kind}
        return {"image": shown | {"registryId": image.registry_id}}

    def stored(self, account: str, region: str, repository: str, reference: str) -> Stored | None:
        """An image by its tag or digest, None where there is none."""
        found = ecr_backends[account][region].repositories.get(repository)
        for image in found.images if found else ():
            if reference == image.get_image_digest() or reference in image.image_tags:
                manifest = json.loads(image.image_manifest)
                layers = tuple(self._blob(each["digest"]) for each in manifest["layers"])
                config = self._blob(manifest["config"]["digest"])
                return Stored(image.get_image_digest(), config.read_bytes(), layers)
        return None

    def _blob(self, digest: str) -> Path:
        return self._blobs / digest.removeprefix("sha256:")


def _refuse_moved_tag(repository: Any, digest: str, tag: str | None) -> None:
    """https://docs.aws.amazon.com/AmazonECR/latest/userguide/image-tag-mutability.html"""
    for image in repository.images:
        if tag is None or tag not in image.image_tags:
            continue
        if image.get_image_digest() == digest:
            text = (
                f"Image with digest '{digest}' and tag '{tag}' already exists in the repository with name "
                f"'{repository.name}' in registry with id '{repository.registry_id}'"
            )
            raise ApiError("ImageAlreadyExistsException", text)
        if repository.image_tag_mutability == "IMMUTABLE":
            text = (
                f"The image tag '{tag}' already exists in the '{repository.name}' repository and cannot be overwritten "
                "because the tag is immutable."
            )
            raise ApiError("ImageTagAlreadyExistsException", text)


def _referred(text: str, kind: str | None) -> tuple[str, list[str]]:
    """The media type of a manifest, and the digests of what it refers to."""
    try:
        found = json.loads(text)
        kind = str(kind or found["mediaType"])
        referred = [found["config"]["digest"], *(each["digest"] for each in found["layers"])]
    except (ValueError, KeyError, TypeError):
        text = "Invalid parameter at 'ImageManifest' failed to satisfy constraint: 'Invalid JSON syntax'"
        raise ApiError("InvalidParameterException", text) from None
    if kind not in (_DOCKER, _OCI):
        raise ApiError("InvalidParameterException", f"the embedded AWS does not support manifests of type {kind}")
    return kind, referred


def _repository(caller: Caller, params: Params) -> Any:
    name, account = params["repositoryName"], params.get("registryId") or caller.account
    found = ecr_backends[account][caller.region].repositories.get(name)
    if found is None:
        text = f"The repository with name '{name}' does not exist in the registry with id '{account}'"
        raise ApiError("RepositoryNotFoundException", text)
    return found


def _backend(caller: Caller, params: Params) -> Any:
    _repository(caller, params)
    return ecr_backends[params.get("registryId") or caller.account][caller.region]


def _named(repository: Any) -> Params:
    return {"registryId": repository.registry_id, "repositoryName": repository.name}


def _gone(repository: Any, upload: str) -> ApiError:
    text = (
        f"An upload with upload id '{upload}' in the repository with name '{repository.name}' in registry with id "
        f"'{repository.registry_id}' does not exist"
    )
    return ApiError("UploadNotFoundException", text)


def _digest(content: bytes) -> str:
    return f"sha256:{hashlib.sha256(content).hexdigest()}"
