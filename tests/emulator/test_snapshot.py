"""A snapshot of an embedded AWS gives back what clients see, and refuses what it cannot keep."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from rehearsal.embedded_aws import EmbeddedAws
from rehearsal.errors import RehearsalError
from rehearsal.latency import LIKE_AWS
from rehearsal.snapshot import archive
from rehearsal.snapshot.anchors import Anchors
from tests.emulator.lambdas.conftest import zipped

A, B, REGION = "123456789012", "123456789013", "us-east-1"
SETTINGS: dict[str, Any] = {"accounts": [A, B], "organization_id": "o-snapshot00"}
TRUST = {"Effect": "Allow", "Principal": {"Service": "sagemaker.amazonaws.com"}, "Action": "sts:AssumeRole"}
TEMPLATE = {"Resources": {"P": {"Type": "AWS::SSM::Parameter", "Properties": {"Type": "String", "Value": "1"}}}}


def fresh(directory: Path, port: int = 0, **more: Any) -> EmbeddedAws:
    aws = EmbeddedAws(directory=directory, port=port, **SETTINGS, **more)
    aws.anchors = Anchors(aws)
    return aws


@pytest.fixture
def aws(tmp_path: Path) -> Iterator[EmbeddedAws]:
    made = fresh(tmp_path / "aws")
    yield made
    made.close()


def save(aws: EmbeddedAws, file: Path, seconds: float = 10) -> Path:
    archive.save(aws, archive.Setup(SETTINGS, {A: "lab", B: ""}, None), file, seconds)
    return file


def _put_something_everywhere(client: Callable[..., Any]) -> tuple[bytes, str]:
    """What a key encrypted, and a commit."""
    client("s3").create_bucket(Bucket="kept-between-days")
    client("s3").put_object(Bucket="kept-between-days", Key="k", Body=b"body")
    client("iam").create_role(
        RoleName="r", AssumeRolePolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": [TRUST]})
    )
    let = {"Effect": "Allow", "Principal": {"AWS": f"arn:aws:iam::{B}:root"}, "Action": "s3:GetObject"}
    let["Resource"] = "arn:aws:s3:::kept-between-days/*"
    policy = json.dumps({"Version": "2012-10-17", "Statement": [let]})
    client("s3").put_bucket_policy(Bucket="kept-between-days", Policy=policy)
    key = client("kms").create_key()["KeyMetadata"]["KeyId"]
    secret = client("kms").encrypt(KeyId=key, Plaintext=b"secret")["CiphertextBlob"]
    commit = (
        client("codecommit").create_repository(repositoryName="code")
        and client("codecommit").create_commit(
            repositoryName="code", branchName="main", putFiles=[{"filePath": "f", "fileContent": b"1"}]
        )["commitId"]
    )
    client("sagemaker").create_model_package_group(ModelPackageGroupName="models")
    client("events").put_rule(Name="weekly", ScheduleExpression="rate(7 days)")
    client("ssm", B).put_parameter(Name="/b", Value="of the other account", Type="String")
    client("cloudformation").create_stack(StackName="s", TemplateBody=json.dumps(TEMPLATE))
    client("cloudformation").get_waiter("stack_create_complete").wait(StackName="s", WaiterConfig={"Delay": 0.1})
    trust = {"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}
    role = client("iam").create_role(
        RoleName="f", AssumeRolePolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": [trust]})
    )["Role"]["Arn"]
    client("lambda").create_function(
        FunctionName="f", Runtime="python3.12", Handler="index.handler", Role=role, Code={"ZipFile": zipped({
            "index.py": "def handler(event, context):\n    return 'kept'\n"})},
    )  # fmt: skip
    assert client("lambda").invoke(FunctionName="f")["Payload"].read() == b'"kept"'
    return secret, commit


def test_clients_see_the_same_before_and_after(aws: EmbeddedAws, tmp_path: Path) -> None:
    def client(service: str, account: str = A) -> Any:
        return running.client(service, account=account, region=REGION)

    def stack() -> dict[str, Any]:
        (found,) = client("cloudformation").describe_stacks(StackName="s")["Stacks"]
        return dict(found)

    running = aws
    secret, commit = _put_something_everywhere(client)
    before, administrator = stack(), aws.accounts.add(A)
    file = save(aws, tmp_path / "a.snapshot")
    assert file.stat().st_mode & 0o777 == 0o600
    client("ssm", B).put_parameter(Name="/after", Value="is not in it", Type="String")
    aws.close()

    header = archive.header(file)
    setup = archive.setup(file)
    assert (setup.settings, setup.names) == (SETTINGS, {A: "lab", B: ""})
    assert header.directory == str(tmp_path / "aws")
    (tmp_path / "aws").rename(tmp_path / "gone")
    (tmp_path / "aws").mkdir()
    archive.bring_files(file, tmp_path / "aws")
    running = fresh(tmp_path / "aws", header.port)
    try:
        archive.fill(running, file, lambda line: None)
        assert running.accounts.add(A) == administrator, "a terminal has the right keys"
        assert client("s3").get_object(Bucket="kept-between-days", Key="k")["Body"].read() == b"body"
        assert client("s3", B).get_object(Bucket="kept-between-days", Key="k")["Body"].read() == b"body"
        assert client("kms").decrypt(CiphertextBlob=secret)["Plaintext"] == b"secret"
        branch = client("codecommit").get_branch(repositoryName="code", branchName="main")["branch"]
        assert branch["commitId"] == commit
        assert client("sagemaker").describe_model_package_group(ModelPackageGroupName="models")
        assert [rule["Name"] for rule in client("events").list_rules()["Rules"]] == ["weekly"]
        names = [each["Name"] for each in client("ssm", B).describe_parameters()["Parameters"]]
        assert names == ["/b"], "what came after the snapshot is not there"
        assert stack() == before
        assert client("lambda").invoke(FunctionName="f")["Payload"].read() == b'"kept"'
        assert client("iam").get_role(RoleName="r")["Role"]["Arn"] == f"arn:aws:iam::{A}:role/r"
        # and it works on: the stack is deleted, with what it made
        client("cloudformation").delete_stack(StackName="s")
        client("cloudformation").get_waiter("stack_delete_complete").wait(StackName="s", WaiterConfig={"Delay": 0.1})
        assert client("ssm").describe_parameters()["Parameters"] == []
    finally:
        running.close()


def test_what_is_at_work_is_waited_for_and_then_named(aws: EmbeddedAws, tmp_path: Path) -> None:
    ended = threading.Event()

    def build() -> None:
        ended.wait(30)

    aws.background(build, "build of a model")
    with pytest.raises(RehearsalError, match="nothing was saved: at work are build of a model"):
        save(aws, tmp_path / "a.snapshot", seconds=0.3)
    assert list(tmp_path.glob("*snapshot*")) == []
    threading.Timer(0.5, ended.set).start()
    assert save(aws, tmp_path / "a.snapshot").exists()


def test_requests_wait_while_it_is_saved(aws: EmbeddedAws) -> None:
    answered = threading.Event()

    def ask() -> None:
        aws.client("sts", account=A, region=REGION).get_caller_identity()
        answered.set()

    with aws.gateway.held() as quiet:
        assert quiet
        threading.Thread(target=ask, daemon=True).start()
        time.sleep(0.3)
        assert not answered.is_set()
    assert answered.wait(10)


def test_what_lives_in_this_process_only_is_refused_with_its_place(aws: EmbeddedAws, tmp_path: Path) -> None:
    opened = (tmp_path / "log").open("w", encoding="utf-8")
    aws.services.sagemaker.models._all[(A, REGION), "m"] = opened  # type: ignore[assignment]
    with pytest.raises(RehearsalError, match=r"services\.sagemaker\.models\._all cannot be kept: .* is open"):
        save(aws, tmp_path / "a.snapshot")
    assert not (tmp_path / "a.snapshot").exists()
    opened.close()


def test_latency_is_refused(aws: EmbeddedAws, tmp_path: Path) -> None:
    aws.latency = LIKE_AWS
    with pytest.raises(RehearsalError, match="--latency aws cannot be kept"):
        save(aws, tmp_path / "a.snapshot")


def test_other_versions_and_files_of_others_are_refused(
    aws: EmbeddedAws, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = save(aws, tmp_path / "a.snapshot")
    file.chmod(0o666)
    with pytest.raises(RehearsalError, match="others own it or may write it"):
        archive.header(file)
    file.chmod(0o600)
    here = archive.made_with()
    monkeypatch.setattr(archive, "made_with", lambda: here | {"moto": "9.9.9"})
    with pytest.raises(RehearsalError, match=rf"made with moto {here['moto']} \(here 9\.9\.9\)"):
        archive.header(file)
    (tmp_path / "none").write_text("text", encoding="utf-8")
    with pytest.raises(RehearsalError, match="no snapshot can be read there"):
        archive.header(tmp_path / "none")
