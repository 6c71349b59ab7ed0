"""The CodeBuild API. https://docs.aws.amazon.com/codebuild/latest/APIReference/Welcome.html"""

from __future__ import annotations

import base64
import functools
import json
import threading
import time
from collections import defaultdict
from collections.abc import Mapping
from typing import Any

from moto.core.utils import get_service_model

from rehearsal.api import ApiError, Caller, Operation, Params, partition_of
from rehearsal.codebuild import runtimes, settings
from rehearsal.codebuild.roles import check_role
from rehearsal.codebuild.scheduler import Scheduler
from rehearsal.codebuild.state import Build, PipelineRun, Region
from rehearsal.operations import nothing
from rehearsal.ports import Cloning, EventSink, PipelineBuild, Platform, SourceRepositories

_PAGE = 100


class CodeBuild:
    """Projects, and builds that run as subprocesses of this machine. Thread-safe."""

    name = "codebuild"
    exclusive = True

    def __init__(self, platform: Platform, bus: EventSink, repositories: SourceRepositories, cloning: Cloning) -> None:
        self._cloning = cloning
        self._regions: dict[tuple[str, str], Region] = defaultdict(Region)
        self._lock = threading.RLock()
        self.scheduler = Scheduler(platform, bus, repositories, self._regions, self._lock)

    def operations(self) -> Mapping[str, Operation]:
        """API name -> method; any other operation is refused by its name."""
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
            "ListCuratedEnvironmentImages": lambda caller, params: {"platforms": runtimes.platforms()},
            **nothing(
                get_service_model("codebuild"),
                "ListReportGroups",
                "ListReports",
                "ListSourceCredentials",
                "ListBuildBatches",
                "ListFleets",
            ),
        }

    # Projects

    def create_project(self, caller: Caller, params: Params) -> Params:
        """A new project. Raises ApiError ResourceAlreadyExistsException."""
        project = settings.complete(params, account=caller.account, region=caller.region)
        check_role(project["serviceRole"], caller.account)
        with self._lock:
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
        with self._lock:
            found = self._project(caller, params["name"])
            kept = {name: value for name, value in found.items() if name not in ("arn", "created", "lastModified")}
            project = settings.complete(kept | params, account=caller.account, region=caller.region)
            check_role(project["serviceRole"], caller.account)
            times = {"created": found["created"], "lastModified": time.time()}
            found |= project | times
            for member in set(found) - {*project, *times, "arn"}:
                del found[member]
            return {"project": _shown(found)}

    def delete_project(self, caller: Caller, params: Params) -> Params:
        """Delete a project, if it is there; its builds remain."""
        with self._lock:
            self._region(caller).projects.pop(_name(params["name"]), None)
        return {}

    def batch_get_projects(self, caller: Caller, params: Params) -> Params:
        """The projects of some names or ARNs."""
        with self._lock:
            projects = self._region(caller).projects
            found = [projects[_name(name)] for name in params["names"] if _name(name) in projects]
            missing = [name for name in params["names"] if _name(name) not in projects]
            return {"projects": [_shown(project) for project in found], "projectsNotFound": missing}

    def list_projects(self, caller: Caller, params: Params) -> Params:
        """The names of all projects."""
        key = {"CREATED_TIME": "created", "LAST_MODIFIED_TIME": "lastModified"}.get(params.get("sortBy", ""), "name")
        with self._lock:
            found = sorted(self._region(caller).projects.values(), key=lambda project: project[key])
        names = [project["name"] for project in found]
        if params.get("sortOrder") == "DESCENDING":
            names.reverse()
        return _page("projects", names, params)

    def invalidate_project_cache(self, caller: Caller, params: Params) -> Params:
        """Local caches are always empty here."""
        with self._lock:
            self._project(caller, params["projectName"])
        return {}

    # Builds

    def start_build(self, caller: Caller, params: Params) -> Params:
        """Start a build; it runs in the background. Raises ApiError InvalidInputException."""
        with self._lock:
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
        build = self.scheduler.start(caller.account, caller.region, chosen, initiator)
        if token:
            with self._lock:
                tokens[token] = (params, build.id)
        return {"build": build.describe()}

    def start_for_pipeline(self, account: str, region: str, wanted: PipelineBuild) -> str:
        """Start a build for a pipeline's action and give back its id.

        Raises ApiError where there is no such project, or none that pipelines give their source.
        """
        with self._lock:
            found = self._regions[account, region].projects.get(_name(wanted.project))
            if found is None:
                raise _missing(_project_arn(account, region, _name(wanted.project)))
        if found["source"]["type"] != "CODEPIPELINE":
            source = found["source"]["type"]
            raise settings.invalid(f"Project {wanted.project} has source type {source}, not CODEPIPELINE")
        chosen = settings.override(found, {"environmentVariablesOverride": list(wanted.environment)})
        chosen["sourceVersion"] = wanted.source.arn
        clone = functools.partial(self._cloning.clone, chosen["serviceRole"], region)
        run = PipelineRun(wanted.source, dict(wanted.secondary), tuple(wanted.artifacts), wanted.patient, clone)
        by, revision = wanted.initiator, wanted.source_version
        return self.scheduler.start(account, region, chosen, by, pipeline=run, resolved=revision).id

    def retry_build(self, caller: Caller, params: Params) -> Params:
        """Start a build like an earlier one. Raises ApiError InvalidInputException."""
        if "id" not in params:
            raise settings.invalid("id is required")
        with self._lock:
            found = self._build(caller, params["id"])
        if found.settings["source"]["type"] == "CODEPIPELINE":
            raise settings.invalid("a build of a pipeline is retried by its pipeline")
        build = self.scheduler.start(caller.account, caller.region, found.settings, found.initiator)
        return {"build": build.describe()}

    def stop_build(self, caller: Caller, params: Params) -> Params:
        """End a build and everything it started."""
        with self._lock:
            build = self._build(caller, params["id"])
        self.scheduler.stop(build)
        return {"build": build.describe()}

    def batch_get_builds(self, caller: Caller, params: Params) -> Params:
        """The builds of some ids."""
        with self._lock:
            region = self._region(caller)
            found = {build_id: region.find(build_id) for build_id in params["ids"]}
        return {
            "builds": [build.describe() for build in found.values() if build],
            "buildsNotFound": [build_id for build_id, build in found.items() if build is None],
        }

    def list_builds(self, caller: Caller, params: Params) -> Params:
        """The ids of all builds, the newest first."""
        with self._lock:
            ids = list(self._region(caller).builds)
        return _page("ids", ids if params.get("sortOrder") == "ASCENDING" else ids[::-1], params)

    def list_builds_for_project(self, caller: Caller, params: Params) -> Params:
        """The ids of a project's builds, the newest first."""
        with self._lock:
            name = self._project(caller, params["projectName"])["name"]
            ids = [key for key, build in self._region(caller).builds.items() if build.project == name]
        return _page("ids", ids if params.get("sortOrder") == "ASCENDING" else ids[::-1], params)

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
