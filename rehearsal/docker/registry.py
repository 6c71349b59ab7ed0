"""`docker login` and `docker push`: to ECR, with its own operations, as the identity that the build has."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

from rehearsal.docker import config, tree
from rehearsal.docker.local import LocalImages, full
from rehearsal.docker.problems import DockerError

_ECR = re.compile(r"(?P<account>\d{12})\.dkr\.ecr\.(?P<region>[a-z0-9-]+)\.amazonaws\.com(\.cn)?")
_PART = 10 << 20  # bytes; ECR takes parts of up to 10 MB

Client = Callable[[str, str], Any]
"""A boto client by service and region."""


class Logins:
    """The registries that somebody logged in to, as ~/.docker/config.json has them."""

    def __init__(self, file: Path) -> None:
        self._file = file

    def add(self, registry: str, user: str, password: str) -> None:
        """Log in. Raises DockerError for what ECR would not take."""
        host = registry.removeprefix("https://").rstrip("/")
        _parts(host)
        if user != "AWS" or not password.strip():
            raise DockerError(
                f"Error response from daemon: login attempt to https://{host}/v2/ failed with status: 400 Bad Request"
            )
        found = self._read()
        found["auths"][host] = {}
        self._file.parent.mkdir(parents=True, exist_ok=True)
        self._file.write_text(json.dumps(found))

    def remove(self, registry: str) -> None:
        """Log out."""
        found = self._read()
        found["auths"].pop(registry, None)
        if self._file.exists():
            self._file.write_text(json.dumps(found))

    def has(self, registry: str) -> bool:
        """Whether somebody logged in to a registry."""
        return registry in self._read()["auths"]

    def _read(self) -> dict[str, Any]:
        return json.loads(self._file.read_text()) if self._file.exists() else {"auths": {}}


def push(images: LocalImages, logins: Logins, client: Client, name: str, say: Callable[[str], None]) -> str:
    """Push an image under a name; the digest of its manifest. Raises DockerError."""
    host, _, rest = full(name).partition("/")
    account, region = _parts(host)
    repository, _, tag = rest.rpartition(":")
    number = images.find(name)
    say(f"The push refers to repository [{host}/{repository}]")
    if not logins.has(host):
        raise DockerError("no basic auth credentials")
    ecr, where = client("ecr", region), {"registryId": account, "repositoryName": repository}
    document, layers = images.content(number)
    for digest, content in [*((each.digest, each.content) for each in layers), (tree.digest(document), document)]:
        _layer(ecr, where, digest, content, say)
    text = config.manifest(document, layers)
    with suppress(ecr.exceptions.ImageAlreadyExistsException):  # the registry has it under this tag: nothing to do
        ecr.put_image(**where, imageManifest=text, imageManifestMediaType=config.MANIFEST_TYPE, imageTag=tag)
    digest = tree.digest(text.encode())
    images.pushed(number, f"{host}/{repository}", digest)
    say(f"{tag}: digest: {digest} size: {len(text)}")
    return digest


def pull(logins: Logins, client: Client, name: str) -> None:
    """Ask for a base image of ECR, as those who pull do.

    Raises DockerError without a login, botocore's ClientError without rights. That there is no such repository here
    says that it could be asked for: a Python stands in for it.
    """
    host, _, rest = name.partition("/")
    found = _ECR.fullmatch(host)
    if found is None:
        return
    if not logins.has(host):
        raise DockerError(f"{name}: failed to resolve source metadata: no basic auth credentials")
    ecr, repository = client("ecr", found["region"]), rest.partition("@")[0].partition(":")[0]
    where = {"registryId": found["account"], "repositoryName": repository}
    with suppress(ecr.exceptions.RepositoryNotFoundException):
        ecr.batch_get_image(**where, imageIds=[{"imageTag": "latest"}])


def _layer(ecr: Any, where: dict[str, str], digest: str, content: bytes, say: Callable[[str], None]) -> None:
    short = digest.removeprefix("sha256:")[:12]
    found = ecr.batch_check_layer_availability(**where, layerDigests=[digest])["layers"]
    if any(each["layerAvailability"] == "AVAILABLE" for each in found):
        say(f"{short}: Layer already exists")
        return
    upload = ecr.initiate_layer_upload(**where)["uploadId"]
    for first in range(0, len(content), _PART):
        part = content[first : first + _PART]
        ecr.upload_layer_part(
            **where, uploadId=upload, partFirstByte=first, partLastByte=first + len(part) - 1, layerPartBlob=part
        )
    ecr.complete_layer_upload(**where, uploadId=upload, layerDigests=[digest])
    say(f"{short}: Pushed")


def _parts(host: str) -> tuple[str, str]:
    found = _ECR.fullmatch(host)
    if not found:
        raise DockerError(f"{host or 'docker.io'}: the rehearsal has the registries of ECR only (ACCOUNT.dkr.ecr...)")
    return found["account"], found["region"]
