"""Models in script mode: the user's script serves, at endpoints and in batch transforms."""

from __future__ import annotations

import importlib.util
import io
import json
import sys
import zipfile
from typing import Any

import pytest
import xgboost
from botocore.exceptions import ClientError

from tests.emulator.sagemaker.conftest import SKLEARN, XGBOOST, Lab
from tests.emulator.sagemaker.hosting import OTHER, ROWS, Host, archive, as_csv, booster

SCRIPT = b"""
import json, os, pathlib

def model_fn(directory):
    return json.loads((pathlib.Path(directory) / "weights.json").read_text())

def predict_fn(rows, weights):
    return [float(sum(w * x for w, x in zip(weights, row))) for row in rows.reshape(-1, len(weights))]
"""
WHOLE = b"""
from sagemaker_containers.beta.framework import encoders, worker
from helper import FACTOR

def model_fn(directory):
    return FACTOR

def transform_fn(factor, body, content_type, accept):
    numbers = [factor * float(line) for line in body.split()]
    return worker.Response(encoders.encode(numbers, "text/csv"), mimetype="text/csv")
"""
BOOSTED = b"""
import os, xgboost

def model_fn(directory):
    booster = xgboost.Booster()
    booster.load_model(os.path.join(directory, "xgboost-model"))
    return booster
"""
PROGRAM = {"SAGEMAKER_PROGRAM": "inference.py"}


@pytest.fixture(scope="module")
def host(lab: Lab) -> Host:
    lab.share(OTHER)
    return Host(lab, OTHER)


def weights(lab: Lab, script: bytes = SCRIPT) -> str:
    files = {"weights.json": b"[1, 10, 100]", "code/inference.py": script, "code/helper.py": b"FACTOR = 2\n"}
    return lab.put("scripts/model.tar.gz", archive(files))


def test_a_script_beside_the_model_serves(host: Host, lab: Lab) -> None:
    container = {"Image": SKLEARN, "ModelDataUrl": weights(lab), "Environment": PROGRAM}
    endpoint = host.up(host.config(host.variant(host.model(container))))
    assert json.loads(host.invoke(endpoint, b"1,2,3\n4,5,6\n")["Body"]) == [321.0, 654.0]
    found = host.invoke(endpoint, b"[[1, 2, 3]]", "application/json", Accept="text/csv")
    assert (found["Body"], found["ContentType"]) == ("321.0\n", "text/csv")
    with pytest.raises(ClientError, match="Content-type text/plain is not supported"):
        host.invoke(endpoint, b"1", "text/plain")


def test_code_in_s3_serves_with_its_own_modules(host: Host, lab: Lab) -> None:
    lab.put("scripts/sourcedir.tar.gz", archive({"inference.py": WHOLE, "helper.py": b"FACTOR = 3\n"}))
    where = {"SAGEMAKER_SUBMIT_DIRECTORY": f"s3://{lab.bucket}/scripts/sourcedir.tar.gz"}
    container = {"Image": SKLEARN, "ModelDataUrl": weights(lab), "Environment": PROGRAM | where}
    endpoint = host.up(host.config(host.variant(host.model(container))))
    assert host.invoke(endpoint, b"1\n2\n")["Body"] == "3.0\n6.0\n"


def test_xgboost_s_own_reading_and_writing_with_a_model_at_an_https_address(host: Host, lab: Lab) -> None:
    model = booster()
    lab.put(
        "scripts/boosted.tar.gz",
        archive({"xgboost-model": bytes(model.save_raw("ubj")), "code/inference.py": BOOSTED}),
    )
    url = f"https://{lab.bucket}.s3.us-east-1.amazonaws.com/scripts/boosted.tar.gz"
    endpoint = host.up(
        host.config(host.variant(host.model({"Image": XGBOOST, "ModelDataUrl": url, "Environment": PROGRAM})))
    )

    expected = model.predict(xgboost.DMatrix(ROWS))
    assert json.loads(host.invoke(endpoint, as_csv(ROWS))["Body"]) == pytest.approx(expected.tolist(), abs=1e-5)


@pytest.mark.slow
def test_requirements_of_a_script_are_installed(host: Host, lab: Lab) -> None:
    wheel = io.BytesIO()
    with zipfile.ZipFile(wheel, "w") as file:
        file.writestr("helper.py", "FACTOR = 5\n")
        file.writestr("helper-1.0.dist-info/METADATA", "Metadata-Version: 2.1\nName: helper\nVersion: 1.0\n")
        file.writestr("helper-1.0.dist-info/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
        file.writestr("helper-1.0.dist-info/RECORD", "")
    name = "helper-1.0-py3-none-any.whl"
    files = {"inference.py": WHOLE, "requirements.txt": f"/opt/ml/code/{name}\n".encode(), name: wheel.getvalue()}
    lab.put("scripts/needs.tar.gz", archive(files))
    where = {"SAGEMAKER_SUBMIT_DIRECTORY": f"s3://{lab.bucket}/scripts/needs.tar.gz"}
    container = {"Image": SKLEARN, "ModelDataUrl": weights(lab), "Environment": PROGRAM | where}
    endpoint = host.up(host.config(host.variant(host.model(container))))
    assert host.invoke(endpoint, b"1\n2\n")["Body"] == "5.0\n10.0\n"


@pytest.mark.parametrize(
    ("script", "text"),
    [(b"import nothing_of_that_name", "No module named 'nothing_of_that_name'"), (b"x = 1", "provide a model_fn")],
)
def test_a_script_that_cannot_serve_fails_the_endpoint(host: Host, lab: Lab, script: bytes, text: str) -> None:
    container = {"Image": SKLEARN, "ModelDataUrl": weights(lab, script), "Environment": PROGRAM}
    found = host.rest(host.endpoint(host.config(host.variant(host.model(container)))))
    assert found["EndpointStatus"] == "Failed"
    assert text in found["FailureReason"]


def test_a_script_serves_a_transform_job(lab: Lab) -> None:
    container = {"Image": SKLEARN, "ModelDataUrl": weights(lab), "Environment": PROGRAM}
    lab.sagemaker.create_model(ModelName="scripted", PrimaryContainer=container, ExecutionRoleArn=lab.role)
    data = lab.put("scripts/in/rows.csv", "1,2,3\n4,5,6\n")
    lab.sagemaker.create_transform_job(
        TransformJobName="scripted",
        ModelName="scripted",
        TransformInput={
            "DataSource": {"S3DataSource": {"S3DataType": "S3Prefix", "S3Uri": data}},
            "ContentType": "text/csv",
        },
        TransformOutput={"S3OutputPath": f"s3://{lab.bucket}/scripts/out", "Accept": "application/json"},
        TransformResources={"InstanceType": "ml.m5.large", "InstanceCount": 1},
    )
    found = lab.ended(lambda: lab.sagemaker.describe_transform_job(TransformJobName="scripted"), "TransformJobStatus")
    assert found["TransformJobStatus"] == "Completed", found
    assert json.loads(lab.get(f"s3://{lab.bucket}/scripts/out/rows.csv.out")) == [321.0, 654.0]


@pytest.mark.parametrize(
    ("change", "text"),
    [
        ({"Environment": {}}, "with a script .variable SAGEMAKER_PROGRAM. its sagemaker-scikit-learn"),
        ({"Environment": PROGRAM | {"SAGEMAKER_SUBMIT_DIRECTORY": "code"}}, "SAGEMAKER_SUBMIT_DIRECTORY: got 'code'"),
        ({"ModelDataUrl": "https://example.com/model.tar.gz"}, "does not support ModelDataUrl https://example.com"),
        ({"ModelDataUrl": "https://s3.amazonaws.com.example.com/b/k"}, "does not support ModelDataUrl"),
        (
            {"ModelDataUrl": "https://s3.us-east-1.amazonaws.com/registry-111111111111/no"},
            "Could not access model data",
        ),
    ],
)
def test_refused(host: Host, lab: Lab, change: dict[str, Any], text: str) -> None:
    with pytest.raises(ClientError, match=text):
        host.model({"Image": SKLEARN, "ModelDataUrl": weights(lab), "Environment": PROGRAM} | change)


def test_pytorch_serves_with_a_python_that_has_it_and_is_refused_by_name_without(host: Host, lab: Lab) -> None:
    image = f"763104351884.dkr.ecr.{lab.region}.amazonaws.com/pytorch-inference:2.1-cpu-py310"
    container = {"Image": image, "ModelDataUrl": weights(lab), "Environment": PROGRAM}
    with pytest.raises(ClientError, match=rf"cannot run the image .*--image {image}=PYTHON"):
        host.model(container)
    lab.world.images[image] = sys.executable
    with pytest.raises(ClientError, match="pytorch-inference"):
        host.model({**container, "Environment": {}})
    endpoint = host.endpoint(host.config(host.variant(host.model(container))))
    found = host.rest(endpoint)
    if importlib.util.find_spec("torch") is None:
        assert found["EndpointStatus"] == "Failed"
        assert "No module named 'torch'" in found["FailureReason"]
    else:
        assert found["EndpointStatus"] == "InService"
    del lab.world.images[image]
