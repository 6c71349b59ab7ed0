"""Every rule by an example that breaks it, and the good pipelines that none of them may refuse."""

from __future__ import annotations

from pathlib import Path

import pytest

from model_cicd.pipeline.checks import check_document, parse_config
from model_cicd.pipeline.steps.processing import ProcessingConfig
from model_cicd.text.errors import ProblemsError
from model_cicd.text.source import load, parse

REPOSITORY = Path(__file__).parents[3]
EXAMPLES = REPOSITORY.parent / "shared" / "examples"

GOOD = """projectName: churn
pipeline:
  parameters:
    - {name: Kind, type: String, defaultValue: ml.m5.large, enumValues: [ml.m5.large, ml.m5.xlarge]}
    - {name: Rounds, type: Integer, defaultValue: 5}
    - {name: Limit, type: Float, defaultValue: 2}
    - {name: Alone, type: Boolean, defaultValue: true}
  steps:
    - name: Prepare
      type: Processing
      cache: {enabled: true, expireAfter: P30D}
      processing:
        imageUri: xgboost:1.7-1
        instanceType: {parameter: Kind}
        enableNetworkIsolation: {parameter: Alone}
        scriptS3Uri: s3://bucket/prepare.py
        inputs: [{inputName: data, s3Uri: s3://bucket/data.csv}]
        outputs: [{outputName: train}, {outputName: report}]
        propertyFiles: [{propertyFileName: Report, outputName: report, filePath: report.json}]
    - name: Train
      type: Training
      training:
        imageUri: xgboost:1.7-1
        instanceType: ml.m5.large
        hyperparameters: {num_round: {parameter: Rounds}, eta: 0.1}
        inputChannels: [{channelName: train, stepOutput: Prepare.train}]
    - name: Gate
      type: Condition
      condition:
        conditions:
          - {operator: LessThan, stepName: Prepare, propertyFile: Report, jsonPath: a.b, threshold: {parameter: Limit}}
        ifSteps: [Register]
        elseSteps: [Stop]
    - name: Register
      type: RegisterModel
      register:
        imageUri: xgboost:1.7-1
        modelDataStep: Train
        contentTypes: [text/csv]
        responseTypes: [text/csv]
        modelMetrics: {modelQuality: {stepName: Prepare, propertyFile: Report}}
        customerMetadata: {Mse: {jsonGet: {stepName: Prepare, propertyFile: Report, jsonPath: a.b}}}
    - name: Stop
      type: Fail
      fail: {errorMessage: {join: ["over ", {parameter: Limit}]}}
"""


def problems(text: str) -> list[str]:
    return [str(problem) for problem in check_document(parse(text, "p.yaml"))]


def changed(*replacements: tuple[str, str]) -> str:
    text = GOOD
    for old, new in replacements:
        assert old in text, old
        text = text.replace(old, new)
    return text


def test_a_good_pipeline_has_no_problem() -> None:
    assert problems(GOOD) == []


@pytest.mark.parametrize("name", ["minimal", "comprehensive"])
def test_the_examples_have_no_problem(name: str) -> None:
    path = EXAMPLES / f"sagemaker-pipeline-{name}.yaml"
    if not path.exists():
        pytest.skip("the examples are not there")
    assert check_document(load(path)) == []


def test_the_seeded_pipeline_has_no_problem() -> None:
    assert check_document(load(REPOSITORY / "seedcode" / "model-build" / "pipeline.yaml")) == []


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        (
            "projectName:",
            "projectNam:",
            "p.yaml:1: projectNam: unknown key (did you mean 'projectName'?), expected one of",
        ),
        ("projectName: churn\n", "", "p.yaml:1: projectName: the key is missing"),
        (
            "type: Integer,",
            "type: Integr,",
            "p.yaml:5: pipeline.parameters[1].type: got 'Integr', expected 'String', 'Integer'",
        ),
        ("name: Rounds,", "name: Kind,", "p.yaml:5: pipeline.parameters[1].name: the parameter 'Kind' stands twice"),
        (
            "defaultValue: 5}",
            "defaultValue: '5'}",
            "p.yaml:5: pipeline.parameters[1].defaultValue: got '5', expected a whole",
        ),
        (
            "defaultValue: 5}",
            "defaultValue: true}",
            "pipeline.parameters[1].defaultValue: got true, expected a whole number",
        ),
        ("defaultValue: ml.m5.large,", "defaultValue: ml.m5.lage,", "got 'ml.m5.lage', expected one of ml.m5.large"),
        (
            "defaultValue: 2}",
            "defaultValue: 2, enumValues: [a]}",
            "only String parameters have enumValues, and Limit is Float",
        ),
        (
            "{parameter: Kind}",
            "{parameter: Knd}",
            "p.yaml:14: pipeline.steps[0].processing.instanceType: unknown parameter 'Knd'",
        ),
        (
            "{parameter: Kind}",
            "{parameter: Rounds}",
            "parameter 'Rounds' is Integer, expected a parameter of type String",
        ),
        ("{parameter: Alone}", "{parameter: Kind}", "parameter 'Kind' is String, expected a parameter of type Boolean"),
        ("{parameter: Alone}", "{paramter: Kind}", "got {paramter}, expected true or false or {parameter: Name}"),
        ("name: Train\n", "name: Prepare\n", "p.yaml:20: pipeline.steps[1].name: the step 'Prepare' stands twice"),
        ("name: Train\n", "name: Tr ain\n", "got 'Tr ain', expected 1 to 64 letters, digits, hyphens and underscores"),
        ("type: Fail\n", "type: Condition\n", "step 'Stop' is of type Condition, expected the key 'condition'"),
        (
            "      fail: {",
            "      training: {}\n      fail: {",
            "pipeline.steps[4].training.imageUri: the key is missing",
        ),
        (
            "      fail: {",
            "      condition: {conditions: [{operator: Equals, stepName: Prepare, propertyFile: Report, jsonPath: a, "
            "threshold: 1}]}\n      fail: {",
            "step 'Stop' is of type Fail, which has the key 'fail' and not 'condition'",
        ),
        ("expireAfter: P30D", "expireAfter: 12h", "cache.expireAfter: got '12h', expected a duration such as"),
        (", expireAfter: P30D", "", "cache: the key is missing: expireAfter"),
        ("      type: Fail\n", "      type: Fail\n      cache: {enabled: true}\n", "a Fail step is never cached"),
        (
            "imageUri: xgboost:1.7-1\n        instanceType: ml",
            "imageUri: xgboost:1.7\n        instanceType: ml",
            "got version '1.7'",
        ),
        (
            "imageUri: xgboost:1.7-1\n        modelData",
            "imageUri: xgbost:1\n        modelData",
            "(did you mean 'xgboost'?)",
        ),
        ("num_round: {parameter: Rounds}, ", "", "the built-in XGBoost algorithm needs the hyperparameter num_round"),
        ("eta: 0.1", "eta: true", "hyperparameters.eta: got true, expected text or a number (quote it in YAML)"),
        (
            "instanceType: ml.m5.large",
            "instanceType: m5.large",
            "got 'm5.large', expected an instance type such as ml.m5.xlarge",
        ),
        (
            "inputName: data",
            "inputName: train",
            "pipeline.steps[0].processing.outputs[0].outputName: the input or output 'train'",
        ),
        ("inputName: data", "inputName: code", "the name 'code' belongs to the script (scriptS3Uri, sourceDir)"),
        ("inputName: data", "inputName: ../x", "got '../x', expected 1 to 64 letters, digits and any of -_."),
        (
            "s3Uri: s3://bucket/data.csv",
            "s3Uri: bucket/data.csv",
            "expected an S3 URI (s3://bucket/key) or a local file",
        ),
        (
            ", s3Uri: s3://bucket/data.csv",
            "",
            "p.yaml:17: pipeline.steps[0].processing.inputs[0]: got neither, expected one of",
        ),
        ("s3://bucket/prepare.py", "{parameter: Kind}", "scriptS3Uri: got an expression, expected a URI"),
        (
            "stepOutput: Prepare.train",
            "stepOutput: Prepare.trian",
            "step 'Prepare' has no output 'trian' (did you mean 'train'?)",
        ),
        ("stepOutput: Prepare.train", "stepOutput: Prepar.train", "unknown step 'Prepar' (did you mean 'Prepare'?)"),
        ("stepOutput: Prepare.train", "stepOutput: Prepare", "got 'Prepare', expected 'Step.output'"),
        (
            "stepOutput: Prepare.train",
            "stepOutput: Train.modelArtifacts",
            "the steps wait for each other in a circle: Train -> Train",
        ),
        (
            "data, s3Uri: s3://bucket/data.csv",
            "data, stepOutput: Train.modelArtifacts",
            "the steps wait for each other in a circle: Prepare -> Train -> Prepare",
        ),
        ("outputName: report, filePath", "outputName: reprt, filePath", "step 'Prepare' has no output 'reprt'"),
        (
            "stepName: Prepare, propertyFile: Report, jsonPath: a.b, threshold",
            "stepName: Prepare, propertyFile: Reprt, jsonPath: a.b, threshold",
            "conditions[0].propertyFile: step 'Prepare' has no property file 'Reprt' (did you mean 'Report'?)",
        ),
        (
            "modelQuality: {stepName: Prepare",
            "modelQuality: {stepName: Train",
            "step 'Train' has no property file 'Report'; its property files: it has none",
        ),
        ("jsonGet: {stepName: Prepare", "jsonGet: {stepName: Nobody", "customerMetadata.Mse: unknown step 'Nobody'"),
        ("jsonGet: {stepName", "jsonGet: {step", "got jsonGet with step, propertyFile, jsonPath, expected"),
        ("operator: LessThan,", "operator: LessThen,", "got 'LessThen', expected 'Equals'"),
        (
            "modelDataStep: Train",
            "modelDataStep: Prepare",
            "step 'Prepare' is of type Processing, expected a Training step",
        ),
        ("elseSteps: [Stop]", "elseSteps: [Register]", "step 'Register' stands in two branches"),
        ("elseSteps: [Stop]", "elseSteps: []", "Fail step 'Stop' stands in no branch of a condition"),
        ("elseSteps: [Stop]", "elseSteps: [Gate]", "the steps wait for each other in a circle: Gate -> Gate"),
        ("      type: Training\n", "      type: Training\n      dependsOn: [Gate]\n", "which no step can wait for"),
        (
            "      type: Training\n",
            "      type: Training\n      dependsOn: [Register]\n",
            "step 'Register' runs only in ifSteps of 'Gate'",
        ),
        ("contentTypes: [text/csv]", "contentTypes: []", "contentTypes: got 0 entries, expected at least 1"),
        ("contentTypes: [text/csv]", "contentTypes: text/csv", "contentTypes: got 'text/csv', expected a list"),
        (
            "{parameter: Limit}]}}",
            "{execution: Id}]}}",
            "got the execution variable 'Id', expected one of PipelineExecutionId",
        ),
        ("s3://bucket/prepare.py", "file:../prepare.py", "expected a path below the directory of the pipeline YAML"),
    ],
)
def test_each_rule_says_where_what_and_what_instead(old: str, new: str, expected: str) -> None:
    found = problems(changed((old, new)))
    assert any(expected in each for each in found), found


def test_all_problems_come_at_once_and_sorted() -> None:
    found = problems(
        changed(
            ("type: Integer,", "type: Integr,"),
            ("instanceType: ml.m5.large", "instanceTyp: ml.m5.large"),
            ("stepOutput: Prepare.train", "stepOutput: Prepare.trian"),
            ("elseSteps: [Stop]", "elseSteps: [Stp]"),
        )
    )
    lines = [int(each.split(":")[1]) for each in found]
    assert lines == sorted(lines)
    assert lines == [5, 24, 26, 33, 43], found


def test_a_mended_key_causes_no_further_complaints_around_it() -> None:
    found = problems(changed(("stepOutput: Prepare.train", "stepOutpt: Prepare.train")))
    assert [each.split(": ")[1] for each in found] == ["pipeline.steps[1].training.inputChannels[0].stepOutpt"]


@pytest.mark.parametrize("text", ["", "[]", "x", "3", "pipeline: 3", "pipeline: {steps: {}}", "pipeline: {steps: [3]}"])
def test_documents_of_another_shape_are_refused_without_a_traceback(text: str) -> None:
    assert problems(text)


def test_local_files_are_looked_for_beside_the_document(tmp_path: Path) -> None:
    (tmp_path / "scripts").mkdir()
    (tmp_path / "scripts" / "prepare.py").write_text("")
    path = tmp_path / "pipeline.yaml"
    path.write_text(changed(("s3://bucket/prepare.py", "file:scripts/prepare.py")))
    assert check_document(load(path)) == []
    path.write_text(changed(("s3://bucket/prepare.py", "file:scripts/prepar.py")))
    [problem] = check_document(load(path))
    assert "'scripts/prepar.py' does not exist (did you mean 'scripts/prepare.py'?)" in problem.message
    path.write_text(changed(("s3://bucket/prepare.py", "file:scripts")))
    [problem] = check_document(load(path))
    assert "is a directory, expected a file" in problem.message


def test_directories_of_code_are_looked_for_beside_the_document(tmp_path: Path) -> None:
    path, code = tmp_path / "pipeline.yaml", tmp_path / "code"
    given = (
        "scriptS3Uri: s3://bucket/prepare.py",
        "sourceDir: file:code, entryPoint: prepare.py".replace(", ", "\n        "),
    )
    path.write_text(changed(given))
    [problem] = check_document(load(path))
    assert "the local directory 'code' does not exist" in problem.message
    code.mkdir()
    (code / "prepar.py").write_text("")
    [problem] = check_document(load(path))
    assert problem.message == "'prepare.py' is no file of 'code' (did you mean 'prepar.py'?)"
    (code / "prepare.py").write_text("")
    assert check_document(load(path)) == []
    (code / "secrets.py").symlink_to("/etc/passwd")
    [problem] = check_document(load(path))
    assert problem.message == "'secrets.py' in 'code' is a link, expected files only"


@pytest.mark.parametrize(
    ("more", "message"),
    [
        (
            "scriptS3Uri: s3://bucket/p.py, sourceDir: s3://bucket/c.tar.gz, entryPoint: a.py",
            "expected one of scriptS3Uri and sourceDir",
        ),
        ("entryPoint: a.py", "the key is missing: sourceDir, which entryPoint comes with"),
        ("sourceDir: s3://b/c.zip, entryPoint: a.py", "expected an S3 URI of an archive (s3://bucket/key.tar.gz)"),
        ("sourceDir: s3://b/c.tar.gz, entryPoint: ../a.py", "expected the path of a .py file in sourceDir"),
    ],
)
def test_code_of_several_files_is_said_once_and_whole(more: str, message: str) -> None:
    given = more.replace(", ", "\n        ")
    assert [message in each for each in problems(changed(("scriptS3Uri: s3://bucket/prepare.py", given)))] == [True]


def test_placeholders_are_resolved_or_refused_by_name() -> None:
    text = changed(("s3://bucket/data.csv", "'s3://{{ org }}-data-{{context:stage}}/data.csv'"))
    assert problems(text) == []
    config = parse_config(parse(text, "p.yaml"), {"org": "acme", "context:stage": "dev"})
    processing = config.pipeline.steps[0].get(ProcessingConfig)
    assert processing is not None
    assert processing.inputs[0].s3_uri == "s3://acme-data-dev/data.csv"
    with pytest.raises(ProblemsError) as caught:
        parse_config(parse(text, "p.yaml"), {"org": "acme", "context:stge": "dev"})
    assert "p.yaml:17: pipeline.steps[0].processing.inputs[0].s3Uri: no value is given for the placeholder" in str(
        caught.value
    )
    assert "{{context:stage}} (did you mean 'context:stge'?)" in str(caught.value)


def test_what_a_placeholder_becomes_is_checked() -> None:
    text = changed(("instanceType: ml.m5.large", "instanceType: '{{kind}}'"))
    assert problems(text) == []
    with pytest.raises(ProblemsError, match=r"got 'big', expected an instance type"):
        parse_config(parse(text, "p.yaml"), {"kind": "big"})


@pytest.mark.parametrize(
    ("arguments", "default", "index"),
    [
        ("[a, '']", "x", 1),
        ("[{parameter: Label}]", "''", 0),
        ("['{parameter.Label}']", "''", 0),
        ("[a, {join: ['', {parameter: Label}]}]", "''", 1),
        ("['x{parameter.Label}', {parameter: Label}]", "x", None),
    ],
)
@pytest.mark.parametrize("key", ["arguments", "entrypoint"])
def test_no_part_of_a_command_may_be_empty(key: str, arguments: str, default: str, index: int | None) -> None:
    found = problems(
        f"""projectName: empty
pipeline:
  parameters: [{{name: Label, defaultValue: {default}}}]
  steps:
    - name: A
      type: Processing
      processing: {{imageUri: xgboost:1.7-1, instanceType: ml.m5.large, {key}: {arguments}}}
"""
    )
    if index is None:
        assert found == []
    else:
        assert len(found) == 1
        assert f"pipeline.steps[0].processing.{key}[{index}]: got " in found[0]
        assert "which SageMaker refuses when the job starts" in found[0]
