"""Sources: what a build works on, brought into its source directory with the service role.

https://docs.aws.amazon.com/codebuild/latest/APIReference/API_ProjectSource.html
"""

from __future__ import annotations

import io
import stat
import zipfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from botocore.exceptions import ClientError

from rehearsal import archives
from rehearsal.api import ApiError, Params
from rehearsal.codebuild.state import BuildFailure
from rehearsal.confinement.cage import Cage
from rehearsal.paths import UnsafeName, inside
from rehearsal.ports import CLONE_REFERENCE, Clone, S3Location
from rehearsal.process import Processes

_LARGEST = 4 << 30  # bytes of all files of an archive


@dataclass(frozen=True)
class Fetched:
    """A source that was fetched: its URL and the version that was found, where it has them."""

    url: str = ""
    version: str | None = None


class Sources:
    """Fetches sources for one build. Every method raises BuildFailure.

    `s3` is a client that acts as the service role; `git` is the environment of git commands that act as it.
    """

    def __init__(
        self,
        *,
        s3: Any,
        processes: Processes,
        cage: Cage,
        git: Callable[[], Mapping[str, str]],
        on_line: Callable[[str], None],
    ) -> None:
        self._s3 = s3
        self._processes = processes
        self._cage = cage
        self._git = git
        self._on_line = on_line

    def fetch(self, source: Params, version: str | None, directory: Path) -> Fetched:
        """Bring `source` in `version` into the empty `directory`."""
        kind, location = source["type"], source.get("location", "")
        if kind == "S3":
            return self._from_s3(location.removeprefix("arn:aws:s3:::").removeprefix("s3://"), version, directory)
        if kind == "CODECOMMIT":
            return self._from_git(location, version, source.get("gitCloneDepth", 0), directory)
        return Fetched()

    def fetch_object(
        self, location: S3Location, directory: Path, clone: Callable[[bytes], Clone] | None = None
    ) -> None:
        """Unzip an artifact of a pipeline, or `clone` the repository that it refers to."""
        content = self._get(location.bucket, location.key, None)
        if clone is None or not content.startswith(CLONE_REFERENCE):
            self._unzip(content, location.key, directory)
            return
        try:
            cloned = clone(content)
        except ApiError as error:
            raise BuildFailure("CLIENT_ERROR", f"{error.code}: {error.message}") from None
        bundle = directory.with_name(f"{directory.name}.bundle")
        bundle.write_bytes(cloned.bundle)
        self._run_git(["clone", "--quiet", "--no-checkout", "--", str(bundle), str(directory)], directory.parent)
        bundle.unlink()
        self._run_git(["remote", "set-url", "origin", cloned.url], directory)
        self._run_git(["checkout", "--quiet", "--detach", cloned.commit], directory)

    def text(self, arn: str) -> str:
        """The text of the object that an S3 ARN names."""
        bucket, _, key = arn.partition(":::")[2].partition("/")
        return self._get(bucket, key, None).decode("utf-8")

    def _from_s3(self, location: str, version: str | None, directory: Path) -> Fetched:
        bucket, _, key = location.partition("/")
        url = f"{bucket}/{key}"  # without s3://, as Seed-Farmer reads it in CODEBUILD_SOURCE_REPO_URL
        if key and not key.endswith("/"):
            self._unzip(self._get(bucket, key, version), key, directory)
            return Fetched(url)
        found = False
        try:
            for page in self._s3.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=key):
                for item in page.get("Contents", []):
                    found = True
                    if item["Key"].endswith("/"):
                        continue
                    path = _inside(directory, item["Key"][len(key) :])
                    path.parent.mkdir(parents=True, exist_ok=True)
                    path.write_bytes(self._get(bucket, item["Key"], None))
        except ClientError as error:
            raise _failed(error, f"{bucket}/{key}") from None
        if not found:
            raise BuildFailure("CLIENT_ERROR", f"NoSuchKey: no object under {bucket}/{key}")
        return Fetched(url)

    def _get(self, bucket: str, key: str, version: str | None) -> bytes:
        arguments = {"Bucket": bucket, "Key": key} | ({"VersionId": version} if version else {})
        try:
            body: bytes = self._s3.get_object(**arguments)["Body"].read()
        except ClientError as error:
            raise _failed(error, f"{bucket}/{key}") from None
        return body

    def _unzip(self, content: bytes, key: str, directory: Path) -> None:
        try:
            archive = zipfile.ZipFile(io.BytesIO(content))
        except zipfile.BadZipFile:
            raise BuildFailure("CLIENT_ERROR", f"zip: not a valid zip file: {key}") from None
        with archive:
            try:
                archives.check_zip(archive, _LARGEST)
            except archives.Unreadable as error:
                raise BuildFailure("CLIENT_ERROR", f"the source {key}: {error}") from None
            for member in archive.infolist():
                path = _inside(directory, member.filename)
                mode = member.external_attr >> 16
                if member.is_dir():
                    _refuse_links(directory, path, member.filename)
                    path.mkdir(parents=True, exist_ok=True)
                    continue
                _refuse_links(directory, path.parent, member.filename)
                path.parent.mkdir(parents=True, exist_ok=True)
                if stat.S_ISLNK(mode):
                    path.symlink_to(archive.read(member).decode())
                    continue
                path.unlink(missing_ok=True)  # what is there may be a link
                path.write_bytes(archive.read(member))
                if mode & 0o777:
                    path.chmod(mode & 0o777 | stat.S_IRUSR | stat.S_IWUSR)

    def _from_git(self, url: str, version: str | None, depth: int, directory: Path) -> Fetched:
        # A commit can be anywhere, so only a named branch or tag is cloned shallowly.
        is_commit = version is not None and len(version) == 40 and set(version) <= set("0123456789abcdef")
        shallow = ["--depth", str(depth)] if depth and not is_commit else []
        branch = ["--branch", version.removeprefix("refs/heads/")] if version and not is_commit else []
        self._run_git(["clone", "--quiet", *shallow, *branch, "--", url, str(directory)], directory.parent)
        if is_commit:
            self._run_git(["checkout", "--quiet", "--detach", str(version)], directory)
        head = self._run_git(["rev-parse", "HEAD"], directory)
        return Fetched(url, head)

    def _run_git(self, arguments: list[str], cwd: Path) -> str:
        env = self._cage.environment(self._git())  # this makes the settings of git that the cage shows
        output = self._processes.communicate(self._cage.command(["git", *arguments], cwd), cwd=cwd, env=env)
        if output.code:
            text = output.stderr.decode(errors="replace").strip()
            for line in text.splitlines():
                self._on_line(line)
            raise BuildFailure("GIT_CLONE_FAILED", f"git {arguments[0]} failed with exit status {output.code}: {text}")
        return output.stdout.decode().strip()


def _inside(directory: Path, name: str) -> Path:
    try:
        return inside(directory, name)
    except UnsafeName:
        text = f"the source holds {name!r}, which lies outside the source directory"
        raise BuildFailure("CLIENT_ERROR", text) from None


def _refuse_links(directory: Path, folder: Path, name: str) -> None:
    """An archive may hold links, but nothing behind one: it would land elsewhere."""
    while folder != directory:
        if folder.is_symlink():
            text = f"the source holds {name!r} behind a link, which may lie outside the source directory"
            raise BuildFailure("CLIENT_ERROR", text)
        folder = folder.parent


def _failed(error: ClientError, location: str) -> BuildFailure:
    found = error.response["Error"]
    return BuildFailure("CLIENT_ERROR", f"{found['Code']}: {found['Message']} ({location})")
