"""Custom::CDKBucketDeployment: the files of assets in a bucket."""

from __future__ import annotations

from typing import Any

import pytest

from tests.emulator.cloudformation.cdk_templates import custom, outputs, zipped
from tests.emulator.cloudformation.conftest import Stacks
from tests.emulator.conftest import Client

READ = (["s3:GetObject*", "s3:GetBucket*", "s3:List*"], ["arn:aws:s3:::cdk-assets", "arn:aws:s3:::cdk-assets/*"])
WRITE = (
    ["s3:GetObject*", "s3:GetBucket*", "s3:List*", "s3:DeleteObject*", "s3:PutObject", "s3:PutObjectTagging"],
    ["arn:aws:s3:::cdk-site", "arn:aws:s3:::cdk-site/*"],
)


@pytest.fixture(scope="module", autouse=True)
def buckets(client: Client) -> Any:
    s3 = client("s3")
    for name in ("cdk-assets", "cdk-site"):
        s3.create_bucket(Bucket=name)
    s3.put_object(Bucket="cdk-assets", Key="one.zip", Body=zipped(index="hello <<token>>", deep_a="1"))
    s3.put_object(Bucket="cdk-assets", Key="two.zip", Body=zipped(index="two", deep_b="2"))
    s3.put_object(Bucket="cdk-assets", Key="broken.zip", Body=b"no zip")
    return s3


def deployed(*keys: str, grants: tuple[Any, ...] = (READ, WRITE), **more: Any) -> dict[str, Any]:
    sources = {"SourceBucketNames": ["cdk-assets"] * len(keys), "SourceObjectKeys": list(keys)}
    place = {"DestinationBucketName": "cdk-site", "Prune": True, "RetainOnDelete": True}
    return custom("Custom::CDKBucketDeployment", {**sources, **place, **more}, *grants)


def files(s3: Any) -> dict[str, str]:
    found = s3.list_objects_v2(Bucket="cdk-site").get("Contents", [])
    return {each["Key"]: s3.get_object(Bucket="cdk-site", Key=each["Key"])["Body"].read().decode() for each in found}


def test_files_come_and_go_with_their_asset(stacks: Stacks, buckets: Any) -> None:
    template = deployed(
        "one.zip",
        DestinationBucketKeyPrefix="web",
        SourceMarkers=[{"<<token>>": "world"}],
        SystemMetadata={"cache-control": "max-age=5"},
        UserMetadata={"Team": "a"},
        RetainOnDelete=False,
        DestinationBucketArn="arn:aws:s3:::cdk-site",
    )
    name = stacks.create(outputs(template, Arn="DestinationBucketArn"))["StackName"]
    assert stacks.describe(name)["Outputs"][0]["OutputValue"] == "arn:aws:s3:::cdk-site"
    assert files(buckets) == {"web/index.txt": "hello world", "web/deep/a.txt": "1"}
    head = buckets.head_object(Bucket="cdk-site", Key="web/index.txt")
    assert (head["ContentType"], head["CacheControl"], head["Metadata"]) == ("text/plain", "max-age=5", {"team": "a"})
    identity = stacks.physical(name)["R"]
    assert identity.startswith("aws.cdk.s3deployment.")
    buckets.put_object(Bucket="cdk-site", Key="other", Body=b"x")
    stacks.update(name, deployed("two.zip", DestinationBucketKeyPrefix="web", RetainOnDelete=False))
    assert files(buckets) == {"web/index.txt": "two", "web/deep/b.txt": "2", "other": "x"}
    assert stacks.physical(name)["R"] == identity
    stacks.delete(name)
    assert files(buckets) == {"other": "x"}
    buckets.delete_object(Bucket="cdk-site", Key="other")


def test_filters_and_files_that_are_not_unpacked(stacks: Stacks, buckets: Any) -> None:
    buckets.put_object(Bucket="cdk-site", Key="deep/kept.txt", Body=b"x")
    name = stacks.create(deployed("one.zip", "two.zip", Exclude=["deep/*"], Include=["deep/b*"]))["StackName"]
    assert files(buckets) == {"index.txt": "two", "deep/b.txt": "2", "deep/kept.txt": "x"}
    stacks.delete(name)
    assert "index.txt" in files(buckets), "it is retained"
    name = stacks.create(deployed("one.zip", Extract=False))["StackName"]
    assert [each["Key"] for each in buckets.list_objects_v2(Bucket="cdk-site")["Contents"]] == ["one.zip"]
    stacks.delete(name)


@pytest.mark.parametrize(
    ("template", "said"),
    [
        (deployed("one.zip", grants=(READ,)), "is not authorized to perform: s3:ListBucket"),
        (deployed("one.zip", grants=(WRITE,)), "is not authorized to perform: s3:GetObject"),
        (deployed("broken.zip"), "s3://cdk-assets/broken.zip: File is not a zip file"),
        (deployed("one.zip", DistributionId="E1"), "does not support DistributionId"),
        (deployed("one.zip", SystemMetadata={"x": "y"}), "SystemMetadata.x is not supported"),
        (deployed("one.zip", SourceMarkers=[{"": "x"}]), "No space left on device, with '' replaced"),
    ],
)
def test_what_does_not_work_is_a_failed_response(stacks: Stacks, template: dict[str, Any], said: str) -> None:
    stack = stacks.create(template)
    assert stack["StackStatus"] == "ROLLBACK_COMPLETE"
    assert said in stacks.reasons(stack["StackId"])[0]
