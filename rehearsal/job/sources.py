"""Module sources of `--source`: git reaches a copy on this machine, archives are unpacked where Seed-Farmer looks.

https://seed-farmer.readthedocs.io/en/latest/reference/manifests/
"""

from __future__ import annotations

import shutil
import subprocess
import zipfile
import zlib
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from urllib.parse import parse_qs, urlparse

from rehearsal import archives
from rehearsal.errors import RehearsalError
from rehearsal.job.plan import Plan
from rehearsal.job.provided import ARCHIVE, GIT, Source
from rehearsal.process import base_environment
from rehearsal.sagemaker.shapes import nearest

STEP = "--source"
_NESTED = "160000 "  # how git lists a repository in a repository
_SNAPSHOT = "main"  # the branch of a folder that is no clone
_LOCKED = ("-c", "core.hooksPath=/dev/null", "-c", "protocol.file.allow=always", "-c", "safe.directory=*")


def make(plan: Plan, directory: Path) -> None:
    """Copy the git repositories below `directory`, so that every ref that the manifest names is there.

    Raises RehearsalError.
    """
    for number, source in enumerate(_git(plan)):
        bare = directory / "sources" / str(number)
        shutil.rmtree(bare, ignore_errors=True)
        bare.mkdir(parents=True)
        _run(bare, "init", "--quiet", "--bare", f"--initial-branch={_SNAPSHOT}", ".")
        _run(bare, "config", "uploadpack.allowAnySHA1InWant", "true")
        wanted = sorted(set(_refs(plan.paths, source)))
        if _is_clone(source.place):
            _fetch(bare, source, wanted)
        else:
            _snapshot(bare, source, wanted)


def settings(plan: Plan, directory: Path) -> Iterator[tuple[str, str]]:
    """Settings with which git takes the copies in place of the URLs, written with `.git` or without."""
    for number, source in enumerate(_git(plan)):
        bare = directory / "sources" / str(number)
        yield from ((f"url.file://{bare}.insteadOf", f"{source.url}{ending}") for ending in (".git", ""))


def environment(plan: Plan, directory: Path) -> Mapping[str, str]:
    """The same as variables. https://git-scm.com/docs/git-config#Documentation/git-config.txt-GITCONFIGCOUNT"""
    pairs = list(settings(plan, directory))
    found = {f"GIT_CONFIG_KEY_{number}": key for number, (key, _) in enumerate(pairs)}
    found |= {f"GIT_CONFIG_VALUE_{number}": value for number, (_, value) in enumerate(pairs)}
    return found | {"GIT_CONFIG_COUNT": str(len(pairs))} if pairs else {}


def unpack(plan: Plan, project: Path) -> None:
    """Put the archives of the manifest into `project`, where Seed-Farmer keeps those that it downloaded.

    Raises RehearsalError.
    """
    for path in plan.paths:
        url = path.removeprefix(ARCHIVE).partition("?")[0]
        source = next((each for each in plan.provided.sources if each.archive and each.url == url), None)
        if not path.startswith(ARCHIVE) or source is None:
            continue
        name = urlparse(url).path.replace(".tar.gz", "").replace(".zip", "").replace("/", "_")
        target = project / "seedfarmer.archive" / name
        if target.exists():
            continue
        if source.place.is_dir():
            shutil.copytree(source.place, target, symlinks=True, ignore=shutil.ignore_patterns(".git"))
        else:
            _unpacked(source.place, target)


def missing(plan: Plan) -> Iterator[str]:
    """The repositories and archives of the manifest that no `--source` has: they are downloaded."""
    known = {each.url for each in plan.provided.sources}
    for path in plan.paths:
        for prefix, end in ((GIT, ".git//"), (ARCHIVE, "?")):
            if path.startswith(prefix) and (url := path.removeprefix(prefix).partition(end)[0]) not in known:
                yield f"{prefix}{url}"


def _git(plan: Plan) -> list[Source]:
    return [each for each in plan.provided.sources if not each.archive]


def _refs(paths: Sequence[str], source: Source) -> Iterator[str]:
    """The refs of a repository that module paths name."""
    for path in paths:
        repository, _, query = path.removeprefix(GIT).partition("?")
        if path.startswith(GIT) and repository.partition(".git")[0] == source.url:
            yield from parse_qs(query).get("ref", [])


def _is_clone(place: Path) -> bool:
    return (place / ".git").exists() or ((place / "HEAD").is_file() and (place / "objects").is_dir())


def _fetch(bare: Path, source: Source, wanted: Sequence[str]) -> None:
    """Its branches and tags, those that it has of its own remote too; then each wanted ref must be there."""
    kinds = ("+refs/remotes/origin/*:refs/heads/*", "+refs/tags/*:refs/tags/*", "+refs/heads/*:refs/heads/*")
    for kind in kinds:
        _run(bare, "fetch", "--quiet", "--no-tags", "--update-head-ok", str(source.place), kind)
    listed = _run(bare, "for-each-ref", "--format=%(refname:lstrip=2)").split()
    head = _run(source.place, "rev-parse", "HEAD").strip()
    _run(bare, "fetch", "--quiet", "--no-tags", str(source.place), head)
    _run(bare, "update-ref", f"refs/heads/{_SNAPSHOT}", head)
    for ref in wanted:
        if ref not in listed and not _has(bare, ref):
            text = f"{source.url}={source.place}: the manifest names the ref {ref}, which is not there"
            raise RehearsalError(STEP, f"{text}{nearest(ref, listed)} (git fetch it, or name a folder without .git)")


def _snapshot(bare: Path, source: Source, wanted: Sequence[str]) -> None:
    """One commit of a folder that is no clone: what stands there is every ref."""
    tree = ("--git-dir", str(bare), "--work-tree", str(source.place))
    _run(source.place, *tree, "add", "--all", "--force", ".")
    nested = [each for each in _run(bare, "ls-files", "--stage").splitlines() if each.startswith(_NESTED)]
    if nested:
        where = nested[0].partition("\t")[2]
        text = f"{source.url}={source.place}: {where} is a git repository of its own, which would be left out"
        raise RehearsalError(STEP, f"{text} (remove its .git, or name a source for it)")
    who = ("-c", "user.name=rehearsal", "-c", "user.email=rehearsal@localhost", "-c", "commit.gpgsign=false")
    _run(source.place, *tree, *who, "commit", "--quiet", "--allow-empty", "--message", f"{source.place.name}")
    for ref in wanted:
        _run(bare, "branch", "--force", ref, _SNAPSHOT) if ref != _SNAPSHOT else None


def _has(bare: Path, commit: str) -> bool:
    command = ["git", *_LOCKED, "cat-file", "-e", f"{commit}^{{commit}}"]
    return subprocess.run(command, cwd=bare, env=_plain(), capture_output=True, check=False).returncode == 0


def _run(folder: Path, *words: str) -> str:
    ended = subprocess.run(
        ["git", *_LOCKED, *words], cwd=folder, env=_plain(), capture_output=True, text=True, check=False
    )
    if ended.returncode:
        raise RehearsalError(STEP, f"{folder}: git {words[0]}: {ended.stderr.strip()}")
    return ended.stdout


def _plain() -> dict[str, str]:
    return base_environment() | {"GIT_CONFIG_GLOBAL": "/dev/null", "GIT_TERMINAL_PROMPT": "0"}


def _unpacked(archive: Path, target: Path) -> None:
    """The files of an archive below `target`, without the one folder that they are all in."""
    part = target.with_suffix(".part")
    part.mkdir(parents=True)
    try:
        if zipfile.is_zipfile(archive):
            with zipfile.ZipFile(archive) as file:
                archives.check_zip(file, archives.LARGEST)
                file.extractall(part)
        else:
            archives.unpack(archive, part)
    except (OSError, EOFError, archives.Unreadable, zipfile.BadZipFile, zlib.error) as error:
        raise RehearsalError(STEP, f"{archive}: expected a .zip or .tar.gz: {error}") from None
    found = list(part.iterdir())
    (found[0] if len(found) == 1 and found[0].is_dir() else part).rename(target)
    shutil.rmtree(part, ignore_errors=True)
