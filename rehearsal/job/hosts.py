"""What people do at other hosts before a deployment: repositories, connections, variables of workflows."""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterator
from pathlib import Path

from rehearsal.embedded_aws import EmbeddedAws
from rehearsal.errors import RehearsalError
from rehearsal.github.repositories import Repository
from rehearsal.job import apply, clients
from rehearsal.job.plan import Module, Plan
from rehearsal.job.programs import REPOSITORY
from rehearsal.job.remotes import PROVIDERS, Remote
from rehearsal.workflows.service import Workflows

_SEED = "model-build"
_STEP = "repositories at other hosts"
_DOTTED = "dot-"  # how a seed stores what begins with a dot
_README = b"# Infrastructure\n\nIts workflow applies the deployment; a rehearsal applies it by itself.\n"


class Hosts:
    """The repositories that the plan's modules name at other hosts; `workflows` run once they are there."""

    def __init__(self, aws: EmbeddedAws, plan: Plan) -> None:
        self._aws, self._plan = aws, plan
        self.workflows: Workflows | None = None

    def prepare(self, project: Path) -> list[str]:
        """Make the repositories and finish the connections; the names of the repositories."""
        made: list[Repository] = []
        for module in self._plan.modules:
            if module.issuer:
                self._aws.github.issue_as(module.issuer)
            for remote in module.remotes:
                made.append(self._make(remote, project))
                if remote.connection:
                    self._connect(module, remote, remote.connection)
        if any(remote.workflow for module in self._plan.modules for remote in module.remotes):
            self._tell(project)
            # from now on only: a first commit trains nothing, as in a repository that was there before the deployment
            self._aws.github.bus.drained()
            toolchain = self._aws.services.codebuild.scheduler.toolchain
            self.workflows = Workflows.on(self._aws, self._aws.github, toolchain)
            self._aws.github.runs.runner = self.workflows
        return [each.name for each in made]

    def close(self) -> None:
        """End the workflows."""
        if self.workflows is not None:
            self.workflows.close()

    def _make(self, remote: Remote, project: Path) -> Repository:
        github = self._aws.github
        if found := github.repositories.find(remote.name, remote.address):
            return found
        if remote.training:
            files = dict(_seeded(_folder(self._plan.root) / _SEED))
        else:
            files = {"README.md": _README} if remote.workflow else dict(_seeded(project))
        made = github.create(remote.name, files, host=remote.address)
        if remote.subject:
            made.subject = remote.subject
        if remote.ids:
            made.immutable, (made.owner_number, made.number) = True, remote.ids
        first = made.git.branches()[made.default_branch]
        for branch in remote.branches:
            if branch != made.default_branch:
                made.git.update(f"refs/heads/{branch}", first, None)
        return made

    def _connect(self, module: Module, remote: Remote, connection: str) -> None:
        """What a person does in the console."""
        if connection.startswith("ssm:"):
            ssm = self._aws.client("ssm", account=module.account, region=module.region)
            identity = uuid.uuid5(uuid.NAMESPACE_URL, f"{module.account}{connection}")
            arn = f"arn:aws:codeconnections:{module.region}:{module.account}:connection/{identity}"
            ssm.put_parameter(Name=connection.removeprefix("ssm:"), Value=arn, Type="String", Overwrite=True)
            connection = arn
        self._aws.services.connections.finish(connection, PROVIDERS[remote.host])

    def _tell(self, project: Path) -> None:
        """Set the variables that workflows read, as `model-cicd github variables` prints them."""
        plan = self._plan
        manifest = project / apply.inside(plan, project)
        printed = clients.run(
            self._aws,
            ["model-cicd", "github", "variables", str(manifest), "--format", "json"],
            step=_STEP,
            account=plan.toolchain_account,
            region=plan.toolchain_region,
            cwd=project,
        )
        for repository, variables in json.loads(printed).items():
            found = self._aws.github.repositories.find(repository)
            if found is None:
                raise RehearsalError(_STEP, f"model-cicd github variables names {repository}, which no module does")
            for name, value in variables.items():
                found.variables[name] = value if isinstance(value, str) else json.dumps(value)


def _folder(root: Path) -> Path:
    """Where seeds are: those of the project, else those that come with this program."""
    own = root / "seedcode"
    return own if (own / _SEED).is_dir() else REPOSITORY / "seedcode"


def _seeded(folder: Path) -> Iterator[tuple[str, bytes]]:
    """The files of a seed by their names in a repository."""
    for path in sorted(folder.rglob("*")):
        parts = path.relative_to(folder).parts
        if path.is_file() and not path.is_symlink() and not {"__pycache__", ".git", ".ruff_cache"} & set(parts):
            first = f".{parts[0].removeprefix(_DOTTED)}" if parts[0].startswith(_DOTTED) else parts[0]
            yield "/".join((first, *parts[1:])), path.read_bytes()
