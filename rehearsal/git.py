"""One bare repository and the git plumbing that the API needs. Paths are text, contents bytes, ids 40 hex digits."""

from __future__ import annotations

import re
import shutil
from dataclasses import dataclass
from pathlib import Path

from rehearsal.process import Output, Processes, base_environment

EMPTY_TREE = "4b825dc642cb6eb9a060e54bf8d69288fbee4904"
NO_COMMIT = "0" * 40
MODES = {"100644": "NORMAL", "100755": "EXECUTABLE", "120000": "SYMLINK"}
BLOB_MODES = {name: mode for mode, name in MODES.items()}


class GitError(Exception):
    """git refused; the text is its own message."""


@dataclass(frozen=True)
class Commit:
    """A commit as `git cat-file` shows it; the identity lines are `Name <email> seconds zone`."""

    commit_id: str
    tree: str
    parents: tuple[str, ...]
    author: str
    committer: str
    message: str


@dataclass(frozen=True)
class Entry:
    """An entry of a tree: git's mode and kind (blob, tree, commit), the object and its full path."""

    mode: str
    kind: str
    object_id: str
    path: str


@dataclass(frozen=True)
class Change:
    """What happened to a path between two trees: `status` is A, M, D or T."""

    status: str
    path: str
    before: tuple[str, str]
    after: tuple[str, str]


@dataclass(frozen=True)
class Identity:
    """Who wrote a commit, at `seconds` since 1970 (UTC)."""

    name: str
    email: str
    seconds: int

    def __str__(self) -> str:
        name = re.sub(r"[<>\n]", "", self.name) or "unknown"
        return f"{name} <{re.sub(r'[<> ]', '', self.email)}> {self.seconds} +0000"


class Git:
    """The bare repository at `directory`. Raises GitError whenever git refuses."""

    def __init__(self, processes: Processes, directory: Path) -> None:
        self._processes = processes
        self.directory = directory

    def create(self, hooks: Path | None = None, **settings: str) -> None:
        """Make it, empty, with the hooks of `hooks` and more settings of git; what was there before is removed."""
        shutil.rmtree(self.directory, ignore_errors=True)
        self.directory.mkdir(parents=True)
        self._git("init", "--quiet", "--bare", "--initial-branch=main", "--template=", ".")
        # both hosts have commits fetched by id (CodeBuild does), and clients pick the hooks up from here alone
        for key, value in (
            ("core.hooksPath", str(hooks or "/dev/null")),
            ("uploadpack.allowAnySHA1InWant", "true"),
            ("gc.auto", "0"),
            ("receive.autogc", "false"),
            *settings.items(),
        ):
            self._git("config", key, value)

    def delete(self) -> None:
        """Remove it from the disk."""
        shutil.rmtree(self.directory, ignore_errors=True)

    def branches(self) -> dict[str, str]:
        """Branch names and the commits at their tips, by name."""
        lines = self._text("for-each-ref", "--format=%(objectname) %(refname)", "refs/heads/").splitlines()
        pairs = (line.split(" ", 1) for line in lines)
        return {ref.removeprefix("refs/heads/"): commit for commit, ref in pairs}

    def references(self, prefix: str = "refs/") -> dict[str, str]:
        """All references below `prefix`, in full, and what each of them names."""
        lines = self._text("for-each-ref", "--format=%(objectname) %(refname)", prefix).splitlines()
        return {ref: found for found, _, ref in (line.partition(" ") for line in lines)}

    def resolve(self, specifier: str) -> str | None:
        """The commit that a branch, tag, full reference, HEAD or id names, or None."""
        for name in (f"refs/heads/{specifier}", f"refs/tags/{specifier}", specifier):
            found = self._try("rev-parse", "--verify", "--quiet", "--end-of-options", f"{name}^{{commit}}")
            if found.code == 0:
                return found.stdout.decode().strip()
        return None

    def commit(self, commit_id: str) -> Commit:
        """Read a commit."""
        header, _, message = self._git("cat-file", "commit", commit_id).decode("utf-8", "replace").partition("\n\n")
        fields: dict[str, list[str]] = {}
        for line in header.splitlines():
            name, _, value = line.partition(" ")
            fields.setdefault(name, []).append(value)
        return Commit(
            commit_id,
            fields["tree"][0],
            tuple(fields.get("parent", ())),
            fields["author"][0],
            fields["committer"][0],
            message,
        )

    def merge_base(self, one: str, other: str) -> str | None:
        """The newest commit that both have among their ancestors or are; None without any."""
        found = self._try("merge-base", one, other)
        return found.stdout.decode().strip() or None

    def tree(self, commit_or_tree: str) -> str:
        """The id of the tree of a commit."""
        return self._text("rev-parse", "--verify", f"{commit_or_tree}^{{tree}}").strip()

    def entry(self, commit_id: str, path: str) -> Entry | None:
        """The entry at `path`; the root is a tree; None when there is nothing."""
        if not path:
            return Entry("040000", "tree", self.tree(commit_id), "")
        return next(iter(self._entries("ls-tree", "-z", "--full-tree", commit_id, "--", f":(literal){path}")), None)

    def children(self, commit_id: str, path: str) -> list[Entry]:
        """The direct children of the folder `path` (the root is "")."""
        return self._entries("ls-tree", "-z", f"{commit_id}:{path}" if path else commit_id)

    def blob(self, blob_id: str) -> bytes:
        """The content of a blob."""
        return self._git("cat-file", "blob", blob_id)

    def differences(self, before: str | None, after: str) -> list[Change]:
        """The changed files between two commits, by path; without `before` every file of `after` was added."""
        out = self._git("diff-tree", "-r", "-z", "--raw", "--no-renames", "--no-abbrev", before or EMPTY_TREE, after)
        fields = [field.decode("utf-8", "replace") for field in out.split(b"\0") if field]
        changes = []
        for meta, path in zip(fields[::2], fields[1::2], strict=True):
            old_mode, new_mode, old_id, new_id, status = meta.lstrip(":").split()
            changes.append(Change(status[0], path, (old_mode, old_id), (new_mode, new_id)))
        return changes

    def archive(self, commit_id: str) -> bytes:
        """A zip of the files of a commit."""
        return self._git("archive", "--format=zip", commit_id)

    def bundle(self) -> bytes:
        """All branches and tags with their history, as one file."""
        return self._git("bundle", "create", "-", "--branches", "--tags")

    def write_commit(
        self,
        *,
        parent: str | None,
        message: str,
        author: Identity,
        puts: dict[str, tuple[str, bytes]],
        deletes: list[str],
        modes: dict[str, str],
    ) -> str:
        """Make a commit from `parent`: `puts` are path -> (git mode, content), `modes` path -> git mode.

        No branch moves. Returns the id of the commit.
        Raises GitError.
        """
        scratch = "refs/rehearsal/new"
        lines = [b"commit %s" % scratch.encode(), f"author {author}".encode(), f"committer {author}".encode()]
        text = message.encode()
        stream = b"\n".join([*lines, b"data %d" % len(text), text, b""])
        if parent:
            stream += f"from {parent}\n".encode()
        for path in deletes:
            stream += f"D {_quoted(path)}\n".encode()
        for path, mode in modes.items():
            entry = self.entry(parent, path) if parent else None
            if entry is None:
                raise GitError(f"{path} does not exist")
            stream += f"M {mode} {entry.object_id} {_quoted(path)}\n".encode()
        for path, (mode, content) in puts.items():
            stream += f"M {mode} inline {_quoted(path)}\ndata {len(content)}\n".encode() + content + b"\n"
        try:
            self._git("fast-import", "--quiet", "--force", stdin=stream)
            return self._text("rev-parse", "--verify", scratch).strip()
        finally:
            self._try("update-ref", "-d", scratch)

    def update(self, ref: str, new: str, old: str | None) -> None:
        """Move `ref` from `old` (None: it must not exist) to `new`, atomically."""
        self._git("update-ref", ref, new, old or NO_COMMIT)

    def remove(self, ref: str) -> None:
        """Delete `ref`."""
        self._git("update-ref", "-d", ref)

    def set_head(self, branch: str) -> None:
        """Make `branch` the one that a clone checks out."""
        self._git("symbolic-ref", "HEAD", f"refs/heads/{branch}")

    def valid_branch(self, name: str) -> bool:
        """Whether git accepts the name of a branch."""
        return self._try("check-ref-format", f"refs/heads/{name}").code == 0 and not name.startswith("-")

    def speak(self, program: str, stream: int, variables: dict[str, str]) -> None:
        """Let git's `upload-pack` or `receive-pack` speak to a client over a socket; hooks get `variables`."""
        self._processes.serve(["git", program, "."], cwd=self.directory, env=_environment() | variables, stream=stream)

    def rpc(self, program: str, body: bytes, *, advertise: bool, protocol: str) -> bytes:
        """One round of the protocol that git speaks over HTTP, by `upload-pack` or `receive-pack`."""
        how = ["--advertise-refs"] if advertise else []
        done = self._processes.communicate(
            ["git", program, "--stateless-rpc", *how, "."],
            cwd=self.directory,
            env=_environment() | ({"GIT_PROTOCOL": protocol} if protocol else {}),
            stdin=body,
            timeout=300,
        )
        if done.code and not done.stdout:
            raise GitError(done.stderr.decode("utf-8", "replace").strip() or f"git {program} failed")
        return done.stdout

    def fetch(self, source: Git, refspec: str) -> None:
        """Copy references of another repository of this machine with all that they need."""
        self._git("fetch", "--quiet", "--no-tags", str(source.directory), refspec)

    def merge(self, base: str, head: str, message: str, author: Identity) -> str | None:
        """A commit that merges `head` into `base`, on no branch; None where they conflict or share no history."""
        done = self._try("merge-tree", "--write-tree", base, head)
        if done.code == 1 or b"unrelated histories" in done.stderr:
            return None
        if done.code:
            raise GitError(done.stderr.decode("utf-8", "replace").strip())
        tree = done.stdout.decode().split()[0]
        who = ("-c", f"user.name={author.name}", "-c", f"user.email={author.email}")
        return self._text(*who, "commit-tree", tree, "-p", base, "-p", head, "-m", message).strip()

    def _entries(self, *command: str) -> list[Entry]:
        entries = []
        for line in self._git(*command).split(b"\0"):
            if line:
                meta, _, path = line.decode("utf-8", "replace").partition("\t")
                mode, kind, object_id = meta.split()
                entries.append(Entry(mode, kind, object_id, path))
        return entries

    def _text(self, *command: str) -> str:
        return self._git(*command).decode("utf-8", "replace")

    def _git(self, *command: str, stdin: bytes = b"") -> bytes:
        done = self._try(*command, stdin=stdin)
        if done.code:
            complaint = done.stderr.decode("utf-8", "replace").strip()
            raise GitError(f"git {command[0]}: {complaint or f'exit code {done.code}'}")
        return done.stdout

    def _try(self, *command: str, stdin: bytes = b"") -> Output:
        return self._processes.communicate(
            ["git", "--git-dir=.", *command], cwd=self.directory, env=_environment(), stdin=stdin, timeout=300
        )


def _environment() -> dict[str, str]:
    env = base_environment() | {"GIT_CONFIG_GLOBAL": "/dev/null", "GIT_CONFIG_NOSYSTEM": "1", "LC_ALL": "C"}
    return env | {"GIT_CONFIG_COUNT": "1", "GIT_CONFIG_KEY_0": "safe.directory", "GIT_CONFIG_VALUE_0": "*"}


def _quoted(path: str) -> str:
    escaped = path.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
    return f'"{escaped}"'
