"""`model-cicd run`: upload, create or update, start, follow and judge a training pipeline."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from model_cicd.aws import sessions as aws
from model_cicd.pipeline import (
    announce,
    assets,
    measure,
    outcome,
    report,
    run_parameters,
    serving,
    stage_suites,
    upsert,
)
from model_cicd.pipeline.checks import parse_config
from model_cicd.pipeline.compile import compile_pipeline
from model_cicd.pipeline.environment import PipelineEnvironment
from model_cicd.pipeline.rules import files as files_of
from model_cicd.pipeline.run_settings import RunSettings
from model_cicd.pipeline.schema import PipelineConfig
from model_cicd.pipeline.watch import StepState, list_steps, watch
from model_cicd.text import source
from model_cicd.text.errors import ModelCicdError


@dataclass(frozen=True, kw_only=True)
class RunRequest:
    """One run of the command.

    `keep` is called with the report whenever it is written; with `compare` it tells the version that is approved now.
    """

    path: Path
    settings: RunSettings
    parameters: Mapping[str, str] = field(default_factory=dict)
    placeholders: Mapping[str, str] = field(default_factory=dict)
    wait: bool = True
    output: Path | None = None
    compare: bool = False
    keep: Callable[[report.RunReport], None] = lambda _: None


@dataclass(frozen=True)
class Prepared:
    """Whatever of a run needs no AWS: the configuration, the parameters' values and the files to upload."""

    config: PipelineConfig
    values: dict[str, str]
    files: dict[str, assets.Asset]
    suites: assets.Asset | None = None

    def definition(self, environment: PipelineEnvironment) -> dict[str, Any]:
        """The definition for a place. Raises ModelCicdError."""
        if not environment.pipeline_name:
            raise ModelCicdError(
                "the SageMaker pipeline's name is not given: set SAGEMAKER_PIPELINE_NAME or --pipeline-name"
            )
        uploaded = {name: asset.uri for name, asset in self.files.items()}
        made = compile_pipeline(self.config, replace(environment, files=uploaded))
        return stage_suites.marked(made, self.suites) if self.suites else made

    @property
    def uploads(self) -> dict[str, assets.Asset]:
        """All that is uploaded, the suites of tests between stages among it."""
        return {**self.files, **({stage_suites.FOLDER: self.suites} if self.suites else {})}


def run(request: RunRequest, show: Callable[[str], None]) -> report.RunReport:
    """Run a pipeline and return what came of it; with `wait`, after its end.

    Raises ModelCicdError (ProblemsError for the YAML) for whatever keeps it from running, for an execution that fails
    and for a gate that keeps the model from being registered; the report is written to `output` before that.
    """
    settings = request.settings
    environment = settings.environment
    ready = prepare(request, environment)
    config, values, files = ready.config, ready.values, ready.files
    definition = ready.definition(environment)
    with aws.plain_errors():
        session = aws.session(environment.region, settings.assume_role_arn)
        key = aws.key_arn(session, environment.kms_key)
        if key != environment.kms_key:
            environment = replace(environment, kms_key=key)
            settings = replace(settings, environment=environment)
            definition = ready.definition(environment)
        for asset in assets.upload(ready.uploads, aws.client(session, "s3"), key):
            show(f"uploaded {asset.path.name} to {asset.uri}")
        sagemaker = aws.client(session, "sagemaker")
        told = request.wait and settings.event != "" and announce.mark(definition)
        arn, done = upsert.upsert(sagemaker, definition, settings)
        show(f"pipeline {environment.pipeline_name}: {done}")
        values |= serving.told(config, values, sagemaker, settings, show)
        execution = upsert.start(sagemaker, values, settings)
        show(f"started {execution}")
        result = report.RunReport(
            pipeline_name=environment.pipeline_name,
            pipeline_arn=arn,
            execution_arn=execution,
            status="Executing",
            parameters=_shown(run_parameters.effective(config, values), files),
        )
        _write(result, request)
        if not request.wait:
            return result
        steps = _follow(result, session, config, environment.region, show)
        if request.compare or told:
            _compare(result, sagemaker, environment.model_package_group_name)
        _write(result, request)
    if settings.metrics:
        wrong = measure.put(_own_client(settings, "cloudwatch"), settings.metrics, result)
        show(f"warning: no metrics were put: {wrong}" if wrong else f"put metrics into {settings.metrics}")
    for line in _summary(result):
        show(line)
    if result.status != "Succeeded" or result.gate == "failed":
        with aws.plain_errors():
            raise ModelCicdError(_verdict(result, steps, aws.client(session, "logs")))
    if told:
        _tell(result, settings, show)
    return result


def prepare(request: RunRequest, environment: PipelineEnvironment) -> Prepared:
    """Read the file and what it names. Raises ModelCicdError (ProblemsError for the YAML)."""
    settings = request.settings
    config = parse_config(source.load(request.path), environment.placeholders | dict(request.placeholders))
    given = run_parameters.resolve_parameters(
        config, provenance=settings.provenance, group=settings.parameters, given=request.parameters
    )
    local = run_parameters.local_files(given, config)
    for name, file in local.items():
        if wrong := files_of.complaint(file, request.path.parent):
            by = "--param" if name in request.parameters else "PIPELINE_PARAMETERS"
            raise ModelCicdError(f"{by}: {name}: {wrong}")
    files = assets.collect(config, local.values(), request.path.parent, environment.bucket)
    values = given | {name: files[str(file)].uri for name, file in local.items()}
    return Prepared(config, values, files, stage_suites.suites(request.path.parent, environment.bucket))


def _shown(parameters: Mapping[str, Any], files: Mapping[str, assets.Asset]) -> dict[str, Any]:
    """The parameters' values with uploaded files by their URIs."""
    return {name: files[str(value)].uri if str(value) in files else value for name, value in parameters.items()}


def _follow(
    result: report.RunReport, session: Any, config: PipelineConfig, region: str, show: Callable[[str], None]
) -> list[StepState]:
    """Watch the execution and fill the report in; its steps."""
    sagemaker = aws.client(session, "sagemaker")
    began = time.monotonic()
    try:
        execution = watch(sagemaker, result.execution_arn, show, time.sleep)
    except KeyboardInterrupt:
        stop = f"aws sagemaker stop-pipeline-execution --pipeline-execution-arn {result.execution_arn}"
        raise ModelCicdError(
            f"no longer waiting; the execution goes on. To stop it: {stop} --region {region}"
        ) from None
    steps = list_steps(sagemaker, result.execution_arn)
    files = outcome.property_files(config, steps, sagemaker, aws.client(session, "s3"))
    types = {step.name: step.type for step in config.pipeline.steps}
    result.status = execution["PipelineExecutionStatus"]
    result.failure_reason = execution.get("FailureReason", "")
    result.seconds = round(time.monotonic() - began, 1)
    result.steps = [
        report.StepReport(step.name, types.get(step.name, step.type), step.status, step.seconds, step.failure_reason)
        for step in steps
    ]
    for (name, _), data in files.items():
        result.metrics.setdefault(name, {}).update(report.numbers(data))
    ended = {step.name: step.details.get("Outcome") for step in steps if step.type == "Condition"}
    made = report.comparisons(config, files, result.parameters)
    result.conditions = [each for each in made if ended.get(each.step)]
    result.gate = report.guards(config, {name: each == "True" for name, each in ended.items() if each})
    result.model_package = outcome.model_package(steps, sagemaker)
    return steps


def _summary(result: report.RunReport) -> list[str]:
    lines = [f"execution {result.status} in {result.seconds or 0:.0f} s"]
    for step, values in result.metrics.items():
        lines += [f"  {step}: {path} = {value:.6g}" for path, value in values.items()]
    told = result.gate == "failed"  # what does not hold is in the verdict
    lines += [f"  {each}" for each in result.conditions if not (told and each.holds is False)]
    package = result.model_package
    if package is not None:
        status = f" ({package.approval_status})" if package.approval_status else ""
        lines.append(f"registered version {package.version} of {package.group}{status}: {package.arn}")
    return lines


def _verdict(result: report.RunReport, steps: list[StepState], logs: Any) -> str:
    if result.gate == "failed":
        missed = [str(each) for each in result.conditions if each.holds is False]
        said = [f"{step.name}: {step.failure_reason}" for step in steps if step.failure_reason]
        return "\n".join(["gate failed: the model is worse than its threshold and was not registered", *missed, *said])
    lines = [f"the execution ended as {result.status}: {result.failure_reason or 'no reason is given'}"]
    for step in steps:
        if step.status == "Failed":
            tail = [line for line in outcome.log_tail(step, logs) if line != step.failure_reason]
            reason = outcome.beyond(step.failure_reason, tail).replace("\n", "\n  ") or "no reason is given"
            lines.append(f"step {step.name} failed: {reason}")
            lines += [f"  | {line}" for line in tail]
    return "\n".join(lines)


def _tell(result: report.RunReport, settings: RunSettings, show: Callable[[str], None]) -> None:
    """Tell people of the version, from the account that runs this; that nobody was told is no failure."""
    entry = announce.event(settings.event, result)
    if entry is not None:
        wrong = announce.send(_own_client(settings, "events"), entry)
        show(f"warning: nobody was told: {wrong}" if wrong else "told that it awaits approval")


def _own_client(settings: RunSettings, service: str) -> Any:
    """Not with the role of the build account: rules, dashboards and people are where this runs."""
    return aws.client(aws.session(settings.environment.region, ""), service)


def _compare(result: report.RunReport, sagemaker: Any, group: str) -> None:
    """Note what the registered version and the newest approved one of the group measured."""
    if result.model_package is not None:
        result.registered_metrics = outcome.version_metrics(result.model_package.arn, sagemaker)
    result.approved = outcome.newest_approved(group, sagemaker)


def _write(result: report.RunReport, request: RunRequest) -> None:
    request.keep(result)
    path = request.output
    if path is None:
        return
    try:
        path.write_text(result.to_json(), encoding="utf-8")
    except OSError as error:
        raise ModelCicdError(f"{path}: cannot be written: {error.strerror}") from None
