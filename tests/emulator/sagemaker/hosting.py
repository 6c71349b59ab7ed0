"""Short ways to a real model behind an endpoint."""

from __future__ import annotations

import io
import itertools
import json
import tarfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import xgboost

from tests.emulator.roles import almighty
from tests.emulator.sagemaker.conftest import XGBOOST, Lab

OTHER = "222222222222"
FINAL = ("InService", "Failed")
_names = (f"made-{number}" for number in itertools.count(1))

ROWS = np.random.default_rng(1).normal(size=(40, 3))


def booster(factor: float = 1.0) -> xgboost.Booster:
    """A model of three features."""
    label = factor * (ROWS[:, 0] - 2 * ROWS[:, 1])
    return xgboost.train({"max_depth": 3, "nthread": 1}, xgboost.DMatrix(ROWS, label=label), num_boost_round=5)


def packed(model: xgboost.Booster, name: str = "xgboost-model") -> bytes:
    """A model as a training job leaves it: model.tar.gz."""
    return archive({name: bytes(model.save_raw("ubj"))})


def archive(files: dict[str, bytes]) -> bytes:
    """A .tar.gz of files."""
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w:gz") as tar:
        for name, content in files.items():
            entry = tarfile.TarInfo(name)
            entry.size = len(content)
            tar.addfile(entry, io.BytesIO(content))
    return out.getvalue()


def as_csv(rows: Any) -> bytes:
    """Rows as text/csv."""
    return "\n".join(",".join(repr(float(value)) for value in row) for row in rows).encode()


class Host:
    """One account that serves models."""

    def __init__(self, lab: Lab, account: str) -> None:
        self.lab, self.account = lab, account
        self.sagemaker, self.runtime = self.client("sagemaker"), self.client("sagemaker-runtime")
        self.role = self.make_role("model-execution")

    def client(self, service: str) -> Any:
        return self.lab.world.client(service, account=self.account, region=self.lab.region)

    def make_role(self, name: str) -> str:
        statement = {
            "Effect": "Allow",
            "Principal": {"Service": "sagemaker.amazonaws.com"},
            "Action": "sts:AssumeRole",
        }
        document = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
        return almighty(self.client("iam"), name, document)

    def model(self, container: dict[str, Any], **more: Any) -> str:
        name = next(_names)
        self.sagemaker.create_model(
            ModelName=name, **({"PrimaryContainer": container, "ExecutionRoleArn": self.role} | more)
        )
        return name

    def variant(self, model: str, count: int = 1, **more: Any) -> dict[str, Any]:
        return {
            "VariantName": "AllTraffic",
            "ModelName": model,
            "InstanceType": "ml.m5.large",
            "InitialInstanceCount": count,
        } | more

    def serverless(self, model: str, **more: Any) -> dict[str, Any]:
        config = {"MemorySizeInMB": 2048, "MaxConcurrency": 5} | more
        return {"VariantName": "AllTraffic", "ModelName": model, "ServerlessConfig": config}

    def config(self, *variants: dict[str, Any], **more: Any) -> str:
        name = next(_names)
        self.sagemaker.create_endpoint_config(EndpointConfigName=name, ProductionVariants=list(variants), **more)
        return name

    def endpoint(self, config: str, **more: Any) -> str:
        name = next(_names)
        self.sagemaker.create_endpoint(EndpointName=name, EndpointConfigName=config, **more)
        return name

    def describe(self, endpoint: str) -> dict[str, Any]:
        found: dict[str, Any] = self.sagemaker.describe_endpoint(EndpointName=endpoint)
        return found

    def rest(self, endpoint: str, seconds: float = 30) -> dict[str, Any]:
        found: dict[str, Any] = until(
            lambda: self.describe(endpoint), lambda each: each["EndpointStatus"] in FINAL, seconds
        )
        return found

    def up(self, config: str, **more: Any) -> str:
        name = self.endpoint(config, **more)
        found = self.rest(name)
        assert found["EndpointStatus"] == "InService", found
        return name

    def update(self, endpoint: str, config: str, **more: Any) -> None:
        self.sagemaker.update_endpoint(EndpointName=endpoint, EndpointConfigName=config, **more)

    def invoke(self, endpoint: str, body: bytes, kind: str = "text/csv", **more: Any) -> dict[str, Any]:
        answer: dict[str, Any] = self.runtime.invoke_endpoint(
            EndpointName=endpoint, Body=body, ContentType=kind, **more
        )
        return answer | {"Body": answer["Body"].read().decode()}

    def predict(self, endpoint: str, rows: Any) -> list[float]:
        return [float(value) for value in self.invoke(endpoint, as_csv(rows))["Body"].split(",")]


def until(look: Callable[[], Any], good: Callable[[Any], bool], seconds: float = 15) -> Any:
    """What `look` returns once it is good."""
    deadline = time.monotonic() + seconds
    while not good(found := look()):
        assert time.monotonic() < deadline, f"still {found} after {seconds} s"
        time.sleep(0.02)
    return found


def register(lab: Lab, group: str, url: str, status: str = "Approved") -> str:
    """A version of a group with the built-in algorithm."""
    inference = {"Containers": [{"Image": XGBOOST, "ModelDataUrl": url}], "SupportedContentTypes": ["text/csv"]}
    answer = lab.sagemaker.create_model_package(
        ModelPackageGroupName=group, InferenceSpecification=inference, ModelApprovalStatus=status
    )
    return str(answer["ModelPackageArn"])


def processes(marker: str) -> Iterator[int]:
    """The processes whose command line or environment names `marker`."""
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                said = (entry / "cmdline").read_bytes() + (entry / "environ").read_bytes()
            except OSError:
                continue
            if marker.encode() in said:
                yield int(entry.name)
