"""AWS::CodeCommit::Repository.

https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-codecommit-repository.html
"""

from __future__ import annotations

import io
import zipfile
from typing import Any, ClassVar

from rehearsal import archives
from rehearsal.cloudformation.provider import Call, Made, Provider, ResourceError, Setting, Tagging
from rehearsal.cloudformation.shapes import tag_map

EXECUTABLE = 0o111
_LARGEST = 1 << 30  # bytes of all files of the code


class Repository(Provider):
    """A repository; `Code` is its first commit, taken from a zip in S3 at creation only, as on AWS."""

    type = "AWS::CodeCommit::Repository"
    noun = "repository"
    service, absent = "codecommit", ("RepositoryDoesNotExistException",)
    tagging = Tagging(form=dict)
    removal = ("DeleteRepository", "repositoryName")
    settings: ClassVar = {
        "RepositoryDescription": Setting("UpdateRepositoryDescription", "repositoryDescription", instead=""),
    }
    unsupported: ClassVar[dict[str, str]] = {"no triggers": "Triggers"}
    volatile = ("Arn", "CloneUrlHttp", "CloneUrlSsh", "Name")
    named_by = "RepositoryName"

    def create(self, call: Call) -> Made:
        """The repository, then its first commit."""
        wanted = call.properties
        files = _files(call, wanted["Code"]["S3"]) if "Code" in wanted else []
        chosen = call.pick("RepositoryName", "KmsKeyId", "RepositoryDescription")
        answer = call.invoke("CreateRepository", **chosen, tags=tag_map(wanted.get("Tags")) or None)
        answer = answer["repositoryMetadata"]
        call.reserve(wanted["RepositoryName"])
        if "Code" in wanted:
            self._seed(call, wanted["RepositoryName"], wanted["Code"].get("BranchName", "main"), files)
        return self._made(answer)

    def update(self, call: Call, old: dict[str, Any]) -> Made:
        """Name, description and tags; the code stays what users made of it."""
        name, new = call.handle, call.properties
        if new["RepositoryName"] != name:
            call.invoke("UpdateRepositoryName", oldName=name, newName=new["RepositoryName"])
            name = new["RepositoryName"]
            call.reserve(name)
        self.put(call, old, repositoryName=name)
        found = self._get(call, name)
        self.retag(call, old, resourceArn=found["Arn"])
        return self._made(found)

    def found(self, call: Call, name: str) -> Made | None:
        """The one with the id `name`."""
        for page in call.client("codecommit").get_paginator("list_repositories").paginate():
            for item in page["repositories"]:
                if item["repositoryId"] == name:
                    return self._made(self._get(call, item["repositoryName"]))
        return None

    def _get(self, call: Call, name: str) -> dict[str, Any]:
        found: dict[str, Any] = call.invoke("GetRepository", repositoryName=name)["repositoryMetadata"]
        return found

    def _seed(self, call: Call, name: str, branch: str, files: list[dict[str, Any]]) -> None:
        call.invoke(
            "CreateCommit",
            repositoryName=name,
            branchName=branch,
            putFiles=files,
            authorName="AWS CloudFormation",
            email="cloudformation@amazonaws.com",
            commitMessage="Initial commit by AWS CodeCommit",
        )

    def _made(self, found: dict[str, Any]) -> Made:
        attributes = {
            "Arn": found["Arn"],
            "CloneUrlHttp": found["cloneUrlHttp"],
            "CloneUrlSsh": found.get("cloneUrlSsh", ""),
            "Name": found["repositoryName"],
            "RepositoryId": found["repositoryId"],
        }
        return Made(found["repositoryId"], attributes, handle=found["repositoryName"])


def _files(call: Call, place: dict[str, Any]) -> list[dict[str, Any]]:
    """The files of a zip file in S3, as CreateCommit takes them. Raises ResourceError for empty ones, as AWS does.

    https://github.com/aws/aws-cdk/issues/19012
    """
    body = call.invoke(
        "GetObject", "s3", Bucket=place["Bucket"], Key=place["Key"], VersionId=place.get("ObjectVersion")
    )["Body"].read()
    with zipfile.ZipFile(io.BytesIO(body)) as archive:
        try:
            archives.check_zip(archive, _LARGEST)
        except archives.Unreadable as error:
            raise ResourceError(
                f"The code s3://{place['Bucket']}/{place['Key']} cannot be committed: {error}"
            ) from None
        items = [item for item in archive.infolist() if not item.is_dir()]
        empty = [item.filename for item in items if not item.file_size]
        if empty:
            raise ResourceError(f"The code has empty files, of which no initial commit is made: {', '.join(empty)}")
        return [
            {
                "filePath": item.filename,
                "fileMode": "EXECUTABLE" if (item.external_attr >> 16) & EXECUTABLE else "NORMAL",
                "fileContent": archive.read(item),
            }
            for item in items
        ]
