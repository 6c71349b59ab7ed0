"""The embedded AWS under many pipeline executions: what it holds in memory, threads and files after each of them."""

from __future__ import annotations

import json
import statistics
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

from benchmarks.run import ROOT

EXECUTIONS = 1000
LOOKS = (100, 250, 500, 750, 1000)
ACCOUNT, REGION, BUCKET, PIPELINE = "111111111111", "us-east-1", "bench-111111111111", "bench"
_IMAGE = f"683313688378.dkr.ecr.{REGION}.amazonaws.com/sagemaker-scikit-learn:1.2-1"
_SCRIPT = "open('/opt/ml/processing/out/answer.txt', 'w').write('42')\n"
_FILES = "/opt/ml/processing"
_ALL = {"Effect": "Allow", "Action": "*", "Resource": "*"}
_TRUST = {"Effect": "Allow", "Principal": {"Service": "sagemaker.amazonaws.com"}, "Action": "sts:AssumeRole"}


def measure(count: int = EXECUTIONS) -> dict[str, Any]:
    """`count` executions of a pipeline with one processing job, one after the other, in a process of its own."""
    command = [sys.executable, "-m", "benchmarks.executions", str(count)]
    ended = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    if ended.returncode:
        sys.exit(f"{' '.join(command)} failed:\n{ended.stdout[-3000:]}{ended.stderr[-3000:]}")
    found: dict[str, Any] = json.loads(ended.stdout.splitlines()[-1])
    return found


def run(count: int) -> dict[str, Any]:
    """The same in this process: what was held when, and the seconds of an execution at the beginning and the end."""
    from rehearsal.embedded_aws import EmbeddedAws

    world = EmbeddedAws(accounts=[ACCOUNT])
    try:
        sagemaker = _prepared(world)
        held, seconds = {}, []
        for number in range(1, count + 1):
            began = time.perf_counter()
            started = sagemaker.start_pipeline_execution(PipelineName=PIPELINE)["PipelineExecutionArn"]
            while (found := sagemaker.describe_pipeline_execution(PipelineExecutionArn=started))[
                "PipelineExecutionStatus"
            ] == "Executing":
                time.sleep(0.02)
            if found["PipelineExecutionStatus"] != "Succeeded":
                sys.exit(f"{started}: {found}")
            seconds.append(time.perf_counter() - began)
            if number in LOOKS or number == count:
                held[str(number)] = _held()
        few = max(1, min(50, count // 4))
        first, last = statistics.median(seconds[:few]), statistics.median(seconds[-few:])
        return {
            "held after": held,
            "an execution at the beginning (s)": round(first, 2),
            "an execution at the end (s)": round(last, 2),
        }
    finally:
        world.close()


def _held() -> dict[str, int]:
    """Resident memory (MiB), threads and open files of this process."""
    status = dict(line.split(":", 1) for line in Path("/proc/self/status").read_text(encoding="utf-8").splitlines())
    return {
        "MiB": int(status["VmRSS"].split()[0]) // 1024,
        "threads": int(status["Threads"]),
        "files": len(list(Path("/proc/self/fd").iterdir())),
    }


def _prepared(world: Any) -> Any:
    """A bucket, a role and the pipeline; the client that starts it."""
    s3, iam, sagemaker = (world.client(each, account=ACCOUNT, region=REGION) for each in ("s3", "iam", "sagemaker"))
    s3.create_bucket(Bucket=BUCKET)
    s3.put_object(Bucket=BUCKET, Key="code/script.py", Body=_SCRIPT.encode())
    role = iam.create_role(RoleName="execution", AssumeRolePolicyDocument=_policy(_TRUST))["Role"]["Arn"]
    iam.put_role_policy(RoleName="execution", PolicyName="all", PolicyDocument=_policy(_ALL))
    document = {"Version": "2020-12-01", "Steps": [{"Name": "One", "Type": "Processing", "Arguments": _job(role)}]}
    sagemaker.create_pipeline(
        PipelineName=PIPELINE, RoleArn=role, ClientRequestToken="b" * 32, PipelineDefinition=json.dumps(document)
    )
    return sagemaker


def _policy(statement: dict[str, Any]) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


def _job(role: str) -> dict[str, Any]:
    code = {"S3Uri": f"s3://{BUCKET}/code/script.py", "LocalPath": f"{_FILES}/code", "S3DataType": "S3Prefix"}
    made = {"S3Uri": f"s3://{BUCKET}/out", "LocalPath": f"{_FILES}/out", "S3UploadMode": "EndOfJob"}
    cluster = {"InstanceCount": 1, "InstanceType": "ml.m5.large", "VolumeSizeInGB": 30}
    return {
        "RoleArn": role,
        "AppSpecification": {"ImageUri": _IMAGE, "ContainerEntrypoint": ["python3", f"{_FILES}/code/script.py"]},
        "ProcessingInputs": [{"InputName": "code", "S3Input": code | {"S3InputMode": "File"}}],
        "ProcessingOutputConfig": {"Outputs": [{"OutputName": "out", "S3Output": made}]},
        "ProcessingResources": {"ClusterConfig": cluster},
    }


if __name__ == "__main__":
    print(json.dumps(run(int(sys.argv[1]))))
