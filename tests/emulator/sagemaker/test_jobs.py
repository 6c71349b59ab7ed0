"""Jobs run for real: container paths, data, failures, limits, stops."""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
import tarfile
import time
import zlib
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.emulator.sagemaker.conftest import SKLEARN
from tests.processes import asleep, ended

LOOK = """
import json, os, pathlib
seen = {
    "config": json.loads(pathlib.Path("/opt/ml/config/processingjobconfig.json").read_text()),
    "hosts": json.loads(pathlib.Path("/opt/ml/config/resourceconfig.json").read_text())["hosts"],
    "input": pathlib.Path("/opt/ml/processing/data/nested/a.txt").read_text(),
    "environment": dict(os.environ),
    "opt": sorted(os.listdir("/opt")),
}
pathlib.Path("/opt/ml/processing/seen/deep").mkdir()
pathlib.Path("/opt/ml/processing/seen/deep/seen.json").write_text(json.dumps(seen))
print("looked around")
"""


def test_a_processing_job_sees_the_container_paths_and_its_outputs_are_uploaded(lab: Any) -> None:
    lab.put("in/data/nested/a.txt", "hello")
    arguments = lab.processing(
        LOOK,
        inputs={"data": f"s3://{lab.bucket}/in/data"},
        outputs={"seen": f"s3://{lab.bucket}/out/look"},
        Environment={"COLOUR": "green"},
    )
    found = lab.run_processing("look", arguments)
    assert found["ProcessingJobStatus"] == "Completed", found
    assert found["ProcessingStartTime"] <= found["ProcessingEndTime"]
    seen = json.loads(lab.get(f"s3://{lab.bucket}/out/look/deep/seen.json"))
    assert seen["input"] == "hello"
    assert seen["hosts"] == ["algo-1"]
    assert seen["config"]["ProcessingJobArn"] == found["ProcessingJobArn"]
    assert seen["environment"]["COLOUR"] == "green"
    assert seen["environment"]["AWS_ENDPOINT_URL"] == lab.world.endpoint
    assert lab.world.accounts.identify(seen["environment"]["AWS_ACCESS_KEY_ID"]).role == lab.role
    assert "ml" in seen["opt"]


def test_nothing_of_a_job_is_left_but_its_log(lab: Any) -> None:
    assert lab.run_processing("tidy", lab.processing("print('done')"))["ProcessingJobStatus"] == "Completed"
    directory = lab.world.directory / "jobs"
    assert not [path for path in directory.rglob("*") if path.is_file()]
    assert "done" in lab.job_log("tidy")


def test_the_log_reaches_cloudwatch(lab: Any) -> None:
    lab.run_processing("chatty", lab.processing("for n in range(3): print('line', n)"))
    logs = lab.client("logs")
    group = "/aws/sagemaker/ProcessingJobs"
    stream = logs.describe_log_streams(logGroupName=group, logStreamNamePrefix="chatty/algo-1-")["logStreams"][0]
    events = logs.get_log_events(logGroupName=group, logStreamName=stream["logStreamName"])["events"]
    assert [event["message"] for event in events if event["message"].startswith("line")] == [
        "line 0",
        "line 1",
        "line 2",
    ]


def test_a_failing_script_fails_the_job_with_the_end_of_its_log(lab: Any) -> None:
    script = "print('before')\nraise SystemExit('no such column: rings')"
    found = lab.run_processing("failing", lab.processing(script, outputs={"o": f"s3://{lab.bucket}/out/failing"}))
    assert found["ProcessingJobStatus"] == "Failed"
    assert found["FailureReason"].startswith("AlgorithmError: ")
    assert "no such column: rings" in found["FailureReason"]
    assert found["FailureReason"].endswith(", exit code: 1")


def test_a_failure_file_is_the_reason(lab: Any) -> None:
    script = "import os, pathlib\nos.makedirs('/opt/ml/output')\n"
    script += "pathlib.Path('/opt/ml/output/failure').write_text('too few rows')\nraise SystemExit(3)"
    found = lab.run_processing("said-why", lab.processing(script))
    assert found["FailureReason"] == "AlgorithmError: too few rows, exit code: 3"


def test_missing_input_fails_the_job_and_names_it(lab: Any) -> None:
    uri = f"s3://{lab.bucket}/nothing/here"
    found = lab.run_processing("hungry", lab.processing("print(1)", inputs={"data": uri}))
    assert found["ProcessingJobStatus"] == "Failed"
    assert f'No S3 objects found under S3 URL "{uri}"' in found["FailureReason"]


def test_an_unknown_image_is_refused_by_name_with_a_way_out(lab: Any) -> None:
    arguments = lab.processing("print(1)")
    image = "123456789012.dkr.ecr.us-east-1.amazonaws.com/preprocess:latest"
    arguments["AppSpecification"]["ImageUri"] = image
    with pytest.raises(ClientError, match=image) as raised:
        lab.sagemaker.create_processing_job(ProcessingJobName="own-image", **arguments)
    assert f"--image {image}=PYTHON" in str(raised.value)


@pytest.mark.parametrize(
    ("image", "text"),
    [
        (
            "683313688378.dkr.ecr.us-east-1.amazonaws.com/sagemaker-xgboost:latest",
            "got version 'latest'",
        ),
        ("123456789012.dkr.ecr.us-east-1.amazonaws.com/sagemaker-xgboost:1.7-1", "in us-east-1 is 683313688378"),
        ("257758044811.dkr.ecr.us-east-2.amazonaws.com/sagemaker-xgboost:1.7-1", "it is in us-east-2"),
    ],
)
def test_what_aws_could_not_pull_is_refused(lab: Any, image: str, text: str) -> None:
    arguments = lab.processing("print(1)")
    arguments["AppSpecification"]["ImageUri"] = image
    with pytest.raises(ClientError, match=text):
        lab.sagemaker.create_processing_job(ProcessingJobName="wrong-image", **arguments)


def test_an_image_of_ones_own_runs_with_the_python_it_is_mapped_to(lab: Any) -> None:
    image = "111111111111.dkr.ecr.us-east-1.amazonaws.com/own"
    python = lab.world.directory / "own-python"
    python.write_text('#!/bin/sh\necho "my python runs $1"\n')
    python.chmod(0o755)
    lab.world.images[image] = str(python)
    arguments = lab.processing("print(1)")
    arguments["AppSpecification"]["ImageUri"] = f"{image}:v3"
    assert lab.run_processing("mapped", arguments)["ProcessingJobStatus"] == "Completed"
    assert "my python runs /opt/ml/processing/code/script.py" in lab.job_log("mapped")


def test_network_isolation_takes_the_network_and_the_credentials_away(lab: Any) -> None:
    script = (
        "import os, socket, sys\n"
        f"host, port = '{lab.world.endpoint}'.removeprefix('http://').split(':')\n"
        "print('keys', [name for name in os.environ if 'ACCESS_KEY' in name or 'ENDPOINT' in name])\n"
        "try: socket.create_connection((host, int(port)), 2); print('connected')\n"
        "except OSError as error: print('refused', error)\n"
    )
    arguments = lab.processing(script)
    assert lab.run_processing("open", arguments)["ProcessingJobStatus"] == "Completed"
    assert "connected" in lab.job_log("open")
    lab.run_processing("isolated", arguments | {"NetworkConfig": {"EnableNetworkIsolation": True}})
    assert "keys []" in lab.job_log("isolated")
    assert "refused" in lab.job_log("isolated")


def test_a_job_acts_as_its_role(lab: Any) -> None:
    script = "import boto3\nprint(boto3.client('sts').get_caller_identity()['Arn'])"
    lab.run_processing("who", lab.processing(script))
    assert f"arn:aws:sts::{lab.account}:assumed-role/execution/SageMaker" in lab.job_log("who")


def test_outputs_are_encrypted_with_the_key_of_the_request(lab: Any) -> None:
    key = lab.client("kms").create_key()["KeyMetadata"]["Arn"]
    arguments = lab.processing(
        "open('/opt/ml/processing/o/x', 'w').write('x')", outputs={"o": f"s3://{lab.bucket}/kms"}
    )
    arguments["ProcessingOutputConfig"]["KmsKeyId"] = key
    assert lab.run_processing("secret", arguments)["ProcessingJobStatus"] == "Completed"
    head = lab.s3.head_object(Bucket=lab.bucket, Key="kms/x")
    assert (head["ServerSideEncryption"], head["SSEKMSKeyId"]) == ("aws:kms", key)


def test_a_job_that_runs_too_long_is_stopped(lab: Any) -> None:
    arguments = lab.processing("import time\ntime.sleep(60)", StoppingCondition={"MaxRuntimeInSeconds": 1})
    began = time.monotonic()
    found = lab.run_processing("slow", arguments)
    assert found["ProcessingJobStatus"] == "Stopped"
    assert "MaxRuntimeInSeconds 1" in found["ExitMessage"]
    assert time.monotonic() - began < 10


def test_a_stopped_job_ends_with_everything_it_started(lab: Any) -> None:
    script = "import subprocess, time\nsubprocess.Popen(['setsid', 'sleep', '1000.5'])\ntime.sleep(60)"
    lab.sagemaker.create_processing_job(ProcessingJobName="stubborn", **lab.processing(script))
    deadline = time.monotonic() + 20
    while not asleep("1000.5") and time.monotonic() < deadline:
        time.sleep(0.05)
    assert asleep("1000.5")
    lab.sagemaker.stop_processing_job(ProcessingJobName="stubborn")
    found = lab.ended(
        lambda: lab.sagemaker.describe_processing_job(ProcessingJobName="stubborn"), "ProcessingJobStatus"
    )
    assert found["ProcessingJobStatus"] == "Stopped"
    assert ended("1000.5")


KILLED = """
import json, sys, time
from rehearsal.embedded_aws import EmbeddedAws
world = EmbeddedAws(accounts=["111111111111"])
client = lambda name: world.client(name, account="111111111111", region="us-east-1")
who = {"Service": "sagemaker.amazonaws.com"}
trust = json.dumps({"Statement": [{"Effect": "Allow", "Principal": who, "Action": "sts:AssumeRole"}]})
role = client("iam").create_role(RoleName="r", AssumeRolePolicyDocument=trust)["Role"]["Arn"]
allow = '{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}'
client("iam").put_role_policy(RoleName="r", PolicyName="all", PolicyDocument=allow)
client("sagemaker").create_processing_job(
    ProcessingJobName="left", RoleArn=role,
    AppSpecification={"ImageUri": sys.argv[1], "ContainerEntrypoint": ["sh", "-c", sys.argv[2]]},
    ProcessingResources={"ClusterConfig": {"InstanceCount": 1, "InstanceType": "ml.m5.large", "VolumeSizeInGB": 1}},
)
time.sleep(60)
"""


@pytest.mark.slow
def test_a_job_ends_when_the_embedded_aws_is_killed(lab: Any, tmp_path: Any) -> None:
    scratch = {"TMPDIR": str(tmp_path)}
    killed = subprocess.Popen([sys.executable, "-c", KILLED, lab.sklearn, "sleep 1000.75"], env=os.environ | scratch)
    deadline = time.monotonic() + 30
    while not asleep("1000.75") and time.monotonic() < deadline:
        time.sleep(0.05)
    assert asleep("1000.75")
    killed.kill()
    killed.wait()
    assert ended("1000.75")


def test_a_manifest_names_the_files(lab: Any) -> None:
    lab.put("many/a.txt", "a")
    lab.put("many/sub/b.txt", "b")
    lab.put("many/c.txt", "c")
    manifest = lab.put(
        "lists/some.manifest", json.dumps([{"prefix": f"s3://{lab.bucket}/many/"}, "a.txt", "sub/b.txt"])
    )
    script = "import pathlib\nfor p in sorted(pathlib.Path('/opt/ml/processing/data').rglob('*.txt')): print('got', p)"
    arguments = lab.processing(script, inputs={"data": manifest})
    arguments["ProcessingInputs"][1]["S3Input"]["S3DataType"] = "ManifestFile"
    lab.run_processing("manifest", arguments)
    got = [line for line in lab.job_log("manifest").splitlines() if line.startswith("got")]
    assert got == ["got /opt/ml/processing/data/a.txt", "got /opt/ml/processing/data/sub/b.txt"]


@pytest.mark.parametrize(
    ("change", "text"),
    [
        (
            {
                "ProcessingResources": {
                    "ClusterConfig": {"InstanceCount": 2, "InstanceType": "ml.m5.large", "VolumeSizeInGB": 1}
                }
            },
            "InstanceCount: got 2",
        ),
        ({"ExperimentConfig": {"ExperimentName": "e"}}, "does not support CreateProcessingJob ExperimentConfig"),
        ({"AppSpecification": {"ImageUri": SKLEARN}}, "AppSpecification.ContainerEntrypoint: missing"),
        ({"RoleArn": "arn:aws:iam::111111111111:role/nobody"}, "Could not assume role"),
        ({"RoleArn": "arn:aws:iam::222222222222:role/execution"}, "Cross-account pass role is not allowed"),
    ],
)
def test_what_cannot_work_is_refused_at_once(lab: Any, change: dict[str, Any], text: str) -> None:
    with pytest.raises(ClientError, match=text):
        lab.sagemaker.create_processing_job(ProcessingJobName="refused", **(lab.processing("print(1)") | change))


def test_a_role_must_trust_sagemaker(lab: Any) -> None:
    role = lab.make_role("for-ec2", "ec2.amazonaws.com")
    with pytest.raises(ClientError, match=r"allows principal 'sagemaker\.amazonaws\.com'"):
        lab.sagemaker.create_processing_job(ProcessingJobName="untrusted", **lab.processing("1") | {"RoleArn": role})


def test_names_are_unique_and_listed(lab: Any) -> None:
    arguments = lab.processing("print(1)")
    lab.run_processing("once", arguments)
    with pytest.raises(lab.sagemaker.exceptions.ResourceInUse):
        lab.sagemaker.create_processing_job(ProcessingJobName="once", **arguments)
    rows = lab.sagemaker.list_processing_jobs(NameContains="once", StatusEquals="Completed")["ProcessingJobSummaries"]
    assert [row["ProcessingJobName"] for row in rows] == ["once"]


def test_operations_that_nothing_runs_are_refused_by_name(lab: Any) -> None:
    with pytest.raises(ClientError, match="the embedded AWS does not support sagemaker StopCompilationJob"):
        lab.sagemaker.stop_compilation_job(CompilationJobName="c")


TRAIN = """
import argparse, json, os, pathlib
parser = argparse.ArgumentParser()
parser.add_argument("--depth", type=int)
parser.add_argument("--kind")
options = parser.parse_args()
names = [name for name in os.environ if name.startswith(("SM_", "TRAINING_JOB"))]
rows = sum(1 for _ in open(os.environ["SM_CHANNEL_TRAIN"] + "/rows.csv"))
pathlib.Path(os.environ["SM_MODEL_DIR"], "model.json").write_text(json.dumps({"depth": options.depth, "rows": rows}))
pathlib.Path(os.environ["SM_OUTPUT_DATA_DIR"], "notes.txt").write_text(options.kind)
print("score=0.75", os.environ["SM_HP_DEPTH"], os.environ["TRAINING_JOB_NAME"], sorted(names))
"""


def test_script_mode(lab: Any) -> None:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w:gz") as archive:
        entry = tarfile.TarInfo("train.py")
        entry.size = len(TRAIN.encode())
        archive.addfile(entry, io.BytesIO(TRAIN.encode()))
    source = lab.put("code/sourcedir.tar.gz", buffer.getvalue())
    data = lab.put("rows/rows.csv", "1,2\n3,4\n5,6\n")
    arguments = lab.training(
        {
            "sagemaker_program": json.dumps("train.py"),
            "sagemaker_submit_directory": json.dumps(source),
            "depth": "4",
            "kind": json.dumps("trees and more"),
        },
        {"train": data},
        f"s3://{lab.bucket}/script/",
    )
    arguments["AlgorithmSpecification"] = {
        "TrainingImage": lab.sklearn,
        "TrainingInputMode": "File",
        "MetricDefinitions": [{"Name": "score", "Regex": "score=([0-9.]+)"}],
    }
    found = lab.run_training("script-mode", arguments)
    assert found["TrainingJobStatus"] == found["SecondaryStatus"] == "Completed", found
    assert [metric["Value"] for metric in found["FinalMetricDataList"]] == [0.75]
    base = f"s3://{lab.bucket}/script/script-mode/output"
    with tarfile.open(fileobj=io.BytesIO(lab.get(f"{base}/model.tar.gz"))) as archive:
        assert json.load(archive.extractfile("model.json")) == {"depth": 4, "rows": 3}  # type: ignore[arg-type]
    with tarfile.open(fileobj=io.BytesIO(lab.get(f"{base}/output.tar.gz"))) as archive:
        assert archive.extractfile("notes.txt").read() == b"trees and more"  # type: ignore[union-attr]
    phases = [step["Status"] for step in found["SecondaryStatusTransitions"]]
    assert phases == ["Starting", "Downloading", "Training", "Uploading", "Completed"]


ROWS = "".join(f"{n % 7},{n % 5},{n % 3}\n" for n in range(60))


@pytest.mark.parametrize(
    ("hyperparameters", "text"),
    [
        ({"num_round": "2", "max_dept": "3"}, "Extraneous hyperparameter found: max_dept (did you mean max_depth?)"),
        ({"max_depth": "3"}, "Missing required hyperparameter: num_round"),
        ({"num_round": "2", "eta": "1.5"}, "Hyperparameter eta: value 1.5 not in range [0, 1]"),
        ({"num_round": "2", "objective": "reg:squarederr"}, "did you mean reg:squarederror?"),
        ({"num_round": "two"}, "could not parse value 'two'"),
        ({"num_round": "2", "objective": "multi:softmax"}, "Require input for parameter 'num_class'"),
        ({"num_round": "2", "updater": "prune"}, "the embedded AWS does not support the hyperparameter updater"),
        ({"num_round": "2", "silent": "0"}, "Extraneous hyperparameter found: silent"),
    ],
)
def test_the_built_in_algorithm_checks_its_hyperparameters(
    lab: Any, hyperparameters: dict[str, str], text: str
) -> None:
    data = lab.put("tiny/rows.csv", ROWS)
    arguments = lab.training(hyperparameters, {"train": data}, f"s3://{lab.bucket}/tiny-out")
    found = lab.run_training(f"hp-{zlib.crc32(text.encode())}", arguments)
    assert found["TrainingJobStatus"] == "Failed"
    assert text in found["FailureReason"]
    assert found["FailureReason"].startswith("AlgorithmError: UserError: ")


def test_warm_pools_and_fast_files_train_as_any_job(lab: Any) -> None:
    data = lab.put("tiny/rows.csv", ROWS)
    arguments = lab.training({"num_round": "2"}, {"train": data}, f"s3://{lab.bucket}/tiny-out")
    arguments["ResourceConfig"]["KeepAlivePeriodInSeconds"] = 600
    arguments["AlgorithmSpecification"]["TrainingInputMode"] = "FastFile"
    arguments["InputDataConfig"][0]["InputMode"] = "FastFile"
    assert lab.run_training("fast", arguments)["TrainingJobStatus"] == "Completed"
    assert "KeepAlivePeriodInSeconds: accepted, there are no warm pools" in lab.job_log("fast")
    arguments["ResourceConfig"]["KeepAlivePeriodInSeconds"] = 3601
    with pytest.raises(ClientError, match="KeepAlivePeriodInSeconds: got 3601, expected 0 to 3600"):
        lab.sagemaker.create_training_job(TrainingJobName="long", **arguments)


COUNT = """
import pathlib
file = pathlib.Path("/opt/ml/checkpoints/steps/count.txt")
file.parent.mkdir(exist_ok=True)
file.write_text(str(int(file.read_text() if file.exists() else 0) + 1))
"""


def test_checkpoints_go_on_where_an_earlier_job_ended(lab: Any) -> None:
    arguments = lab.training({}, {"code": lab.put("counting/count.py", COUNT)}, f"s3://{lab.bucket}/counting-out")
    arguments["AlgorithmSpecification"]["ContainerEntrypoint"] = ["python3", "/opt/ml/input/data/code/count.py"]
    arguments["CheckpointConfig"] = {"S3Uri": f"s3://{lab.bucket}/checkpoints"}
    for number in (1, 2):
        assert lab.run_training(f"counting-{number}", arguments)["TrainingJobStatus"] == "Completed"
        assert lab.get(f"s3://{lab.bucket}/checkpoints/steps/count.txt") == str(number).encode()
    arguments["CheckpointConfig"]["LocalPath"] = "/var/checkpoints"
    with pytest.raises(ClientError, match="got '/var/checkpoints', expected an absolute path"):
        lab.sagemaker.create_training_job(TrainingJobName="elsewhere", **arguments)


def test_an_old_image_takes_what_newer_ones_do_not(lab: Any) -> None:
    data = lab.put("tiny/rows.csv", ROWS)
    arguments = lab.training({"num_round": "2", "silent": "0"}, {"train": data}, f"s3://{lab.bucket}/tiny-out")
    arguments["AlgorithmSpecification"]["TrainingImage"] = lab.xgboost.replace("1.7-1", "1.0-1-cpu-py3")
    assert lab.run_training("silent", arguments)["TrainingJobStatus"] == "Completed"


@pytest.mark.parametrize("tag", ["9.9-9", "1.7-2", "latest", "1.7", "1.7-1-gpu-py3"])
def test_an_image_of_no_version_is_refused(lab: Any, tag: str) -> None:
    arguments = lab.training({"num_round": "2"}, {"train": "s3://x/y"}, f"s3://{lab.bucket}/out")
    arguments["AlgorithmSpecification"]["TrainingImage"] = lab.xgboost.replace("1.7-1", tag)
    with pytest.raises(ClientError, match=f"Cannot find the image .*got version '{tag}', expected 0.90-1"):
        lab.sagemaker.create_training_job(TrainingJobName="nothing", **arguments)


@pytest.mark.slow
def test_the_built_in_algorithm_reads_libsvm_and_writes_a_pickle_for_old_images(lab: Any) -> None:
    rows = "".join(f"{n % 2} 0:{n} 1:{n % 3}\n" for n in range(40))
    arguments = lab.training(
        {"num_round": "3", "objective": "binary:logistic", "eval_metric": "auc,error@0.4"},
        {"train": lab.put("svm/train/a.libsvm", rows), "validation": lab.put("svm/validation/a.libsvm", rows)},
        f"s3://{lab.bucket}/svm-out",
    )
    for channel in arguments["InputDataConfig"]:
        channel["ContentType"] = "text/libsvm"
    arguments["AlgorithmSpecification"]["TrainingImage"] = lab.xgboost.replace("1.7-1", "1.2-1")
    found = lab.run_training("libsvm", arguments)
    assert found["TrainingJobStatus"] == "Completed", found
    assert {metric["MetricName"] for metric in found["FinalMetricDataList"]} == {
        "train:auc",
        "train:error@0.4",
        "validation:auc",
        "validation:error@0.4",
    }
    with tarfile.open(fileobj=io.BytesIO(lab.get(found["ModelArtifacts"]["S3ModelArtifacts"]))) as archive:
        assert archive.extractfile("xgboost-model").read(1) == b"\x80"  # type: ignore[union-attr]


def test_bad_data_is_named(lab: Any) -> None:
    data = lab.put("text/rows.csv", "rings,sex\n3,M\n")
    found = lab.run_training("text", lab.training({"num_round": "2"}, {"train": data}, f"s3://{lab.bucket}/t"))
    assert "Failed to load csv data with exception:" in found["FailureReason"]
    channel = lab.training({"num_round": "2"}, {"tran": data}, f"s3://{lab.bucket}/t")
    assert "Extraneous channel found: tran" in lab.run_training("channel", channel)["FailureReason"]
