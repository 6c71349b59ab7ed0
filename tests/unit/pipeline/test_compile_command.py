"""`model-cicd compile` as a user meets it."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import tarfile
from pathlib import Path
from typing import Any

import pytest

from model_cicd.cli import main

REPOSITORY = Path(__file__).parents[3]
EXAMPLES = REPOSITORY.parent / "shared" / "examples"
PIPELINE = """projectName: my_project
pipeline:
  parameters:
    - {name: Kind, defaultValue: ml.m5.large, enumValues: [ml.m5.large, ml.m5.xlarge]}
    - {name: Count, type: Integer, defaultValue: 1}
    - {name: Data, defaultValue: s3://bucket/data.csv}
  steps:
    - name: Prepare
      type: Processing
      processing:
        imageUri: 111122223333.dkr.ecr.eu-west-1.amazonaws.com/prepare:1
        instanceType: {parameter: Kind}
        instanceCount: {parameter: Count}
        arguments: ["{{org}}"]
        inputs: [{inputName: data, s3Uri: {parameter: Data}}]
        outputs: [{outputName: out}]
"""


@pytest.fixture
def path(tmp_path: Path) -> Path:
    found = tmp_path / "pipeline.yaml"
    found.write_text(PIPELINE)
    return found


def definition(capsys: pytest.CaptureFixture[str], path: Path, *options: str) -> dict[str, Any]:
    assert main(["compile", str(path), *options]) == 0
    return json.loads(capsys.readouterr().out)  # type: ignore[no-any-return]


@pytest.mark.parametrize("name", ["minimal", "comprehensive"])
def test_the_examples_compile_word_for_word_without_any_option(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    path = EXAMPLES / f"sagemaker-pipeline-{name}.yaml"
    if not path.exists():
        pytest.skip("the examples are not there")
    found = definition(capsys, path)
    assert found["Parameters"][-1]["Name"] == "ArtifactBucket"
    assert (
        found["Parameters"][-1]["DefaultValue"]
        == f"sagemaker-{'test-pipeline-' + ('minimal' if name == 'minimal' else 'project')}"
    )
    assert "RoleArn" not in json.dumps(found)


@pytest.mark.programs
def test_the_command_reads_nothing_but_the_file_and_writes_the_same_bytes(path: Path, tmp_path: Path) -> None:
    code = (
        "import sys, model_cicd.cli\n"
        f"assert model_cicd.cli.main(['compile', {str(path)!r}, '--param', 'org=acme', '-o', sys.argv[1]]) == 0\n"
        "heavy = ('jsii', 'aws_cdk', 'boto3', 'botocore', 'requests')\n"
        "print(sorted(set(heavy) & set(sys.modules)))"
    )
    outputs = [tmp_path / "one.json", tmp_path / "two.json"]
    for seed, output in enumerate(outputs):
        environment = {"PYTHONHASHSEED": str(seed), "PATH": os.environ["PATH"], "ARTIFACT_BUCKET": f"bucket-{seed}"}
        done = subprocess.run(
            [sys.executable, "-c", code, str(output)],
            cwd=REPOSITORY,
            env=environment,
            capture_output=True,
            text=True,
            check=False,
        )
        assert (done.returncode, done.stdout) == (0, "[]\n"), done.stderr
    assert outputs[0].read_bytes() == outputs[1].read_bytes()
    assert b"bucket-0" not in outputs[0].read_bytes()


def test_values_become_defaults_and_placeholders(path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    found = definition(capsys, path, "--param", "Kind=ml.m5.xlarge", "--param", "Count=3", "--param", "org=acme")
    defaults = {each["Name"]: each.get("DefaultValue") for each in found["Parameters"]}
    assert (defaults["Kind"], defaults["Count"]) == ("ml.m5.xlarge", 3)
    assert found["Steps"][0]["Arguments"]["AppSpecification"]["ContainerArguments"] == ["acme"]


def test_outputs_lie_under_pipeline_step_execution_and_output(path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    found = definition(
        capsys, path, "--param", "org=x", "--bucket", "mine", "--kms-key", "alias/k", "--role-arn", "r:o"
    )
    arguments = found["Steps"][0]["Arguments"]
    output = arguments["ProcessingOutputConfig"]
    place = ["s3://mine/my-project/Prepare", {"Get": "Execution.PipelineExecutionId"}, "out"]
    assert output["Outputs"][0]["S3Output"]["S3Uri"] == {"Std:Join": {"On": "/", "Values": place}}
    assert (output["KmsKeyId"], arguments["RoleArn"]) == ("alias/k", "r:o")
    assert [each["Name"] for each in found["Parameters"]] == ["Kind", "Count", "Data"]


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (
            (),
            "pipeline.yaml:14: pipeline.steps[0].processing.arguments[0]: no value is given for the placeholder {{org}",
        ),
        (("--param", "Count=many", "--param", "org=x"), "--param: Count: got 'many', expected a whole number"),
        (("--param", "Kind=ml.m5.2xlarge", "--param", "org=x"), "--param: Kind: got 'ml.m5.2xlarge', expected one of"),
        (
            ("--param", "Data=bucket/x", "--param", "org=x"),
            "--param: Data: got 'bucket/x', expected an S3 URI",
        ),
        (("--param", "Cout=1", "--param", "org=x"), "unknown parameter or placeholder 'Cout' (did you mean 'Count'?)"),
        (("--param", "org"), "--param: got 'org', expected NAME=VALUE"),
        (
            ("-o", "/nowhere/x.json", "--param", "org=x"),
            "/nowhere/x.json: cannot be written: No such file or directory",
        ),
    ],
)
def test_what_is_wrong_ends_with_1_and_a_sentence(
    options: tuple[str, ...], said: str, path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["compile", str(path), *options]) == 1
    shown = capsys.readouterr()
    assert said in shown.err
    assert "Traceback" not in shown.err
    assert shown.out == ""


def test_another_target_is_wrong_usage(path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["compile", str(path), "--to", "cloudformatio"])
    assert ended.value.code == 2
    assert "(did you mean 'cloudformation'?)" in capsys.readouterr().err


def test_warnings_are_said_and_do_not_fail(path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path.write_text(PIPELINE.replace("{parameter: Data}", "s3://bucket/other.csv"))
    assert main(["compile", str(path), "--param", "org=x", "-o", os.devnull]) == 0
    assert "warning: " in (said := capsys.readouterr().err)
    assert "pipeline.yaml:6: pipeline.parameters[2]: the parameter 'Data' is declared and nothing refers to it" in said


def test_local_files_need_a_bucket_and_are_listed(
    path: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path.write_text(PIPELINE.replace("s3://bucket/data.csv", "file:data.csv"))
    (tmp_path / "data.csv").write_text("1,2\n")
    assert main(["compile", str(path), "--param", "org=x"]) == 1
    assert "pipeline.parameters[2].defaultValue: a local file needs a bucket" in capsys.readouterr().err
    listed = tmp_path / "assets.json"
    found = definition(capsys, path, "--param", "org=x", "--bucket", "mine", "--assets", str(listed))
    uri = found["Parameters"][2]["DefaultValue"]
    assert uri.startswith("s3://mine/data/")
    assert json.loads(listed.read_text()) == {uri: str(tmp_path / "data.csv")}


def test_directories_of_code_are_packed_beside_the_list(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path, listed = tmp_path / "code.yaml", tmp_path / "out" / "assets.json"
    listed.parent.mkdir()
    (tmp_path / "code").mkdir()
    (tmp_path / "code" / "run.py").write_text("print()")
    step = "{imageUri: r.io/i, instanceType: ml.m5.large, sourceDir: 'file:code', entryPoint: run.py}"
    path.write_text(f"projectName: p\npipeline:\n  steps:\n    - {{name: S, type: Processing, processing: {step}}}\n")
    found = definition(capsys, path, "--bucket", "mine", "--assets", str(listed))
    ((uri, packed),) = json.loads(listed.read_text()).items()
    assert found["Steps"][0]["Arguments"]["ProcessingInputs"][0]["S3Input"]["S3Uri"] == uri
    assert re.fullmatch(r"s3://mine/code/[0-9a-f]{16}/sourcedir\.tar\.gz", uri)
    with tarfile.open(packed) as archive:
        assert archive.getnames() == ["run.py"]


def test_kinds_of_jobs_that_need_a_role_get_a_parameter_for_it(path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path.write_text(
        "projectName: p\npipeline:\n  steps:\n"
        "    - {name: M, type: Model, model: {imageUri: r.io/i, modelDataUrl: s3://bucket/m.tar.gz}}\n"
    )
    found = definition(capsys, path)
    assert found["Steps"][0]["Arguments"]["ExecutionRoleArn"] == {"Get": "Parameters.ExecutionRoleArn"}
    assert [each["Name"] for each in found["Parameters"]] == ["ExecutionRoleArn"]
    assert "DefaultValue" not in found["Parameters"][0]
