"""The operations on jobs: create, describe, list and stop, for every kind."""

from __future__ import annotations

from collections.abc import Mapping

from rehearsal.api import Caller, Operation, Params, invalid, unsupported
from rehearsal.named import Scope
from rehearsal.sagemaker import arns, listing
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
        kinds: tuple[JobKind, ...] = (Processing(), Training(), Transform(models))
        self._kinds = {kind.kind: kind for kind in kinds}
        self._stores = {kind.kind: JobStore(tags, kind.kind, kind.arn_kind) for kind in kinds}
        self._steps: dict[str, str] = {}
        self._platform = platform
        self._events = events
        self._runner = Runner(platform, events, sandbox)

    def operations(self) -> Mapping[str, Operation]:
        """API name -> method, of this part of the service."""
        return {name: call for kind in self._kinds.values() for name, call in self._of(kind).items()}

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

    def start(self, kind: str, caller: Caller, params: Params, shown: Params | None = None) -> Job:
        """Create a job for those who wait for it inside the process. Raises ApiError.

        `shown` is what Describe shows besides.
        """
        self._create(self._kinds[kind], caller, params, shown)
        return self._stores[kind].at(caller.scope, params[f"{kind}JobName"])

    def stop(self, job: Job) -> None:
        """Stop a job, if it still runs."""
        self._runner.stop(job, self._kinds[job.kind])

    def step_of(self, name: str) -> str | None:
        """The pipeline step that the job `name` is made for."""
        return self._steps.get(name)

    def find(self, scope: Scope, kind: str, name: str) -> Job | None:
        """A job, for those who wait for it inside the process."""
        return self._stores[kind].find(scope, name)

    def _create(self, kind: JobKind, caller: Caller, params: Params, shown: Params | None = None) -> Params:
        scope = caller.scope
        kind.check(params)
        name = params[f"{kind.kind}JobName"]
        step = self._steps.get(name)
        image = self._platform.image(kind.image_uri(scope, params), caller.region, step)
        kind.check_image(params, image)
        role = kind.role(scope, params)
        if kind.takes_role:
            check_role(self._platform, role, caller.account)
        job = Job(kind.kind, scope, name, arns.make(scope, kind.arn_kind, name), params, image, role, {}, step)
        job.shown = kind.begin(job) | (shown or {})
        self._stores[kind.kind].register(scope, name, job, params.get("Tags"))
        self._events.job(scope, kind.kind, job.arn, job.describe())
        self._runner.start(job, kind)
        return {f"{kind.kind}JobArn": job.arn}

    def _named(self, kind: JobKind, caller: Caller, params: Params) -> Job:
        return self._stores[kind.kind].at(caller.scope, params[f"{kind.kind}JobName"])

    def _list(self, kind: JobKind, caller: Caller, params: Params) -> Params:
        for name in ("WarmPoolStatusEquals", "TrainingPlanArnEquals"):
            if name in params:
                raise unsupported(f"List{kind.kind}Jobs {name}")
        described = [job.describe() for job in self._stores[kind.kind].of(caller.scope)]
        noun = f"{kind.kind}Job"
        return listing.answer(described, params, f"{noun}Summaries", noun)

    def _stop(self, kind: JobKind, caller: Caller, params: Params) -> Params:
        job = self._named(kind, caller, params)
        if job.status not in ("InProgress", "Stopping"):
            raise invalid(f"The request was rejected because the {kind.kind.lower()} job is in status {job.status}.")
        self._runner.stop(job, kind)
        return {}
