"""Where code is, and how it is reached: hosts, names of repositories, connections; the key `github`."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Annotated, Literal

from pydantic import BeforeValidator, Field

from model_cicd.aws import naming
from model_cicd.aws.policy import GITHUB_ISSUER
from model_cicd.settings import types
from model_cicd.settings.strict import Settings
from model_cicd.settings.types import as_text, refuse
from model_cicd.text.errors import describe

CODECOMMIT, GITHUB = "codecommit", "github"
CODEBUILD, ACTIONS = "codebuild", "github-actions"
Host = Literal["codecommit", "github", "gitlab", "bitbucket"]
Runner = Literal["codebuild", "github-actions"]

_GITHUB = re.compile(r"[A-Za-z0-9](?:-?[A-Za-z0-9]){0,38}/(?!\.{1,2}$)(?!.*\.git$)[A-Za-z0-9._-]{1,100}")
#: by host: what names the repository there, in full
FULL_NAMES: Mapping[str, re.Pattern[str]] = {
    # https://docs.github.com/en/get-started/learning-about-github/github-glossary
    "github": _GITHUB,
    # https://docs.gitlab.com/user/reserved_names/
    "gitlab": re.compile(r"[A-Za-z0-9_][\w.-]*(?:/[A-Za-z0-9_][\w.-]*)+", re.ASCII),
    "bitbucket": re.compile(r"[A-Za-z0-9_-]+/[A-Za-z0-9_.-]+"),
}
_WORDS = {"github": "owner/repository", "gitlab": "group/project, in nested groups too", "bitbucket": "workspace/name"}
MOST_FULL_NAME = 255
_CONNECTION = re.compile(
    r"arn:aws[a-z-]*:(codeconnections|codestar-connections):(?P<region>[a-z0-9-]+):(?P<account>[0-9]{12})"
    r":connection/[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}"
)
_PARAMETER = re.compile(r"ssm:/[\w./-]{1,1000}", re.ASCII)
#: a repository in subjects that are immutable
NUMBERED = re.compile(
    r"(?P<owner>[A-Za-z0-9](?:-?[A-Za-z0-9]){0,38})@(?P<id>[1-9][0-9]{0,19})/(?!\.{1,2}@)[A-Za-z0-9._-]{1,100}@[1-9][0-9]{0,19}"
)
WORKFLOW = re.compile(
    rf"{_GITHUB.pattern.replace('$', '/')}/\.github/workflows/[A-Za-z0-9_.-]+\.ya?ml@refs/(heads|tags)/[A-Za-z0-9_./-]+"
)


def name_complaint(host: str, name: str) -> str | None:
    """What is wrong with the name of a repository at a host, as far as it is text."""
    if host == CODECOMMIT:
        return naming.REPOSITORY.complaint(name)
    if len(name) > MOST_FULL_NAME or not FULL_NAMES[host].fullmatch(name):
        return f"got {describe(name)}, expected the repository's full name at {host}: {_WORDS[host]}"
    return None


def _name(value: object) -> str:
    """Of one host at least: which it has to be, a rule knows that sees the host."""
    text = as_text(value, "a repository name")
    if "/" not in text and (complaint := naming.REPOSITORY.complaint(text)):
        refuse(complaint)
    return text


def _connection(value: object) -> str:
    expected = (
        "the ARN of a connection, 'arn:aws:codeconnections:REGION:ACCOUNT:connection/ID' (or codestar-connections), "
        "or 'ssm:/name' of a parameter that holds it"
    )
    text = as_text(value, expected)
    if not _CONNECTION.fullmatch(text) and not _PARAMETER.fullmatch(text):
        refuse(f"got {describe(text)}, expected {expected}")
    return text


def connection_place(text: str) -> tuple[str, str] | None:
    """Account and region of a connection's ARN; None for a parameter that holds it."""
    found = _CONNECTION.fullmatch(text)
    return (found["account"], found["region"]) if found else None


def _github_name(value: object) -> str:
    text = as_text(value, "a repository of GitHub, owner/repository")
    if complaint := name_complaint(GITHUB, text):
        refuse(complaint)
    return text


def _glob(value: object) -> str:
    text = as_text(value, "a path or a pattern of paths")
    if not 1 <= len(text) <= 255 or text.startswith("/") or not text.isprintable():
        refuse(f"got {describe(text)}, expected a pattern of paths from the repository's root, 1 to 255 characters")
    return text


_EXACT = "in full: what stands in a token's subject is compared letter by letter, and wildcards are only letters"
RepositoryName = Annotated[str, BeforeValidator(_name)]
GitHubName = Annotated[str, BeforeValidator(_github_name)]
ConnectionArn = Annotated[str, BeforeValidator(_connection)]
GitHubEnvironment = Annotated[
    str,
    BeforeValidator(
        types.matching(
            r"[A-Za-z0-9_.-]([A-Za-z0-9_ ./-]{0,253}[A-Za-z0-9_.-])?", f"the name of a GitHub environment {_EXACT}"
        )
    ),
]
_FILE = "a workflow file at a branch or tag, 'owner/repository/.github/workflows/train.yml@refs/heads/main'"
Workflow = Annotated[str, BeforeValidator(types.matching(WORKFLOW.pattern, f"{_FILE}, {_EXACT}"))]
_NUMBERED = (
    "the repository with the ids of its owner and its own, 'owner@123456/repository@456789': "
    "gh api repos/OWNER/REPOSITORY --jq '.owner.id, .id' says them"
)
Numbered = Annotated[str, BeforeValidator(types.matching(NUMBERED.pattern, _NUMBERED))]
# https://docs.aws.amazon.com/codepipeline/latest/APIReference/API_GitFilePathFilterCriteria.html
Globs = Annotated[types.Listed[Annotated[str, BeforeValidator(_glob)]], Field(max_length=8)]
Issuer = Annotated[
    str,
    BeforeValidator(
        types.matching(
            r"https://[a-z0-9]([a-z0-9.-]*[a-z0-9])?(/[A-Za-z0-9._-]+)*",
            "an https URL without port, query and slash at its end, such as 'https://HOSTNAME/_services/token'",
        )
    ),
]
Audience = Annotated[str, BeforeValidator(types.matching(r"[A-Za-z0-9._:/-]{1,255}", f"an audience {_EXACT}"))]
#: claims of a token whose values follow from the settings
Claim = Literal["repo", "context", "job_workflow_ref", "repository", "repository_owner", "environment", "ref"]


class PathFilters(Settings):
    """Which changed files start a pipeline, as patterns (`*`, `**`, `?`) of paths from the repository's root."""

    includes: Globs = Field((), description="pushes that change one of these, at most 8; without them any")
    excludes: Globs = Field((), description="but not pushes that change only these, at most 8")


class GroupRepository(Settings):
    """The repository of one group, in the place of the module's."""

    host: Host = Field(description="where the repository is")
    name: RepositoryName = Field(description="as of `model-build-repo`; it exists already")
    connection_arn: ConnectionArn | None = Field(None, alias="connectionArn", description="as of `model-build-repo`")


class GitHub(Settings):
    """How tokens of GitHub Actions are known: whom they are from, for whom, and what they say of the workflow.

    https://docs.github.com/en/actions/reference/security/oidc
    """

    issuer: Issuer = Field(
        GITHUB_ISSUER,
        description="issuer of the tokens; of GitHub Enterprise Server `https://HOSTNAME/_services/token`",
    )
    audience: Audience = Field("sts.amazonaws.com", description="audience of the tokens, as the workflows ask for it")
    subject_template: types.Listed[Claim] = Field(
        (),
        alias="subjectTemplate",
        description="the claims that the subject is made of, in order, where the organization or the repository has "
        "customized it (`include_claim_keys`); GitHub's default otherwise",
    )
    immutable_subjects: types.Listed[Numbered] = Field(
        (),
        alias="immutableSubjects",
        description="repositories of workflows whose subjects have ids in them, as `owner@123456/repository@456789`: "
        "those that were made, renamed or transferred since 2026-07-15, and those that are set so",
    )
    existing_providers: types.Listed[types.Account] = Field(
        (),
        alias="existingProviders",
        description="accounts that have the IAM identity provider of the issuer already, of which an account can have "
        "one; in the others it is made",
    )
