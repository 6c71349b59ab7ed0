"""The module sagemaker-pipeline as Seed-Farmer takes it: links, bundle with data files, deployspec, README."""

from __future__ import annotations

import filecmp
import json
import re
import subprocess
from collections.abc import Callable
from pathlib import Path
from subprocess import CompletedProcess
from typing import Any

import pytest
import yaml

from model_cicd.sagemaker_pipeline.parameters import CONFIG_KEYS, OPTION_KEYS

LINKS = (
    "cdk.json",
    "cfn_template",
    "iam_policy",
    "model_cicd",
    "package-lock.json",
    "package.json",
    "requirements.txt",
)
FILES = ("README.md", "app.py", "deployspec.yaml")
Run = Callable[..., CompletedProcess[str]]


@pytest.fixture(scope="session")
def module(root: Path) -> Path:
    return root / "modules" / "sagemaker" / "sagemaker-pipeline"


@pytest.fixture(scope="session")
def manifest(root: Path) -> dict[str, Any]:
    """The module of the repository's own manifest."""
    text = (root / "manifests" / "sagemaker-pipeline" / "pipelines-modules.yaml").read_text(encoding="utf-8")
    loaded: dict[str, Any] = yaml.safe_load(text)
    return loaded


def as_variables(manifest: dict[str, Any]) -> dict[str, Any]:
    """Parameters under the names that environment variables are made of."""
    return {re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "-", each["name"]): each["value"] for each in manifest["parameters"]}


class TestFolder:
    @pytest.mark.parametrize("name", LINKS)
    def test_links_lead_to_the_repository(self, module: Path, root: Path, name: str) -> None:
        link = module / name
        assert str(link.readlink()) == f"../../../{name}"
        assert link.resolve() == root / name

    def test_it_holds_nothing_else(self, module: Path) -> None:
        assert {path.name for path in module.iterdir() if path.name != "cdk.out"} == {*LINKS, *FILES}

    def test_git_keeps_the_links(self, module: Path, root: Path) -> None:
        command = ["git", "ls-files", "--stage", str(module)]
        listed = subprocess.run(command, cwd=root, capture_output=True, text=True, check=False)
        modes = {line.split("\t")[1].rpartition("/")[2]: line.split()[0] for line in listed.stdout.splitlines()}
        if listed.returncode or not modes:
            pytest.skip("not in a git work tree, or not added to it yet")
        assert {name: modes.get(name) for name in LINKS} == dict.fromkeys(LINKS, "120000")
        assert {name: modes.get(name) for name in FILES} == dict.fromkeys(FILES, "100644")


@pytest.mark.slow
class TestBundle:
    @pytest.fixture(scope="class")
    def unpacked(
        self, module: Path, root: Path, manifest: dict[str, Any], tmp_path_factory: pytest.TempPathFactory
    ) -> Path:
        """What Seed-Farmer's own code zips, with the data files, unzipped elsewhere."""
        bundle = pytest.importorskip("seedfarmer.mgmt.bundle")
        where = tmp_path_factory.mktemp("bundle")
        files = [(str(root / each["filePath"]), f"module/{each['filePath']}") for each in manifest["dataFiles"]]
        with pytest.MonkeyPatch.context() as patch:
            patch.chdir(where)
            archive = bundle.generate_bundle(dirs=[(str(module), "module")], files=files, bundle_id="test")
        bundle.extract_zip(archive, str(where / "elsewhere"))
        found = where / "elsewhere" / "bundle" / "module"
        assert not [path for path in found.rglob("*") if path.is_symlink()]
        return found

    def test_it_synthesizes_what_the_folder_does(
        self, module: Path, unpacked: Path, tmp_path: Path, run_app: Run, manifest: dict[str, Any]
    ) -> None:
        parameters = as_variables(manifest)
        parameters["pipeline"] = json.loads(json.dumps(parameters["pipeline"]).replace("file:", "s3://bucket/"))
        for place, out in ((module, tmp_path / "folder"), (unpacked, tmp_path / "bundle")):
            done = run_app(place, out, parameters, PYTHONHASHSEED=str(len(out.name)))
            assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
        names = {path.name for path in (tmp_path / "folder").iterdir()}
        assert names == {path.name for path in (tmp_path / "bundle").iterdir()}
        assert len([name for name in names if name.endswith(".template.json")]) == 1
        differ = filecmp.cmpfiles(tmp_path / "folder", tmp_path / "bundle", names, shallow=False)[1:]
        assert differ == ([], [])

    def test_data_files_are_published_under_their_names(
        self, unpacked: Path, tmp_path: Path, run_app: Run, manifest: dict[str, Any]
    ) -> None:
        done = run_app(unpacked, tmp_path / "out", as_variables(manifest))
        assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
        (assets,) = (tmp_path / "out").glob("*.assets.json")
        keys = [
            place["objectKey"]
            for each in json.loads(assets.read_text())["files"].values()
            for place in each["destinations"].values()
        ]
        names = {Path(each["filePath"]).name for each in manifest["dataFiles"]}
        assert {key.rpartition("/")[2] for key in keys if key.startswith("model-cicd/")} == names

    def test_a_file_that_did_not_come_along_is_named(
        self, module: Path, tmp_path: Path, run_app: Run, manifest: dict[str, Any]
    ) -> None:
        done = run_app(module, tmp_path / "out", as_variables(manifest))
        assert (done.returncode, done.stdout) == (1, "")
        assert "SEEDFARMER_PARAMETER_PIPELINE: pipeline.steps[0].processing.scriptS3Uri: the local file" in done.stderr
        assert "Traceback" not in done.stderr


def test_starting_loads_neither_cdk_nor_boto3(root: Path) -> None:
    import sys

    for start in ("model_cicd.sagemaker_pipeline.app", "model_cicd.sagemaker_pipeline.definition_key"):
        code = f"import sys, {start}; print([name for name in ('aws_cdk', 'jsii', 'boto3') if name in sys.modules])"
        done = subprocess.run([sys.executable, "-c", code], cwd=root, capture_output=True, text=True, check=True)
        assert done.stdout.strip() == "[]"


def test_seedfarmer_reads_the_deployspec(module: Path) -> None:
    models = pytest.importorskip("seedfarmer.models._deploy_spec")
    spec = models.DeploySpec(**yaml.safe_load((module / "deployspec.yaml").read_text()))
    assert spec.publish_generic_env_variables is True
    build = spec.deploy.phases.build.commands
    order = [
        "node_modules/.bin/cdk synth --quiet",
        "python -m model_cicd.cli access --app cdk.out --check",
        "python -m model_cicd.adopt",
        "python -m model_cicd.sagemaker_pipeline.definition_key",
    ]
    assert build[:4] == order
    assert " deploy --all --app cdk.out " in build[4]
    assert spec.destroy.phases.build.commands == ["node_modules/.bin/cdk destroy --all --force"]


class TestReadme:
    @pytest.fixture(scope="class")
    def readme(self, module: Path) -> str:
        return (module / "README.md").read_text(encoding="utf-8")

    @pytest.mark.parametrize(("heading", "names"), [("Configuration", CONFIG_KEYS), ("Options", OPTION_KEYS)])
    def test_every_parameter_has_a_row(self, readme: str, heading: str, names: tuple[str, ...]) -> None:
        found = re.search(rf"^#+ {heading}\n(.*?)(?=^#+ |\Z)", readme, re.MULTILINE | re.DOTALL)
        assert found, heading
        assert tuple(re.findall(r"^\| `(\w+)` \|", found[1], re.MULTILINE)) == names

    def test_the_sample_manifest_is_valid(self, readme: str, tmp_path: Path) -> None:
        from model_cicd.check.files import check

        found = re.search(r"### Sample manifest\n.*?```yaml\n(.*?)```", readme, re.DOTALL)
        assert found
        (tmp_path / "sample-modules.yaml").write_text(found[1], encoding="utf-8")
        assert check([tmp_path / "sample-modules.yaml"]).problems == ()

    def test_the_metadata_and_the_parameters_are_those_of_the_stack(self, readme: str) -> None:
        from model_cicd.sagemaker_pipeline.outputs import module_metadata, published_facts
        from model_cicd.sagemaker_pipeline.parameters import ConfigHead, ModuleOptions
        from model_cicd.sagemaker_pipeline.topology import build_pipeline
        from model_cicd.settings.context import ModuleContext

        found = re.search(r"```json\n(.*?)```", readme, re.DOTALL)
        assert found
        example = json.loads(found[1])
        accounts = {"preProdAccountId": "123456789016", "prodAccountId": "123456789017"}
        head = ConfigHead.model_validate({"projectName": "churn", "modelPackageGroupName": "churn", **accounts})
        context = ModuleContext("mlops", "prod", "models-churn", "123456789012", "us-east-1")
        topology = build_pipeline(head, ModuleOptions.model_validate({}), context)
        assert example == module_metadata(topology, key_id=example["KeyId"], key_arn=example["KeyArn"])
        rows = re.findall(r"^\| `([a-z-]+)`(?:, `([a-z-]+)`)? \|", readme, re.MULTILINE)
        names = {name for row in rows for name in row if name}
        assert set(published_facts(topology, "k")) <= names
