from __future__ import annotations

import dataclasses
import functools
import io
import json
import stat
import zipfile
from typing import Any

import pytest

from rehearsal.embedded_aws import EmbeddedAws
from rehearsal.ports import ArtifactTarget, PipelineBuild, S3Location

from .conftest import ACCOUNT, REGION, Builder, context

BUILDSPEC = b"version: 0.2\nphases:\n  build:\n    commands: ['sh run.sh', './tool']\n"


@pytest.fixture(scope="module")
def s3(world: EmbeddedAws) -> Any:
    client = world.client("s3", account=ACCOUNT, region=REGION)
    client.create_bucket(Bucket="builds")
    return client


def zipped(files: dict[str, bytes], links: dict[str, str] | None = None) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        for name, content in files.items():
            info = zipfile.ZipInfo(name)
            info.external_attr = (stat.S_IFREG | (0o755 if name == "tool" else 0o644)) << 16
            archive.writestr(info, content)
        for name, target in (links or {}).items():
            info = zipfile.ZipInfo(name)
            info.external_attr = (stat.S_IFLNK | 0o777) << 16
            archive.writestr(info, target)
    return stream.getvalue()


def unzipped(s3: Any, key: str) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(s3.get_object(Bucket="builds", Key=key)["Body"].read())) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def spec(*commands: str, artifacts: dict[str, Any] | None = None) -> str:
    made: dict[str, Any] = {"version": "0.2", "phases": {"build": {"commands": list(commands)}}}
    return json.dumps(made | ({"artifacts": artifacts} if artifacts else {}))


def test_a_zip_is_unpacked_with_its_modes_and_links(builder: Builder, s3: Any) -> None:
    files = {
        "buildspec.yml": BUILDSPEC,
        "run.sh": b"cat link\n",
        "tool": b"#!/bin/sh\necho $CODEBUILD_SOURCE_REPO_URL\n",
    }
    s3.put_object(Bucket="builds", Key="in/code.zip", Body=zipped(files | {"real": b"linked\n"}, {"link": "real"}))
    build = builder.run(source={"type": "S3", "location": "builds/in/code.zip"})
    assert build["buildStatus"] == "SUCCEEDED", builder.log(build)
    assert builder.output(build) == ["linked", "builds/in/code.zip"]


def test_a_folder_is_copied(builder: Builder, s3: Any) -> None:
    for name, body in {"other.yml": BUILDSPEC, "run.sh": b"cat sub/x\n", "sub/x": b"deep\n"}.items():
        s3.put_object(Bucket="builds", Key=f"folder/{name}", Body=body)
    source = {"type": "S3", "location": "builds/folder/", "buildspec": "other.yml"}
    build = builder.run(source=source)
    assert builder.output(build)[0] == "deep"
    missing = builder.run(source=source | {"location": "builds/nothing/"})
    assert "NoSuchKey" in context(missing, "DOWNLOAD_SOURCE")["message"]


def test_a_buildspec_in_s3_and_one_that_is_missing(builder: Builder, s3: Any) -> None:
    s3.put_object(Bucket="builds", Key="spec.yml", Body=spec("echo from s3").encode())
    build = builder.run("arn:aws:s3:::builds/spec.yml")
    assert builder.output(build) == ["from s3"]
    s3.put_object(Bucket="builds", Key="empty.zip", Body=zipped({"a": b""}))
    build = builder.run(source={"type": "S3", "location": "builds/empty.zip", "buildspec": "ci/b.yml"})
    found = context(build, "DOWNLOAD_SOURCE")
    assert found["statusCode"] == "YAML_FILE_ERROR"
    assert found["message"].endswith("/src/ci/b.yml: no such file or directory")


@pytest.mark.parametrize(
    ("body", "said"), [(None, "NoSuchKey"), (b"not a zip", "not a valid zip file"), (zipped({"../x": b""}), "'../x'")]
)
def test_a_bad_source_fails_the_download(builder: Builder, s3: Any, body: bytes | None, said: str) -> None:
    s3.delete_object(Bucket="builds", Key="bad.zip")
    if body is not None:
        s3.put_object(Bucket="builds", Key="bad.zip", Body=body)
    build = builder.run(source={"type": "S3", "location": "builds/bad.zip"})
    assert build["buildStatus"] == "FAILED"
    assert said in context(build, "DOWNLOAD_SOURCE")["message"]


def test_secondary_sources_have_directories_of_their_own(builder: Builder, s3: Any) -> None:
    s3.put_object(Bucket="builds", Key="second.zip", Body=zipped({"word": b"second"}))
    second = {"type": "S3", "location": "builds/second.zip", "sourceIdentifier": "two"}
    build = builder.run(spec("cat $CODEBUILD_SRC_DIR_two/word", "ls"), secondarySources=[second])
    assert builder.output(build) == ["second"]


def test_codecommit_is_cloned_at_the_version_asked_for(builder: Builder, world: EmbeddedAws) -> None:
    codecommit = world.client("codecommit", account=ACCOUNT, region=REGION)
    url = codecommit.create_repository(repositoryName="code")["repositoryMetadata"]["cloneUrlHttp"]
    first = codecommit.create_commit(
        repositoryName="code", branchName="main", putFiles=[{"filePath": "a", "fileContent": b"one"}]
    )["commitId"]
    codecommit.create_commit(
        repositoryName="code",
        branchName="main",
        parentCommitId=first,
        putFiles=[{"filePath": "a", "fileContent": b"two"}],
    )
    buildspec = spec("cat a; echo", "echo $CODEBUILD_RESOLVED_SOURCE_VERSION $CODEBUILD_SOURCE_REPO_URL")
    source = {"type": "CODECOMMIT", "location": url, "buildspec": buildspec}
    build = builder.run(source=source, sourceVersion="main")
    head = codecommit.get_branch(repositoryName="code", branchName="main")["branch"]["commitId"]
    assert builder.output(build) == ["two", f"{head} {url}"]
    assert build["resolvedSourceVersion"] == head
    old = builder.run(source=source | {"gitCloneDepth": 1}, sourceVersion=first)
    assert builder.output(old)[0] == "one"
    missing = builder.run(source=source, sourceVersion="no-such-branch")
    assert missing["buildStatus"] == "FAILED"
    assert "no-such-branch" in context(missing, "DOWNLOAD_SOURCE")["message"]


MAKE = "mkdir -p out/deep; echo a >out/a.txt; echo b >out/deep/b.txt; echo c >out/deep/c.log; echo .h >out/.hidden"


@pytest.mark.parametrize(
    ("artifacts", "names"),
    [
        ({"files": ["out/a.txt"]}, ["out/a.txt"]),
        ({"files": ["**/*"]}, ["out/.hidden", "out/a.txt", "out/deep/b.txt", "out/deep/c.log"]),
        ({"files": ["*"], "base-directory": "out"}, [".hidden", "a.txt"]),
        ({"files": "deep/**/*", "base-directory": "o*"}, ["deep/b.txt", "deep/c.log"]),
        ({"files": ["**/*.txt"], "discard-paths": "yes"}, ["a.txt", "b.txt"]),
        ({"files": ["**/*"], "exclude-paths": ["**/*.log", "out/.*"]}, ["out/a.txt", "out/deep/b.txt"]),
    ],
)
def test_which_files_are_taken(builder: Builder, s3: Any, artifacts: dict[str, Any], names: list[str]) -> None:
    target = {"type": "S3", "location": "builds", "path": "zips", "name": "a.zip", "packaging": "ZIP"}
    build = builder.run(spec(MAKE, artifacts=artifacts), artifacts=target)
    assert build["buildStatus"] == "SUCCEEDED", builder.log(build)
    assert build["artifacts"]["location"] == "arn:aws:s3:::builds/zips/a.zip"
    assert len(build["artifacts"]["sha256sum"]) == 64
    assert sorted(unzipped(s3, "zips/a.zip")) == sorted(names)


def test_unzipped_artifacts_and_their_names(builder: Builder, s3: Any) -> None:
    target = {
        "type": "S3",
        "location": "builds",
        "path": "plain",
        "namespaceType": "BUILD_ID",
        "overrideArtifactName": True,
    }
    artifacts = {"files": ["**/*"], "base-directory": "out", "name": "made-$WORD"}
    build = builder.run(spec("export WORD=x", MAKE, artifacts=artifacts), artifacts=target)
    prefix = f"plain/{build['id'].partition(':')[2]}/made-x"
    assert build["artifacts"]["location"] == f"arn:aws:s3:::builds/{prefix}"
    keys = [item["Key"] for item in s3.list_objects_v2(Bucket="builds", Prefix="plain/")["Contents"]]
    assert keys == [f"{prefix}/{name}" for name in (".hidden", "a.txt", "deep/b.txt", "deep/c.log")]


def test_artifacts_are_encrypted_with_the_project_key(builder: Builder, world: EmbeddedAws, s3: Any) -> None:
    key = world.client("kms", account=ACCOUNT, region=REGION).create_key()["KeyMetadata"]["Arn"]
    target = {"type": "S3", "location": "builds", "name": "sealed.zip", "packaging": "ZIP"}
    for members, expected in (({"encryptionKey": key}, key), ({}, None)):
        builder.run(spec(MAKE, artifacts={"files": ["**/*"]}), artifacts=target, **members)
        head = s3.head_object(Bucket="builds", Key="sealed.zip")
        assert head["ServerSideEncryption"] == "aws:kms"
        assert expected is None or head["SSEKMSKeyId"] == expected


def test_secondary_artifacts(builder: Builder, s3: Any) -> None:
    second = {"type": "S3", "location": "builds", "name": "two.zip", "packaging": "ZIP", "artifactIdentifier": "two"}
    artifacts = {"files": ["out/a.txt"], "secondary-artifacts": {"two": {"files": ["out/deep/*"]}}}
    build = builder.run(
        spec(MAKE, artifacts=artifacts),
        secondaryArtifacts=[second],
        artifacts={"type": "S3", "location": "builds", "name": "one.zip", "packaging": "ZIP"},
    )
    assert list(unzipped(s3, "one.zip")) == ["out/a.txt"]
    assert list(unzipped(s3, "two.zip")) == ["out/deep/b.txt", "out/deep/c.log"]
    assert build["secondaryArtifacts"][0]["artifactIdentifier"] == "two"
    assert build["secondaryArtifacts"][0]["location"] == "arn:aws:s3:::builds/two.zip"


@pytest.mark.parametrize(
    ("artifacts", "said"),
    [
        ({"files": ["none/*"]}, "no matching artifact paths found for none/*"),
        ({"files": ["*"], "base-directory": "nowhere"}, "no matching base directory path found for nowhere"),
    ],
)
def test_artifacts_that_are_not_there_fail_the_build(
    builder: Builder, s3: Any, artifacts: dict[str, Any], said: str
) -> None:
    target = {"type": "S3", "location": "builds", "name": "x.zip", "packaging": "ZIP"}
    build = builder.run(spec(MAKE, artifacts=artifacts), artifacts=target)
    assert build["buildStatus"] == "FAILED"
    assert context(build, "UPLOAD_ARTIFACTS") == {"statusCode": "CLIENT_ERROR", "message": said}


def pipeline_project(builder: Builder, buildspec: str) -> str:
    return builder.project(source={"type": "CODEPIPELINE", "buildspec": buildspec}, artifacts={"type": "CODEPIPELINE"})


def test_a_pipeline_gives_source_and_variables_and_gets_artifacts(
    builder: Builder, world: EmbeddedAws, s3: Any
) -> None:
    s3.put_object(Bucket="builds", Key="p/source", Body=zipped({"a": b"source"}))
    s3.put_object(Bucket="builds", Key="p/extra", Body=zipped({"b": b"extra"}))
    name = pipeline_project(
        builder,
        spec(
            "cat a $CODEBUILD_SRC_DIR_Extra/b; echo",
            "echo $X $CODEBUILD_INITIATOR $CODEBUILD_RESOLVED_SOURCE_VERSION",
            artifacts={"files": ["a"]},
        ),
    )
    wanted = PipelineBuild(
        project=name,
        initiator="codepipeline/train",
        source_version="abc123",
        source=S3Location("builds", "p/source"),
        secondary={"Extra": S3Location("builds", "p/extra")},
        environment=[{"name": "X", "value": "1", "type": "PLAINTEXT"}],
        artifacts=[ArtifactTarget("Out", "builds", "p/out", None)],
    )
    build_id = world.services.codebuild.start_for_pipeline(ACCOUNT, REGION, wanted)
    build = builder.wait(build_id)
    assert build["buildStatus"] == "SUCCEEDED", builder.log(build)
    assert builder.output(build) == ["sourceextra", "1 codepipeline/train abc123"]
    assert build["initiator"] == "codepipeline/train"
    assert build["resolvedSourceVersion"] == "abc123"
    assert build["sourceVersion"] == "arn:aws:s3:::builds/p/source"
    assert unzipped(s3, "p/out") == {"a": b"source"}


def test_several_pipeline_artifacts_are_the_secondary_ones(builder: Builder, world: EmbeddedAws, s3: Any) -> None:
    s3.put_object(Bucket="builds", Key="p/source", Body=zipped({"a": b"A", "b": b"B"}))
    secondary = {"One": {"files": ["a"]}, "Two": {"files": ["b"]}}
    name = pipeline_project(builder, spec("true", artifacts={"files": ["a"], "secondary-artifacts": secondary}))
    targets = [ArtifactTarget(n, "builds", f"p/{n}", None) for n in ("One", "Two")]
    wanted = PipelineBuild(name, "codepipeline/p", None, S3Location("builds", "p/source"), artifacts=targets)
    start = functools.partial(world.services.codebuild.start_for_pipeline, ACCOUNT, REGION)
    assert builder.wait(start(wanted))["buildStatus"] == "SUCCEEDED"
    assert (unzipped(s3, "p/One"), unzipped(s3, "p/Two")) == ({"a": b"A"}, {"b": b"B"})
    missing = [ArtifactTarget("Three", "builds", "p/Three", None)]
    build = builder.wait(start(dataclasses.replace(wanted, artifacts=missing)))
    assert "Three" in context(build, "UPLOAD_ARTIFACTS")["message"]


def test_a_patient_build_leaves_the_cores_to_others(builder: Builder, world: EmbeddedAws, s3: Any) -> None:
    s3.put_object(Bucket="builds", Key="p/source", Body=zipped({"a": b"A"}))
    wanted = PipelineBuild(
        pipeline_project(builder, spec("nice")), "codepipeline/p", None, S3Location("builds", "p/source")
    )
    start = functools.partial(world.services.codebuild.start_for_pipeline, ACCOUNT, REGION)
    builds = [start(dataclasses.replace(wanted, patient=patient)) for patient in (False, True)]
    usual, patient = [builder.output(builder.wait(build)) for build in builds]
    assert int(patient[0]) == min(int(usual[0]) + 5, 19)


def test_only_a_pipeline_starts_a_pipeline_project(builder: Builder) -> None:
    name = pipeline_project(builder, spec("echo by hand"))
    with pytest.raises(builder.api.exceptions.InvalidInputException, match="CODEPIPELINE"):
        builder.api.start_build(projectName=name)
    build = builder.api.start_build(projectName=name, sourceTypeOverride="NO_SOURCE")["build"]
    assert builder.output(builder.wait(build["id"])) == ["by hand"]
