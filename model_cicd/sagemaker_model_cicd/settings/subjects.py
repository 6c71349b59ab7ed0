"""The subject of a token of GitHub Actions, as the settings say what it consists of.

https://docs.github.com/en/actions/reference/security/oidc
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

#: what GitHub's own template is
DEFAULT_TEMPLATE = ("repo", "context")
#: claims without which a subject is that of any repository, or of any branch
OF_REPOSITORIES, OF_BRANCHES = ("repo", "repository"), ("context", "environment", "ref")


def without_ids(numbered: str) -> str:
    """The repository of a name with ids: of `acme@123/price@456` it is `acme/price`."""
    return re.sub(r"@[0-9]+", "", numbered)


def with_ids(numbered: Iterable[str], repository: str) -> str | None:
    """The name with ids of a repository, where one is listed."""
    return next((each for each in numbered if without_ids(each) == repository), None)


@dataclass(frozen=True)
class Job:
    """The jobs that a role is for: of a repository, on a branch or (where given) in an environment of GitHub's.

    `numbered` is the repository's name with ids, where its subjects have these: GitHub calls them immutable.
    """

    repository: str
    branch: str
    environment: str | None = None
    workflow: str | None = None
    numbered: str | None = None

    @property
    def ref(self) -> str:
        """The branch in full."""
        return f"refs/heads/{self.branch}"

    @property
    def claims(self) -> Mapping[str, str | None]:
        """By claim, what the token says; None where the settings do not."""
        return {
            "repo": self.numbered or self.repository,
            "repository": self.repository,
            "repository_owner": self.repository.partition("/")[0],
            "job_workflow_ref": self.workflow,
            "environment": self.environment,
            "ref": self.ref,
        }

    def missing(self, template: Sequence[str]) -> list[str]:
        """The claims of a template that have no value."""
        return [each for each in template if each != "context" and self.claims[each] is None]

    def subject(self, template: Sequence[str] = ()) -> str:
        """`sub` in full, of a token made after `template`. Raises KeyError for a claim that is none."""
        return ":".join(self._part(each) for each in template or DEFAULT_TEMPLATE)

    def _part(self, claim: str) -> str:
        if claim == "context":
            return f"environment:{self.environment}" if self.environment else f"ref:{self.ref}"
        return f"{claim}:{self.claims[claim]}"
