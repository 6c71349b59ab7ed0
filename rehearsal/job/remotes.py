"""Repositories at other hosts than CodeCommit that a manifest names, and who trains from them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

CODECOMMIT, GITHUB, WORKFLOW = "codecommit", "github", "github-actions"
#: where each host is
ADDRESSES: Mapping[str, str] = {"github": "github.com", "gitlab": "gitlab.com", "bitbucket": "bitbucket.org"}
#: what a connection to each is called by AWS
PROVIDERS: Mapping[str, str] = {"github": "GitHub", "gitlab": "GitLab", "bitbucket": "Bitbucket"}

_NUMBERED = re.compile(r"([^/@]+)@([0-9]+)/([^/@]+)@([0-9]+)", re.ASCII)


@dataclass(frozen=True)
class Remote:
    """A repository at another host.

    `connection` is the ARN of the connection that leads there, or `ssm:` and the name of a parameter that holds it.
    `ids` are those of owner and repository where the subject has them.
    `training` is whether it has training code, else it is the infrastructure's; `workflow` whether jobs of its
    workflows have roles. `subject` are the claims that the subject of their tokens is made of, where it is customized.
    """

    host: str
    name: str
    branches: tuple[str, ...]
    connection: str | None
    training: bool
    workflow: bool
    subject: tuple[str, ...] = ()
    ids: tuple[int, int] | None = None

    @property
    def address(self) -> str:
        """The host's name."""
        return ADDRESSES[self.host]


def of_group(raw: Mapping[str, Any], module: Mapping[str, Any]) -> tuple[str, str, bool]:
    """Host and name of the repository that a group trains from, and whether a workflow does."""
    given = raw.get("modelBuildRepo") or module
    training = raw.get("training") or {}
    workflow = training.get("runner") == WORKFLOW
    host = GITHUB if workflow else given.get("host") or CODECOMMIT
    name = training.get("repository") if workflow else None
    return str(host), str(name or given["name"]), workflow


def of_module(parameters: Mapping[str, Any]) -> Iterator[Remote]:
    """Those of one module, each once."""
    subject = tuple((parameters.get("github") or {}).get("subjectTemplate") or ())
    infra, module = parameters.get("infra-repo") or {}, parameters["model-build-repo"]
    if (host := infra.get("host") or CODECOMMIT) != CODECOMMIT:
        workflow, ids = infra.get("runner") == WORKFLOW, _ids(parameters, infra["name"])
        main = (str(infra.get("branch") or "main"),)
        yield Remote(host, infra["name"], main, infra.get("connectionArn"), False, workflow, subject, ids)
    found: dict[tuple[str, str], list[Mapping[str, Any]]] = {}
    for raw in parameters["deployment-groups"]:
        host, name, _ = of_group(raw, module)
        if host != CODECOMMIT:
            found.setdefault((host, name), []).append(raw)
    for (host, name), groups in found.items():
        given = [raw.get("modelBuildRepo") or module for raw in groups]
        connection = next((each["connectionArn"] for each in given if each.get("connectionArn")), None)
        workflow = any(of_group(raw, module)[2] for raw in groups)
        branches = tuple(dict.fromkeys(str(raw["sourceBranch"]) for raw in groups))
        yield Remote(host, name, branches, connection, True, workflow, subject, _ids(parameters, name))


def _ids(parameters: Mapping[str, Any], name: str) -> tuple[int, int] | None:
    """Of the repository's entry in `immutableSubjects`, `owner@1/repository@2`."""
    for each in (parameters.get("github") or {}).get("immutableSubjects") or []:
        found = _NUMBERED.fullmatch(str(each))
        if found and f"{found[1]}/{found[3]}" == name:
            return int(found[2]), int(found[4])
    return None


def issuer(parameters: Mapping[str, Any]) -> str | None:
    """Who signs the tokens of jobs, where it is not GitHub itself."""
    found = (parameters.get("github") or {}).get("issuer")
    return str(found) if found else None
