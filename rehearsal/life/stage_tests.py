"""Tests between stages: a version that fails them is taken back, and goes no further; the one before it passed them."""

from __future__ import annotations

import copy
import dataclasses
import hashlib
import json
import time
from collections.abc import Callable, Mapping
from typing import Any

from rehearsal.errors import RehearsalError
from rehearsal.job import clients
from rehearsal.job.module_parameters import build_parameters
from rehearsal.job.plan import declared_environments
from rehearsal.job.promote import Promoter
from rehearsal.job.scene import Ground, Scene, Told

_STEP = "tests between stages"
_PROPERTY = "StageTests"
_RECORDED_SECONDS = 60


def _tested(settings: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """The environments with tests, in the order of the manifest."""
    return [each for each in declared_environments(settings) if each.get("tests")]


def _play(ground: Ground) -> Told:
    """Register the serving model anew with a suite that it cannot pass, approve it, and see where it ends."""
    play = _Play(ground)
    play.first_passed()
    play.register()
    ground.note(f"version {play.version} asks more of its endpoint")
    play.promoter.approve()
    execution, _ = play.promoter.ended(ground.note)
    verdict = play.refused(execution)
    again, after = play.served_again()
    status = play.status()
    passed_over = f" and {', '.join(after)} was not reached" if after else ""
    said = f"{play.place['name']} refused version {play.version} ({verdict}), serves version {again} again{passed_over}"
    facts = {"environment": play.place["name"], "version": play.version, "serves": again, "tests": verdict}
    return Told(said, {**facts, "first": play.first, "after": after, "status": status})


class _Play:
    """What the scene knows of its group."""

    def __init__(self, ground: Ground) -> None:
        self._ground, self._aws, self._group = ground, ground.aws, ground.trainer.group
        environment = _tested(ground.settings)[0]
        name, self._suite = environment["name"], environment["tests"]["suite"]
        self._served = Promoter(ground.aws, ground.plan, ground.trainer)
        self.place = next(each for each in self._served.places if each["name"] == name)
        self.first = ""
        self.version = 0
        self.promoter = self._served

    def _in_build(self, service: str) -> Any:
        return self._aws.client(service, account=self._group.build_account, region=self._group.build_region)

    def first_passed(self) -> None:
        """The tests of the version that serves ran, and passed."""
        found = self._said(self._served.promoted())  # its life cycle may have been written down since
        if found.get("Verdict") != "passed":
            raise RehearsalError(_STEP, f"the first version serves in {self.place['name']} with the tests {found}")
        self.first = found["Tests"]

    def _said(self, execution: Mapping[str, Any]) -> dict[str, str]:
        """The variables of the tests of the environment."""
        stage = f"Deploy-{self.place['name']}"
        for each in self._served.actions(execution):
            if (each["stageName"], each["actionName"]) == (stage, "Test"):
                return dict(each.get("output", {}).get("outputVariables") or {})
        raise RehearsalError(_STEP, f"{stage} ran no tests")

    def register(self) -> None:
        """A version of the same model, as its training would register it at a commit with another suite."""
        record, registry = self._served.record, self._in_build("sagemaker")
        package = registry.describe_model_package(ModelPackageName=self._ground.trainer.result.model_package)
        properties = dict(package["CustomerMetadataProperties"])
        properties[_PROPERTY] = self._publish(record["registryBucketName"], properties[_PROPERTY])
        specification = package["InferenceSpecification"]
        for container in specification["Containers"]:
            container.pop("ModelDataETag", None)
            container.pop("ImageDigest", None)
        arn = registry.create_model_package(
            ModelPackageGroupName=record["modelPackageGroupName"],
            ModelApprovalStatus="PendingManualApproval",
            CustomerMetadataProperties=properties,
            InferenceSpecification=specification,
        )["ModelPackageArn"]
        self.version = int(arn.rpartition("/")[2])
        s3, key = self._in_build("s3"), f"registrations/{self.version}.json"
        bucket = record["releasesBucketName"]
        self._wait(lambda: s3.list_objects_v2(Bucket=bucket, Prefix=key)["KeyCount"], "its registration is recorded")
        trainer = copy.copy(self._ground.trainer)
        trainer.result = dataclasses.replace(trainer.result, model_package=arn, version=self.version, environments=[])
        self.promoter = Promoter(self._aws, self._ground.plan, trainer)

    def _publish(self, bucket: str, digest: str) -> str:
        """The suites of a commit that asks more than the model gives, published as a training does; their digest."""
        ground, group = self._ground, self._group
        names = build_parameters(self._aws, ground.plan, ground.trainer.module, group, _STEP)
        s3 = self._aws.client(
            "s3", account=group.build_account, region=group.build_region, role=names["start-role-arn"]
        )
        key = "code/stage-tests/{}.json"
        body = s3.get_object(Bucket=bucket, Key=key.format(digest.removeprefix("sha256:")))["Body"].read()
        suites = json.loads(body)
        suites["suites"][self._suite]["accuracy"] = {"metric": "mae", "atMost": 0.001}
        content = json.dumps(suites).encode()
        made = hashlib.sha256(content).hexdigest()
        s3.put_object(Bucket=bucket, Key=key.format(made), Body=content)
        return f"sha256:{made}"

    def refused(self, execution: Mapping[str, Any]) -> str:
        """What the tests said of the version, whose promotion ended there."""
        failed = [
            (each["stageName"], each["actionName"])
            for each in self.promoter.actions(execution)
            if each["status"] == "Failed"
        ]
        expected = [(f"Deploy-{self.place['name']}", "Settle")]
        if execution["status"] != "Failed" or failed != expected:
            cause = f"the promotion of version {self.version} ended as {execution['status']}, failed: {failed}"
            raise RehearsalError(_STEP, f"{cause}; expected it to end after the tests of {self.place['name']}")
        return self._said(execution)["Tests"]

    def served_again(self) -> tuple[int, list[str]]:
        """The version that the environment serves, and the environments after it; no one serves the new version."""
        names = [each["name"] for each in self._served.places]
        versions = {each["name"]: self._version(each) for each in self._served.places}
        after = names[names.index(self.place["name"]) + 1 :]
        wrong = [name for name in (self.place["name"], *after) if versions[name] != self._ground.trainer.result.version]
        if wrong:
            raise RehearsalError(_STEP, f"after the tests failed, {', '.join(wrong)} serve otherwise: {versions}")
        return versions[self.place["name"]], after

    def _version(self, place: Mapping[str, Any]) -> int:
        stacks = self._aws.client("cloudformation", account=place["account"], region=place["region"])
        (stack,) = stacks.describe_stacks(StackName=place["stackName"])["Stacks"]
        return int({each["OutputKey"]: each["OutputValue"] for each in stack["Outputs"]}["Version"])

    def status(self) -> dict[str, Any]:
        """What `model-cicd status` says of the promotion."""
        module = self._ground.trainer.module
        printed = clients.run(
            self._aws,
            ["model-cicd", "status", "--format", "json"],
            step=_STEP,
            account=module.account,
            region=module.region,
            cwd=self._aws.directory,
        )
        groups = json.loads(printed[printed.index("{") :])["groups"]
        found: dict[str, Any] = next(each for each in groups if each["group"] == self._group.name)["promotion"]
        return {"tests": found["tests"], "failed": found["failed"]}

    def _wait(self, look: Callable[[], Any], what: str) -> None:
        until = time.monotonic() + _RECORDED_SECONDS
        while not look():
            if time.monotonic() > until:
                raise RehearsalError(_STEP, f"waited {_RECORDED_SECONDS} s until {what}")
            time.sleep(0.2)


STAGE_TESTS = Scene(_STEP, lambda settings: bool(_tested(settings)), _play)
