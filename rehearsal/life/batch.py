"""Batch: a run is due and writes predictions behind its input; another, on bad data, fails, and people see it."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from rehearsal.errors import RehearsalError
from rehearsal.job import clients, holdout
from rehearsal.job.module_parameters import group_parameters
from rehearsal.job.plan import declared_environments
from rehearsal.job.promote import compare
from rehearsal.job.scene import Ground, Scene, Told

NAME = "batch"
_SECONDS = 120
_OBJECT, _BAD = "rows.csv", "no-numbers.csv"


def _applies(settings: Mapping[str, Any]) -> bool:
    return any(_settings_of(settings))


def _settings_of(settings: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    for each in declared_environments(settings):
        if each.get("kind") == "batch":
            yield each


@dataclass(frozen=True)
class _Environment:
    """An environment that transforms data; `place` is what the module published of it, `batch` its settings."""

    ground: Ground
    place: Mapping[str, Any]
    batch: Mapping[str, Any]

    def client(self, service: str) -> Any:
        return self.ground.aws.client(service, account=self.place["account"], region=self.place["region"])

    def where(self, key: str) -> tuple[str, str]:
        """Bucket and prefix of the input or output."""
        bucket, _, prefix = str(self.batch[key]).removeprefix("s3://").partition("/")
        return bucket, prefix.rstrip("/")

    def put(self, name: str, text: str) -> None:
        bucket, prefix = self.where("input")
        self.client("s3").put_object(Bucket=bucket, Key=f"{prefix}/{name}", Body=text.encode())

    def remove(self, name: str) -> None:
        bucket, prefix = self.where("input")
        self.client("s3").delete_object(Bucket=bucket, Key=f"{prefix}/{name}")

    def output(self, name: str) -> list[str]:
        bucket, prefix = self.where("output")
        found = self.client("s3").get_object(Bucket=bucket, Key=f"{prefix}/{name}.out")
        return str(found["Body"].read().decode()).splitlines()

    def run(self, name: str, text: str) -> dict[str, Any]:
        """Put an object, and what the run of it came to, started as the settings say. Raises RehearsalError."""
        machine, states = self.place["stateMachineArn"], self.client("stepfunctions")
        before = {each["executionArn"] for each in states.list_executions(stateMachineArn=machine)["executions"]}
        self.put(name, text)
        if self.batch.get("schedule"):
            self.ground.aws.services.events.fire(self.place["account"], self.place["region"], self._rule())
        elif not self.batch.get("onNewData"):
            states.start_execution(stateMachineArn=machine)
        deadline = time.monotonic() + _SECONDS
        while time.monotonic() < deadline:
            for each in states.list_executions(stateMachineArn=machine)["executions"]:
                if each["executionArn"] not in before and each["status"] != "RUNNING":
                    return dict(states.describe_execution(executionArn=each["executionArn"]))
            time.sleep(0.2)
        raise RehearsalError(NAME, f"no run of {machine} ended within {_SECONDS} s of new data")

    def _rule(self) -> str:
        found = self.client("cloudformation").describe_stack_resources(StackName=self.place["stackName"])
        rules = [each for each in found["StackResources"] if each["ResourceType"] == "AWS::Events::Rule"]
        return str(rules[0]["PhysicalResourceId"])


def _play(ground: Ground) -> Told:
    trainer = ground.trainer
    parameters = group_parameters(ground.aws, ground.plan, trainer.module, trainer.group, NAME)
    places = [json.loads(value) for name, value in parameters.items() if name.startswith("promotion/environment-")]
    rows = _held_back(ground)
    said: list[str] = []
    facts: dict[str, Any] = {}
    for settings in _settings_of(ground.settings):
        place = next(each for each in places if each["name"] == settings["name"])
        environment = _Environment(ground, place, settings["batch"])
        facts[place["name"]] = _good_and_bad(environment, rows)
        said.append(
            f"{place['name']} transformed {rows.rows} held-back rows, each as the model predicts it; a run on rows "
            "without numbers failed, which status says"
        )
    return Told("; ".join(said), facts)


def _good_and_bad(environment: _Environment, rows: holdout.Holdout) -> dict[str, Any]:
    name = environment.place["name"]
    environment.ground.note(f"{name}: a run on {rows.rows} rows")
    good = environment.run(_OBJECT, rows.features + "\n")
    if good["status"] != "SUCCEEDED":
        raise RehearsalError(NAME, f"a run of {name} ended as {good['status']}: {good.get('cause')}")
    lines = environment.output(_OBJECT)
    predictions = tuple(float(line.rpartition(",")[2]) for line in lines)
    compare(NAME, name, predictions, rows.predictions)
    if environment.batch.get("join") and [line.rpartition(",")[0] for line in lines] != rows.features.splitlines():
        raise RehearsalError(NAME, f"{name}: the output does not begin with the rows of the input")
    environment.ground.note(f"{name}: a run on rows without numbers")
    bad = environment.run(_BAD, "no,numbers\n")
    environment.remove(_BAD)
    if bad["status"] != "FAILED":
        raise RehearsalError(NAME, f"a run of {name} on rows without numbers ended as {bad['status']}")
    shown = _status(environment)
    if (shown["lastRun"] or {}).get("status") != "FAILED":
        raise RehearsalError(NAME, f"model-cicd status shows the last run of {name} as {shown['lastRun']}")
    jobs = environment.client("sagemaker").list_transform_jobs(SortOrder="Ascending")["TransformJobSummaries"]
    return {
        "rows": rows.rows,
        "mse": holdout.mean_squared_error(predictions, rows.targets),
        "failed": bad["cause"],
        "jobs": [each["TransformJobStatus"] for each in jobs],
        "status": shown,
    }


def _status(environment: _Environment) -> dict[str, Any]:
    """The environment as `model-cicd status` has it."""
    ground = environment.ground
    module, aws = ground.trainer.module, ground.aws
    command = ["model-cicd", "status", str(ground.plan.manifest), "--format", "json", "--region", module.region]
    text = clients.run(
        aws, command, step=NAME, account=module.account, region=module.region, cwd=aws.directory / "project"
    )
    groups = json.loads(text[text.index("{") :])["groups"]
    found = next(each for each in groups if each["group"] == ground.trainer.group.name)
    return dict(next(each for each in found["environments"] if each["name"] == environment.place["name"]))


def _held_back(ground: Ground) -> holdout.Holdout:
    trainer = ground.trainer
    execution = trainer.sagemaker_execution()
    rows = None
    if execution:
        rows = holdout.read(
            ground.aws,
            step=NAME,
            account=trainer.group.build_account,
            region=trainer.group.build_region,
            execution=execution,
            model_data=trainer.result.model_data,
        )
    if not rows:
        raise RehearsalError(NAME, "the training held no rows back: nothing to transform")
    return rows


BATCH = Scene(NAME, _applies, _play)
