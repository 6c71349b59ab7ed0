"""Training, and whoever approves, go for what serves after an approval, on a kept rehearsal; nothing of it changes."""

from __future__ import annotations

import hashlib
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from botocore.exceptions import ClientError

from tests.e2e.breaking import registry_objects
from tests.e2e.promotions import Promotions, archive_of

if TYPE_CHECKING:
    from tests.e2e.by_hand import Kept

pytestmark = [pytest.mark.e2e, pytest.mark.xdist_group("kept")]

ROOT = Path(__file__).parents[2]
MANIFEST = ROOT / "manifests" / "local" / "deployment.yaml"
TOOLING, DEV = "123456789010", "experimenation-deployment-group"
ROW = ",".join(["0.01"] * 10)
KEY = "models/attacked/model.tar.gz"


@pytest.fixture(scope="module")
def dev(kept: Kept) -> Promotions:
    return Promotions(kept, DEV, TOOLING, MANIFEST)


def _specification(dev: Promotions, **changed: Any) -> dict[str, Any]:
    (container,) = dev.version(dev.serves()[0] or 0)["InferenceSpecification"]["Containers"]
    kept = {key: container[key] for key in ("Image", "ModelDataUrl")}
    return {
        "Containers": [kept | changed],
        "SupportedContentTypes": ["text/csv"],
        "SupportedResponseMIMETypes": ["text/csv"],
    }


def _copied(kept: Kept, dev: Promotions) -> str:
    """The artifact that serves once more, as training may write it; its URI."""
    uri = dev.version(dev.serves()[0] or 0)["InferenceSpecification"]["Containers"][0]["ModelDataUrl"]
    bucket, _, key = uri.removeprefix("s3://").partition("/")
    with registry_objects(kept, dev.build) as s3:
        s3.put_object(Bucket=bucket, Key=KEY, Body=s3.get_object(Bucket=bucket, Key=key)["Body"].read())
    return f"s3://{bucket}/{KEY}"


def test_training_changes_nothing_that_serves_or_would_after_a_rollback(kept: Kept, dev: Promotions) -> None:
    uri = _copied(kept, dev)
    bucket, old = uri.split("/")[2], dev.serves()[0]
    attacked = dev.register(InferenceSpecification=_specification(dev, ModelDataUrl=uri))
    dev.promoted(attacked)
    places, before = dev.places, [dev.answer(place, ROW) for place in dev.places]
    shown = dev.status()["environments"][0]
    release = kept.client("sagemaker", dev.build).describe_model_package(ModelPackageName=shown["releaseArn"])
    assert release["CustomerMetadataProperties"]["Candidate"] == str(attacked) == str(shown["version"])
    released = release["InferenceSpecification"]["Containers"][0]["ModelDataUrl"].split("/", 3)
    newer = dev.register()
    dev.promoted(newer)

    with registry_objects(kept, dev.build) as s3:
        s3.put_object(
            Bucket=bucket, Key=KEY, Body=archive_of(b"attacker")
        )  # of the registry, which is training's to write
        for attempt in (s3.put_object, s3.get_object, s3.delete_object):
            body = {"Body": b"x"} if attempt == s3.put_object else {}
            with pytest.raises(ClientError, match="AccessDenied"):
                attempt(Bucket=released[2], Key=released[3], **body)

    said = dev.command(TOOLING, "rollback", DEV, places[0]["name"])
    assert f"serves version {attacked}" in said and shown["digest"] in said
    assert dev.serves() == [attacked, newer, newer]
    assert dev.answer(places[0], ROW) == before[0]
    since = len(dev.executions())
    dev.command(TOOLING, "promote", DEV, str(attacked))
    ended = dev.wait_for(attacked, "Failed", since=since)
    assert "Prepare Prepare Failed" in dev.causes(ended["pipelineExecutionId"])
    assert [dev.answer(place, ROW) for place in places] == before
    since = len(dev.executions())
    dev.command(TOOLING, "promote", DEV, str(old))
    dev.wait_for(old or 0, "Succeeded", since=since)


def test_status_shows_release_digest_and_candidate_of_what_serves(kept: Kept, dev: Promotions) -> None:
    for shown in dev.status()["environments"]:
        with registry_objects(kept, dev.build) as s3:
            uri = dev.version(shown["version"])["InferenceSpecification"]["Containers"][0]["ModelDataUrl"]
            bucket, _, key = uri.removeprefix("s3://").partition("/")
            body = s3.get_object(Bucket=bucket, Key=key)["Body"].read()
        assert shown["digest"] == f"sha256:{hashlib.sha256(body).hexdigest()}"
        assert shown["releaseArn"].endswith(f"-releases/{shown['release']}")
        assert shown["modelPackageArn"].endswith(f"/{shown['version']}")
    text = dev.command(TOOLING, "status")
    assert f"version {shown['version']}" in text and f"release {shown['release']} {shown['digest'][:19]}" in text


@pytest.mark.parametrize("what", ["image", "artifact"])
def test_who_approves_cannot_exchange_what_is_released(kept: Kept, dev: Promotions, what: str) -> None:
    served, since, version = dev.serves(), len(dev.executions()), dev.register()
    image = "683313688378.dkr.ecr.us-east-1.amazonaws.com/sagemaker-xgboost:1.5-1"
    changed = {"Image": image} if what == "image" else {"ModelDataUrl": _copied(kept, dev)}
    kept.client("sagemaker", dev.build).update_model_package(
        ModelPackageArn=dev.version(version)["ModelPackageArn"],
        InferenceSpecification=_specification(dev, **changed),
    )
    said = dev.approve(version)
    assert next(iter(changed.values())) in said  # what would be released is shown
    ended = dev.wait_for(version, "Failed", since=since)
    assert "Prepare Prepare Failed" in dev.causes(ended["pipelineExecutionId"])
    log = dev.prepare_log()
    assert f"was changed after it was registered: {what} of container 0: " in log
    assert dev.serves() == served


def test_an_object_written_after_the_registration_is_named(kept: Kept, dev: Promotions) -> None:
    uri = _copied(kept, dev)
    version, since, served = dev.register(InferenceSpecification=_specification(dev, ModelDataUrl=uri)), 0, dev.serves()
    time.sleep(1.1)  # S3 dates objects to the second
    _copied(kept, dev)
    since = len(dev.executions())
    dev.approve(version)
    dev.wait_for(version, "Failed", since=since)
    assert f"{uri} was overwritten after the registration" in dev.prepare_log()
    assert dev.serves() == served
