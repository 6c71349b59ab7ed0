"""What unmodified git clients need: a gitconfig for each account and region, and the hooks that report pushes.

Git reaches a repository through its `ext` transport: a program that has every pull and push decided first.
"""

from __future__ import annotations

import shlex
import sys
from pathlib import Path

from rehearsal import regions
from rehearsal.api import partition_of
from rehearsal.paths import below

_HOOK = Path(__file__).with_name("hook.py")


def repository_directory(root: Path, account: str, region: str, name: str) -> Path:
    """Where a repository is on the disk; `root` is the directory of the embedded AWS."""
    return below(root / "git", account, region, name)


def git_environment(root: Path, endpoint: str, account: str, region: str) -> dict[str, str]:
    """The variables under which `git` reaches the CodeCommit repositories of `account` (`region` is the default one).

    `https://git-codecommit.REGION.amazonaws.com/v1/repos/NAME`, `codecommit::REGION://NAME` and `codecommit://NAME` are
    mapped to the bare repositories. A pull or push also needs the AWS_* variables of whoever makes it.
    """
    config = below(root / "git" / "config", account, f"{region}.gitconfig")
    if not config.exists():
        config.parent.mkdir(parents=True, exist_ok=True)
        part = config.with_suffix(f".{id(config)}")
        part.write_text(_gitconfig(root, endpoint, account, region), encoding="utf-8")
        part.replace(config)  # builds that start together never read half of it
    return {"GIT_CONFIG_GLOBAL": str(config), "GIT_TERMINAL_PROMPT": "0"}


def terminal_settings(root: Path, endpoint: str, account: str, region: str) -> list[tuple[str, str]]:
    """Settings with which `git` in a person's terminal reaches the same repositories, beside the person's own ones.

    Nothing else of git changes: neither who commits, nor what is trusted.
    """
    config = below(root / "git" / "config", account, f"{region}.terminal.gitconfig")
    config.parent.mkdir(parents=True, exist_ok=True)
    config.write_text(_ways(root, endpoint, account, region, allowed="user", pushes=True), encoding="utf-8")
    return [("include.path", str(config))]


def write_hooks(root: Path, endpoint: str) -> Path:
    """Write the hooks that all repositories share and return their directory."""
    hooks = root / "git" / "hooks"
    hooks.mkdir(parents=True, exist_ok=True)
    for stage in ("pre-receive", "post-receive"):
        command = shlex.join([sys.executable, "-I", "-S", str(_HOOK), stage, endpoint])
        # git runs hooks in the repository's directory: its path says which one it is
        hook = hooks / stage
        hook.write_text(f'#!/bin/sh\nexec {command} "$(pwd -P)"\n', encoding="utf-8")
        hook.chmod(0o755)
    return hooks


def _gitconfig(root: Path, endpoint: str, account: str, region: str) -> str:
    sections = [
        # the repositories may belong to another user than the one who runs git (a build in a sandbox)
        "[safe]\n\tdirectory = *\n[init]\n\tdefaultBranch = main\n",
        "[user]\n\tname = rehearsal\n\temail = rehearsal@localhost\n",
        _ways(root, endpoint, account, region, allowed="always"),
    ]
    return "".join(sections)


def _ways(root: Path, endpoint: str, account: str, region: str, *, allowed: str, pushes: bool = False) -> str:
    """How git reaches the repositories. With `pushes`, even if other settings take pushes somewhere else."""
    program = " ".join(map(_argument, (sys.executable, "-I", "-S", str(_HOOK), "connect", endpoint)))
    sections = [f'[protocol "ext"]\n\tallow = {allowed}\n']
    for each in sorted({region, *regions.known()}):
        suffix = "amazonaws.com.cn" if partition_of(each) == "aws-cn" else "amazonaws.com"
        directory = _argument(f"{root / 'git' / account / each}/")
        lines = [f'[url "ext::{_escaped(f"{program} %S {directory}")}"]']
        addresses = [f"https://git-codecommit.{each}.{suffix}/v1/repos/", f"codecommit::{each}://"]
        addresses += ["codecommit://"] if each == region else []
        keys = ("insteadOf", "pushInsteadOf") if pushes else ("insteadOf",)
        lines += [f"\t{key} = {address}" for key in keys for address in addresses]
        sections.append("\n".join(lines) + "\n")
    return "".join(sections)


def _argument(text: str) -> str:
    """An argument of an `ext::` address. https://git-scm.com/docs/git-remote-ext"""
    return text.replace("%", "%%").replace(" ", "% ")


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace('"', '\\"')
