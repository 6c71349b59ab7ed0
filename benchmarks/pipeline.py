"""One execution of the seed pipeline on the embedded AWS against its scripts run one after the other by hand."""

from __future__ import annotations

import json
import os
import shutil
import statistics
import subprocess
import sys
import tarfile
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from rehearsal.embedded_aws import EmbeddedAws
from rehearsal.job import clients, programs

SEED = Path(__file__).resolve().parent.parent / "seedcode" / "model-build"
ACCOUNT, REGION, BUCKET = "111111111111", "us-east-1", "benchmark-registry"

TRAIN = """
import sys, xgboost
names = ("train", "validation")
train, validation = (xgboost.DMatrix(f"{sys.argv[1]}/{n}/{n}.csv?format=csv&label_column=0") for n in names)
parameters = {"objective": "reg:squarederror", "max_depth": 2, "eta": 0.1, "subsample": 0.8, "seed": 1}
model = xgboost.train(parameters, train, 50, evals=[(train, "train"), (validation, "validation")])
model.save_model(f"{sys.argv[1]}/xgboost-model")
"""


def measure(repeat: int) -> dict[str, Any]:
    """Seconds of the bare scripts, of `model-cicd run`, and of the SageMaker execution within it."""
    bare = statistics.median(_timed(_bare) for _ in range(repeat))
    world = EmbeddedAws(accounts=[ACCOUNT])
    try:
        environment = _prepare(world)
        runs = [_run(world, environment, number) for number in range(repeat + 1)][1:]
    finally:
        world.close()
    whole, execution = (statistics.median(each[index] for each in runs) for index in (0, 1))
    return {
        "bare scripts (s)": round(bare, 2),
        "model-cicd run (s)": round(whole, 2),
        "execution (s)": round(execution, 2),
        "execution to bare scripts": round(execution / bare, 2),
    }


def _timed(call: Callable[[], None]) -> float:
    began = time.perf_counter()
    call()
    return time.perf_counter() - began


def _bare() -> None:
    with tempfile.TemporaryDirectory() as folder:
        base = Path(folder)
        for name in ("input-data", "train", "validation", "test", "evaluation", "data-quality", "model"):
            (base / name).mkdir()
        shutil.copy(SEED / "data" / "diabetes.csv", base / "input-data")
        target = ["--target-column", "target"]
        for command in (
            [str(SEED / "scripts" / "validate_data.py"), *target],
            [str(SEED / "scripts" / "preprocess.py"), *target],
            ["-c", TRAIN, folder],
        ):
            _python(command, base)
        with tarfile.open(base / "model" / "model.tar.gz", "w:gz") as archive:
            archive.add(base / "xgboost-model", "xgboost-model")
        _python([str(SEED / "scripts" / "evaluate.py")], base)


def _python(arguments: list[str], base: Path) -> None:
    environment = {**os.environ, "PROCESSING_DIR": str(base)}
    ended = subprocess.run([sys.executable, *arguments], env=environment, capture_output=True, text=True, check=False)
    if ended.returncode:
        sys.exit(f"{arguments} failed:\n{ended.stdout}{ended.stderr}")


def _prepare(world: EmbeddedAws) -> dict[str, str]:
    trust = {"Effect": "Allow", "Principal": {"Service": "sagemaker.amazonaws.com"}, "Action": "sts:AssumeRole"}
    document = json.dumps({"Version": "2012-10-17", "Statement": [trust]})
    iam = world.client("iam", account=ACCOUNT, region=REGION)
    role = iam.create_role(RoleName="training", AssumeRolePolicyDocument=document)["Role"]["Arn"]
    world.client("s3", account=ACCOUNT, region=REGION).create_bucket(Bucket=BUCKET)
    key = world.client("kms", account=ACCOUNT, region=REGION).create_key()["KeyMetadata"]["Arn"]
    sagemaker = world.client("sagemaker", account=ACCOUNT, region=REGION)
    sagemaker.create_model_package_group(ModelPackageGroupName="benchmark")
    return clients.environment(world, ACCOUNT, REGION) | {
        "SAGEMAKER_PIPELINE_NAME": "benchmark",
        "SAGEMAKER_PIPELINE_ROLE_ARN": role,
        "ARTIFACT_BUCKET": BUCKET,
        "ARTIFACT_BUCKET_KMS_ID": key,
        "MODEL_PACKAGE_GROUP_NAME": "benchmark",
    }


def _run(world: EmbeddedAws, environment: dict[str, str], number: int) -> tuple[float, float]:
    output = world.directory / f"run-{number}.json"
    command = [str(programs.BIN / "model-cicd"), "run", str(SEED / "pipeline.yaml"), "--output", str(output)]
    began = time.perf_counter()
    ended = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    seconds = time.perf_counter() - began
    if ended.returncode:
        sys.exit(f"model-cicd run failed:\n{ended.stdout}{ended.stderr}")
    sagemaker = world.client("sagemaker", account=ACCOUNT, region=REGION)
    arn = json.loads(output.read_text(encoding="utf-8"))["executionArn"]
    steps = sagemaker.list_pipeline_execution_steps(PipelineExecutionArn=arn)["PipelineExecutionSteps"]
    first, last = min(each["StartTime"] for each in steps), max(each["EndTime"] for each in steps)
    return seconds, (last - first).total_seconds()
