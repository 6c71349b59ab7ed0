"""Commits, files and folders."""

from __future__ import annotations

import base64
import time
from pathlib import PurePosixPath

from rehearsal.api import ApiError, Caller, Params, unsupported
from rehearsal.codecommit.changes import Changes, RefChange
from rehearsal.codecommit.state import Repositories, Repository
from rehearsal.git import BLOB_MODES, MODES, Entry, Git, GitError, Identity
from rehearsal.params import only, page

_NO_BLOB = "0" * 40


class Content:
    """The operations on commits, files and folders."""

    def __init__(self, repositories: Repositories, changes: Changes) -> None:
        self._repositories = repositories
        self._changes = changes

    def batch_get_commits(self, caller: Caller, params: Params) -> Params:
        """Several commits; those that are not there are errors of the answer."""
        only(params, {"repositoryName", "commitIds"}, "BatchGetCommits")
        found, errors = [], []
        for commit in params["commitIds"]:
            try:
                asked = {"repositoryName": params["repositoryName"], "commitId": commit}
                found.append(self.get_commit(caller, asked)["commit"])
            except ApiError as error:
                if error.code != "CommitIdDoesNotExistException":
                    raise
                errors.append({"commitId": commit, "errorCode": error.code, "errorMessage": error.message})
        return {"commits": found, "errors": errors}

    def get_commit(self, caller: Caller, params: Params) -> Params:
        """A commit, by its full id. Raises ApiError CommitIdDoesNotExistException."""
        only(params, {"repositoryName", "commitId"}, "GetCommit")
        repository, commit_id = self._repository(caller, params), params["commitId"]
        if repository.git.resolve(commit_id) != commit_id:
            raise ApiError("CommitIdDoesNotExistException", f"Commit {commit_id} does not exist")
        found = repository.git.commit(commit_id)
        return {
            "commit": {
                "commitId": found.commit_id,
                "treeId": found.tree,
                "parents": list(found.parents),
                "message": found.message,
                "author": _person(found.author),
                "committer": _person(found.committer),
                "additionalData": "",
            }
        }

    def get_blob(self, caller: Caller, params: Params) -> Params:
        """The content of a blob. Raises ApiError BlobIdDoesNotExistException."""
        only(params, {"repositoryName", "blobId"}, "GetBlob")
        try:
            return {"content": self._repository(caller, params).git.blob(params["blobId"])}
        except GitError:
            raise ApiError("BlobIdDoesNotExistException", f"Blob {params['blobId']} does not exist") from None

    def get_file(self, caller: Caller, params: Params) -> Params:
        """A file at a commit (default: the tip of the default branch). Raises ApiError FileDoesNotExistException."""
        only(params, {"repositoryName", "commitSpecifier", "filePath"}, "GetFile")
        repository = self._repository(caller, params)
        commit = _commit(repository, params.get("commitSpecifier"))
        path = params["filePath"].strip("/")
        entry = repository.git.entry(commit, path)
        if entry is None or entry.kind != "blob":
            raise ApiError("FileDoesNotExistException", f"{path} does not exist at {commit}")
        content = repository.git.blob(entry.object_id)
        return {
            "commitId": commit,
            "blobId": entry.object_id,
            "filePath": path,
            "fileMode": MODES[entry.mode],
            "fileSize": len(content),
            "fileContent": content,
        }

    def get_folder(self, caller: Caller, params: Params) -> Params:
        """The direct content of a folder. Raises ApiError FolderDoesNotExistException."""
        only(params, {"repositoryName", "commitSpecifier", "folderPath"}, "GetFolder")
        repository = self._repository(caller, params)
        commit = _commit(repository, params.get("commitSpecifier"))
        path = params["folderPath"].strip("/")
        folder = repository.git.entry(commit, path)
        if folder is None or folder.kind != "tree":
            raise ApiError("FolderDoesNotExistException", f"{path} does not exist at {commit}")
        answer: Params = {
            "commitId": commit, "folderPath": path, "treeId": folder.object_id,
            "subFolders": [], "files": [], "symbolicLinks": [], "subModules": [],
        }  # fmt: skip
        for entry in repository.git.children(commit, path):
            place = {"absolutePath": f"{path}/{entry.path}" if path else entry.path, "relativePath": entry.path}
            if entry.kind == "tree":
                answer["subFolders"].append({"treeId": entry.object_id, **place})
            elif entry.kind == "commit":
                answer["subModules"].append({"commitId": entry.object_id, **place})
            else:
                mode = MODES[entry.mode]
                group = "symbolicLinks" if mode == "SYMLINK" else "files"
                answer[group].append({"blobId": entry.object_id, **place, "fileMode": mode})
        return answer

    def get_differences(self, caller: Caller, params: Params) -> Params:
        """The files that differ between two commits; without `beforeCommitSpecifier` all files were added."""
        known = {"repositoryName", "beforeCommitSpecifier", "afterCommitSpecifier", "beforePath", "afterPath",
                 "MaxResults", "NextToken"}  # fmt: skip
        only(params, known, "GetDifferences")
        repository = self._repository(caller, params)
        before_name = params.get("beforeCommitSpecifier")
        before = _commit(repository, before_name) if before_name else None
        after = _commit(repository, params["afterCommitSpecifier"])
        within = [params[name].strip("/") for name in ("beforePath", "afterPath") if params.get(name)]
        differences = []
        for change in repository.git.differences(before, after):
            if within and not any(change.path == path or change.path.startswith(f"{path}/") for path in within):
                continue
            status = "M" if change.status == "T" else change.status
            difference: Params = {"changeType": status}
            for name, (mode, blob) in (("beforeBlob", change.before), ("afterBlob", change.after)):
                if blob != _NO_BLOB:
                    difference[name] = {"blobId": blob, "path": change.path, "mode": mode}
            differences.append(difference)
        found, token = page(differences, params.get("NextToken"), params.get("MaxResults"))
        return {"differences": found, "NextToken": token}

    def put_file(self, caller: Caller, params: Params) -> Params:
        """Add or change one file by a commit of its own."""
        known = {"repositoryName", "branchName", "fileContent", "filePath", "fileMode", "parentCommitId",
                 "commitMessage", "name", "email"}  # fmt: skip
        only(params, known, "PutFile")
        path = params["filePath"].strip("/")
        put = {"filePath": path, "fileContent": params["fileContent"], "fileMode": params.get("fileMode")}
        message = params.get("commitMessage") or f"Edited {path}"
        repository, commit = self._commit(caller, params, params.get("name"), message, puts=[put])
        entry = repository.git.entry(commit, path)
        assert entry
        return {"commitId": commit, "blobId": entry.object_id, "treeId": repository.git.tree(commit)}

    def delete_file(self, caller: Caller, params: Params) -> Params:
        """Delete one file by a commit of its own."""
        known = {"repositoryName", "branchName", "filePath", "parentCommitId", "keepEmptyFolders", "commitMessage",
                 "name", "email"}  # fmt: skip
        only(params, known, "DeleteFile")
        path = params["filePath"].strip("/")
        message = params.get("commitMessage") or f"Deleted {path}"
        repository = self._repository(caller, params)
        tip = repository.git.branches().get(params["branchName"])
        _check_parent(repository, params["branchName"], tip, params["parentCommitId"])
        before = repository.git.entry(params["parentCommitId"], path)
        deletes = [{"filePath": path}]
        repository, commit = self._commit(caller, params, params.get("name"), message, deletes=deletes)
        blob = before.object_id if before else _NO_BLOB
        return {"commitId": commit, "blobId": blob, "treeId": repository.git.tree(commit), "filePath": path}

    def create_commit(self, caller: Caller, params: Params) -> Params:
        """Change many files by one commit. AWS's limit of 100 files a commit is not enforced."""
        known = {"repositoryName", "branchName", "parentCommitId", "authorName", "email", "commitMessage",
                 "keepEmptyFolders", "putFiles", "deleteFiles", "setFileModes"}  # fmt: skip
        only(params, known, "CreateCommit")
        repository, commit = self._commit(
            caller,
            params,
            params.get("authorName"),
            params.get("commitMessage") or "Created commit",
            puts=params.get("putFiles") or [],
            deletes=params.get("deleteFiles") or [],
            modes=params.get("setFileModes") or [],
        )
        answer: Params = {"commitId": commit, "treeId": repository.git.tree(commit)}
        answer |= {"filesAdded": [], "filesUpdated": [], "filesDeleted": []}
        parent = next(iter(repository.git.commit(commit).parents), None)
        groups = {"A": "filesAdded", "D": "filesDeleted"}
        for change in repository.git.differences(parent, commit):
            mode, blob = change.before if change.status == "D" else change.after
            file = {"absolutePath": change.path, "blobId": blob, "fileMode": MODES.get(mode, mode)}
            answer[groups.get(change.status, "filesUpdated")].append(file)
        return answer

    def _commit(
        self,
        caller: Caller,
        params: Params,
        name: str | None,
        message: str,
        *,
        puts: list[Params] | None = None,
        deletes: list[Params] | None = None,
        modes: list[Params] | None = None,
    ) -> tuple[Repository, str]:
        if params.get("keepEmptyFolders"):
            raise unsupported("keepEmptyFolders")
        repository, branch = self._repository(caller, params), params["branchName"]
        git = repository.git
        if not git.valid_branch(branch):
            raise ApiError("InvalidBranchNameException", f"The branch name {branch!r} is not valid")
        who = name or caller.arn.rpartition("/")[2]
        author = Identity(who, params.get("email") or "", int(time.time()))
        with repository.lock:
            parent = git.branches().get(branch)
            _check_parent(repository, branch, parent, params.get("parentCommitId"))
            written = {}
            for put in puts or []:
                path, mode, content = _put(git, parent, put)
                if path in written:
                    raise ApiError("SamePathRequestException", f"{path} is in the request more than once")
                written[path] = (mode, content)
            gone = [_path(each["filePath"]) for each in deletes or []]
            for path in gone:
                if parent is None or git.entry(parent, path) is None:
                    raise ApiError("FileDoesNotExistException", f"{path} does not exist")
            changed = {_path(each["filePath"]): _mode(each["fileMode"]) for each in modes or []}
            try:
                commit = git.write_commit(
                    parent=parent, message=message, author=author, puts=written, deletes=gone, modes=changed
                )
                if parent and git.tree(commit) == git.tree(parent):
                    code = "SameFileContentException" if len(written) == 1 else "NoChangeException"
                    raise ApiError(code, "The commit would not change anything")
                git.update(f"refs/heads/{branch}", commit, parent)
            except GitError as error:
                raise ApiError("InvalidPathException", str(error)) from None
        self._changes.report(RefChange(repository, f"refs/heads/{branch}", parent, commit, caller.arn))
        return repository, commit

    def _repository(self, caller: Caller, params: Params) -> Repository:
        return self._repositories.at(caller.scope, params["repositoryName"])


def _check_parent(repository: Repository, branch: str, tip: str | None, given: str | None) -> None:
    """A commit must name the tip it was made for, except the first one of an empty repository."""
    if tip is None:
        if repository.git.branches():
            raise ApiError("BranchDoesNotExistException", f"Branch {branch} does not exist")
        if given is not None:
            raise ApiError("ParentCommitDoesNotExistException", f"{branch} has no commit {given}")
    elif given is None:
        raise ApiError("ParentCommitIdRequiredException", f"A parent commit id is required: the tip of {branch}")
    elif given != tip:
        raise ApiError("ParentCommitIdOutdatedException", f"{given} is not the tip of {branch}, which is {tip}")


def _put(git: Git, parent: str | None, put: Params) -> tuple[str, str, bytes]:
    only(put, {"filePath", "fileMode", "fileContent", "sourceFile"}, "putFiles")
    path = _path(put["filePath"])
    before: Entry | None = git.entry(parent, path) if parent else None
    if put.get("sourceFile"):
        raise unsupported("sourceFile of putFiles")
    if put.get("fileContent") is None:
        raise ApiError("FileContentRequiredException", f"File content is required for {path}")
    if before and before.kind == "tree":
        raise ApiError("FileNameConflictsWithDirectoryNameException", f"{path} is a folder")
    mode = _mode(put["fileMode"]) if put.get("fileMode") else before.mode if before else "100644"
    return path, mode, base64.b64decode(put["fileContent"])


def _mode(name: str) -> str:
    if name not in BLOB_MODES:
        raise ApiError("InvalidFileModeException", f"{name!r} is no file mode: expected {', '.join(BLOB_MODES)}")
    return BLOB_MODES[name]


def _path(path: str) -> str:
    parts = PurePosixPath(path.lstrip("/")).parts
    if not parts or {"..", ".git"} & set(parts):
        raise ApiError("InvalidPathException", f"{path!r} is not a valid path")
    return "/".join(parts)


def _commit(repository: Repository, specifier: str | None) -> str:
    name = specifier or repository.default_branch or "HEAD"
    found = repository.git.resolve(name)
    if found is None:
        raise ApiError("CommitDoesNotExistException", f"{name} does not exist in {repository.name}")
    return found


def _person(line: str) -> Params:
    """`Name <email> seconds zone` as the API shows it."""
    name, _, rest = line.partition(" <")
    email, _, date = rest.partition("> ")
    return {"name": name, "email": email, "date": date}
