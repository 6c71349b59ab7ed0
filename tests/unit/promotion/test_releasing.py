"""What is released of an approved version, and what is refused, on an embedded AWS that records registrations."""

from __future__ import annotations

import hashlib
import time
from pathlib import Path
from typing import Any

import pytest

from model_cicd.promotion import copying
from model_cicd.promotion.artifact import ObjectVersion, location
from model_cicd.promotion.plan import Plan

from .conftest import BUILD, IMAGE, REGION, Lab
from .test_prepare import plan, prepare, variables

pytestmark = [pytest.mark.usefixtures("pipeline"), pytest.mark.slow]
OWN = f"{BUILD}.dkr.ecr.{REGION}.amazonaws.com/team/model:3"


def sha(body: bytes) -> str:
    return f"sha256:{hashlib.sha256(body).hexdigest()}"


def described(lab: Lab, arn: str) -> dict[str, Any]:
    found: dict[str, Any] = lab.client("sagemaker", BUILD).describe_model_package(ModelPackageName=arn)
    return found


def released(lab: Lab, directory: Path, arn: str, wanted: Plan | None = None) -> dict[str, Any]:
    """The release that Prepare makes of an approved version."""
    done = prepare(lab, directory, wanted or plan(lab), arn)
    assert (done.returncode, done.stderr) == (0, "")
    found = variables(directory, ["Release", "Digest"])
    release = described(lab, found["Release"])
    assert release["CustomerMetadataProperties"]["Digest"] == found["Digest"]
    return release


def refused(lab: Lab, directory: Path, arn: str, wanted: Plan | None = None) -> str:
    """Why Prepare refuses an approved version; nothing may be released of it."""
    before = releases(lab)
    done = prepare(lab, directory, wanted or plan(lab), arn)
    assert done.returncode == 1 and "Traceback" not in done.stderr, done.stderr
    assert not (directory / "promotion.env").exists()
    assert releases(lab) == before
    return done.stderr


def releases(lab: Lab) -> int:
    found = lab.client("sagemaker", BUILD).list_model_packages(ModelPackageGroupName="live-releases", MaxResults=100)
    return len(found["ModelPackageSummaryList"])


def body(lab: Lab, uri: str) -> bytes:
    at = location(uri)
    content: bytes = lab.s3.get_object(Bucket=at.bucket, Key=at.key)["Body"].read()
    return content


def test_a_release_is_a_copy_with_its_digest_and_where_it_came_from(lab: Lab, tmp_path: Path) -> None:
    arn = lab.register(CommitId="1a2b3c", Mse="3.5")
    lab.approve(arn)
    release, version = released(lab, tmp_path, arn), arn.rpartition("/")[2]
    (container,) = release["InferenceSpecification"]["Containers"]
    assert container == {"Image": IMAGE, "ModelDataUrl": f"s3://releases/models/{version}/0/model.tar.gz"}
    assert body(lab, container["ModelDataUrl"]) == b"a model"
    assert release["ModelApprovalStatus"] == "Approved"
    assert release["CustomerMetadataProperties"] == {
        "CommitId": "1a2b3c", "Mse": "3.5", "Candidate": version, "Digest": sha(b"a model"),
    }  # fmt: skip


def test_a_version_is_released_once(lab: Lab, tmp_path: Path) -> None:
    arn = lab.register()
    lab.approve(arn)
    first = released(lab, tmp_path, arn)
    before = releases(lab)
    assert released(lab, tmp_path, arn)["ModelPackageArn"] == first["ModelPackageArn"]
    assert releases(lab) == before


def test_what_training_writes_after_the_registration_is_never_released(lab: Lab, tmp_path: Path) -> None:
    uri = lab.model()
    arn = lab.register([{"Image": IMAGE, "ModelDataUrl": uri}])
    time.sleep(1.1)  # S3 dates objects to the second
    lab.put(location(uri).key, b"an attacker's model")
    lab.approve(arn)
    assert f"{uri} was overwritten after the registration" in refused(lab, tmp_path, arn)


def test_what_training_writes_after_the_release_is_not_served(lab: Lab, tmp_path: Path) -> None:
    uri = lab.model()
    arn = lab.register([{"Image": IMAGE, "ModelDataUrl": uri}])
    lab.approve(arn)
    release = released(lab, tmp_path, arn)
    (tmp_path / "promotion.env").unlink()
    time.sleep(1.1)
    lab.put(location(uri).key, b"an attacker's model")
    (container,) = release["InferenceSpecification"]["Containers"]
    assert body(lab, container["ModelDataUrl"]) == b"a model"
    assert "after the registration" in refused(lab, tmp_path, arn)  # of the candidate, whoever promotes it again


def test_a_deleted_artifact_is_not_released(lab: Lab, tmp_path: Path) -> None:
    uri = lab.model()
    arn = lab.register([{"Image": IMAGE, "ModelDataUrl": uri}])
    time.sleep(1.1)
    lab.s3.delete_object(Bucket="registry", Key=location(uri).key)
    lab.approve(arn)
    assert f"{uri} was deleted after the registration" in refused(lab, tmp_path, arn)


def test_an_upload_begun_before_the_registration_backdates_nothing(lab: Lab, tmp_path: Path) -> None:
    """S3 gives an object that was uploaded in parts the date of the upload's beginning."""
    uri = lab.model()
    key = {"Bucket": "registry", "Key": location(uri).key}
    upload = lab.s3.create_multipart_upload(**key)["UploadId"]
    arn = lab.register([{"Image": IMAGE, "ModelDataUrl": uri}])
    part = lab.s3.upload_part(**key, UploadId=upload, PartNumber=1, Body=b"an attacker's model")["ETag"]
    parts = {"Parts": [{"ETag": part, "PartNumber": 1}]}
    lab.s3.complete_multipart_upload(**key, UploadId=upload, MultipartUpload=parts)
    lab.approve(arn)
    why = refused(lab, tmp_path, arn)
    assert "was not finished when" in why or "was overwritten after the registration" in why


@pytest.mark.parametrize(
    ("change", "word"),
    [
        ({"Image": IMAGE.replace("1.7-1", "1.5-1")}, "image of container 0: "),
        ({"ModelDataUrl": "s3://registry/models/other.tar.gz"}, "artifact of container 0: "),
        ({"Environment": {"SAGEMAKER_PROGRAM": "attack.py"}}, "environment of container 0: "),
    ],
)
def test_who_approves_exchanges_nothing(lab: Lab, tmp_path: Path, change: dict[str, Any], word: str) -> None:
    lab.put("models/other.tar.gz", b"another model")
    arn = lab.register()
    lab.approve(arn)
    specification = described(lab, arn)["InferenceSpecification"]
    specification["Containers"][0] |= change
    lab.client("sagemaker", BUILD).update_model_package(ModelPackageArn=arn, InferenceSpecification=specification)
    why = refused(lab, tmp_path, arn)
    assert "was changed after it was registered" in why and word in why and "became" in why


def test_a_record_is_of_the_first_registration(lab: Lab, tmp_path: Path) -> None:
    """Whoever could write a record anew would change nothing: the oldest version counts."""
    arn = lab.register()
    key = f"registrations/{arn.rpartition('/')[2]}.json"
    lab.put(key, b'{"package": {"ModelPackageVersion": 0}, "uploads": {}}', bucket="releases")
    lab.approve(arn)
    assert released(lab, tmp_path, arn)


def test_without_a_record_nothing_is_released(lab: Lab, tmp_path: Path) -> None:
    arn = lab.register()
    key = f"registrations/{arn.rpartition('/')[2]}.json"
    for each in lab.s3.list_object_versions(Bucket="releases", Prefix=key)["Versions"]:
        lab.s3.delete_object(Bucket="releases", Key=key, VersionId=each["VersionId"])
    lab.approve(arn)
    assert "there is no record of how version" in refused(lab, tmp_path, arn)


def test_an_artifact_outside_of_the_registry_is_refused(lab: Lab, tmp_path: Path) -> None:
    for uri in (lab.put("models/m.tar.gz", b"-", bucket="elsewhere"), lab.put("data/m.tar.gz", b"-")):
        arn = lab.register([{"Image": IMAGE, "ModelDataUrl": uri}])
        lab.approve(arn)
        assert f"the artifact {uri} is outside of the registry" in refused(lab, tmp_path, arn)


def test_an_image_that_nobody_named_is_refused(lab: Lab, tmp_path: Path) -> None:
    arn = lab.register([{"Image": OWN, "ModelDataUrl": lab.model()}])
    lab.approve(arn)
    assert f"the image of container 0, {OWN}, is neither of an account of AWS's in {REGION} nor of a" in refused(
        lab, tmp_path, arn
    )
    named = plan(lab, image_repositories=(f"arn:aws:ecr:{REGION}:{BUILD}:repository/team/model",))
    assert released(lab, tmp_path, arn, named)["InferenceSpecification"]["Containers"][0]["Image"] == OWN


def test_a_folder_is_copied_with_the_digest_of_its_manifest(lab: Lab, tmp_path: Path) -> None:
    lab.put("models/folder/weights/a.bin", b"a")
    lab.put("models/folder/config.json", b"{}")
    source = {"S3DataType": "S3Prefix", "S3Uri": "s3://registry/models/folder/", "CompressionType": "None"}
    arn = lab.register([{"Image": IMAGE, "ModelDataSource": {"S3DataSource": source}}])
    lab.approve(arn)
    release, version = released(lab, tmp_path, arn), arn.rpartition("/")[2]
    (container,) = release["InferenceSpecification"]["Containers"]
    copied = container["ModelDataSource"]["S3DataSource"]
    assert copied == source | {"S3Uri": f"s3://releases/models/{version}/0/"}
    assert body(lab, f"{copied['S3Uri']}weights/a.bin") == b"a"
    digests = [hashlib.sha256(each).hexdigest() for each in (b"{}", b"a")]
    manifest = f'{{"config.json":"{digests[0]}","weights/a.bin":"{digests[1]}"}}'
    assert release["CustomerMetadataProperties"]["Digest"] == sha(manifest.encode())


def test_code_of_script_mode_is_taken_along(lab: Lab, tmp_path: Path) -> None:
    code, model = lab.put("code/sourcedir.tar.gz", b"code"), lab.model()
    environment = {"SAGEMAKER_SUBMIT_DIRECTORY": code, "SAGEMAKER_PROGRAM": "inference.py"}
    arn = lab.register([{"Image": IMAGE, "ModelDataUrl": model, "Environment": environment}])
    lab.approve(arn)
    release, version = released(lab, tmp_path, arn), arn.rpartition("/")[2]
    (container,) = release["InferenceSpecification"]["Containers"]
    copied = f"s3://releases/models/{version}/0/SAGEMAKER_SUBMIT_DIRECTORY/sourcedir.tar.gz"
    assert container["Environment"] == environment | {"SAGEMAKER_SUBMIT_DIRECTORY": copied}
    assert body(lab, copied) == b"code"
    both = f"{sha(b'a model')}\n{sha(b'code')}"
    assert release["CustomerMetadataProperties"]["Digest"] == sha(both.encode())


def test_what_is_larger_than_one_copy_is_copied_in_parts(lab: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(copying, "LARGEST_COPY", 6 * 1024**2)
    monkeypatch.setattr(copying, "_SMALLEST_PART", 5 * 1024**2)
    large = bytes(range(256)) * (4 * 1024 * 11)  # 11 MB: two whole parts and a rest
    source = location(lab.put("models/large", large))
    (version,) = lab.s3.list_object_versions(Bucket="registry", Prefix="models/large")["Versions"]
    target = location("s3://releases/models/large")
    found = copying.copy(lab.s3, source, [ObjectVersion("models/large", version["VersionId"], len(large))], target)
    assert found == sha(large) == sha(body(lab, str(target)))
    assert lab.s3.head_object(Bucket="releases", Key="models/large")["ETag"].endswith('-3"')
