"""Checks a commit out: `checkout.py WANTED`, a JSON object, run in the cage of a job.

`{"forget": DIRECTORY}` takes the token out of what is checked out there. Else there are
`url`, `directory`, `header` (the value of an HTTP header with the token, or ""), `ref` (a full ref, a branch, tag or
commit), `commit` (what `ref` is known to be, or ""), `depth` (0: everything), `tags`, `clean`. Prints ref and commit.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

_COMMIT = re.compile(r"[0-9a-f]{40}|[0-9a-f]{64}")


def main(wanted: dict[str, Any]) -> int:
    """Check out what is wanted; the exit code of the git command that failed, or 0."""
    directory = Path(wanted["directory"])
    directory.mkdir(parents=True, exist_ok=True)
    if not (directory / ".git").is_dir() or wanted["clean"]:
        for entry in directory.iterdir():
            shutil.rmtree(entry) if entry.is_dir() and not entry.is_symlink() else entry.unlink()
    os.chdir(directory)
    try:
        git("init", "--quiet", "--initial-branch=main", ".")
        if subprocess.run(["git", "remote"], capture_output=True, check=False).stdout.strip() == b"":
            git("remote", "add", "origin", wanted["url"])
        git("config", "--local", "gc.auto", "0")
        if wanted["header"]:
            for name in headers(wanted["url"]):
                git("config", "--local", name, wanted["header"], shown=False)
        ref = wanted["ref"] if _COMMIT.fullmatch(wanted["ref"]) else full_ref(wanted["ref"])
        local = tracked(ref)
        fetch(wanted, ref, local)
        if ref.startswith("refs/heads/"):
            branch = ref.removeprefix("refs/heads/")
            git("checkout", "--quiet", "--force", "-B", branch, local)
        else:
            git("checkout", "--quiet", "--force", "--detach", local or ref)
        commit = git("rev-parse", "HEAD", shown=False)
    except subprocess.CalledProcessError as error:
        return error.returncode
    print(f"HEAD is now at {commit}")
    print(json.dumps({"ref": wanted["ref"], "commit": commit}))
    return 0


def git(*arguments: str, shown: bool = True) -> str:
    """Run git; what it prints. Raises CalledProcessError, after what it said."""
    if shown:
        print(f"[command]git {' '.join(arguments)}", flush=True)
    done = subprocess.run(["git", *arguments], capture_output=True, text=True, check=False)
    print(done.stderr, end="", flush=True)
    done.check_returncode()
    return done.stdout.strip()


def headers(url: str) -> set[str]:
    """The settings of the header with the token: for the host, and for where git goes in its place."""
    there = git("ls-remote", "--get-url", url, shown=False)
    owner_and_name = "/".join(url.split("/")[3:])
    places = {each.removesuffix(owner_and_name) for each in (url, there)}
    return {f"http.{place}.extraheader" for place in places if place.startswith("http")}


def forget(directory: str) -> int:
    """Take the token out of the configuration of a repository, if that is still there."""
    if not Path(directory, ".git").is_dir():
        return 0
    os.chdir(directory)
    kept = git("config", "--local", "--list", "--name-only", shown=False).splitlines()
    for name in headers(git("config", "--get", "remote.origin.url", shown=False)):
        if name.lower() in map(str.lower, kept):
            git("config", "--local", "--unset-all", name)
    return 0


def full_ref(name: str) -> str:
    """The full name of a branch or tag. Raises CalledProcessError when there is none."""
    if name.startswith("refs/"):
        return name
    lines = git("ls-remote", "origin", f"refs/heads/{name}", f"refs/tags/{name}").splitlines()
    found = {line.split("\t")[1] for line in lines}
    for ref in (f"refs/heads/{name}", f"refs/tags/{name}"):
        if ref in found:
            return ref
    print(f"##[error]A branch or tag with the name '{name}' could not be found")
    raise subprocess.CalledProcessError(1, "git")


def tracked(ref: str) -> str:
    """Where a fetched ref is kept; "" for a commit."""
    for start, kept in (("refs/heads/", "refs/remotes/origin/"), ("refs/pull/", "refs/remotes/pull/")):
        if ref.startswith(start):
            return kept + ref.removeprefix(start)
    return ref if ref.startswith("refs/") else ""


def fetch(wanted: dict[str, Any], ref: str, local: str) -> None:
    """Fetch the commit, with as much history as is wanted."""
    depth = int(wanted["depth"])
    options = ["--quiet", "--no-tags", "--prune", "--no-recurse-submodules"]
    options += [f"--depth={depth}"] if depth else ["--update-shallow"]  # what is fetched from may be shallow itself
    what = wanted["commit"] or ref
    specs = [f"+{what}:{local}"] if local else [what]
    if depth == 0:
        git("fetch", *options, "origin", "+refs/heads/*:refs/remotes/origin/*", "+refs/tags/*:refs/tags/*")
    elif wanted["tags"]:
        specs.append("+refs/tags/*:refs/tags/*")
    git("fetch", *options, "origin", *specs)


if __name__ == "__main__":
    given = json.loads(sys.argv[1])
    sys.exit(forget(given["forget"]) if "forget" in given else main(given))
