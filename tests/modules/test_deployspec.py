"""What Seed-Farmer runs, and that what it installs is pinned."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
import yaml


def test_seedfarmer_reads_it(root: Path) -> None:
    models = pytest.importorskip("seedfarmer.models._deploy_spec")
    spec = models.DeploySpec(**yaml.safe_load((root / "deployspec.yaml").read_text()))
    assert spec.publish_generic_env_variables is True
    build, destroy = spec.deploy.phases.build.commands, spec.destroy.phases.build.commands
    assert [command for command in build if " deploy " in command] == [
        "node_modules/.bin/cdk deploy --all --app cdk.out --require-approval never --concurrency 4 "
        "--outputs-file cdk-exports.json"
    ]
    # endpoint stacks are made by promotions: the CDK does not know them
    teardown = "python -m model_cicd.promotion.teardown"
    assert destroy == [teardown, "node_modules/.bin/cdk destroy --all --force --concurrency 4", teardown]
    # nothing of a group that left the manifest goes before the rest is deployed
    deploy = next(index for index, command in enumerate(build) if " deploy " in command)
    assert build[deploy + 1 :] == ["python -m model_cicd.operate.departed"]
    # nothing is changed before access is known to be as expected
    assert build[:3] == [
        "node_modules/.bin/cdk synth --quiet",
        "python -m model_cicd.cli access --app cdk.out --check",
        "python -m model_cicd.operate.departed --before",
    ]
    assert build.index("python -m model_cicd.promotion.teardown --failed") < build.index("python -m model_cicd.adopt")


def requirements(path: Path) -> dict[str, str]:
    """The version of each package of a requirements file."""
    pins = re.findall(r"^([\w-]+)==([\w.]+)", path.read_text(encoding="utf-8"), re.MULTILINE)
    return dict(pins)


def test_versions_are_exact(root: Path) -> None:
    wanted = requirements(root / "requirements.in")
    assert set(wanted) == {"aws-cdk-lib", "boto3", "cdk-nag", "constructs", "pydantic", "pyyaml"}
    assert wanted.items() <= requirements(root / "requirements.txt").items()
    package = json.loads((root / "package.json").read_text())
    assert re.fullmatch(r"2\.[\d.]+", package["devDependencies"]["aws-cdk"])
    locked = json.loads((root / "package-lock.json").read_text())["packages"]
    assert all(each["integrity"].startswith("sha512-") for path, each in locked.items() if path)


LOCKED = ("requirements", "model_cicd/runner-requirements", "model_cicd/uv-requirements")


@pytest.mark.parametrize("name", LOCKED)
def test_whatever_builds_install_has_a_hash(root: Path, name: str) -> None:
    """And what it needs in turn is listed, which `--require-hashes` demands."""
    written = (root / f"{name}.txt").read_text(encoding="utf-8")
    blocks = re.split(r"^(?=[a-z])", written, flags=re.MULTILINE)[1:]
    assert len(blocks) >= len(requirements(root / f"{name}.in"))
    assert [block for block in blocks if not re.match(r"[\w-]+==[\w.]+ .*\\\n\s+--hash=sha256:", block)] == []
    assert requirements(root / f"{name}.in").items() <= requirements(root / f"{name}.txt").items()


def builds(root: Path) -> dict[str, list[str]]:
    """The commands of everything that builds on AWS run, by where they are written."""
    from model_cicd.sagemaker_model_cicd.module_files import infra_build_spec
    from model_cicd.sagemaker_model_cicd.stacks.promotion import build_spec

    deployspec = yaml.safe_load((root / "deployspec.yaml").read_text())
    pipeline = yaml.safe_load((root / "modules/sagemaker/sagemaker-pipeline/deployspec.yaml").read_text())
    specs = {
        "deployspec.yaml, deploy": deployspec["deploy"],
        "deployspec.yaml, destroy": deployspec["destroy"],
        "sagemaker-pipeline, deploy": pipeline["deploy"],
        "sagemaker-pipeline, destroy": pipeline["destroy"],
        "infra pipeline": json.loads(infra_build_spec(deployspec)),
        "promotion": json.loads(build_spec(1)),
        "training": yaml.safe_load((root / "seedcode/model-build/buildspec.yml").read_text()),
    }
    return {
        where: [command for phase in spec["phases"].values() for command in phase["commands"]]
        for where, spec in specs.items()
    }


def test_nothing_is_installed_but_what_a_lock_file_names(root: Path) -> None:
    found = builds(root)
    installs = [(where, each) for where, commands in found.items() for each in commands if "install" in each]
    loose = [
        (where, each)
        for where, each in installs
        if "--require-hashes" not in each and '--no-deps ".runner/$MODEL_CICD_RUNNER_FILE"' not in each
    ]
    assert len(installs) >= 9
    assert loose == []
    assert [
        each for commands in found.values() for each in commands if each.startswith("npm ") and " ci " not in each
    ] == []


def test_training_and_promotion_install_the_runner_alike(root: Path) -> None:
    from model_cicd.wheel import INSTALL

    training, promotion = builds(root)["training"], builds(root)["promotion"]
    assert tuple(each.strip() for each in training[: len(INSTALL)]) == INSTALL == tuple(promotion[: len(INSTALL)])


def test_the_synthesis_of_the_tests_uses_the_modules_versions(root: Path) -> None:
    from importlib.metadata import version

    wanted = requirements(root / "requirements.txt")
    assert {name: version(name) for name in wanted} == wanted


def test_every_build_that_runs_the_cdk_names_one_supported_node(root: Path) -> None:
    """Seed-Farmer gives an image's builds a Node of its own choice, 18 of ours, unless the manifest names one."""
    from model_cicd.sagemaker_model_cicd.module_files import infra_build_spec

    runtimes = pytest.importorskip("seedfarmer.commands._runtimes")
    infra = json.loads(infra_build_spec(yaml.safe_load((root / "deployspec.yaml").read_text())))
    wanted = infra["phases"]["install"]["runtime-versions"]["nodejs"]
    manifests = sorted((root / "manifests").glob("*/deployment.yaml"))
    assert len(manifests) == 4
    for path in manifests:
        for target in yaml.safe_load(path.read_text(encoding="utf-8"))["targetAccountMappings"]:
            given = runtimes.get_runtimes(target["codebuildImage"], target.get("runtimeOverrides"))
            assert given["nodejs"] == wanted, path
            assert given["python"] == infra["phases"]["install"]["runtime-versions"]["python"]
