"""Artifacts: which files a buildspec names, and their way into S3 with the service role.

https://docs.aws.amazon.com/codebuild/latest/APIReference/API_ProjectArtifacts.html
"""

from __future__ import annotations

import hashlib
import io
import os
import re
import zipfile
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from botocore.exceptions import ClientError

from rehearsal.api import Params
from rehearsal.codebuild.buildspec import Artifacts, Buildspec
from rehearsal.codebuild.state import Build, BuildFailure
from rehearsal.paths import UnsafeName, open_inside
from rehearsal.ports import ArtifactTarget

_TIME = (1980, 1, 1, 0, 0, 0)  # zip's earliest: same files, same bytes


def upload(
    build: Build, spec: Buildspec, *, source: Path, targets: Iterable[ArtifactTarget], s3: Any, name: str | None
) -> None:
    """Upload what the buildspec's `artifacts` name and note it in the build.

    `targets` are a pipeline's; without them the project's settings say where to. `name` is the primary artifact's name
    from the buildspec, its variables resolved. Raises BuildFailure.
    """
    pipeline = list(targets)
    if pipeline:
        for target in pipeline:
            chosen = spec.secondary.get(target.name) if spec.secondary else spec.artifacts
            if chosen is None:
                raise BuildFailure(
                    "CLIENT_ERROR", f"no definition for the artifact {target.name} in the buildspec's `artifacts`"
                )
            content = pack(collect(chosen, source), source.parents[1])
            encryption = _kms(target.encryption_key)
            _put(s3, target.bucket, target.key, content, encryption)
            build.artifacts = _describe(f"arn:aws:s3:::{target.bucket}/{target.key}", content)
        return
    settings = build.settings
    build.artifacts = _upload_one(build, settings["artifacts"], spec.artifacts, source=source, s3=s3, name=name)
    for artifacts in settings["secondaryArtifacts"]:
        identifier = artifacts["artifactIdentifier"]
        done = _upload_one(build, artifacts, spec.secondary.get(identifier), source=source, s3=s3, name=None)
        build.secondary_artifacts.append({"artifactIdentifier": identifier} | done)


def collect(artifacts: Artifacts, source: Path) -> dict[str, Path]:
    """The files of an artifact by their name in it, in order. Raises BuildFailure when there are none."""
    base = source
    if artifacts.base_directory:
        pattern = _pattern(artifacts.base_directory.removeprefix("./").rstrip("/") or ".")
        names = sorted(str(path.relative_to(source)) for path in source.rglob("*") if path.is_dir())
        matching = [name for name in [".", *names] if pattern.match(name)]
        if Path(artifacts.base_directory).is_absolute():
            base = Path(artifacts.base_directory)
        elif matching:
            base = source / matching[0]
        if not base.is_dir() or (base == source and artifacts.base_directory.strip("./")):
            raise BuildFailure("CLIENT_ERROR", f"no matching base directory path found for {artifacts.base_directory}")
    wanted = [_pattern(pattern.removeprefix("./")) for pattern in artifacts.files]
    unwanted = [_pattern(pattern.removeprefix("./")) for pattern in artifacts.exclude]
    found: dict[str, Path] = {}
    for directory, directories, files in os.walk(base):
        directories.sort()
        for file in sorted(files):
            path = Path(directory, file)
            name = path.relative_to(base).as_posix()
            if any(p.match(name) for p in wanted) and not any(p.match(name) for p in unwanted):
                found[path.name if artifacts.discard_paths else name] = path
    if not found:
        raise BuildFailure("CLIENT_ERROR", f"no matching artifact paths found for {', '.join(artifacts.files)}")
    return found


def pack(files: dict[str, Path], root: Path) -> bytes:
    """A zip of files in `root`; the same files give the same bytes. Raises BuildFailure for what leads elsewhere."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, path in files.items():
            info = zipfile.ZipInfo(name, _TIME)
            content, mode = _read(root, path)
            info.external_attr = (mode & 0xFFFF) << 16
            info.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(info, content)
    return stream.getvalue()


def _upload_one(
    build: Build, target: Params, artifacts: Artifacts | None, *, source: Path, s3: Any, name: str | None
) -> Params:
    if target["type"] != "S3":
        return {}
    if artifacts is None:
        return {}  # as on AWS: a buildspec without this artifact uploads nothing
    files = collect(artifacts, source)
    zipped = target.get("packaging") == "ZIP"
    named = name if target.get("overrideArtifactName") and name else target.get("name")
    default = f"{build.project}.zip" if zipped else build.project
    parts = [
        (target.get("path") or "").strip("/"),
        build.uuid if target.get("namespaceType") == "BUILD_ID" else "",
        (named or default).strip("/"),
    ]
    key = "/".join(part for part in parts if part)
    bucket = target["location"]
    encryption = {} if target.get("encryptionDisabled") else _kms(build.settings["encryptionKey"])
    if zipped:
        content = pack(files, source.parents[1])
        _put(s3, bucket, key, content, encryption)
        return _describe(f"arn:aws:s3:::{bucket}/{key}", content)
    for file, path in files.items():
        _put(s3, bucket, f"{key}/{file}" if key else file, _read(source.parents[1], path)[0], encryption)
    return {"location": f"arn:aws:s3:::{bucket}/{key}"}


def _read(root: Path, path: Path) -> tuple[bytes, int]:
    """The content and mode of a file of the build. A link out of the build's directories is no file of it."""
    try:
        with open_inside(root, path) as file:
            return file.read(), os.fstat(file.fileno()).st_mode
    except (OSError, UnsafeName) as error:
        raise BuildFailure("CLIENT_ERROR", f"the artifact cannot be read: {error}") from None


def _describe(location: str, content: bytes) -> Params:
    sums = {"sha256sum": hashlib.sha256(content).hexdigest(), "md5sum": hashlib.md5(content).hexdigest()}
    return {"location": location} | sums


def _kms(key: str | None) -> dict[str, str]:
    if not key:
        return {}
    managed = key.endswith("alias/aws/s3")  # S3's own key, which needs no name
    return {"ServerSideEncryption": "aws:kms"} | ({} if managed else {"SSEKMSKeyId": key})


def _put(s3: Any, bucket: str, key: str, content: bytes, encryption: dict[str, str]) -> None:
    try:
        s3.put_object(Bucket=bucket, Key=key, Body=content, **encryption)
    except ClientError as error:
        found = error.response["Error"]
        raise BuildFailure("CLIENT_ERROR", f"{found['Code']}: {found['Message']} ({bucket}/{key})") from None


def _pattern(pattern: str) -> re.Pattern[str]:
    """CodeBuild's file patterns: `*` within a directory, `**` across directories."""
    out = []
    for part in re.split(r"(\*\*/|\*\*|\*|\?)", pattern):
        out.append({"**/": "(?:.*/)?", "**": ".*", "*": "[^/]*", "?": "[^/]"}.get(part, re.escape(part)))
    return re.compile("".join(out) + r"\Z")
