"""Which builds run when: at once, unless a limit makes them wait in QUEUED."""

from __future__ import annotations

import threading
import time
from collections.abc import Mapping

from rehearsal.api import ApiError, Params
from rehearsal.codebuild import events, metrics
from rehearsal.codebuild.executor import Run
from rehearsal.codebuild.roles import check_role
from rehearsal.codebuild.state import DONE, Build, PipelineRun, Region
from rehearsal.codebuild.toolchain import Toolchain
from rehearsal.ports import EventSink, Platform, SourceRepositories


class Scheduler:
    """Starts and stops builds, each in a thread of its own. Thread-safe.

    `concurrency` limits the builds that run at once (None: no limit); `minute` is the length of a minute of a build's
    timeouts in seconds. `lock` guards `regions`.
    """

    def __init__(
        self,
        platform: Platform,
        bus: EventSink,
        repositories: SourceRepositories,
        regions: Mapping[tuple[str, str], Region],
        lock: threading.RLock,
    ) -> None:
        self._platform = platform
        self._bus = bus
        self._repositories = repositories
        self._regions = regions
        self._toolchain = Toolchain(
            platform.directory / "toolchain", platform.processes, platform.confinement, platform.images
        )
        self._runs: dict[str, Run] = {}
        self._stopped: set[str] = set()
        self._changed = threading.Condition(lock)
        self._running = 0
        self.concurrency: int | None = None
        self.minute = 60.0

    @property
    def toolchain(self) -> Toolchain:
        """The tools of builds, for whatever else runs commands as they do."""
        return self._toolchain

    def start(
        self,
        account: str,
        region: str,
        settings: Params,
        initiator: str,
        *,
        pipeline: PipelineRun | None = None,
        resolved: str | None = None,
    ) -> Build:
        """Start a build of a project with these settings; `resolved` is the source version when it is known already.

        Raises ApiError.
        """
        check_role(settings["serviceRole"], account)
        with self._changed:
            state = self._regions[account, region]
            name = settings["name"]
            limit = settings.get("concurrentBuildLimit")
            active = [b for b in state.builds.values() if b.project == name and b.status not in DONE]
            if limit and len(active) >= limit:
                raise ApiError(
                    "AccountLimitExceededException", f"Cannot have more than {limit} builds in queue for the account"
                )
            state.numbers[name] = state.numbers.get(name, 0) + 1
            build = Build(
                account=account, region=region, number=state.numbers[name], settings=settings, initiator=initiator
            )
            build.resolved_version = resolved
            state.builds[build.id] = build
            submitted = build.enter("SUBMITTED")
            submitted.end, submitted.status = submitted.start, "SUCCEEDED"
            build.enter("QUEUED")
        events.state_changed(self._bus, build)
        self._platform.background(lambda: self._run(build, pipeline), f"build {build.id}")
        return build

    def stop(self, build: Build) -> None:
        """End a build and everything it started; returns when it has ended, after ten seconds at most."""
        with self._changed:
            run = self._runs.get(build.id)
            self._stopped.add(build.id)
            self._changed.notify_all()
        if run:
            run.stop()
        deadline = time.monotonic() + 10
        while build.status not in DONE and time.monotonic() < deadline:
            time.sleep(0.02)

    def _run(self, build: Build, pipeline: PipelineRun | None) -> None:
        queued = self._wait_for_turn(build)
        phase = build.phases[-1]
        if queued != "SUCCEEDED":
            phase.end, phase.status = time.time(), queued
            build.enter("COMPLETED")
            build.end, build.status = time.time(), queued
            events.state_changed(self._bus, build)
            metrics.put(self._platform, build)
            return
        try:
            seconds = build.settings["timeoutInMinutes"] * self.minute
            run = Run(
                platform=self._platform,
                bus=self._bus,
                repositories=self._repositories,
                toolchain=self._toolchain,
                build=build,
                seconds=seconds,
                pipeline=pipeline,
            )
            phase.end, phase.status = time.time(), "SUCCEEDED"
            with self._changed:
                self._runs[build.id] = run
                stopped = build.id in self._stopped
            if stopped:
                run.stop()
            run.run()
        except Exception:
            build.status, build.end = "FAULT", build.end or time.time()
            raise
        finally:
            metrics.put(self._platform, build)
            with self._changed:
                self._runs.pop(build.id, None)
                self._running -= 1
                self._changed.notify_all()

    def _wait_for_turn(self, build: Build) -> str:
        deadline = time.monotonic() + build.settings["queuedTimeoutInMinutes"] * self.minute
        with self._changed:
            while self.concurrency is not None and self._running >= self.concurrency:
                if build.id in self._stopped:
                    return "STOPPED"
                if not self._changed.wait(deadline - time.monotonic()):
                    return "TIMED_OUT"
            if build.id in self._stopped:
                return "STOPPED"
            self._running += 1
            return "SUCCEEDED"
