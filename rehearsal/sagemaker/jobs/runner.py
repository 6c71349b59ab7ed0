"""Runs one job from download to upload in a thread of its own."""

from __future__ import annotations

import logging
import shutil
import time
from pathlib import Path

from rehearsal import environment
from rehearsal.paths import below
from rehearsal.process import Exit, base_environment
from rehearsal.sagemaker import own_images
from rehearsal.sagemaker.events import Events
from rehearsal.sagemaker.jobs import emitted, programs
from rehearsal.sagemaker.jobs.failure import JobError, of_exit
from rehearsal.sagemaker.jobs.joblog import JobLog
from rehearsal.sagemaker.jobs.kind import JobKind, Run
from rehearsal.sagemaker.jobs.state import Job
from rehearsal.sagemaker.jobs.transfer import Transfer
from rehearsal.sagemaker.ports import SageMakerPlatform
from rehearsal.sagemaker.sandbox import Room, Sandbox, SandboxError

log = logging.getLogger(__name__)

_WRITTEN = ("home", "tmp", "python", "work")  # by the job, besides /opt/ml
_DAY = 86400  # MaxRuntimeInSeconds when the request has none


class _Stopped(Exception):
    """The job was stopped; the text says why, the phase is the secondary status."""

    def __init__(self, text: str, phase: str) -> None:
        super().__init__(text)
        self.phase = phase


class Runner:
    """Runs jobs. What a job writes is below the platform's `directory`, and all but its log is removed with its end."""

    def __init__(self, platform: SageMakerPlatform, events: Events, sandbox: Sandbox) -> None:
        self._platform = platform
        self._events = events
        self._sandbox = sandbox

    def start(self, job: Job, kind: JobKind) -> None:
        """Begin in the background; `job.finished` is set at the end."""
        self._platform.background(lambda: self._run(job, kind), f"{job.kind} job {job.name}")

    def stop(self, job: Job, kind: JobKind) -> None:
        """Ask a running job to end."""
        with job.lock:
            if job.status != "InProgress":
                return
            job.stopping.set()
            self._move(job, kind, "Stopping", "Stopping")
            if job.child:
                job.child.stop("stopped")

    def _run(self, job: Job, kind: JobKind) -> None:
        account, region = job.scope
        role = job.role
        directory = below(self._platform.directory / "jobs", job.kind.lower(), account, region, job.name)
        logs = self._platform.client("logs", account=account, region=region, role=role)
        file = below(self._platform.directory / "logs" / "jobs", f"{job.name}.log")
        job_log = JobLog(file, logs, kind.log_group, f"{job.name}/algo-1-{int(time.time())}")
        s3 = self._platform.client("s3", account=account, region=region, role=role)
        run = Run(job, directory / "ml", Transfer(s3, role, region), job_log)
        end, message = "Completed", ""
        phase = end
        try:
            self._work(run, kind)
        except _Stopped as stopped:
            end, phase, message = "Stopped", stopped.phase, str(stopped)
        except (JobError, SandboxError) as failed:
            end, phase, message = "Failed", "Failed", str(failed)
            job_log.line(message)
        except Exception:
            if not self._platform.closed.is_set():
                log.exception("%s job %s", job.kind, job.name)
            end, phase = "Failed", "Failed"
            message = "InternalServerError: the embedded AWS failed at this job; its log has the cause"
        finally:
            job_log.close()
            shutil.rmtree(directory, ignore_errors=True)
            self._move(job, kind, end, phase, message)
            job.finished.set()

    def _work(self, run: Run, kind: JobKind) -> None:
        job = run.job
        run.ml.mkdir(parents=True)
        refusal = self._platform.pull_refusal(job.role, job.image.uri, job.scope[1])
        if refusal:
            raise JobError(f"ClientError: {refusal}")
        self._move(job, kind, "InProgress", "Downloading")
        command, variables = kind.prepare(run)
        isolated = kind.isolated(job.request)
        for note in _notes(job):
            run.log.line(f"[embedded AWS] {note}")
        environment = self._environment(run, isolated) | variables
        wrapped = self._sandbox.command(_room(run), command, isolated=isolated)
        if not isolated:
            environment = self._platform.confinement.environment(environment)
        self._move(job, kind, "InProgress", "Training")
        end = self._execute(run, wrapped, environment)
        if job.stopping.is_set():
            raise _Stopped("the job was stopped by a request", "Stopped")
        if end.reason and end.reason.startswith("timed out"):
            limit = _limit(job)
            raise _Stopped(f"the job ran longer than MaxRuntimeInSeconds {limit}", "MaxRuntimeExceeded")
        if end.code:
            raise JobError(of_exit(end.code, run.path("/opt/ml/output/failure"), run.log.tail))
        kind.finish(run)
        emitted.put(self._platform, run)

    def _execute(self, run: Run, command: list[str], env: dict[str, str]) -> Exit:
        job = run.job
        work = run.ml.parent / "work"
        with job.lock:
            if job.stopping.is_set():
                raise _Stopped("the job was stopped by a request", "Stopped")
            job.child = self._platform.processes.start(command, cwd=work, env=env, on_line=run.log.line)
        return self._platform.processes.wait(job.child, _limit(job))

    def _environment(self, run: Run, isolated: bool) -> dict[str, str]:
        """What SageMaker gives: paths, the region, and the role's credentials unless there is no network anyway."""
        job, scratch = run.job, run.ml.parent
        for name in _WRITTEN:
            (scratch / name).mkdir()
        base = base_environment()
        installed = programs.make(scratch / "python", job.image.python)
        machine, own = base.get("PATH", "/usr/local/bin:/usr/bin:/bin"), job.image.own
        variables = (
            base
            | dict(own.environment if own else ())
            | {
                "PATH": own_images.path_of(own, str(installed), machine) if own else f"{installed}:{machine}",
                "HOME": str(scratch / "home"),
                "TMPDIR": str(scratch / "tmp"),
                "AWS_REGION": job.scope[1],
                "AWS_DEFAULT_REGION": job.scope[1],
            }
        )
        if isolated:
            return variables
        session = self._platform.accounts.session(job.role, "SageMaker")
        clients = environment.for_clients(self._platform.endpoint)
        return variables | session.environment(job.scope[1]) | clients

    def _move(self, job: Job, kind: JobKind, status: str, phase: str, message: str = "") -> None:
        if job.stopping.is_set() and status == "InProgress":
            return
        kind.move(job, status, phase, message)
        self._events.job(job.scope, job.kind, job.arn, job.describe())


def _room(run: Run) -> Room:
    """What a job has of its own. It may not write where its results are packed."""
    scratch = run.ml.parent
    write, image = tuple(scratch / name for name in _WRITTEN), run.job.image
    if image.own is None:
        return Room(run.ml, scratch / "work", image.python, write)
    places = own_images.places(image.own, scratch, run.ml)
    return Room(run.ml, Path(image.own.workdir), image.python, write, image.own.read, places)


def _limit(job: Job) -> int:
    return int(job.request.get("StoppingCondition", {}).get("MaxRuntimeInSeconds", _DAY))


def _notes(job: Job) -> list[str]:
    """What of a request has no effect here: said in the log, so that nothing is ignored silently."""
    notes = []
    if job.image.framework:
        notes.append(f"{job.image.uri}: run with the libraries of {job.image.python}")
    if job.request.get("VpcConfig") or job.request.get("NetworkConfig", {}).get("VpcConfig"):
        notes.append("VpcConfig: accepted, there are no networks")
    if job.request.get("ResourceConfig", {}).get("KeepAlivePeriodInSeconds"):
        notes.append("KeepAlivePeriodInSeconds: accepted, there are no warm pools")
    if job.request.get("ProfilerRuleConfigurations") or job.request.get("ProfilerConfig", {}).get(
        "ProfilingParameters"
    ):
        notes.append("ProfilerConfig, ProfilerRuleConfigurations: accepted, nothing is profiled")
    if job.request.get("EnableManagedSpotTraining"):
        notes.append("EnableManagedSpotTraining: accepted, the job is never interrupted")
    return notes
