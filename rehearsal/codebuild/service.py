"""The CodeBuild API. https://docs.aws.amazon.com/codebuild/latest/APIReference/Welcome.html"""

from __future__ import annotations

import base64
import json
import threading
import time
from collections import defaultdict
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from rehearsal.api import ApiError, Caller, Operation, Params, partition_of
from rehearsal.codebuild import events, settings
from rehearsal.codebuild.executor import Run
from rehearsal.codebuild.pipeline import ArtifactTarget, PipelineRun, S3Location
from rehearsal.codebuild.roles import check_role
from rehearsal.codebuild.state import DONE, Build, Region
from rehearsal.codebuild.toolchain import Toolchain

if TYPE_CHECKING:
    from rehearsal.world import World

_PAGE = 100


class CodeBuild:
    """Projects, and builds that run as subprocesses of this machine.

    `concurrency` limits the builds that run at once (None: no limit; the others wait in QUEUED); `minute` is the
    length of a minute of a build's timeouts in seconds. Thread-safe.
    """

    name = "codebuild"
    exclusive = True

    def __init__(self, world: World) -> None:
        self._world = world
        self._toolchain = Toolchain(world.directory / "toolchain", world.processes)
        self._regions: dict[tuple[str, str], Region] = defaultdict(Region)
        self._runs: dict[str, Run] = {}
        self._stopped: set[str] = set()
        self._changed = threading.Condition(threading.RLock())
        self._running = 0
        self.concurrency: int | None = None
        self.minute = 60.0

    def operations(self) -> Mapping[str, Operation]:
        """The operations by their API name."""
        return {
            "CreateProject": self.create_project,
            "UpdateProject": self.update_project,
            "DeleteProject": self.delete_project,
            "BatchGetProjects": self.batch_get_projects,
            "ListProjects": self.list_projects,
            "InvalidateProjectCache": self.invalidate_project_cache,
            "StartBuild": self.start_build,
            "RetryBuild": self.retry_build,
            "StopBuild": self.stop_build,
            "BatchGetBuilds": self.batch_get_builds,
            "ListBuilds": self.list_builds,
            "ListBuildsForProject": self.list_builds_for_project,
        }

    # Projects

    def create_project(self, caller: Caller, params: Params) -> Params:
        """A new project."""
        project = settings.complete(params, account=caller.account, region=caller.region)
        check_role(self._world, project["serviceRole"], caller.account, caller.region)
        with self._changed:
            projects = self._region(caller).projects
            name = project["name"]
            arn = _project_arn(caller.account, caller.region, name)
            if name in projects:
                raise ApiError("ResourceAlreadyExistsException", f"Project already exists: {arn}")
            now = time.time()
            projects[name] = project | {"arn": arn, "created": now, "lastModified": now}
            return {"project": _shown(projects[name])}

    def update_project(self, caller: Caller, params: Params) -> Params:
        """Change the given members of a project."""
        with self._changed:
            found = self._project(caller, params["name"])
            kept = {name: value for name, value in found.items() if name not in ("arn", "created", "lastModified")}
            project = settings.complete(kept | params, account=caller.account, region=caller.region)
            check_role(self._world, project["serviceRole"], caller.account, caller.region)
            times = {"created": found["created"], "lastModified": time.time()}
            found |= project | times
            for member in set(found) - {*project, *times, "arn"}:
                del found[member]
            return {"project": _shown(found)}

    def delete_project(self, caller: Caller, params: Params) -> Params:
        """Delete a project, if it is there; its builds remain."""
        with self._changed:
            self._region(caller).projects.pop(_name(params["name"]), None)
        return {}

    def batch_get_projects(self, caller: Caller, params: Params) -> Params:
        """The projects of some names or ARNs."""
        with self._changed:
            projects = self._region(caller).projects
            found = [projects[_name(name)] for name in params["names"] if _name(name) in projects]
            missing = [name for name in params["names"] if _name(name) not in projects]
            return {"projects": [_shown(project) for project in found], "projectsNotFound": missing}

    def list_projects(self, caller: Caller, params: Params) -> Params:
        """The names of all projects."""
        key = {"CREATED_TIME": "created", "LAST_MODIFIED_TIME": "lastModified"}.get(params.get("sortBy", ""), "name")
        with self._changed:
            found = sorted(self._region(caller).projects.values(), key=lambda project: project[key])
        names = [project["name"] for project in found]
        if params.get("sortOrder") == "DESCENDING":
            names.reverse()
        return _page("projects", names, params)

    def invalidate_project_cache(self, caller: Caller, params: Params) -> Params:
        """Local caches are always empty here."""
        with self._changed:
            self._project(caller, params["projectName"])
        return {}

    # Builds

    def start_build(self, caller: Caller, params: Params) -> Params:
        """Start a build; it runs in the background."""
        with self._changed:
            project = self._project(caller, params["projectName"])
            source = params.get("sourceTypeOverride") or project["source"]["type"]
            if source == "CODEPIPELINE":
                raise settings.invalid(
                    "Project source type CODEPIPELINE: only a pipeline can start this build; give sourceTypeOverride"
                )
            tokens, token = self._region(caller).tokens, params.get("idempotencyToken")
            if token in tokens:
                same, build_id = tokens[token]
                if same != params:
                    raise settings.invalid(f"Parameter mismatch for the idempotency token {token}")
                return {"build": self._region(caller).builds[build_id].describe()}
        chosen = settings.override(project, params)
        initiator = caller.arn.partition(":assumed-role/")[2] or caller.arn.rpartition("/")[2]
        build = self._start(caller.account, caller.region, chosen, initiator)
        if token:
            with self._changed:
                tokens[token] = (params, build.id)
        return {"build": build.describe()}

    def start_for_pipeline(
        self,
        *,
        account: str,
        region: str,
        project: str,
        initiator: str,
        source_version: str | None,
        source: S3Location,
        secondary: Mapping[str, S3Location] | None = None,
        environment: list[Params] | None = None,
        artifacts: list[ArtifactTarget] | None = None,
    ) -> str:
        """Start a build for a pipeline's action and give back its id.

        `source_version` is the revision that CODEBUILD_RESOLVED_SOURCE_VERSION shows. Source and artifacts are read
        and written with the project's service role. Raises ApiError.
        """
        with self._changed:
            found = self._regions[account, region].projects.get(_name(project))
            if found is None:
                raise _missing(_project_arn(account, region, _name(project)))
        if found["source"]["type"] != "CODEPIPELINE":
            raise settings.invalid(f"Project {project} has source type {found['source']['type']}, not CODEPIPELINE")
        chosen = settings.override(found, {"environmentVariablesOverride": environment or []})
        chosen["sourceVersion"] = source.arn
        run = PipelineRun(source, dict(secondary or {}), tuple(artifacts or ()))
        return self._start(account, region, chosen, initiator, pipeline=run, resolved=source_version).id

    def retry_build(self, caller: Caller, params: Params) -> Params:
        """Start a build like an earlier one."""
        if "id" not in params:
            raise settings.invalid("id is required")
        with self._changed:
            found = self._build(caller, params["id"])
        if found.settings["source"]["type"] == "CODEPIPELINE":
            raise settings.invalid("a build of a pipeline is retried by its pipeline")
        build = self._start(caller.account, caller.region, found.settings, found.initiator)
        return {"build": build.describe()}

    def stop_build(self, caller: Caller, params: Params) -> Params:
        """End a build and everything it started."""
        with self._changed:
            build = self._build(caller, params["id"])
            run = self._runs.get(build.id)
            self._stopped.add(build.id)
            self._changed.notify_all()
        if run:
            run.stop()
        deadline = time.monotonic() + 10
        while build.status not in DONE and time.monotonic() < deadline:
            time.sleep(0.02)
        return {"build": build.describe()}

    def batch_get_builds(self, caller: Caller, params: Params) -> Params:
        """The builds of some ids."""
        with self._changed:
            region = self._region(caller)
            found = {build_id: region.find(build_id) for build_id in params["ids"]}
        return {
            "builds": [build.describe() for build in found.values() if build],
            "buildsNotFound": [build_id for build_id, build in found.items() if build is None],
        }

    def list_builds(self, caller: Caller, params: Params) -> Params:
        """The ids of all builds, the newest first."""
        with self._changed:
            ids = list(self._region(caller).builds)
        return _page("ids", ids if params.get("sortOrder") == "ASCENDING" else ids[::-1], params)

    def list_builds_for_project(self, caller: Caller, params: Params) -> Params:
        """The ids of a project's builds, the newest first."""
        with self._changed:
            name = self._project(caller, params["projectName"])["name"]
            ids = [key for key, build in self._region(caller).builds.items() if build.project == name]
        return _page("ids", ids if params.get("sortOrder") == "ASCENDING" else ids[::-1], params)

    # Running

    def _start(
        self,
        account: str,
        region: str,
        chosen: Params,
        initiator: str,
        *,
        pipeline: PipelineRun | None = None,
        resolved: str | None = None,
    ) -> Build:
        check_role(self._world, chosen["serviceRole"], account, region)
        with self._changed:
            state = self._regions[account, region]
            name = chosen["name"]
            limit = chosen.get("concurrentBuildLimit")
            active = [b for b in state.builds.values() if b.project == name and b.status not in DONE]
            if limit and len(active) >= limit:
                raise ApiError(
                    "AccountLimitExceededException", f"Cannot have more than {limit} builds in queue for the account"
                )
            state.numbers[name] = state.numbers.get(name, 0) + 1
            build = Build(
                account=account, region=region, number=state.numbers[name], settings=chosen, initiator=initiator
            )
            build.resolved_version = resolved
            state.builds[build.id] = build
        for phase_type in ("SUBMITTED", "QUEUED"):
            phase = build.enter(phase_type)
            if phase_type == "SUBMITTED":
                phase.end, phase.status = phase.start, "SUCCEEDED"
        events.state_changed(self._world, build)
        self._world.background(lambda: self._run(build, pipeline), f"build {build.id}")
        return build

    def _run(self, build: Build, pipeline: PipelineRun | None) -> None:
        queued = self._wait_for_turn(build)
        if queued != "SUCCEEDED":
            build.phases[-1].end, build.phases[-1].status = time.time(), queued
            build.enter("COMPLETED")
            build.end, build.status = time.time(), queued
            events.state_changed(self._world, build)
            return
        try:
            run = Run(self._world, self._toolchain, build, build.settings["timeoutInMinutes"] * self.minute, pipeline)
            build.phases[-1].end, build.phases[-1].status = time.time(), "SUCCEEDED"
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
            self._running += 1
            return "SUCCEEDED"

    def _region(self, caller: Caller) -> Region:
        return self._regions[caller.account, caller.region]

    def _project(self, caller: Caller, name: str) -> Params:
        found = self._region(caller).projects.get(_name(name))
        if found is None:
            raise _missing(_project_arn(caller.account, caller.region, _name(name)))
        return found

    def _build(self, caller: Caller, build_id: str) -> Build:
        found = self._region(caller).find(build_id)
        if found is None:
            raise ApiError("ResourceNotFoundException", f"Build {build_id} not found")
        return found


def _missing(arn: str) -> ApiError:
    return ApiError("ResourceNotFoundException", f"Project cannot be found: {arn}")


def _project_arn(account: str, region: str, name: str) -> str:
    return f"arn:{partition_of(region)}:codebuild:{region}:{account}:project/{name}"


def _name(name_or_arn: str) -> str:
    return name_or_arn.rpartition(":project/")[2]


def _shown(project: Params) -> Params:
    answer: Params = json.loads(json.dumps(project))
    answer["badge"] = {"badgeEnabled": False}
    return answer


def _page(member: str, items: list[str], params: Params) -> Params:
    try:
        first = int(base64.b64decode(params["nextToken"])) if params.get("nextToken") else 0
    except ValueError:
        raise settings.invalid("Invalid nextToken") from None
    answer: dict[str, Any] = {member: items[first : first + _PAGE]}
    if first + _PAGE < len(items):
        answer["nextToken"] = base64.b64encode(str(first + _PAGE).encode()).decode()
    return answer
