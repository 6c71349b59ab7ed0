"""The module sagemaker-pipeline in a manifest: its parameters, its files, its configuration, each in its own line."""

from __future__ import annotations

import pytest

from .conftest import Project

MODELS = "manifests/models.yaml"
MODULE = """\
name: price
path: modules/sagemaker/sagemaker-pipeline
targetAccount: tooling
dataFiles:
  - filePath: scripts/prepare.py
parameters:
  - name: projectName
    value: price
  - name: prodAccountId
    value: '{{context:live}}'
  - name: context
    value:
      live: '222222222222'
  - name: pipeline
    value:
      steps:
        - name: Prepare
          type: Processing
          processing:
            imageUri: xgboost:1.7-1
            instanceType: ml.m5.xlarge
            scriptS3Uri: file:scripts/prepare.py
            outputs:
              - outputName: train
"""
CONFIG = """\
# the configuration
projectName: price
pipeline:
  steps:
    - name: Prepare
      type: Processing
      processing:
        imageUri: xgboost:1.7-1
        instanceType: ml.m5.xlarge
        outputs:
          - outputName: train
"""
WITH_FILE = """\
name: price
path: modules/sagemaker/sagemaker-pipeline
targetAccount: tooling
dataFiles:
  - filePath: configs/price.yaml
parameters:
  - name: config-file
    value: configs/price.yaml
"""


@pytest.fixture
def declared(project: Project) -> Project:
    (project.folder / "modules/sagemaker/sagemaker-pipeline").mkdir()
    project.write(MODELS, MODULE)
    project.write("scripts/prepare.py", "print('ready')\n")
    return project


@pytest.mark.parametrize("path", ["manifests/deployment.yaml", MODELS])
def test_a_good_one(declared: Project, path: str) -> None:
    assert declared.check(path) == []


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("projectName", "projectNmae", f"{MODELS}:7: parameters[0].name: 'projectNmae': unknown key"),
        ("      live: ", "      life: ", f"{MODELS}:10: prodAccountId: no value is given for the placeholder"),
        ("imageUri", "imageUrl", f"{MODELS}:20: pipeline.steps[0].processing.imageUrl: unknown key"),
        ("ml.m5.xlarge", "m5.xlarge", f"{MODELS}:21: pipeline.steps[0].processing.instanceType: got 'm5.xlarge'"),
        (
            "file:scripts/prepare.py",
            "file:scripts/prepair.py",
            f"{MODELS}:22: pipeline.steps[0].processing.scriptS3Uri: got 'scripts/prepair.py', expected a file of the "
            "module's folder or one of its dataFiles (did you mean 'scripts/prepare.py'?)",
        ),
        (
            "filePath: scripts/prepare.py",
            "filePath: scripts/gone.py",
            f"{MODELS}:5: dataFiles[0].filePath: got 'scripts/gone.py', expected a file of the repository",
        ),
    ],
)
def test_problems_stand_where_they_are(declared: Project, old: str, new: str, expected: str) -> None:
    declared.change(MODELS, old, new)
    assert any(problem.startswith(expected) for problem in declared.check())


def test_an_account_without_quotes(declared: Project) -> None:
    declared.change(MODELS, "'{{context:live}}'", "012345670123")
    assert declared.check() == [
        f"{MODELS}:10: prodAccountId: got 012345670123 without quotes, which YAML reads as the number 1402433619; "
        "expected '012345670123', in quotes"
    ]


def test_what_seedfarmer_fills_in_is_no_problem(declared: Project) -> None:
    declared.change(MODELS, "    value: '{{context:live}}'", "    valueFrom: {envVariable: LIVE}")
    declared.change(MODELS, "    value:\n      live: '222222222222'", "    valueFrom: {envVariable: ACCOUNTS}")
    declared.append(MODELS, "  - name: existing-bucket-name\n    value: ${BUCKET}\n")
    declared.append(MODELS, "  - {name: existingBucketKeyArn, valueFrom: {parameterStore: /mlops/key}}\n")
    assert declared.check() == []


def test_a_copy_of_the_module_is_known_by_its_parameters(declared: Project) -> None:
    (declared.folder / "modules/copied").mkdir()
    declared.change(MODELS, "modules/sagemaker/sagemaker-pipeline", "modules/copied")
    declared.change(MODELS, "ml.m5.xlarge", "m5.xlarge")
    assert len(declared.check()) == 1


class TestConfigFile:
    @pytest.fixture
    def project(self, declared: Project) -> Project:
        declared.write(MODELS, WITH_FILE)
        declared.write("configs/price.yaml", CONFIG)
        return declared

    def test_it_is_read(self, project: Project) -> None:
        assert project.check() == []

    def test_problems_are_in_its_own_lines(self, project: Project) -> None:
        project.change("configs/price.yaml", "ml.m5.xlarge", "m5.xlarge")
        (problem,) = project.check()
        assert problem.startswith("configs/price.yaml:9: pipeline.steps[0].processing.instanceType: got 'm5.xlarge'")

    def test_it_has_to_be_in_the_bundle(self, project: Project) -> None:
        project.change(MODELS, "    value: configs/price.yaml", "    value: configs/prices.yaml")
        (problem,) = project.check()
        assert problem.startswith(f"{MODELS}:8: configFile: got 'configs/prices.yaml', expected a file of the module's")

    def test_its_scripts_have_to_be_in_the_bundle(self, project: Project) -> None:
        project.change("configs/price.yaml", "        outputs", "        scriptS3Uri: file:prepare.py\n        outputs")
        project.write("configs/prepare.py", "print('ready')\n")
        (problem,) = project.check()
        assert "got 'configs/prepare.py', expected a file of the module's folder or one of its dataFiles" in problem
        project.change(MODELS, "parameters:", "  - filePath: configs/prepare.py\nparameters:")
        assert project.check() == []

    def test_not_beside_parameters(self, project: Project) -> None:
        project.append(MODELS, "  - {name: project-name, value: price}\n")
        (problem,) = project.check()
        assert problem.startswith(f"{MODELS}:9: projectName: got it beside configFile")
