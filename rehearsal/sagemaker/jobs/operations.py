"""The operations on jobs: create, describe, list and stop, for every kind."""

from __future__ import annotations

from collections.abc import Mapping

from rehearsal.api import Caller, Operation, Params
from rehearsal.sagemaker import arns, listing
from rehearsal.sagemaker.arns import Scope
from rehearsal.sagemaker.errors import in_use, invalid, unsupported
from rehearsal.sagemaker.events import Events
from rehearsal.sagemaker.hosting.models import Models
from rehearsal.sagemaker.identity import check_role
from rehearsal.sagemaker.jobs.kind import JobKind
from rehearsal.sagemaker.jobs.processing import Processing
from rehearsal.sagemaker.jobs.runner import Runner
from rehearsal.sagemaker.jobs.state import Job, JobStore
from rehearsal.sagemaker.jobs.training import Training
from rehearsal.sagemaker.jobs.transform import Transform
from rehearsal.sagemaker.ports import SageMakerPlatform
from rehearsal.sagemaker.sandbox import Sandbox
from rehearsal.sagemaker.tags import Tags


class Jobs:
    """The jobs of all accounts."""

    def __init__(
        self, platform: SageMakerPlatform, models: Models, tags: Tags, events: Events, sandbox: Sandbox
    ) -> None:
        self._kinds: tuple[JobKind, ...] = (Processing(), Training(), Transform(models))
        self._steps: dict[str, str] = {}
        self._platform = platform
        self._tags = tags
        self._events = events
        self._store = JobStore()
        self._runner = Runner(platform, events, sandbox)

    def operations(self) -> Mapping[str, Operation]:
        """API name -> method, of this part of the service."""
        return {name: call for kind in self._kinds for name, call in self._of(kind).items()}

    def _of(self, kind: JobKind) -> Mapping[str, Operation]:
        return {
            f"Create{kind.kind}Job": lambda caller, params: self._create(kind, caller, params),
            f"Describe{kind.kind}Job": lambda caller, params: self._named(kind, caller, params).describe(),
            f"List{kind.kind}Jobs": lambda caller, params: self._list(kind, caller, params),
            f"Stop{kind.kind}Job": lambda caller, params: self._stop(kind, caller, params),
        }

    def made_for(self, step: str, name: str) -> None:
        """The job `name` that comes is the one of a pipeline step."""
        self._steps[name] = step

    def start(self, kind: str, caller: Caller, params: Params) -> Job:
        """Create a job for those who wait for it inside the process. Raises ApiError."""
        found = next(each for each in self._kinds if each.kind == kind)
        self._create(found, caller, params)
        job = self.find((caller.account, caller.region), kind, params[f"{kind}JobName"])
        assert job, "it was just created"
        return job

    def stop(self, job: Job) -> None:
        """Stop a job, if it still runs."""
        self._runner.stop(job, next(each for each in self._kinds if each.kind == job.kind))

    def step_of(self, name: str) -> str | None:
        """The pipeline step that the job `name` is made for."""
        return self._steps.get(name)

    def find(self, scope: Scope, kind: str, name: str) -> Job | None:
        """A job, for those who wait for it inside the process."""
        return self._store.get(scope, kind, name)

    def _create(self, kind: JobKind, caller: Caller, params: Params) -> Params:
        scope = (caller.account, caller.region)
        kind.check(params)
        name = params[f"{kind.kind}JobName"]
        step = self._steps.get(name)
        image = self._platform.image(kind.image_uri(scope, params), caller.region, step)
        role = kind.role(scope, params)
        if kind.takes_role:
            check_role(self._platform, role, caller.account)
        job = Job(kind.kind, scope, name, arns.make(scope, kind.arn_kind, name), params, image, role, {}, step)
        job.shown = kind.begin(job)
        if not self._store.add(job):
            raise in_use(
                "Job name must be unique within an AWS account and region, and a job with this name already exists "
                f"({job.arn})"
            )
        self._tags.register(job.arn, params.get("Tags"))
        self._events.job(scope, kind.kind, job.arn, job.describe())
        self._runner.start(job, kind)
        return {f"{kind.kind}JobArn": job.arn}

    def _named(self, kind: JobKind, caller: Caller, params: Params) -> Job:
        name = params[f"{kind.kind}JobName"]
        job = self._store.get((caller.account, caller.region), kind.kind, name)
        if job is None:
            raise invalid(f"Requested resource not found: {kind.kind.lower()} job {name}")
        return job

    def _list(self, kind: JobKind, caller: Caller, params: Params) -> Params:
        for name in ("WarmPoolStatusEquals", "TrainingPlanArnEquals"):
            if name in params:
                raise unsupported(f"List{kind.kind}Jobs {name}")
        jobs = self._store.of((caller.account, caller.region), kind.kind)
        described = [job.describe() for job in jobs]
        rows = [{name: job[name] for name in kind.listed if name in job} for job in described]
        wanted = params.get("StatusEquals")
        rows = [row for row in rows if wanted in (None, row[f"{kind.kind}JobStatus"])]
        rows = listing.select(rows, params, name=f"{kind.kind}JobName")
        keys = {"Name": f"{kind.kind}JobName", "CreationTime": "CreationTime", "Status": f"{kind.kind}JobStatus"}
        rows = listing.order(rows, params, keys, by="CreationTime", descending=True)
        return listing.page(rows, params, f"{kind.kind}JobSummaries")

    def _stop(self, kind: JobKind, caller: Caller, params: Params) -> Params:
        job = self._named(kind, caller, params)
        if job.status not in ("InProgress", "Stopping"):
            raise invalid(f"The request was rejected because the {kind.kind.lower()} job is in status {job.status}.")
        self._runner.stop(job, kind)
        return {}
