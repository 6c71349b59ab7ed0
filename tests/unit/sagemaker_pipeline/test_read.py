"""Parameters and configuration files as one: what is taken and what is refused, everything at once."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from model_cicd.sagemaker_pipeline.environment import local_paths, read_environment
from model_cicd.sagemaker_pipeline.parameters import CONFIG_KEYS, OPTION_KEYS

from .conftest import Read, Refused, environment

EXAMPLES = Path(__file__).parents[4] / "shared" / "examples"
ACCOUNTS = {"account-2": "222222222222", "account-3": "333333333333"}


@pytest.mark.parametrize("name", ["minimal", "comprehensive"])
def test_the_accelerators_samples_word_for_word(read: Read, name: str) -> None:
    path = EXAMPLES / f"sagemaker-pipeline-{name}.yaml"
    if not path.exists():
        pytest.skip("the example is not here")
    sample = yaml.safe_load(path.read_text())
    made = read(sample | {"context": ACCOUNTS})
    assert [step.name for step in made.config.pipeline.steps] == [each["name"] for each in sample["pipeline"]["steps"]]
    if name == "comprehensive":
        assert (made.head.pre_prod_account_id, made.head.prod_account_id) == tuple(ACCOUNTS.values())
        assert made.head.domain_arn == "arn:aws:sagemaker:us-east-1:111111111111:domain/d-test123"


def test_every_problem_at_once(refused: Refused, parameters: dict[str, Any]) -> None:
    step = parameters["pipeline"]["steps"][0]
    step["processing"] |= {"scriptS3Uri": "file:scripts/prepair.py", "instanceType": "m5.large"}
    parameters |= {"prodAccountId": "12", "customTags": {"a": 1}, "contxt": {}, "organizationId": "acme"}
    del parameters["projectName"]
    names = [line.split(":")[0].removeprefix("SEEDFARMER_PARAMETER_") for line in refused(parameters)]
    assert names == ["CONTXT", "CUSTOM_TAGS", "ORGANIZATION_ID", "PIPELINE", "PROD_ACCOUNT_ID", "PROJECT_NAME"]


def test_a_missing_script_is_named(refused: Refused, parameters: dict[str, Any]) -> None:
    parameters["pipeline"]["steps"][0]["processing"]["scriptS3Uri"] = "file:scripts/prepair.py"
    (problem,) = refused(parameters)
    assert "pipeline.steps[0].processing.scriptS3Uri" in problem
    assert "'scripts/prepair.py' does not exist (did you mean 'scripts/prepare.py'?)" in problem


def test_a_misspelt_key_of_a_step(refused: Refused, parameters: dict[str, Any]) -> None:
    parameters["pipeline"]["steps"][0]["processing"]["imageUrl"] = "x"
    (problem,) = refused(parameters)
    assert problem.startswith("SEEDFARMER_PARAMETER_PIPELINE: pipeline.steps[0].processing.imageUrl: unknown key")
    assert "did you mean 'imageUri'?" in problem


def test_bad_json_is_one_problem(bundle: Path) -> None:
    env = environment({"projectName": "price"}) | {"SEEDFARMER_PARAMETER_PIPELINE": "{"}
    with pytest.raises(Exception, match="not valid JSON") as error:
        read_environment(env, bundle)
    assert len(str(error.value).splitlines()) == 1


class TestConfigFile:
    @pytest.fixture
    def file(self, bundle: Path, parameters: dict[str, Any]) -> Path:
        path = bundle / "configs" / "price.yaml"
        path.parent.mkdir()
        parameters["pipeline"]["steps"][0]["processing"]["scriptS3Uri"] = "file:prepare.py"
        path.write_text("# the configuration\n" + yaml.safe_dump(parameters, sort_keys=False))
        (path.parent / "prepare.py").write_text("print('ready')\n")
        return path

    def test_it_stands_in_the_place_of_the_parameters(self, bundle: Path, file: Path) -> None:
        made, _, directory = read_environment(environment({"configFile": "configs/price.yaml"}), bundle)
        assert made.head.project_name == "price"
        assert local_paths(made.config, directory) == {"file:prepare.py": file.parent / "prepare.py"}

    def test_problems_are_in_its_lines(self, refused: Refused, file: Path) -> None:
        file.write_text(file.read_text().replace("projectName: price", "projectName: a b"))
        (problem,) = refused({"configFile": "configs/price.yaml"})
        assert problem.startswith(f"{file}:2: projectName: got 'a b'")

    def test_not_both(self, refused: Refused, file: Path) -> None:
        assert file.exists()
        assert refused({"configFile": "configs/price.yaml", "projectName": "price"}) == [
            "SEEDFARMER_PARAMETER_PROJECT_NAME: projectName: got it beside configFile, expected it in that file only"
        ]

    @pytest.mark.parametrize("name", ["../price.yaml", "/etc/price.yaml"])
    def test_only_files_of_the_bundle(self, refused: Refused, name: str) -> None:
        assert any("configFile: got" in line or "cannot be read" in line for line in refused({"configFile": name}))


@pytest.mark.parametrize(
    ("more", "expected"),
    [
        ({"existingBucketName": "models"}, "existingBucketName: got existingBucketName without existingBucketKeyArn"),
        (
            {
                "existingBucketName": "models",
                "existingBucketKeyArn": "arn:aws:kms:eu-west-1:111111111111:key/k",
            },
            "existingBucketKeyArn: got a key in 'eu-west-1', expected one in 'us-east-1'",
        ),
        (
            {"existingBucketName": "models", "existingBucketKeyArn": "arn:aws:kms:us-east-1:111111111111:alias/a"},
            "existingBucketKeyArn: got 'arn:aws:kms:us-east-1:111111111111:alias/a', expected the ARN of a KMS key",
        ),
        ({"modelExecutionRoleName": "serve"}, "modelExecutionRoleName: got a role that nothing is shared with"),
        ({"createModelPackageGroup": False, "modelPackageGroupName": None}, "got false without a model package group"),
        (
            {
                "createModelPackageGroup": False,
                "prodAccountId": "333333333333",
                "existingBucketName": "models",
                "existingBucketKeyArn": "arn:aws:kms:us-east-1:111111111111:key/k",
            },
            "prodAccountId: neither bucket nor model package group is this module's",
        ),
    ],
)
def test_rules_between_parameters(
    refused: Refused, parameters: dict[str, Any], more: dict[str, Any], expected: str
) -> None:
    parameters |= more
    (problem,) = refused({name: value for name, value in parameters.items() if value is not None})
    assert expected in problem


def test_a_model_needs_a_group(refused: Refused, parameters: dict[str, Any]) -> None:
    del parameters["modelPackageGroupName"]
    register = {
        "imageUri": "xgboost:1.7-1",
        "modelDataStep": "Train",
        "contentTypes": ["a/b"],
        "responseTypes": ["a/b"],
    }
    training = {
        "imageUri": "xgboost:1.7-1",
        "instanceType": "ml.m5.xlarge",
        "hyperparameters": {"num_round": 1},
        "inputChannels": [{"channelName": "train", "stepOutput": "Prepare.train"}],
    }
    parameters["pipeline"]["steps"] += [
        {"name": "Train", "type": "Training", "training": training},
        {"name": "Register", "type": "RegisterModel", "register": register},
    ]
    (problem,) = refused(parameters)
    assert "pipeline.steps[2].register: no model package group to register in" in problem


def test_names_of_parameters_are_what_seedfarmer_makes_variables_of() -> None:
    utils = pytest.importorskip("seedfarmer.utils")
    from model_cicd.settings.seedfarmer import variable

    for name in (*CONFIG_KEYS, *OPTION_KEYS):
        assert variable(name) == f"SEEDFARMER_PARAMETER_{utils.upper_snake_case(name)}"
