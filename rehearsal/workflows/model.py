"""A workflow file as records."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from rehearsal.workflows.templates import Condition, Template, Templated

Permissions = Mapping[str, str]
"""Scope of the token -> `read`, `write` or `none`."""


@dataclass(frozen=True)
class Filters:
    """Patterns of an event: `branches` and the like; None where the key is not there."""

    branches: Sequence[str] | None = None
    branches_ignore: Sequence[str] | None = None
    tags: Sequence[str] | None = None
    tags_ignore: Sequence[str] | None = None
    paths: Sequence[str] | None = None
    paths_ignore: Sequence[str] | None = None


@dataclass(frozen=True)
class Input:
    """An input of `workflow_dispatch`; `type` is string, boolean, number, choice or environment."""

    name: str
    type: str
    line: int
    required: bool = False
    default: Any = None
    options: Sequence[str] = ()


@dataclass(frozen=True)
class Trigger:
    """What an event must be to start the workflow. `crons` are of `schedule`, `inputs` of `workflow_dispatch`."""

    event: str
    line: int
    filters: Filters = field(default_factory=Filters)
    types: Sequence[str] = ()
    inputs: Sequence[Input] = ()
    crons: Sequence[str] = ()


@dataclass(frozen=True)
class Concurrency:
    """Runs or jobs of one group run one after the other."""

    group: Template
    cancel: Template | None = None


@dataclass(frozen=True)
class Defaults:
    """`defaults.run`"""

    shell: Template | None = None
    directory: Template | None = None


@dataclass(frozen=True)
class ActionReference:
    """`uses`: an action of a repository at a ref (which commit that is makes no difference here), or a local one.

    `name` is `owner/name[/path]` in lower case, or a path that begins with `./`.
    """

    name: str
    ref: str
    line: int

    @property
    def local(self) -> bool:
        """Whether it is in the workspace."""
        return self.name.startswith("./")


@dataclass(frozen=True)
class Step:
    """A step: `run` or `uses`."""

    number: int
    line: int
    id: str = ""
    name: Template | None = None
    condition: Condition | None = None
    run: Template | None = None
    shell: Template | None = None
    directory: Template | None = None
    uses: ActionReference | None = None
    inputs: Mapping[str, Template] = field(default_factory=dict)
    env: Mapping[str, Template] = field(default_factory=dict)
    continue_on_error: Template | None = None
    timeout: Template | None = None


@dataclass(frozen=True)
class Strategy:
    """`strategy`: a matrix (an expression or a mapping of axes), and how its jobs run."""

    matrix: Templated | None = None
    fail_fast: Template | None = None
    max_parallel: Template | None = None
    line: int = 0


@dataclass(frozen=True)
class Job:
    """A job. `permissions` is None where the workflow's hold."""

    id: str
    line: int
    condition: Condition
    runs_on: Templated
    steps: Sequence[Step]
    name: Template | None = None
    needs: Sequence[str] = ()
    permissions: Permissions | None = None
    strategy: Strategy = field(default_factory=Strategy)
    environment: Template | None = None
    environment_url: Template | None = None
    concurrency: Concurrency | None = None
    outputs: Mapping[str, Template] = field(default_factory=dict)
    env: Mapping[str, Template] = field(default_factory=dict)
    defaults: Defaults = field(default_factory=Defaults)
    timeout: Template | None = None
    continue_on_error: Template | None = None


@dataclass(frozen=True)
class Workflow:
    """A file below `.github/workflows`. `name` is the one that it says, or its path."""

    path: str
    name: str
    triggers: Mapping[str, Trigger]
    jobs: Mapping[str, Job]
    run_name: Template | None = None
    permissions: Permissions | None = None
    env: Mapping[str, Template] = field(default_factory=dict)
    defaults: Defaults = field(default_factory=Defaults)
    concurrency: Concurrency | None = None
