"""One execution of one definition on a local AWS of its own, from the store's lock to the exit code."""

from __future__ import annotations

import json
import logging
import signal
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import TextIO

from rehearsal import protections
from rehearsal.api import ApiError, Params
from rehearsal.errors import UsageError
from rehearsal.local import document, progress
from rehearsal.local.document import Document
from rehearsal.local.local_aws import LocalAws
from rehearsal.local.metrics import metrics
from rehearsal.local.options import Options
from rehearsal.local.progress import Progress
from rehearsal.local.report import report
from rehearsal.local.store import Store, StoredCache, StoreError
from rehearsal.sagemaker.jobs.transfer import split
from rehearsal.sagemaker.pipelines.state import Execution
from rehearsal.scratch import keep_logs


def run(options: Options, scratch: Path, out: TextIO = sys.stdout) -> int:
    """Run it; 0 when it succeeded, 1 when it failed, 128 + signal when it was stopped. Raises UsageError."""
    began = time.monotonic()
    loaded = document.load(options, scratch)
    document.check(options, loaded.text)
    account, region = document.place(loaded.text, options.parameters)
    shown = Progress(out, options.steps.stubs)
    try:
        store = Store(options.store or scratch / "store")
        (scratch / "logs").mkdir()
        _log_to(scratch / "logs" / "rehearse.log")
        steps = options.steps.for_steps(faults=options.faults, make_groups=True)
        aws = LocalAws(
            account=account,
            region=region,
            store=store,
            directory=scratch,
            choices=options.steps,
            step_options=steps,
            on_event=shown.event,
            say=shown.say,
        )
        for line in protections.missing(aws.confinement):
            shown.say(f"note: {line}")
        store.restore(aws.sagemaker.groups)
        execution = _start(aws, options, loaded)
    except StoreError as error:
        raise UsageError(str(error)) from None
    except ApiError as error:
        raise UsageError(*error.message.split("; ")) from None
    try:
        stopped_by = _wait(aws, execution, shown)
        found = _finish(aws, options, execution)
    finally:
        aws.close()
    _last_words(options, execution, found, shown, scratch)
    seconds = time.monotonic() - began
    cached = sum(1 for each in execution.steps.values() if each.cached_from)
    shown.say(
        f"pipeline {options.name}: {execution.status} in {seconds:.1f} s, {len(execution.steps)} steps"
        f"{f', {cached} of them from the cache' if cached else ''}"
    )
    if execution.status == "Stopped":
        return 128 + (stopped_by or signal.SIGINT)
    return 0 if execution.status == "Succeeded" else 1


def _start(aws: LocalAws, options: Options, loaded: Document) -> Execution:
    """Make the pipeline, put the data in its place, and begin. Raises ApiError when nothing has begun."""
    sagemaker, caller = aws.sagemaker, aws.caller
    sagemaker.pipelines.create_pipeline(
        caller,
        {
            "PipelineName": options.name,
            "PipelineDefinition": loaded.text,
            "RoleArn": document.role(caller.account),
        },
    )
    sagemaker.pipelines.get(caller, options.name).cache = StoredCache(aws.store.pipeline(options.name) / "cache.json")
    given = [{"Name": name, "Value": value} for name, value in loaded.parameters.items()]
    request: Params = {"PipelineName": options.name, "PipelineParameters": given}
    prepared = sagemaker.executions.prepare(caller, request)
    for upload in options.steps.uploads:
        for path, key in upload.files():
            aws.store.objects.upload_file(path, upload.bucket, key)
    for uri, path in loaded.files.items():
        aws.store.objects.upload_file(path, *split(uri))
    logs = aws.directory / "logs" / "jobs"
    if options.store:
        kept = aws.store.logs(options.name).resolve() / prepared.id
        kept.mkdir(parents=True)
        logs.symlink_to(kept)
    sagemaker.executions.begin(prepared)
    return prepared


def _wait(aws: LocalAws, execution: Execution, shown: Progress) -> int | None:
    """Until its end; the first signal stops it, the second ends everything at once. The signal, if there was one."""
    with _signals() as received:
        asked = False
        while not execution.finished.wait(0.05):
            if received and not asked:
                asked = True
                shown.say("stopping")
                try:
                    aws.sagemaker.executions.stop_pipeline_execution(
                        aws.caller, {"PipelineExecutionArn": execution.arn}
                    )
                except ApiError:  # it ended meanwhile
                    continue
            if len(received) > 1:
                aws.close()
                raise SystemExit(128 + received[-1])
        return received[0] if received else None


@contextmanager
def _signals() -> Iterator[list[int]]:
    received: list[int] = []

    def note(number: int, frame: FrameType | None) -> None:
        received.append(number)

    if threading.current_thread() is not threading.main_thread():
        yield received
        return
    before = {number: signal.signal(number, note) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield received
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _finish(aws: LocalAws, options: Options, execution: Execution) -> Params:
    found = report(aws, execution) | {"Metrics": list(metrics(aws, execution))}
    aws.store.keep_execution(options.name, execution.id, found)
    aws.store.keep_registry(aws.sagemaker.groups)
    if options.output:
        options.output.parent.mkdir(parents=True, exist_ok=True)
        options.output.write_text(json.dumps(found, indent=2) + "\n", encoding="utf-8")
    return found


def _last_words(options: Options, execution: Execution, found: Params, shown: Progress, scratch: Path) -> None:
    logs = scratch / "logs"
    if execution.status == "Failed" and not options.store:
        logs = keep_logs(logs, execution.id)
    jobs = (logs / "jobs").resolve()

    for line in progress.explain(execution, jobs):
        shown.say(line)
    for each in found["Metrics"]:
        shown.say(f"  {each['StepName']}: {each['Name']} = {each['Value']:.6g}")
    for output in found["Outputs"] if options.store else ():
        shown.say(f"output {output['StepName']}.{output['OutputName']}: {output['Path']}")
    for package in found["ModelPackages"]:
        shown.say(f"model package {package['ModelPackageArn']}: {package.get('ModelApprovalStatus', 'no group')}")


def _log_to(file: Path) -> None:
    handler = logging.FileHandler(file, delay=True)
    handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(name)s: %(message)s"))
    logging.getLogger().handlers[:] = [handler]
