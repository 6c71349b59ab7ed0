"""Images of one's own: jobs and endpoints run with their Python, their files and their entry point."""

from __future__ import annotations

import io
import json
import tarfile
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.emulator.sagemaker.conftest import Lab
from tests.emulator.sagemaker.hosting import OTHER, Host, archive
from tests.emulator.sagemaker.image_building import pushed

TRAIN = """#!/usr/bin/env python3
import json, os, pathlib, sys
import six, helper
assert sys.argv == ["/opt/program/train"], sys.argv
parameters = json.loads(pathlib.Path("/opt/ml/input/config/hyperparameters.json").read_text())
rows = pathlib.Path("/opt/ml/input/data/train/rows.csv").read_text().split()
weight = sum(map(float, rows)) * float(parameters["factor"]) + helper.OFFSET
pathlib.Path("/opt/ml/model/weight.json").write_text(json.dumps(weight))
pathlib.Path("note.txt").write_text("the folder of the image can be written")
print(f"six={six.__version__} mode={os.environ['MODE']} cwd={os.getcwd()}")
"""
SERVE = """#!/usr/bin/env python3
import http.server, json, pathlib, sys
weight = json.loads(pathlib.Path("/opt/ml/model/weight.json").read_text())

class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200 if self.path == "/ping" else 404)
        self.end_headers()

    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"])).decode()
        answer = "\\n".join(str(weight * float(line)) for line in body.split()).encode()
        self.send_response(200)
        self.send_header("Content-Type", "text/csv")
        self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)

http.server.ThreadingHTTPServer(("0.0.0.0", 8080), Handler).serve_forever()
"""
DOCKERFILE = """
FROM python:3.11-slim
RUN pip install --no-cache-dir six==1.17.0
ENV PATH="/opt/program:${PATH}" MODE=own
WORKDIR /opt/program
COPY . .
"""
FILES = {"Dockerfile": DOCKERFILE, ".dockerignore": "Dockerfile\n", "train": TRAIN, "serve": SERVE,
         "helper.py": "OFFSET = 1\n"}  # fmt: skip


@pytest.fixture(scope="module")
def image(lab: Lab, tmp_path_factory: pytest.TempPathFactory) -> str:
    """One with programs `train` and `serve` on its PATH, which account OTHER may pull."""
    return pushed(lab, "own/model", tmp_path_factory.mktemp("image"), FILES, readers=(OTHER,))


@pytest.fixture(scope="module")
def model(lab: Lab, image: str) -> str:
    """The address of what the image trained."""
    lab.put("own/train/rows.csv", "1\n2\n")
    arguments = lab.training({"factor": "2"}, {"train": f"s3://{lab.bucket}/own/train/"}, f"s3://{lab.bucket}/out/")
    arguments["AlgorithmSpecification"]["TrainingImage"] = image
    found = lab.run_training("own-train", arguments)
    assert found["TrainingJobStatus"] == "Completed", lab.job_log("own-train")
    return str(found["ModelArtifacts"]["S3ModelArtifacts"])


def test_training_runs_train_of_the_image_with_its_packages_files_and_variables(lab: Lab, model: str) -> None:
    with tarfile.open(fileobj=io.BytesIO(lab.get(model))) as tar:
        member = tar.extractfile("weight.json")
        assert member and json.loads(member.read()) == 7.0
    assert "six=1.17.0 mode=own cwd=/opt/program" in lab.job_log("own-train")


def test_endpoints_of_other_accounts_serve_what_listens_on_port_8080(lab: Lab, image: str, model: str) -> None:
    lab.share(OTHER)
    host = Host(lab, OTHER)
    endpoint = host.up(host.config(host.variant(host.model({"Image": image, "ModelDataUrl": model}))))
    assert host.invoke(endpoint, b"1\n10\n")["Body"] == "7.0\n70.0"


def test_batch_transform_serves_it_as_well(lab: Lab, image: str, model: str) -> None:
    sagemaker = lab.sagemaker
    sagemaker.create_model(
        ModelName="own-batch", PrimaryContainer={"Image": image, "ModelDataUrl": model}, ExecutionRoleArn=lab.role
    )
    source = {"S3DataSource": {"S3DataType": "S3Prefix", "S3Uri": lab.put("own/batch/in.csv", "1\n2\n")}}
    sagemaker.create_transform_job(
        TransformJobName="own-batch",
        ModelName="own-batch",
        TransformInput={"DataSource": source, "ContentType": "text/csv"},
        TransformOutput={"S3OutputPath": f"s3://{lab.bucket}/own/answers"},
        TransformResources={"InstanceType": "ml.m5.large", "InstanceCount": 1},
    )
    found = lab.ended(lambda: sagemaker.describe_transform_job(TransformJobName="own-batch"), "TransformJobStatus")
    assert found["TransformJobStatus"] == "Completed", lab.job_log("own-batch")
    assert lab.get(f"s3://{lab.bucket}/own/answers/in.csv.out") == b"7.0\n14.0"


def test_processing_runs_the_entry_point_of_the_image_with_the_jobs_arguments(
    lab: Lab, tmp_path_factory: pytest.TempPathFactory
) -> None:
    script = "import os, pathlib, sys\npathlib.Path('/opt/ml/processing/out/said').write_text(' '.join(sys.argv[1:]))\n"
    dockerfile = 'FROM python:3.11-slim\nCOPY say.py /srv/say.py\nENTRYPOINT ["python3", "/srv/say.py"]\nCMD ["own"]\n'
    folder = tmp_path_factory.mktemp("processing")
    image = pushed(lab, "own/processing", folder, {"Dockerfile": dockerfile, "say.py": script})
    for name, arguments, said in (("own-say", [], b"own"), ("own-say-more", ["given"], b"given")):
        request = lab.processing("", outputs={"out": f"s3://{lab.bucket}/{name}"})
        request["AppSpecification"] = {"ImageUri": image} | ({"ContainerArguments": arguments} if arguments else {})
        found = lab.run_processing(name, request)
        assert found["ProcessingJobStatus"] == "Completed", lab.job_log(name)
        assert lab.get(f"s3://{lab.bucket}/{name}/said") == said


def test_an_image_made_from_awss_serves_in_script_mode(lab: Lab, tmp_path_factory: pytest.TempPathFactory) -> None:
    script = b"import json, pathlib, six\n\ndef model_fn(folder):\n    return six.__version__\n\n" \
             b"def predict_fn(rows, version):\n    return [version]\n"  # fmt: skip
    dockerfile = f"FROM {lab.sklearn}\nRUN pip install six==1.16.0\n"
    image = pushed(lab, "own/sklearn", tmp_path_factory.mktemp("sklearn"), {"Dockerfile": dockerfile})
    data = lab.put("own/script.tar.gz", archive({"code/inference.py": script}))
    container = {"Image": image, "ModelDataUrl": data, "Environment": {"SAGEMAKER_PROGRAM": "inference.py"}}
    host = Host(lab, lab.account)
    endpoint = host.up(host.config(host.variant(host.model(container))))
    assert json.loads(host.invoke(endpoint, b"1,2\n")["Body"]) == ["1.16.0"]


def test_a_digest_that_was_never_pushed_is_not_found(lab: Lab, image: str) -> None:
    absent = f"{image.partition('@')[0]}@sha256:{'0' * 64}"
    arguments = lab.training({}, {"train": f"s3://{lab.bucket}/own/train/"}, f"s3://{lab.bucket}/out/")
    arguments["AlgorithmSpecification"]["TrainingImage"] = absent
    with pytest.raises(ClientError, match=r"Requested image .* not found"):
        lab.run_training("absent", arguments)


def test_another_account_cannot_pull_without_the_repositorys_policy(
    lab: Lab, model: str, tmp_path_factory: pytest.TempPathFactory
) -> None:
    image = pushed(lab, "own/private", tmp_path_factory.mktemp("private"), FILES)
    host = Host.__new__(Host)
    host.lab, host.account = lab, OTHER
    sagemaker: Any = lab.world.client("sagemaker", account=OTHER, region=lab.region)
    with pytest.raises(ClientError, match="Cannot find repository: own/private in registry ID"):
        sagemaker.create_model(
            ModelName="private",
            PrimaryContainer={"Image": image, "ModelDataUrl": model},
            ExecutionRoleArn=f"arn:aws:iam::{OTHER}:role/model-execution",
        )


def test_what_is_in_a_layer_cannot_lead_out_of_the_image(
    lab: Lab, tmp_path_factory: pytest.TempPathFactory, tmp_path: Path
) -> None:
    dockerfile = "FROM python:3.11-slim\nRUN mkdir -p /srv && ln -s /etc /srv/etc\n"
    image = pushed(lab, "own/hostile", tmp_path_factory.mktemp("hostile"), {"Dockerfile": dockerfile})
    arguments = lab.training({}, {"train": f"s3://{lab.bucket}/own/train/"}, f"s3://{lab.bucket}/out/")
    arguments["AlgorithmSpecification"]["TrainingImage"] = image
    with pytest.raises(ClientError, match="cannot run the image"):
        lab.run_training("hostile", arguments)
