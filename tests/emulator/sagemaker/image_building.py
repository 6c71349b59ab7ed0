"""Short ways to an image of one's own in ECR."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

from rehearsal.docker.command import Docker
from rehearsal.docker.programs import Work
from rehearsal.sagemaker.jobs.programs import find_uv
from tests.emulator.sagemaker.conftest import Lab


def pushed(lab: Lab, name: str, folder: Path, files: dict[str, str], *, readers: tuple[str, ...] = ()) -> str:
    """An image built from files, pushed with docker's stand-in: its URI with the digest. `readers` are accounts."""
    folder.mkdir(parents=True, exist_ok=True)
    for path, text in files.items():
        target = folder / "context" / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text)
        if text.startswith("#!"):
            target.chmod(0o755)
    ecr = lab.client("ecr")
    ecr.create_repository(repositoryName=name, imageTagMutability="IMMUTABLE")
    if readers:
        pull = ["ecr:BatchCheckLayerAvailability", "ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"]
        who = {"AWS": [f"arn:aws:iam::{each}:root" for each in readers]}
        policy = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": who, "Action": pull}]}
        ecr.set_repository_policy(repositoryName=name, policyText=json.dumps(policy))
    host = f"{lab.account}.dkr.ecr.{lab.region}.amazonaws.com"
    uv = find_uv()
    assert uv

    def client(service: str, region: str) -> Any:
        return lab.world.client(service, account=lab.account, region=region)

    docker = Docker(folder / "home", Work(uv, sys.executable), [], client)
    docker.run(["login", "-u", "AWS", "-p", "token", host])
    docker.run(["login", "-u", "AWS", "-p", "token", f"683313688378.dkr.ecr.{lab.region}.amazonaws.com"])
    docker.run(["build", "-q", "-t", f"{host}/{name}:1", str(folder / "context")])
    docker.run(["push", f"{host}/{name}:1"])
    found = ecr.batch_get_image(repositoryName=name, imageIds=[{"imageTag": "1"}])["images"][0]
    return f"{host}/{name}@{found['imageId']['imageDigest']}"
