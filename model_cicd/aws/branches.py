"""What git and CodeCommit accept as a branch name."""

from __future__ import annotations

import re

from model_cicd.aws import naming

# https://git-scm.com/docs/git-check-ref-format
_RULES = (
    (r"[\x00-\x20\x7f]", "no spaces or control characters"),
    (r"[~^:?*\[\\]", "none of ~ ^ : ? * [ and backslash"),
    (r"\.\.", "no '..'"),
    (r"@\{", "no '@{'"),
    (r"//|^/|/$", "no '/' at the beginning or end and no '//'"),
    (r"(?:^|/)\.", "no part that begins with '.'"),
    (r"\.lock(?:/|$)", "no part that ends with '.lock'"),
    (r"\.$", "no '.' at the end"),
    (r"^@$", "something else than '@'"),
    (r"^-", "no '-' at the beginning"),
    (r"^HEAD$", "something else than 'HEAD'"),
    (r"^refs/", "the branch name alone, without 'refs/heads/'"),
)


def branch_complaint(name: str) -> str | None:
    """`got ..., expected ...` when `name` is not a valid branch name, else None."""
    if not name:
        return "got an empty name, expected a branch name"
    broken = [expected for pattern, expected in _RULES if re.search(pattern, name)]
    if broken:
        return f"got {name!r}, expected a branch name with {', '.join(broken)} (git check-ref-format)"
    return naming.BRANCH.complaint(name)
