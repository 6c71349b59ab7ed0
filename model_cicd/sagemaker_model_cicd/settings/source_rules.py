"""What must hold between settings about where code is and what starts it: hosts, connections, GitHub Actions.

As in rules.py, plain data is read, and what cannot be read is skipped.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from model_cicd.aws.policy import GITHUB_ISSUER
from model_cicd.sagemaker_model_cicd.settings.reading import groups
from model_cicd.sagemaker_model_cicd.settings.sources import (
    ACTIONS,
    CODEBUILD,
    CODECOMMIT,
    FULL_NAMES,
    GITHUB,
    NUMBERED,
    name_complaint,
)
from model_cicd.sagemaker_model_cicd.settings.subjects import OF_BRANCHES, OF_REPOSITORIES, Job, with_ids, without_ids
from model_cicd.text.errors import describe, did_you_mean
from model_cicd.text.messages import Complaint, KeyPath
from model_cicd.text.source import format_path
from model_cicd.text.untrusted import Item, mapping

_OF_ACTIONS = ("environment", "workflow")
_OF_BUILDS = {
    "wait": "the workflow says whether it waits",
    "timeoutMinutes": "the workflow has a longest time of its own",
    "paths": "the workflow's own trigger has path filters",
    "pullRequests": "the workflow's own triggers say what it does with pull requests",
}
_PULL_REQUESTS = (
    "got true, expected false: a build of a pull request would have the training role of the group, whose models "
    "are registered; try pull requests with a workflow that has no role (`model-cicd check`, `rehearse pipeline`)"
)


def source_complaints(data: Mapping[str, Any]) -> Iterator[Complaint]:
    """Everything that is wrong with them together."""
    infra = ("infra-repo",), mapping(data.get("infra-repo"))
    training = ("model-build-repo",), mapping(data.get("model-build-repo"))
    by_group = [(path, group, *_repository(path, group, training)) for path, group in groups(data)]
    used = [where for _, group, where, _ in by_group if _runner(group) == CODEBUILD]
    yield from _of_host(*infra, fetched=infra[1].get("runner") != ACTIONS)
    yield from _of_host(*training, fetched=training[0] in used)
    yield from _infra_runner(*infra)
    for path, group, where, repository in by_group:
        if where != training[0]:
            yield from _of_host(where, repository, fetched=where in used)
        yield from _of_trainer(path, group, repository)
    jobs = list(_jobs(infra, by_group))
    yield from _of_ids(data, jobs)
    yield from _of_tokens(data, jobs)


def _repository(path: KeyPath, group: Mapping[str, Any], shared: Item) -> Item:
    own = group.get("modelBuildRepo")
    return ((*path, "modelBuildRepo"), own) if isinstance(own, Mapping) else shared


def _runner(group: Mapping[str, Any]) -> object:
    return mapping(group.get("training")).get("runner", CODEBUILD)


def _host(repository: Mapping[str, Any]) -> str | None:
    host = repository.get("host", CODECOMMIT)
    return host if host in (CODECOMMIT, *FULL_NAMES) else None


def _of_host(path: KeyPath, repository: Mapping[str, Any], *, fetched: bool) -> Iterator[Complaint]:
    """Names and keys that a host has; `fetched` says that a pipeline fetches from it."""
    host, name = _host(repository), repository.get("name")
    if host is None:
        return
    if isinstance(name, str) and (host != CODECOMMIT or "/" in name) and (wrong := name_complaint(host, name)):
        yield (*path, "name"), wrong
    connection = repository.get("connectionArn")
    if host == CODECOMMIT:
        if connection is not None:
            yield (*path, "connectionArn"), "got a connection to CodeCommit, expected none: its code is in the account"
        return
    for key in ("create", "seed"):
        if repository.get(key) not in (None, False):
            message = f"got {key} with the host {host}, expected a repository that is there: only CodeCommit's are made"
            yield (*path, key), message
    if fetched and connection is None:
        message = f"missing: the pipeline fetches code from {host} through a connection"
        yield (*path, "connectionArn"), message


def _infra_runner(path: KeyPath, infra: Mapping[str, Any]) -> Iterator[Complaint]:
    if infra.get("runner", CODEBUILD) == CODEBUILD:
        for key in _OF_ACTIONS:
            if infra.get(key) is not None:
                yield (*path, key), f"got {key} with the runner {CODEBUILD}, expected it with {ACTIONS} alone"
        return
    if infra.get("runner") != ACTIONS:
        return
    if _host(infra) not in (GITHUB, None):
        message = f"got {describe(infra.get('host', CODECOMMIT))}, expected {GITHUB}: the runner is {ACTIONS}"
        yield (*path, "host"), message
    for key in ("timeoutMinutes", "connectionArn"):
        if infra.get(key) is not None:
            yield (*path, key), f"got {key} with the runner {ACTIONS}, expected none: there is no pipeline"


def _of_trainer(path: KeyPath, group: Mapping[str, Any], repository: Mapping[str, Any]) -> Iterator[Complaint]:
    where, training = (*path, "training"), mapping(group.get("training"))
    if _runner(group) == CODEBUILD:
        for key in ("repository", *_OF_ACTIONS):
            if training.get(key) is not None:
                yield (*where, key), f"got {key} with the runner {CODEBUILD}, expected it with {ACTIONS} alone"
        if training.get("pullRequests") is True:
            yield (*where, "pullRequests"), _PULL_REQUESTS
        if training.get("paths") is not None and _host(repository) == CODECOMMIT:
            message = "got path filters for CodeCommit, whose events say nothing of files; expected none"
            yield (*where, "paths"), message
        branch = group.get("sourceBranch")
        if _host(repository) not in (CODECOMMIT, None) and isinstance(branch, str) and set("{}!") & set(branch):
            message = (
                f"got {describe(branch)}, expected a branch without braces and '!': triggers take it for a pattern"
            )
            yield (*path, "sourceBranch"), message
        return
    if _runner(group) != ACTIONS:
        return
    if training.get("repository") is None and _host(repository) != GITHUB:
        yield (*where, "repository"), f"missing: with {ACTIONS}, the repository of GitHub whose workflows train"
    for key, why in _OF_BUILDS.items():
        if training.get(key) not in (None, False):
            yield (*where, key), f"got {key} with the runner {ACTIONS}, expected none: {why}"
    if group.get("schedule") is not None:
        message = f"got a schedule with the runner {ACTIONS}, expected none: the workflow has 'on: schedule'"
        yield (*path, "schedule"), message
    if group.get("pipelineConfig") is not None:
        message = (
            f"got a pipeline with the runner {ACTIONS}, expected none: the workflow has pipeline.yaml in its repository"
        )
        yield (*path, "pipelineConfig"), message


def _jobs(
    infra: Item, by_group: list[tuple[KeyPath, Mapping[str, Any], KeyPath, Mapping[str, Any]]]
) -> Iterator[tuple[KeyPath, Job]]:
    """The jobs that get a role, as far as the settings say who they are."""
    path, repo = infra
    if repo.get("runner") == ACTIONS:
        yield from _job(path, repo.get("name"), repo.get("branch", "main"), repo)
    for where, group, _, repository in by_group:
        if _runner(group) == ACTIONS:
            training = mapping(group.get("training"))
            name = training.get("repository") or repository.get("name")
            yield from _job((*where, "training"), name, group.get("sourceBranch"), training)


def _job(path: KeyPath, name: object, branch: object, settings: Mapping[str, Any]) -> Iterator[tuple[KeyPath, Job]]:
    environment, workflow = settings.get("environment"), settings.get("workflow")
    if isinstance(name, str) and isinstance(branch, str):
        known = [each if isinstance(each, str) else None for each in (environment, workflow)]
        yield path, Job(name, branch, *known)


def _numbered(data: Mapping[str, Any]) -> list[str]:
    """Repositories with ids, as far as they are well-formed."""
    listed = mapping(data.get("github")).get("immutableSubjects")
    texts = listed if isinstance(listed, list | tuple) else ()
    return [each if isinstance(each, str) and NUMBERED.fullmatch(each) else "" for each in texts]


def _of_ids(data: Mapping[str, Any], jobs: list[tuple[KeyPath, Job]]) -> Iterator[Complaint]:
    """Each name with ids is that of a repository whose workflows have a role, once; an owner has one id."""
    used, seen = {job.repository for _, job in jobs}, set[str]()
    owners: dict[str, str] = {}
    for index, text in enumerate(_numbered(data)):
        found = NUMBERED.fullmatch(text)
        if found is None:
            continue
        path, name = ("github", "immutableSubjects", index), without_ids(text)
        if name not in used:
            hint = did_you_mean(name, sorted(used))
            yield path, f"got {describe(name)}, expected a repository whose workflows have a role{hint}"
        elif name in seen:
            yield path, f"got {describe(name)} again, expected each repository once"
        elif owners.setdefault(found["owner"], found["id"]) != found["id"]:
            yield path, f"got {found['id']} as the id of {found['owner']}, expected {owners[found['owner']]} as before"
        seen.add(name)


def _of_tokens(data: Mapping[str, Any], jobs: list[tuple[KeyPath, Job]]) -> Iterator[Complaint]:
    """A subject is that of one repository and branch (or environment), and of one role."""
    settings = mapping(data.get("github"))
    issuer = settings.get("issuer", GITHUB_ISSUER)
    template, path = settings.get("subjectTemplate"), ("github", "subjectTemplate")
    listed = [each for each in template if isinstance(each, str)] if isinstance(template, list | tuple) else []
    known = {"context", *Job("", "").claims}
    if not known.issuperset(listed):
        return
    for some, what in ((OF_REPOSITORIES, "repository"), (OF_BRANCHES, "branch or environment")):
        if listed and not set(some) & set(listed):
            message = f"got a subject of any {what}, expected one of {', '.join(some)} in it"
            yield path, message
            return
    first: dict[str, KeyPath] = {}
    for where, job in jobs:
        if missing := job.missing(listed):
            key = "workflow" if missing[0] == "job_workflow_ref" else missing[0]
            yield (*where, key), f"missing: github.subjectTemplate has the claim {missing[0]}"
            continue
        if job.workflow and issuer != GITHUB_ISSUER and "job_workflow_ref" not in listed:
            message = (
                f"got a workflow with the issuer {describe(issuer)}, expected job_workflow_ref in "
                "github.subjectTemplate: IAM knows that claim by itself of GitHub's own issuer alone"
            )
            yield (*where, "workflow"), message
        if "${" in job.branch and not job.environment:
            yield (
                where,
                f"got the branch {describe(job.branch)}, expected one without '${{': IAM takes it for a variable",
            )
        subject = replace(job, numbered=with_ids(_numbered(data), job.repository)).subject(listed)
        if subject in first:
            message = (
                f"got the subject {subject!r} again, first at {format_path(first[subject])}; expected a branch or an "
                "environment of its own: whoever has the token of one would have the role of both"
            )
            yield where, message
        first.setdefault(subject, where)
