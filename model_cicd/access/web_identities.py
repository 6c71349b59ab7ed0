"""Workflow jobs as somebody who asks: those that a role is for, and others that GitHub gives tokens to as well."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace

from model_cicd.access.principals import NO_GROUP, Principal
from model_cicd.aws.resources import IdentityProvider, WebIdentity
from model_cicd.sagemaker_model_cicd.settings.subjects import Job

#: the one thing that a token is good for
WITH_TOKEN = "sts:AssumeRoleWithWebIdentity"
_OTHER_ISSUER = "https://tokens.example.com"


def jobs_principal(
    kind: str, label: str, jobs: WebIdentity, groups: frozenset[str] = frozenset()
) -> tuple[str, Principal]:
    """The jobs that a role is for, with a name of their own: they share a provider with others."""
    name = f"{jobs.provider.arn} {jobs.subject}"
    return name, Principal(kind, label, name, "", groups=groups, external=True, service=True, jobs=jobs)


def others_tokens(jobs: WebIdentity) -> tuple[str, Principal]:
    """Whoever has a token with the same claims from another issuer that the account has a provider of."""
    account, partition = jobs.provider.arn.split(":")[4], jobs.provider.arn.split(":")[1]
    name = _OTHER_ISSUER.removeprefix("https://")
    arn = f"arn:{partition}:iam::{account}:oidc-provider/{name}"
    other = replace(jobs, provider=IdentityProvider(name, arn, _OTHER_ISSUER))
    return jobs_principal("jobs of another issuer", f"tokens of another issuer in account {account}", other, NO_GROUP)


def _renumbered(job: Job) -> Iterator[tuple[str, Job]]:
    """The same names with other ids: of whoever has the names now, or of a time when subjects were made otherwise."""
    owner, _, name = job.repository.partition("/")
    if job.numbered is None:
        yield "with ids", replace(job, numbered=f"{owner}@1/{name}@2")
        return
    owner_id, own_id = (each.rpartition("@")[2] for each in job.numbered.split("/"))
    yield "without ids", replace(job, numbered=None)
    yield "of another owner of the name", replace(job, numbered=f"{owner}@{owner_id}1/{name}@{own_id}")
    yield "of another repository of the name", replace(job, numbered=f"{owner}@{owner_id}/{name}@{own_id}1")


def asked_tokens(jobs: WebIdentity) -> Iterator[tuple[str, Mapping[str, str]]]:
    """The tokens that are asked with, as condition keys: first the right one, then others, each with a word."""
    job = Job(jobs.repository, jobs.branch, jobs.environment, jobs.workflow, jobs.numbered)
    owner, _, name = job.repository.partition("/")
    right, file = jobs.subject, jobs.workflow or f"{job.repository}/.github/workflows/any.yml@{job.ref}"

    def token(word: str, sub: str, aud: str = jobs.audience, workflow: str = file) -> tuple[str, Mapping[str, str]]:
        claims = {"aud": aud, "sub": sub, "job_workflow_ref": workflow}
        return word, {f"{jobs.provider.name}:{claim}": value for claim, value in claims.items()}

    yield token("", right)
    yield token("for another audience", right, aud=f"https://github.com/{owner}")
    for word, other in (
        ("of another branch", replace(job, branch=f"{job.branch}-other")),
        ("of a branch below", replace(job, branch=f"{job.branch}/other")),
        ("of another environment", replace(job, environment=f"{job.environment}-other" if job.environment else None)),
        ("of another repository", replace(job, repository=f"{job.repository}-other", numbered=None)),
        ("of a fork", replace(job, repository=f"{owner}-fork/{name}", numbered=None)),
        *_renumbered(job),
    ):
        if (subject := other.subject(jobs.template)) != right:
            yield token(word, subject)
    here = f"environment:{job.environment}" if job.environment else f"ref:{job.ref}"
    for word, context in (("of a tag", f"ref:refs/tags/{job.branch}"), ("of a pull request", "pull_request")):
        yield token(word, right.replace(here, context))
    yield token("in other letters", right.upper())
    if jobs.workflow:
        path, at, ref = jobs.workflow.rpartition("@")
        other = replace(job, workflow=f"{path.rpartition('/')[0]}/other.yml{at}{ref}")
        yield token("of another workflow", other.subject(jobs.template), workflow=str(other.workflow))
