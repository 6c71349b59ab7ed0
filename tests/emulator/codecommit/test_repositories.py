"""Repositories, branches and tags through boto3."""

from __future__ import annotations

from typing import Any

import pytest
from botocore.exceptions import ClientError

from rehearsal.embedded_aws import EmbeddedAws


def refused(code: str) -> Any:
    return pytest.raises(ClientError, match=rf"\({code}\)")


@pytest.fixture(scope="module")
def codecommit(client: Any) -> Any:
    return client("codecommit")


def test_a_repository_has_id_arn_and_clone_url(codecommit: Any, client: Any) -> None:
    made = codecommit.create_repository(repositoryName="train", repositoryDescription="models", tags={"a": "1"})
    shown = made["repositoryMetadata"]
    assert shown["Arn"] == "arn:aws:codecommit:us-east-1:111111111111:train"
    assert shown["cloneUrlHttp"] == "https://git-codecommit.us-east-1.amazonaws.com/v1/repos/train"
    assert shown["accountId"] == "111111111111"
    assert "defaultBranch" not in shown
    assert codecommit.get_repository(repositoryName="train")["repositoryMetadata"] == shown
    codecommit.update_repository_description(repositoryName="train", repositoryDescription="more models")
    codecommit.tag_resource(resourceArn=shown["Arn"], tags={"b": "2"})
    codecommit.untag_resource(resourceArn=shown["Arn"], tagKeys=["a"])
    assert codecommit.list_tags_for_resource(resourceArn=shown["Arn"])["tags"] == {"b": "2"}
    batch = codecommit.batch_get_repositories(repositoryNames=["train", "none"])
    assert [each["repositoryDescription"] for each in batch["repositories"]] == ["more models"]
    assert batch["repositoriesNotFound"] == ["none"]
    # another account and another region have repositories of their own
    assert client("codecommit", "222222222222").list_repositories()["repositories"] == []
    assert client("codecommit", "111111111111", "eu-west-1").list_repositories()["repositories"] == []


def test_names_and_absence_are_refused_with_aws_codes(codecommit: Any) -> None:
    codecommit.create_repository(repositoryName="once")
    with refused("RepositoryNameExistsException"):
        codecommit.create_repository(repositoryName="once")
    with refused("InvalidRepositoryNameException"):
        codecommit.create_repository(repositoryName="once.git")
    with refused("RepositoryDoesNotExistException"):
        codecommit.get_repository(repositoryName="never")
    with refused("BranchDoesNotExistException"):
        codecommit.get_branch(repositoryName="once", branchName="main")
    with refused("UnknownOperationException"):
        codecommit.put_repository_triggers(repositoryName="once", triggers=[])
    assert codecommit.delete_repository(repositoryName="once")["repositoryId"]
    assert "repositoryId" not in codecommit.delete_repository(repositoryName="once")
    codecommit.create_repository(repositoryName="once")  # the name is free again, and empty
    assert codecommit.list_branches(repositoryName="once")["branches"] == []


def commit(
    codecommit: Any, name: str, branch: str, files: dict[str, bytes], parent: str | None = None
) -> dict[str, Any]:
    given = {"parentCommitId": parent} if parent else {}
    puts = [{"filePath": path, "fileContent": content} for path, content in files.items()]
    return codecommit.create_commit(repositoryName=name, branchName=branch, putFiles=puts, **given)  # type: ignore[no-any-return]


def test_commits_files_folders_and_differences(codecommit: Any) -> None:
    codecommit.create_repository(repositoryName="content")
    binary = bytes(range(256)) * 40
    files = {"README.md": b"# hello\n", "src/a b.py": b"print()\n", "src/deep/x.bin": binary, 'odd"name': b""}
    first = codecommit.create_commit(
        repositoryName="content",
        branchName="main",
        authorName="Ada",
        email="ada@example.org",
        commitMessage="seed\n",
        putFiles=[
            {"filePath": path, "fileContent": content, "fileMode": "EXECUTABLE" if path.endswith("py") else "NORMAL"}
            for path, content in files.items()
        ],
    )
    assert sorted(each["absolutePath"] for each in first["filesAdded"]) == sorted(files)
    shown = codecommit.get_commit(repositoryName="content", commitId=first["commitId"])["commit"]
    assert (shown["message"], shown["author"]["name"], shown["author"]["email"]) == ("seed\n", "Ada", "ada@example.org")
    assert shown["parents"] == [] and shown["treeId"] == first["treeId"]
    for path, content in files.items():
        found = codecommit.get_file(repositoryName="content", commitSpecifier="main", filePath=path)
        assert found["fileContent"] == content
        assert found["fileSize"] == len(content)
    assert codecommit.get_file(repositoryName="content", filePath="src/a b.py")["fileMode"] == "EXECUTABLE"
    folder = codecommit.get_folder(repositoryName="content", folderPath="src")
    assert [each["absolutePath"] for each in folder["files"]] == ["src/a b.py"]
    assert [each["relativePath"] for each in folder["subFolders"]] == ["deep"]

    second = codecommit.create_commit(
        repositoryName="content",
        branchName="main",
        parentCommitId=first["commitId"],
        putFiles=[{"filePath": "README.md", "fileContent": b"# changed\n"}],
        deleteFiles=[{"filePath": "src/a b.py"}],
    )
    found = codecommit.get_differences(
        repositoryName="content", beforeCommitSpecifier=first["commitId"], afterCommitSpecifier="main"
    )["differences"]
    kinds = {(each.get("afterBlob") or each["beforeBlob"])["path"]: each["changeType"] for each in found}
    assert kinds == {"README.md": "M", "src/a b.py": "D"}
    assert len(codecommit.get_differences(repositoryName="content", afterCommitSpecifier="main")["differences"]) == 3
    put = codecommit.put_file(
        repositoryName="content",
        branchName="main",
        filePath="new.txt",
        fileContent=b"x",
        parentCommitId=second["commitId"],
    )
    assert codecommit.get_blob(repositoryName="content", blobId=put["blobId"])["content"] == b"x"
    with refused("FileDoesNotExistException"):
        codecommit.get_file(repositoryName="content", filePath="src/a b.py")
    with refused("FolderDoesNotExistException"):
        codecommit.get_folder(repositoryName="content", folderPath="nowhere")


def test_a_commit_must_follow_the_tip(codecommit: Any) -> None:
    codecommit.create_repository(repositoryName="parents")
    first = commit(codecommit, "parents", "main", {"a": b"1"})["commitId"]
    assert codecommit.get_repository(repositoryName="parents")["repositoryMetadata"]["defaultBranch"] == "main"
    with refused("ParentCommitIdRequiredException"):
        commit(codecommit, "parents", "main", {"a": b"2"})
    second = commit(codecommit, "parents", "main", {"a": b"2"}, first)["commitId"]
    with refused("ParentCommitIdOutdatedException"):
        commit(codecommit, "parents", "main", {"a": b"3"}, first)
    with refused("SameFileContentException"):
        commit(codecommit, "parents", "main", {"a": b"2"}, second)
    with refused("InvalidPathException"):
        commit(codecommit, "parents", "main", {"../a": b"2"}, second)
    with refused("ValidationException"):
        codecommit.create_commit(
            repositoryName="parents",
            branchName="main",
            parentCommitId=second,
            keepEmptyFolders=True,
            deleteFiles=[{"filePath": "a"}],
        )


def test_branches(codecommit: Any) -> None:
    codecommit.create_repository(repositoryName="branches")
    first = commit(codecommit, "branches", "main", {"a": b"1"})["commitId"]
    codecommit.create_branch(repositoryName="branches", branchName="dev/one", commitId=first)
    with refused("BranchNameExistsException"):
        codecommit.create_branch(repositoryName="branches", branchName="main", commitId=first)
    with refused("CommitDoesNotExistException"):
        codecommit.create_branch(repositoryName="branches", branchName="x", commitId="0" * 39 + "1")
    assert codecommit.list_branches(repositoryName="branches")["branches"] == ["dev/one", "main"]
    codecommit.update_default_branch(repositoryName="branches", defaultBranchName="dev/one")
    with refused("DefaultBranchCannotBeDeletedException"):
        codecommit.delete_branch(repositoryName="branches", branchName="dev/one")
    gone = codecommit.delete_branch(repositoryName="branches", branchName="main")
    assert gone["deletedBranch"] == {"branchName": "main", "commitId": first}


def test_the_disk_has_one_bare_repository_per_account_and_region(world: EmbeddedAws, client: Any) -> None:
    client("codecommit", "333333333333", "eu-west-1").create_repository(repositoryName="placed")
    assert (world.directory / "git/333333333333/eu-west-1/placed/HEAD").is_file()
