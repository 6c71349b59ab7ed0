"""The CDK's asset bundling without a container: what its commands do to the mounted folders, and what is refused."""

from __future__ import annotations

import json
import zipfile
from pathlib import Path

import pytest

from rehearsal.docker import bundling
from rehearsal.docker.bundling import BundlingImages, is_bundling
from rehearsal.docker.bundling_commands import Bundle, Mount, commands
from rehearsal.docker.problems import DockerError
from rehearsal.docker.run_commands import CannotRun

IMAGE = f"cdk-{'0123456789abcdef' * 4}"
# as aws-cdk-lib writes it; the images are those of Lambda's runtimes
DOCKERFILE = 'ARG IMAGE=public.ecr.aws/sam/build-python3.7\nFROM $IMAGE\nRUN yum -q install rsync\nCMD [ "python" ]\n'


class Bundling:
    """An asset, and what comes of `docker run` for it."""

    def __init__(self, folder: Path) -> None:
        self.source, self.output, self.home = folder / "source", folder / "output", folder / "home"
        for each in (self.source, self.output, self.home):
            each.mkdir()
        (self.source / "handler.py").write_text("1")
        (self.source / "deep").mkdir()
        (self.source / "deep" / "data.txt").write_text("2")
        self.images = BundlingImages(self.home)
        self.said: list[str] = []

    def run(self, script: str, *more: str, image: str = "public.ecr.aws/sam/build-python3.11") -> None:
        """As the CDK calls docker."""
        mounts = ["-v", f"{self.source}:/asset-input:delegated", "-v", f"{self.output}:/asset-output:delegated"]
        words = ["--rm", "-u", "0:0", *mounts, *more, "-w", "/asset-input", image, "bash", "-c", script]
        bundling.run(self.images, words, "uv", self.said.append)

    @property
    def made(self) -> set[str]:
        """The files of the output."""
        return {path.relative_to(self.output).as_posix() for path in self.output.rglob("*") if path.is_file()}


@pytest.fixture
def asset(tmp_path: Path) -> Bundling:
    return Bundling(tmp_path)


def test_the_last_from_with_its_arguments_is_the_base(tmp_path: Path) -> None:
    images = BundlingImages(tmp_path)
    assert is_bundling(IMAGE)
    assert not is_bundling(f"cdkasset-{'0' * 64}")
    assert images.base(IMAGE) is None
    assert images.add(IMAGE, DOCKERFILE, {"IMAGE": "public.ecr.aws/sam/build-python3.12"}).endswith("python3.12")
    assert images.base(f"{IMAGE}:latest") == "public.ecr.aws/sam/build-python3.12"


def test_an_image_that_was_not_built_is_not_there(asset: Bundling) -> None:
    with pytest.raises(DockerError, match="Unable to find image"):
        asset.run("true", image=IMAGE)


def test_files_are_copied_as_rsync_does_it(asset: Bundling) -> None:
    (asset.source / "link.py").symlink_to("handler.py")
    asset.run("rsync -rLv --exclude='deep' /asset-input/ /asset-output && cd /asset-output")
    assert asset.made == {"handler.py", "link.py"}
    assert not (asset.output / "link.py").is_symlink()
    assert asset.said[0].startswith("[rehearsal] bundling as in public.ecr.aws/sam/build-python3.11, without")


def test_a_zip_of_the_same_files_has_the_same_bytes(asset: Bundling) -> None:
    asset.run("zip -r /asset-output/app.zip .")
    first = (asset.output / "app.zip").read_bytes()
    assert sorted(zipfile.ZipFile(asset.output / "app.zip").namelist()) == ["deep/data.txt", "handler.py"]
    (asset.source / "handler.py").touch()
    asset.run("zip -rq /asset-output/app.zip *")
    assert (asset.output / "app.zip").read_bytes() == first


def test_texts_are_written_and_variables_known(asset: Bundling) -> None:
    script = """set -e; export NAME=x; cd /asset-output; echo '{"a":"b c"}' > package.json; echo $NAME-$GIVEN > name"""
    asset.run(script, "--env", "GIVEN=y")
    assert json.loads((asset.output / "package.json").read_text()) == {"a": "b c"}
    assert (asset.output / "name").read_text() == "x-y\n"


@pytest.mark.programs
def test_programs_of_this_machine_change_files(asset: Bundling) -> None:
    asset.run("mkdir -p /asset-output/python && cp -au . /asset-output/python && rm -rf /asset-output/python/deep")
    assert asset.made == {"python/handler.py"}


@pytest.mark.programs
def test_paths_out_of_the_folder_are_those_of_the_command(asset: Bundling) -> None:
    asset.run("cp -r . ../asset-output && cd deep && cp ../handler.py -t../../asset-output/deep")
    assert asset.made == {"handler.py", "deep/data.txt", "deep/handler.py"}
    asset.run("cd /asset-output && ln -s ../handler.py deep/link")
    assert (asset.output / "deep" / "link").read_text() == "1"


def test_texts_are_added_to_files(asset: Bundling) -> None:
    asset.run("echo a > /asset-output/x && echo b >> /asset-output/x; echo c >> /asset-output/y")
    assert [(asset.output / name).read_text() for name in "xy"] == ["a\nb\n", "c\n"]


@pytest.mark.parametrize(
    ("script", "said"),
    [
        ("curl https://example.com", "bundling: curl: the rehearsal carries out"),
        ("poetry export --format requirements.txt", "bundling: poetry: the rehearsal carries out"),
        ("cp /etc/passwd /asset-output", "got the path /etc/passwd, expected one in /asset-output, /asset-input or"),
        ("cd .. && cd .. && rm -rf home", "got the path .., expected"),
        ("echo a | tee /asset-output/x", "'|' of a shell is not carried out"),
        ('mkdir "$(pwd)"', "of a shell is not carried out"),
        ("ls > /asset-output/list", "ls with >: the rehearsal carries out echo TEXT > FILE"),
        ("ls >> /asset-output/list", "ls with >: the rehearsal carries out echo TEXT > FILE"),
        ("echo >", "echo with >: the rehearsal carries out echo TEXT > FILE"),
        ("cp handler.py -t/etc", "got the path /etc, expected one in /asset-output"),
        ("cp handler.py ../elsewhere", "got the path ../elsewhere, expected one in /asset-output"),
        ("zip -e /asset-output/a.zip .", "the rehearsal carries out zip -r ARCHIVE"),
        ("pip wheel .", "pip wheel: the rehearsal carries out pip install"),
        ("npm run build", "bundling: npm: the rehearsal carries out"),
    ],
)
def test_what_is_not_carried_out_is_refused_by_name(asset: Bundling, script: str, said: str) -> None:
    with pytest.raises(DockerError) as caught:
        asset.run(script)
    assert said in str(caught.value)
    assert asset.made == set()


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--volumes-from", "x", "alpine", "true"], "unrecognized arguments"),
        (["-v", "/a:/asset-output", "alpine"], "not the image's own program"),
        (["alpine", "true"], "with /asset-output mounted by -v"),
        (["-v", "name:/asset-output", "alpine", "true"], "mounts folders only"),
        (["-v", "/a:/asset-output", "alpine", "bash", "x.sh"], "expected a shell with -c and a script"),
    ],
)
def test_other_calls_of_docker_run_are_refused(tmp_path: Path, words: list[str], said: str) -> None:
    with pytest.raises(DockerError, match=said):
        bundling.run(BundlingImages(tmp_path), words, "uv", print)


def test_paths_go_where_the_longest_mount_is(tmp_path: Path) -> None:
    mounts = [Mount("/asset-input/lib", tmp_path / "lib"), Mount("/asset-input", tmp_path / "in")]
    bundle = Bundle(mounts, "/asset-input", {}, None, "uv")
    assert bundle.place("lib/x") == tmp_path / "lib" / "x"
    assert bundle.argument("--outfile=/asset-input/a/") == f"--outfile={tmp_path}/in/a/"
    assert bundle.argument("relative") == "relative"
    with pytest.raises(CannotRun, match="expected one in"):
        bundle.place("/asset-input-other/x")


def test_scripts_are_taken_apart() -> None:
    assert list(commands("a 'b && c';\nd \\\n e && f")) == [["a", "'b && c'"], ["d", "e"], ["f"]]
