"""What a build leaves for the embedded AWS to read is not followed out of the build, and its caches are its own."""

from __future__ import annotations

import io
import json
import stat
import zipfile
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError

from rehearsal.embedded_aws import EmbeddedAws

from .conftest import ACCOUNT, REGION, Builder, context, phases

SECRET = "LEAK=what-only-the-user-may-read"
BUCKET = "hostile"


@pytest.fixture(scope="module")
def s3(world: EmbeddedAws) -> Any:
    client = world.client("s3", account=ACCOUNT, region=REGION)
    client.create_bucket(Bucket=BUCKET)
    return client


@pytest.fixture
def secret(tmp_path: Path) -> Path:
    """A file of the user, which the process of the embedded AWS can read."""
    made = tmp_path / "secret"
    made.write_text(SECRET)
    return made


def spec(*commands: str, **more: Any) -> str:
    return json.dumps({"version": "0.2", "phases": {"build": {"commands": list(commands)}}} | more)


def everything(s3: Any) -> bytes:
    """All that builds have uploaded, packed or not."""
    found = b""
    for each in s3.list_objects_v2(Bucket=BUCKET, Prefix="out").get("Contents", []):
        body = s3.get_object(Bucket=BUCKET, Key=each["Key"])["Body"].read()
        found += body
        if zipfile.is_zipfile(io.BytesIO(body)):
            with zipfile.ZipFile(io.BytesIO(body)) as archive:
                found += b"".join(archive.read(name) for name in archive.namelist())
    return found


@pytest.mark.parametrize("packaging", ["ZIP", "NONE"])
@pytest.mark.parametrize(
    ("make", "artifacts"),
    [
        ("ln -s {secret} link", {"files": ["link"]}),
        ("ln -s {folder} folder", {"files": ["secret"], "base-directory": "folder"}),
        ("ln -s {folder} folder", {"files": ["folder/secret", "*"]}),
        ("true", {"files": ["**/*"], "base-directory": "{folder}"}),
        ("ln -s ../../../../../../../../../../..{secret} link", {"files": ["link"]}),
        ("ln -s /proc/self/root{secret} link", {"files": ["link"]}),
        ("mkfifo link", {"files": ["link"]}),
    ],
)
def test_artifacts_hold_nothing_from_outside(
    builder: Builder, s3: Any, secret: Path, packaging: str, *, make: str, artifacts: dict[str, Any]
) -> None:
    def filled(text: str) -> str:
        return text.format(secret=secret, folder=secret.parent)

    wanted = {key: filled(value) if isinstance(value, str) else value for key, value in artifacts.items()}
    target = {"type": "S3", "location": BUCKET, "path": "out", "packaging": packaging}
    build = builder.run(spec(filled(make), artifacts=wanted), artifacts=target)
    assert SECRET.encode() not in everything(s3)
    if "*" not in artifacts["files"]:
        assert phases(build)["UPLOAD_ARTIFACTS"] == "FAILED"


def test_links_within_the_build_are_followed(builder: Builder, s3: Any) -> None:
    target = {"type": "S3", "location": BUCKET, "path": "fine", "packaging": "NONE"}
    commands = ("echo inside >real", "ln -s real relative", "ln -s $PWD/real absolute")
    build = builder.run(spec(*commands, artifacts={"files": ["relative", "absolute"]}), artifacts=target)
    assert build["buildStatus"] == "SUCCEEDED", builder.log(build)
    for each in s3.list_objects_v2(Bucket=BUCKET, Prefix="fine")["Contents"]:
        assert s3.get_object(Bucket=BUCKET, Key=each["Key"])["Body"].read() == b"inside\n"


def test_exported_variables_and_names_are_read_from_the_build_alone(builder: Builder, s3: Any, secret: Path) -> None:
    commands = (f"ln -sf {secret} $HOME/.exported", f"ln -sf {secret} $HOME/.artifact-name", "echo x >file")
    build = builder.run(
        spec(*commands, env={"exported-variables": ["LEAK"]}, artifacts={"files": ["file"], "name": "n"}),
        artifacts={"type": "S3", "location": BUCKET, "packaging": "NONE", "overrideArtifactName": True},
    )
    assert "what-only" not in json.dumps(build, default=str)
    assert "what-only" not in builder.log(build)


def archive(entries: list[tuple[str, str, bool]]) -> bytes:
    """A zip of (name, content or target, whether it is a link), in this order."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as made:
        for name, content, link in entries:
            info = zipfile.ZipInfo(name)
            info.external_attr = ((stat.S_IFLNK | 0o777) if link else (stat.S_IFREG | 0o6755)) << 16
            made.writestr(info, content)
    return stream.getvalue()


@pytest.mark.parametrize(
    "entries",
    [
        [("a", "{folder}", True), ("a/evil", "x", False)],
        [("a", "{folder}/evil", True), ("a", "x", False)],
        [("a", "..", True), ("a/a", "{folder}", True), ("a/a/evil", "x", False)],
        [("../../../../evil", "x", False)],
        [("{folder}/evil", "x", False)],
        [("a", "{folder}", True), ("a/evil/", "", False)],
    ],
)
def test_sources_are_unpacked_into_the_build_alone(
    builder: Builder, s3: Any, tmp_path: Path, entries: list[tuple[str, str, bool]]
) -> None:
    filled = [(name.format(folder=tmp_path), text.format(folder=tmp_path), link) for name, text, link in entries]
    s3.put_object(Bucket=BUCKET, Key="in/evil.zip", Body=archive([*filled, ("buildspec.yml", spec("true"), False)]))
    builder.run(source={"type": "S3", "location": f"{BUCKET}/in/evil.zip"})
    assert list(tmp_path.iterdir()) == []


def test_a_source_has_no_file_that_makes_root(builder: Builder, s3: Any) -> None:
    s3.put_object(
        Bucket=BUCKET,
        Key="in/suid.zip",
        Body=archive([("tool", "x", False), ("buildspec.yml", spec("stat -c %a tool"), False)]),
    )
    build = builder.run(source={"type": "S3", "location": f"{BUCKET}/in/suid.zip"})
    assert builder.output(build) == ["755"]


def test_a_buildspec_that_is_a_link_shows_nothing(builder: Builder, s3: Any, secret: Path) -> None:
    s3.put_object(Bucket=BUCKET, Key="in/link.zip", Body=archive([("buildspec.yml", str(secret), True)]))
    build = builder.run(source={"type": "S3", "location": f"{BUCKET}/in/link.zip"})
    assert context(build, "DOWNLOAD_SOURCE")["statusCode"] == "YAML_FILE_ERROR"
    assert "what-only" not in json.dumps(build, default=str) + builder.log(build)


@pytest.mark.slow
def test_what_a_build_writes_into_its_packages_is_gone_for_the_next(builder: Builder) -> None:
    evil = (
        "P=$(python -c 'import pip; print(pip.__file__)'); echo 'print(\"evil\")' >>$P; python -c 'import pip'",
        'find $UV_CACHE_DIR -name "*.py" | head -50 | while read f; do echo "print(\'evil\')" >>$f; done',
        "mkdir -p $NPM_CONFIG_CACHE && echo evil >$NPM_CONFIG_CACHE/evil; echo evil >$UV_CACHE_DIR/evil",
        "echo '[global]' >~/.pip.conf; git config --global core.hooksPath /tmp; echo 'evil' >~/.npmrc",
    )
    first = builder.run(spec(*evil))
    assert first["buildStatus"] == "SUCCEEDED", builder.log(first)
    assert "evil" in builder.output(first)
    look = (
        "python -c 'import pip; print(pip.__version__)'",
        'grep -rl "print(.evil.)" ~ $UV_CACHE_DIR || echo clean; ls -a $UV_CACHE_DIR $NPM_CONFIG_CACHE ~ | grep evil',
        "cat ~/.npmrc 2>/dev/null | grep evil; git config --global core.hooksPath; true",
    )
    second = builder.run(spec(*look))
    said = builder.output(second)
    assert "clean" in said
    assert "evil" not in " ".join(said)


def test_repositories_are_reached_through_git_alone(builder: Builder, world: EmbeddedAws) -> None:
    commit = world.client("codecommit", account=ACCOUNT, region=REGION)
    commit.create_repository(repositoryName="guarded")
    commit.put_file(repositoryName="guarded", branchName="main", fileContent=b"good", filePath="file")
    directory = world.directory / "git"
    bare = directory / ACCOUNT / REGION / "guarded"
    build = builder.run(
        spec(
            f"ls {bare} && echo seen; echo x >{bare}/HEAD && echo broken; ls {directory}/hooks && echo seen; true",
            "git clone -q codecommit://guarded here && cat here/file && cd here",
            "printf '#!/bin/sh\\nexit 0\\n' >.git/hooks/pre-push; git config core.fsmonitor 'echo pwned'",
            "echo better >file && git commit -qam x && git push -q origin HEAD:main",
        )
    )
    assert build["buildStatus"] == "SUCCEEDED", builder.log(build)
    said = builder.output(build)
    assert "seen" not in said
    assert "broken" not in said
    assert "good" in said
    assert commit.get_file(repositoryName="guarded", filePath="file")["fileContent"] == b"better\n"


@pytest.mark.parametrize(
    "trap",
    [
        "for n in $(seq 99); do ln -sfn {secret} $C/$n.sh; done",
        "for n in $(seq 99); do rm -f $C/$n.sh; mkfifo $C/$n.sh; done",
        "mv $C $C.real; ln -s {folder} $C; cp $C.real/commands $C.real/state $C/ 2>/dev/null; true",
    ],
)
def test_the_commands_of_a_build_are_written_into_the_build_alone(builder: Builder, secret: Path, trap: str) -> None:
    find = "C=$(dirname $(dirname $(pwd)))/commands; "
    name = builder.project(spec(find + trap.format(secret=secret, folder=secret.parent), "echo on"), timeoutInMinutes=5)
    world = builder.world
    world.services.codebuild.scheduler.minute = 4.0  # whoever takes its own commands away waits for them in vain
    try:
        builder.wait(builder.api.start_build(projectName=name)["build"]["id"])
    finally:
        world.services.codebuild.scheduler.minute = 60.0
    assert secret.read_text() == SECRET
    assert [path.name for path in secret.parent.iterdir()] == ["secret"]


def test_a_shell_that_ends_does_not_come_back_elsewhere(builder: Builder, secret: Path) -> None:
    traps = "".join(f"rm -rf $B/{name}; ln -s {secret.parent} $B/{name}; " for name in ("tmp", "home/.tmp", "cache"))
    build = builder.run(
        spec(
            f"B=$(dirname $(dirname $(pwd))); {traps} mkdir -p /tmp/pytest-of-root; exit 0",
            f"cat /tmp/secret $TMPDIR/secret {secret} 2>/dev/null; echo evil >$TMPDIR/secret; ls /var/tmp; true",
        )
    )
    assert "what-only" not in builder.log(build)
    assert secret.read_text() == SECRET


def test_a_push_is_reported_by_hooks_alone(world: EmbeddedAws) -> None:
    commit = world.client("codecommit", account=ACCOUNT, region=REGION)
    commit.create_repository(repositoryName="reported")
    moved: list[Any] = []
    world.services.codecommit.on_move(moved.append)
    call = world.services.codecommit.operations()["GitPush"]
    who = world.accounts.add(ACCOUNT)
    from rehearsal.api import ApiError, Caller

    params = {"stage": "post-receive", "accountId": ACCOUNT, "repositoryName": "reported",
              "changes": [["0" * 40, "1" * 40, "refs/heads/main"]]}  # fmt: skip
    for proof in ({}, {"proof": ""}, {"proof": "guess"}):
        with pytest.raises(ApiError, match="only the hook"):
            call(Caller(ACCOUNT, REGION, who.arn, who.access_key), params | proof)
    assert moved == []
    with pytest.raises(ClientError):
        commit.get_branch(repositoryName="reported", branchName="main")
