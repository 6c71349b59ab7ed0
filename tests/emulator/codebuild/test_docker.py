"""`docker` in builds: what privileged builds may do with it, and the images that come out of it."""

from __future__ import annotations

import gzip
import hashlib
import io
import json
import tarfile
from typing import Any

import pytest
from botocore.exceptions import ClientError

from rehearsal.embedded_aws import EmbeddedAws

from .conftest import ACCOUNT, ENVIRONMENT, REGION, Builder

HOST = f"{ACCOUNT}.dkr.ecr.{REGION}.amazonaws.com"
PRIVILEGED = ENVIRONMENT | {"privilegedMode": True}
DOCKERFILE = r"""
FROM python:3.11-slim
ARG GREETING=hello
ENV APP=/opt/program GREETING=${GREETING}
WORKDIR $APP
COPY app.py ./
RUN mkdir -p data && touch data/empty && chmod 600 data/empty
RUN rm data/empty
EXPOSE 8080
USER 1000
ENTRYPOINT ["python", "/opt/program/app.py"]
CMD ["serve"]
"""
LOGIN = f"aws ecr get-login-password | docker login --username AWS --password-stdin {HOST}"


def spec(dockerfile: str, *commands: str) -> str:
    made = [f"mkdir -p image && cat >image/Dockerfile <<'END'\n{dockerfile}\nEND", "echo 'print(1)' >image/app.py"]
    return json.dumps({"version": "0.2", "phases": {"build": {"commands": [*made, *commands]}}})


@pytest.fixture(scope="module")
def ecr(world: EmbeddedAws) -> Any:
    return world.client("ecr", account=ACCOUNT, region=REGION)


def names_in(content: bytes) -> list[str]:
    with tarfile.open(fileobj=io.BytesIO(content)) as tar:
        return tar.getnames()


def repository(ecr: Any, name: str, **more: Any) -> str:
    ecr.create_repository(repositoryName=name, **more)
    return f"{HOST}/{name}"


def test_an_image_is_built_and_pushed_with_digests_of_its_content(builder: Builder, ecr: Any) -> None:
    name = repository(ecr, "group/train", imageTagMutability="IMMUTABLE")
    commands = [LOGIN, f"docker build --build-arg GREETING=hi -t {name}:1 image", f"docker push {name}:1",
                f"docker inspect --format '{{{{index .RepoDigests 0}}}}' {name}:1"]  # fmt: skip
    build = builder.run(spec(DOCKERFILE, *commands), environment=PRIVILEGED)
    assert build["buildStatus"] == "SUCCEEDED", builder.log(build)
    pushed = builder.output(build)[-1]
    found = ecr.batch_get_image(repositoryName="group/train", imageIds=[{"imageTag": "1"}])["images"][0]
    text = found["imageManifest"]
    digest = f"sha256:{hashlib.sha256(text.encode()).hexdigest()}"
    assert found["imageId"]["imageDigest"] == digest
    assert pushed == f"{name}@{digest}"
    manifest = json.loads(text)
    config = json.loads((builder.world.directory / "ecr" / manifest["config"]["digest"].partition(":")[2]).read_bytes())
    assert config["config"]["Env"][1:] == ["APP=/opt/program", "GREETING=hi"]
    assert config["config"]["Entrypoint"] == ["python", "/opt/program/app.py"]
    assert config["config"]["User"] == "1000"
    names: set[str] = set()
    for layer, plain in zip(manifest["layers"], config["rootfs"]["diff_ids"], strict=True):
        content = (builder.world.directory / "ecr" / layer["digest"].partition(":")[2]).read_bytes()
        assert f"sha256:{hashlib.sha256(content).hexdigest()}" == layer["digest"]
        assert f"sha256:{hashlib.sha256(gzip.decompress(content)).hexdigest()}" == plain
        names |= set(names_in(content))
    assert names == {"opt", "opt/program", "opt/program/app.py", "opt/program/data", "opt/program/data/empty",
                     "opt/program/data/.wh.empty"}  # fmt: skip

    again = builder.run(spec(DOCKERFILE, *commands), environment=PRIVILEGED)
    assert again["buildStatus"] == "SUCCEEDED", builder.log(again)
    assert builder.output(again)[-1] == pushed, "the same folder is the same image"
    other = builder.run(spec(DOCKERFILE.replace("1000", "1001"), *commands), environment=PRIVILEGED)
    assert other["buildStatus"] == "FAILED"
    assert "cannot be overwritten because the tag is immutable" in builder.log(other)


def test_packages_are_installed_into_the_image_alone(builder: Builder, ecr: Any) -> None:
    name = repository(ecr, "group/packages")
    dockerfile = (
        "FROM python:3.11-slim\nCOPY requirements.txt /tmp/\nRUN pip install --no-cache-dir -r /tmp/requirements.txt"
    )
    build = builder.run(
        spec(dockerfile, "echo 'six==1.17.0' >image/requirements.txt", f"docker build -t {name}:1 image", LOGIN,
             f"docker push {name}:1", "! python -c 'import six'"),
        environment=PRIVILEGED,
    )  # fmt: skip
    assert build["buildStatus"] == "SUCCEEDED", builder.log(build)
    manifest = json.loads(
        ecr.batch_get_image(repositoryName="group/packages", imageIds=[{"imageTag": "1"}])["images"][0]["imageManifest"]
    )
    content = (builder.world.directory / "ecr" / manifest["layers"][-1]["digest"].partition(":")[2]).read_bytes()
    assert any(name.endswith("site-packages/six.py") for name in names_in(content))


def test_without_privileged_mode_there_is_no_daemon(builder: Builder) -> None:
    build = builder.run(spec("FROM python:3.11-slim", "docker build image"))
    assert build["buildStatus"] == "FAILED"
    assert "Cannot connect to the Docker daemon at unix:///var/run/docker.sock" in builder.log(build)


@pytest.mark.parametrize(
    ("dockerfile", "said"),
    [
        (
            "FROM python:3.11-slim\nRUN apt-get install -y nginx",
            "Dockerfile:2: RUN: apt-get: the rehearsal carries out",
        ),
        (
            "FROM 683313688378.dkr.ecr.us-east-1.amazonaws.com/sagemaker-scikit-learn:1.2-1",
            "no basic auth credentials",
        ),
        ("FROM nginx:1", "Dockerfile:1: FROM: nginx:1: nothing stands in for this image"),
        ("FROM python:3.11-slim\nCOPY missing /x/", 'Dockerfile:2: COPY: "/missing": not found in the build context'),
        ("FROM python:3.11-slim\nCOPY app.py /etc/app.py", "Dockerfile:2: COPY: /etc/app.py: the rehearsal has"),
        ("FROM python:3.11-slim\nCOPY ../../x /x", "Dockerfile:2: COPY: ../../x: forbidden path outside"),
        ("FROM python:3.11-slim AS a\nFROM python:3.11-slim", "Dockerfile:2: FROM: the rehearsal builds one stage"),
        ("FROM python:3.11-slim\nCOPY --from=a x /x", "Dockerfile:2: COPY: the rehearsal does not carry out --from"),
        ("FROM python:3.11-slim\nRUN ln -s / /away\nCOPY app.py /away/x", "Dockerfile:3: COPY: /away/x: a link leads"),
    ],
)
def test_what_cannot_be_done_is_refused_by_name_and_line(builder: Builder, dockerfile: str, said: str) -> None:
    build = builder.run(spec(dockerfile, "docker build image"), environment=PRIVILEGED)
    assert build["buildStatus"] == "FAILED"
    assert said in builder.log(build), builder.log(build)


def test_a_push_needs_a_login_and_a_repository(builder: Builder) -> None:
    build = builder.run(
        spec("FROM python:3.11-slim", f"docker build -q -t {HOST}/nowhere:1 image",
             f"docker push {HOST}/nowhere:1 && exit 3 || true", LOGIN, f"docker push {HOST}/nowhere:1"),
        environment=PRIVILEGED,
    )  # fmt: skip
    assert build["buildStatus"] == "FAILED"
    log = builder.log(build)
    assert "no basic auth credentials" in log
    assert "RepositoryNotFoundException" in log


def test_layers_are_held_against_their_digests(ecr: Any) -> None:
    repository(ecr, "group/layers")
    upload = ecr.initiate_layer_upload(repositoryName="group/layers")["uploadId"]
    ecr.upload_layer_part(
        repositoryName="group/layers", uploadId=upload, partFirstByte=0, partLastByte=2, layerPartBlob=b"abc"
    )
    with pytest.raises(ClientError, match="InvalidLayerException"):
        ecr.complete_layer_upload(repositoryName="group/layers", uploadId=upload, layerDigests=["sha256:" + "0" * 64])
    with pytest.raises(ClientError, match="InvalidLayerPartException"):
        ecr.upload_layer_part(
            repositoryName="group/layers", uploadId=upload, partFirstByte=0, partLastByte=2, layerPartBlob=b"abc"
        )
    lost = {"digest": "sha256:" + "1" * 64, "size": 3}
    manifest = {"schemaVersion": 2, "config": lost, "layers": [lost],
                "mediaType": "application/vnd.docker.distribution.manifest.v2+json"}  # fmt: skip
    with pytest.raises(ClientError, match="LayersNotFoundException"):
        ecr.put_image(repositoryName="group/layers", imageManifest=json.dumps(manifest), imageTag="1")


def test_assets_are_bundled_as_the_cdk_asks_for_it(builder: Builder) -> None:
    """What aws-lambda-python-alpha and `BundlingOptions` call: an image of their own, then a command in it."""
    image = f"cdk-{'ab' * 32}"
    dockerfile = "ARG IMAGE=public.ecr.aws/sam/build-python3.7\nFROM $IMAGE\nRUN yum -q install -y rsync"
    script = (
        "rsync -rLv /asset-input/ /asset-output && cd /asset-output && "
        "python -m pip install -r requirements.txt -t /asset-output"
    )
    mounts = '-v "$PWD/image:/asset-input:delegated" -v "$PWD/out:/asset-output:delegated" -w /asset-input'
    build = builder.run(
        spec(dockerfile, "echo 'six==1.17.0' >image/requirements.txt && mkdir out",
             f"! docker image inspect {image} >/dev/null 2>&1",
             f"docker build -t {image} --build-arg IMAGE=public.ecr.aws/sam/build-python3.11 image",
             f"docker image inspect {image} >/dev/null",
             f"docker run --rm -u 0:0 {mounts} {image} bash -c '{script}'",
             "ls out", f"docker run --rm {mounts} {image} bash -c 'poetry export'"),
        environment=PRIVILEGED,
    )  # fmt: skip
    assert build["buildStatus"] == "FAILED"
    assert {"six.py", "app.py", "requirements.txt"} <= set(builder.output(build))
    assert "docker: bundling: poetry: the rehearsal carries out " in builder.log(build)
