"""Runs one build from its source to its artifacts, phase by phase, as real subprocesses.

https://docs.aws.amazon.com/codebuild/latest/userguide/view-build-details-phases.html
"""

from __future__ import annotations

import contextlib
import shutil
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from rehearsal import environment
from rehearsal.codebuild import artifacts, buildspec, events, runtimes, variables
from rehearsal.codebuild.buildspec import Buildspec, BuildspecError
from rehearsal.codebuild.logs import BuildLogWriter
from rehearsal.codebuild.shell import Shell
from rehearsal.codebuild.sources import Fetched, Sources
from rehearsal.codebuild.state import Build, BuildFailure, Phase, PipelineRun, safe_path
from rehearsal.codebuild.toolchain import Toolchain
from rehearsal.paths import below, inside, text_inside
from rehearsal.ports import EventSink, Platform, SourceRepositories


class _Ended(Exception):
    """The build was stopped or timed out."""


class Run:
    """The execution of one build, which may take `seconds`; `run` in a thread of its own, `stop` from any."""

    def __init__(
        self,
        *,
        platform: Platform,
        bus: EventSink,
        repositories: SourceRepositories,
        toolchain: Toolchain,
        build: Build,
        seconds: float,
        pipeline: PipelineRun | None,
    ) -> None:
        self._platform = platform
        self._bus = bus
        self._repositories = repositories
        self._toolchain = toolchain
        self._build = build
        self._seconds = seconds
        self._pipeline = pipeline
        # Not below a directory called `build` or `dist`: Seed-Farmer drops such paths from its bundles.
        self._directory = platform.directory / "codebuild" / build.uuid
        self._source = self._directory / "output" / "src"
        self._home = self._directory / "home"
        git = platform.directory / "git" / "config"
        self._cage = toolchain.cage(self._directory, (git,), privileged=build.privileged)
        self._secondary: dict[str, Path] = {}
        self._ended: str | None = None
        self._lock = threading.Lock()
        self._shell: Shell | None = None
        self._log = BuildLogWriter(platform.directory, build, self._client("logs"))

    def stop(self, status: str = "STOPPED") -> None:
        """End the build with `status` (STOPPED or TIMED_OUT)."""
        with self._lock:
            self._ended = self._ended or status
            shell = self._shell
        if shell:
            shell.kill(status)

    def run(self) -> None:
        """The whole build, from PROVISIONING on. Raises nothing: what fails is in the build."""
        timer = threading.Timer(self._seconds, self.stop, ["TIMED_OUT"])
        timer.daemon = True
        timer.start()
        status = "FAULT"
        try:
            status = self._phases()
        except Exception as error:
            self._log.line(f"[rehearsal] the build failed inside the embedded AWS: {error!r}")
            raise
        finally:
            timer.cancel()
            if self._shell:
                self._shell.close()
            self._finish(status)
            with contextlib.suppress(OSError):  # the directories may go with the embedded AWS
                self._toolchain.finish(self._directory, self._home)
            shutil.rmtree(self._directory, ignore_errors=True)

    def _phases(self) -> str:
        try:
            with self._phase("PROVISIONING"):
                self._source.mkdir(parents=True)
                self._log.create_stream()
                self._log.agent("Running on the embedded AWS, without a container")
            with self._phase("DOWNLOAD_SOURCE"):
                spec = self._download()
            for name in buildspec.PHASES:
                if not self._run_phase(name, spec):
                    break
            else:
                self._upload(spec)
        except BuildFailure:
            pass  # it is in the phase
        except _Ended:
            return self._ended or "STOPPED"
        return "SUCCEEDED" if self._build.succeeding else "FAILED"

    def _finish(self, status: str) -> None:
        build = self._build
        finalizing = build.enter("FINALIZING")
        self._log.agent(f"Build {status}")
        finalizing.end, finalizing.status = time.time(), "SUCCEEDED"
        self._log.close()
        build.enter("COMPLETED")
        build.end = time.time()
        build.status = status
        self._log.save_status()
        events.state_changed(self._bus, build)

    def _download(self) -> Buildspec:
        build, settings = self._build, self._build.settings
        fetched = self._fetch()
        build.resolved_version = build.resolved_version or fetched.version
        self._log.agent(f"CODEBUILD_SRC_DIR={self._source}")
        spec = self._buildspec(settings["source"].get("buildspec"))
        resolved = variables.resolve(build, spec, self._client)
        self._log.mask(resolved.secrets)
        own = variables.own(build, source=self._source, secondary=self._secondary, repository=fetched.url)
        wanted = runtimes.wanted(settings["environment"]["image"], spec)
        tools = self._toolchain.prepare(self._cage, self._home, wanted, self._log.line)
        session = self._platform.accounts.session(build.role, f"AWSCodeBuild-{build.uuid}")
        clients = environment.for_clients(self._platform.endpoint)
        aws = clients | session.environment(build.region)
        shell = Shell(
            self._platform.processes,
            cage=self._cage,
            directory=self._directory / "commands",
            cwd=self._source,
            env=tools | aws | self._git() | resolved.values | own,
            posix=spec.shell == "sh",
            patient=self._pipeline is not None and self._pipeline.patient,
            on_line=self._log.line,
        )
        with self._lock:
            self._shell = shell
        return spec

    def _sources(self) -> Sources:
        credentials = self._platform.accounts.role_session(self._build.role).environment(self._build.region)
        return Sources(
            s3=self._client("s3"),
            processes=self._platform.processes,
            cage=self._cage,
            on_line=self._log.line,
            git=lambda: self._toolchain.git_environment(self._directory) | self._git() | credentials,
        )

    def _fetch(self) -> Fetched:
        settings, sources = self._build.settings, self._sources()
        if self._pipeline:
            sources.fetch_object(self._pipeline.source, self._source, self._pipeline.clone)
            for name, location in self._pipeline.secondary.items():
                sources.fetch_object(location, self._secondary_directory(name), self._pipeline.clone)
            return Fetched()
        fetched = sources.fetch(settings["source"], self._build.source_version, self._source)
        versions = {item["sourceIdentifier"]: item["sourceVersion"] for item in settings["secondarySourceVersions"]}
        for source in settings["secondarySources"]:
            name = source["sourceIdentifier"]
            sources.fetch(source, versions.get(name), self._secondary_directory(name))
        return fetched

    def _secondary_directory(self, name: str) -> Path:
        directory = safe_path(below, self._directory / "output", name) / "src"
        directory.mkdir(parents=True)
        self._secondary[name] = directory
        return directory

    def _buildspec(self, given: str | None) -> Buildspec:
        if given and given.startswith("arn:"):
            text = self._sources().text(given)
        elif given and ("\n" in given or given.lstrip().startswith(("{", "version"))):
            text = given
        else:
            path = safe_path(inside, self._source, given or "buildspec.yml")
            self._log.agent(f"YAML location is {path}")
            if not text_inside(self._source, path):
                raise BuildFailure("YAML_FILE_ERROR", f"stat {path}: no such file or directory")
            text = text_inside(self._source, path)
        try:
            return buildspec.parse(text)
        except BuildspecError as error:
            raise BuildFailure("YAML_FILE_ERROR", str(error)) from None

    def _git(self) -> dict[str, str]:
        """What git needs to reach CodeCommit."""
        return self._repositories.git_environment(self._build.account, self._build.region)

    def _client(self, service: str) -> Any:
        build = self._build
        return self._platform.client(service, account=build.account, region=build.region, role=build.role)

    @contextmanager
    def _phase(self, phase_type: str) -> Iterator[Phase]:
        """A phase: what fails in it ends it, and it is written to log, state and events."""
        phase = self._build.enter(phase_type)
        phase_status = "FAILED"
        try:
            self._check_ended()
            yield phase
            self._check_ended()
            phase_status = "FAILED" if phase.contexts else "SUCCEEDED"
        except BuildFailure as error:
            phase.contexts = [{"statusCode": error.code, "message": error.message}]
            raise
        except _Ended:
            phase_status = self._ended or "STOPPED"
            limit = self._build.settings["timeoutInMinutes"]
            timed_out = phase_status == "TIMED_OUT"
            text = f"Build has timed out after {limit} minutes." if timed_out else "Build was stopped."
            phase.contexts = [{"statusCode": f"BUILD_{phase_status}", "message": text}]
            raise
        finally:
            phase.status, phase.end = phase_status, time.time()
            context = phase.contexts[0] if phase.contexts else {"statusCode": "", "message": ""}
            self._log.agent(f"Phase complete: {phase_type} State: {phase_status}")
            self._log.agent(f"Phase context status code: {context['statusCode']} Message: {context['message']}")
            events.phase_changed(self._bus, self._build, phase)

    def _run_phase(self, name: str, spec: Buildspec) -> bool:
        """Run the commands of a phase; whether the build goes on to the next.

        A failure in BUILD still runs POST_BUILD; in the other phases it ends the build. `on-failure` decides otherwise.
        """
        found = spec.phases.get(name, buildspec.Phase())
        with self._phase(name.upper()) as phase:
            self._log.agent(f"Entering phase {name.upper()}")
            self._quietly(f"export CODEBUILD_BUILD_SUCCEEDING={int(self._build.succeeding)}")
            failure = self._commands(found.commands)
            failure = self._commands(found.always) or failure
            if failure:
                phase.contexts = [{"statusCode": "COMMAND_EXECUTION_ERROR", "message": failure}]
            self._export(spec)
        if not failure or found.on_failure == "CONTINUE":
            return True
        return name == "build" and found.on_failure is None

    def _commands(self, commands: tuple[str, ...]) -> str | None:
        """Run commands until one fails; what is said about that one."""
        assert self._shell
        for command in commands:
            self._check_ended()
            self._log.agent(f"Running command {command}")
            # Writing to the root of the file system takes root and would make parallel builds meet.
            with self._platform.spans.span("command", command):
                status = self._shell.run(command.replace("/var/scripts", f"{self._home}/.var-scripts"))
            self._check_ended()
            if status:
                self._log.agent(f"Command did not exit successfully {command} exit status {status}")
                self._toolchain.explain(self._directory, self._home, self._log.line)
                return f"Error while executing command: {command}. Reason: exit status {status}"
        return None

    def _upload(self, spec: Buildspec) -> None:
        with self._phase("UPLOAD_ARTIFACTS"):
            name = spec.artifacts.name if spec.artifacts else None
            if name:
                name = self._quietly(f'printf %s "{name}" >"$HOME/.artifact-name"', self._home / ".artifact-name")
            artifacts.upload(
                self._build,
                spec,
                source=self._source,
                s3=self._client("s3"),
                name=name,
                targets=self._pipeline.artifacts if self._pipeline else (),
            )

    def _export(self, spec: Buildspec) -> None:
        """Note the exported variables as they are now."""
        if not spec.exported:
            return
        file = self._home / ".exported"
        found = self._quietly(f"env -0 >'{file}'", file)
        self._build.exported = variables.among(found, spec.exported)

    def _quietly(self, command: str, result: Path | None = None) -> str:
        """Run a command of our own; the text of the file `result` that it wrote."""
        assert self._shell
        self._shell.run(command)
        return text_inside(self._directory, result) if result else ""

    def _check_ended(self) -> None:
        if self._shell and self._shell.killed:  # by us, or because the embedded AWS is shutting down
            self._ended = self._ended or "STOPPED"
        if self._ended:
            raise _Ended
