"""A job that runs: its folder, cage, variables and contexts, which its steps share and change."""

from __future__ import annotations

import json
import os
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from rehearsal.process import Child, Exit, Output, base_python
from rehearsal.workflows import contexts
from rehearsal.workflows.expressions.evaluation import Scope
from rehearsal.workflows.expressions.values import CaseSensitive
from rehearsal.workflows.job_folder import JobFolder
from rehearsal.workflows.log_commands import Masks
from rehearsal.workflows.model import Job
from rehearsal.workflows.ports import RunFacts
from rehearsal.workflows.results import CANCELLED, JobResult

# permissions that open nothing of the API that a token could be used at here
_NO_API = ("artifact-metadata", "attestations", "discussions", "id-token", "models")
_TOOL = Path(__file__).with_name("tools") / "files.py"


class JobError(Exception):
    """A job that cannot go on: the text is for its log."""


class JobSession:
    """What the steps of one job work with. `env` is the context of that name, `paths` what they put before PATH."""

    def __init__(
        self,
        facts: RunFacts,
        job: Job,
        result: JobResult,
        *,
        before: Mapping[str, Any],
        folder: Path,
    ) -> None:
        self.facts, self.job, self.result = facts, job, result
        self.masks = Masks()
        self.env: dict[str, str] = {}
        self.paths: list[str] = []
        self.base: dict[str, str] = {}
        self.cancelled = threading.Event()
        self.folder = JobFolder(folder, facts.event.repository, facts.machine.confinement)
        self._before = dict(before) | {"vars": dict(before["vars"])}
        self._child: Child | None = None
        self._lock = threading.Lock()
        self._request_token = ""
        self._cage = replace(
            facts.toolchain.cage(folder, facts.readable), write=self.folder.writable, temporary=self.folder.temporary
        )
        self.runner = contexts.runner(str(self.folder.temp), str(self.folder.tools))
        self.github = dict(before["github"]) | {
            "job": job.id,
            "workspace": str(self.folder.workspace),
            "event_path": str(self.folder.write("_event.json", json.dumps(facts.event.payload))),
        }

    def open(self, say: Callable[[str], None]) -> None:
        """Make the machine ready. Raises JobError."""
        facts = self.facts
        opened = {name: access for name, access in self.result.permissions.items() if name not in _NO_API}
        token = facts.github.job_token(facts.event.repository, opened)
        self.github["token"] = token
        self.masks.add(token, *facts.secrets.values())
        self._before["vars"] = self._before["vars"] | dict(
            facts.github.variables(facts.event.repository, self.result.environment or None)
        )
        try:
            self.base = facts.toolchain.prepare(self._cage, self.folder.home, {}, say)
        except Exception as error:
            raise JobError(str(error)) from None
        if facts.aws:
            self.base |= facts.aws.environment
        self.base |= facts.github.git_environment()
        if self.result.permissions.get("id-token") == "write" and facts.tokens:
            url, request = facts.tokens.open(self.claims())
            self._request_token = request
            self.masks.add(request)
            self.base |= {"ACTIONS_ID_TOKEN_REQUEST_URL": url, "ACTIONS_ID_TOKEN_REQUEST_TOKEN": request}

    def end(self) -> None:
        """Let its tokens open nothing any more."""
        if self._request_token and self.facts.tokens:
            self.facts.tokens.close(self._request_token)
        if self.github.get("token"):
            self.facts.github.revoke(str(self.github["token"]))

    def close(self) -> None:
        """Keep nothing but what was downloaded, which takes a while."""
        try:
            self.facts.toolchain.finish(self.folder.root, self.folder.home)
        finally:
            self.folder.remove()

    def claims(self) -> dict[str, str]:
        """Who the job is, for its OIDC tokens."""
        return contexts.claims(self.facts, self.github, self.result.environment)

    def cancel(self) -> None:
        """End the step that runs; those that run always still do."""
        self.cancelled.set()
        with self._lock:
            child = self._child
        if child:
            child.stop(CANCELLED)

    def secrets(self) -> dict[str, str]:
        """The context."""
        return {**self.facts.secrets, "GITHUB_TOKEN": str(self.github.get("token", ""))}

    def scope(self, more: Mapping[str, Any], functions: Mapping[str, Callable[..., Any]]) -> Scope:
        """What expressions of steps see; `more` has the contexts that are of the steps."""
        return Scope(
            {
                **self._before,
                "github": self.github,
                "runner": self.runner,
                "secrets": self.secrets(),
                "env": CaseSensitive(self.env),
                **more,
            },
            {"hashfiles": self.hash_files, **functions},
        )

    def environment(self, step_env: Mapping[str, str], own: Mapping[str, str]) -> dict[str, str]:
        """The variables of a process: those of the machine, of the job, of the step, and GitHub's `own`."""
        found = {
            **self.base,
            "CI": "true",
            **self.env,
            **step_env,
            **contexts.variables(self.github, self.runner),
            **own,
        }
        found["PATH"] = ":".join([*self.paths, found.get("PATH", os.defpath)])
        return found

    def execute(
        self,
        command: Sequence[str],
        *,
        cwd: Path,
        env: Mapping[str, str],
        on_line: Callable[[str], None],
        timeout: float | None = None,
    ) -> Exit:
        """Run a command in the job's cage. Raises JobError when there is nothing to run it in, OSError."""
        caged = self._cage.command(command, cwd)
        processes = self.facts.machine.processes
        outside = self.folder.root if self.facts.machine.confinement.protections.cages else cwd
        child = processes.start(caged, cwd=outside, env=env, on_line=on_line)
        with self._lock:
            self._child = child
        try:
            return processes.wait(child, timeout)
        finally:
            with self._lock:
                self._child = None

    def ask(self, command: Sequence[str], *, env: Mapping[str, str] | None = None, timeout: float = 600) -> Output:
        """Run a short command in the cage and give back what it prints."""
        caged = self._cage.command(command, self.folder.workspace)
        environment = self.environment({}, {}) | dict(env or {})
        return self.facts.machine.processes.communicate(caged, cwd=self.folder.root, env=environment, timeout=timeout)

    def files(self, *arguments: str) -> str:
        """Run the tool for files in the cage; what it prints. Raises JobError."""
        python = base_python()
        done = self.ask([python, "-I", "-S", str(_TOOL), *arguments])
        if done.code:
            lines = done.stderr.decode(errors="replace").strip().splitlines() or ["no reason was given"]
            raise JobError(f"files of the job could not be read or written: {lines[-1]}")
        return done.stdout.decode(errors="replace").strip()

    def hash_files(self, *patterns: str) -> str:
        """`hashFiles`"""
        lines = [line for pattern in patterns for line in pattern.splitlines()]
        return self.files("hash", str(self.folder.workspace), *lines)
