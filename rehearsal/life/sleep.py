"""Asleep: by the clock an environment loses its endpoint; woken, it serves the same release and answers as before."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from botocore.exceptions import ClientError

from rehearsal.errors import RehearsalError
from rehearsal.job import clients
from rehearsal.job.module_parameters import group_parameters
from rehearsal.job.plan import declared_environments
from rehearsal.job.scene import Ground, Scene, Told

NAME = "asleep"
_SECONDS = 120
#: what a schedule's rule is called at its end
_SLEEP = "-sleep"


def _applies(settings: Mapping[str, Any]) -> bool:
    return any(_sleeping(settings))


def _sleeping(settings: Mapping[str, Any]) -> Iterator[str]:
    """The environments that have times to sleep, by name."""
    for each in declared_environments(settings):
        if ((each.get("endpoint") or {}).get("asleep") or {}).get("from"):
            yield str(each["name"])


@dataclass(frozen=True)
class _Environment:
    """An environment that sleeps; `place` is what the module published of it."""

    ground: Ground
    place: Mapping[str, Any]

    @property
    def name(self) -> str:
        return str(self.place["name"])

    def client(self, service: str) -> Any:
        return self.ground.aws.client(service, account=self.place["account"], region=self.place["region"])

    def there(self) -> bool:
        """Whether there is an endpoint."""
        try:
            self.client("sagemaker").describe_endpoint(EndpointName=self.place["endpointName"])
        except ClientError as error:
            if "Could not find" not in str(error):
                raise
            return False
        return True

    def answer(self, row: str) -> float:
        runtime = self.client("sagemaker-runtime")
        found = runtime.invoke_endpoint(EndpointName=self.place["endpointName"], ContentType="text/csv", Body=row)
        return float(found["Body"].read().decode().split()[0].strip("[],"))

    def rest(self) -> str:
        """The status of the stack, once nothing changes it."""
        describe = self.client("cloudformation").describe_stacks
        return str(
            _until(
                lambda: str(describe(StackName=self.place["stackName"])["Stacks"][0]["StackStatus"]),
                lambda status: not status.endswith("_IN_PROGRESS"),
                f"the stack of {self.name} comes to rest",
            )
        )

    def due(self, suffix: str) -> None:
        """Let the rule of the environment be due whose name ends so."""
        module, aws = self.ground.trainer.module, self.ground.aws
        events = aws.client("events", account=module.account, region=module.region)
        own = self.place["endpointName"].rpartition("-")[2]
        for page in events.get_paginator("list_rules").paginate():
            for rule in page["Rules"]:
                if rule["Name"].endswith(f"{own}{suffix}"):
                    aws.services.events.fire(module.account, module.region, rule["Name"])
                    return
        raise RehearsalError(NAME, f"there is no rule for {self.name} that ends with {suffix}")

    def command(self, *words: str) -> str:
        """What `model-cicd` says as the administrator of the tooling account."""
        module, aws = self.ground.trainer.module, self.ground.aws
        command = ["model-cicd", *words, "--region", module.region]
        cwd = aws.directory / "project"
        return clients.run(aws, command, step=NAME, account=module.account, region=module.region, cwd=cwd)

    def status(self) -> dict[str, Any]:
        """The environment as `model-cicd status` has it."""
        text = self.command("status", str(self.ground.plan.manifest), "--format", "json")
        groups = json.loads(text[text.index("{") :])["groups"]
        found = next(each for each in groups if each["group"] == self.ground.trainer.group.name)
        return dict(next(each for each in found["environments"] if each["name"] == self.name))


def _until(look: Callable[[], Any], good: Callable[[Any], bool], what: str) -> Any:
    deadline = time.monotonic() + _SECONDS
    while not good(found := look()):
        if time.monotonic() > deadline:
            raise RehearsalError(NAME, f"not within {_SECONDS} s: {what}; it is {found}")
        time.sleep(0.1)
    return found


def _play(ground: Ground) -> Told:
    trainer = ground.trainer
    parameters = group_parameters(ground.aws, ground.plan, trainer.module, trainer.group, NAME)
    places = [json.loads(value) for name, value in parameters.items() if name.startswith("promotion/environment-")]
    facts = {}
    for name in _sleeping(ground.settings):
        environment = _Environment(ground, next(each for each in places if each["name"] == name))
        facts[name] = _night(environment)
    return Told(
        f"{', '.join(facts)} slept without an endpoint by the clock, woke on the same release and answered as before",
        facts,
    )


def _night(environment: _Environment) -> dict[str, Any]:
    ground, name = environment.ground, environment.name
    row = _row(ground)
    before, answered = environment.status(), environment.answer(row)
    ground.note(f"{name} falls asleep by its rule")
    environment.due(_SLEEP)
    _until(environment.there, lambda there: not there, f"the endpoint of {name} goes")
    environment.rest()
    asleep = environment.status()
    if (asleep["asleep"], asleep["endpointStatus"], asleep["release"]) != (True, None, before["release"]):
        raise RehearsalError(NAME, f"model-cicd status shows {name} as {asleep}")
    ground.note(f"{name} is woken by model-cicd wake")
    said = environment.command("wake", ground.trainer.group.name, name, "--manifest", str(ground.plan.manifest))
    woken, again = environment.status(), environment.answer(row)
    if woken["asleep"] or woken["release"] != before["release"] or again != answered:
        raise RehearsalError(NAME, f"{name} woke as {woken} and answers {again}, expected {answered}")
    return {"asleep": asleep, "woken": woken, "said": said.strip().splitlines()[-1], "answers": [answered, again]}


def _row(ground: Ground) -> str:
    """A row of features that the model was not trained for: ten of them, as the seed's data have."""
    return ",".join(["0.01"] * 10)


ASLEEP = Scene(NAME, _applies, _play)
