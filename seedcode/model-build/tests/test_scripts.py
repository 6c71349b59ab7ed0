"""The scripts on real data, as the pipeline runs them, with a model trained in between as the built-in algorithm does.

Needs numpy, pandas, xgboost (xgboost-cpu is the small one) and pytest: `pip install -r tests/requirements.txt`.
"""

import ast
import json
import os
import subprocess
import sys
import tarfile
from pathlib import Path

import numpy
import pytest
import xgboost

ROOT = Path(__file__).parents[1]
DIABETES = (ROOT / "data" / "diabetes.csv").read_text(encoding="utf-8")


def script(name, base, *arguments):
    """Run a script with `base` in place of /opt/ml/processing."""
    command = [sys.executable, str(ROOT / "scripts" / name), *arguments]
    environment = dict(os.environ, PROCESSING_DIR=str(base))
    return subprocess.run(command, env=environment, capture_output=True, text=True, timeout=120)


def given(base, text, name="data.csv"):
    (base / "input-data").mkdir(exist_ok=True)
    (base / "input-data" / name).write_text(text, encoding="utf-8")


def train(base, rounds=50, depth=2):
    """What the built-in XGBoost algorithm makes of the train part: model.tar.gz with the file xgboost-model."""
    rows = numpy.loadtxt(base / "train" / "train.csv", delimiter=",", ndmin=2)
    settings = {"objective": "reg:squarederror", "max_depth": depth, "eta": 0.1, "subsample": 0.8, "seed": 1}
    booster = xgboost.train(settings, xgboost.DMatrix(rows[:, 1:], rows[:, 0]), rounds)
    (base / "model").mkdir()
    booster.save_model(str(base / "model" / "xgboost-model"))
    with tarfile.open(base / "model" / "model.tar.gz", "w:gz") as archive:
        archive.add(base / "model" / "xgboost-model", "xgboost-model")


def report(base):
    return json.loads((base / "evaluation" / "evaluation.json").read_text(encoding="utf-8"))["regression_metrics"]


@pytest.fixture
def base(tmp_path):
    given(tmp_path, DIABETES)
    return tmp_path


def test_from_data_to_a_model_better_than_the_threshold(base):
    for name in ("validate_data.py", "preprocess.py"):
        done = script(name, base, "--target-column", "target")
        assert done.returncode == 0, done.stderr
    train(base)
    done = script("evaluate.py", base)
    assert done.returncode == 0, done.stderr
    metrics = report(base)
    assert set(metrics) == {"mse", "rmse", "mae", "r2"}
    assert 1000 < metrics["mse"]["value"] < 4000
    assert metrics["rmse"]["value"] == pytest.approx(metrics["mse"]["value"] ** 0.5)
    assert 0.3 < metrics["r2"]["value"] < 1


def test_the_metrics_are_those_of_the_test_part(base):
    script("preprocess.py", base, "--target-column", "target")
    train(base)
    script("evaluate.py", base)
    rows = numpy.loadtxt(base / "test" / "test.csv", delimiter=",")
    booster = xgboost.Booster()
    booster.load_model(str(base / "model" / "xgboost-model"))
    error = rows[:, 0] - booster.predict(xgboost.DMatrix(rows[:, 1:]))
    metrics = report(base)
    assert metrics["mse"]["value"] == pytest.approx(float((error**2).mean()))
    assert metrics["mae"]["value"] == pytest.approx(float(abs(error).mean()))
    assert metrics["r2"]["value"] == pytest.approx(1 - float((error**2).mean() / rows[:, 0].var()))


def test_every_row_is_in_one_part_and_the_target_comes_first(base):
    done = script("preprocess.py", base, "--target-column", "target")
    assert done.returncode == 0, done.stderr
    parts = {name: (base / name / (name + ".csv")).read_text().splitlines() for name in ("train", "validation", "test")}
    assert {name: len(rows) for name, rows in parts.items()} == {"train": 309, "validation": 66, "test": 67}
    found = sorted(tuple(map(float, row.split(","))) for rows in parts.values() for row in rows)
    expected = [list(map(float, row.split(","))) for row in DIABETES.splitlines()[1:]]
    assert found == sorted(tuple([row[-1]] + row[:-1]) for row in expected)


def test_the_same_data_gives_the_same_bytes(base, tmp_path_factory):
    other = tmp_path_factory.mktemp("other")
    given(other, DIABETES)
    for each in (base, other):
        script("preprocess.py", each, "--target-column", "target")
        script("validate_data.py", each, "--target-column", "target")
    for name in ("train/train.csv", "validation/validation.csv", "test/test.csv", "data-quality/statistics.json"):
        assert (base / name).read_bytes() == (other / name).read_bytes()


def test_data_without_a_header_and_with_text(tmp_path):
    rows = ["{},{},{}".format("FMI"[i % 3], i * 0.5, i % 7) for i in range(200)]
    given(tmp_path, "\n".join(rows) + "\n")
    for name in ("validate_data.py", "preprocess.py"):
        done = script(name, tmp_path, "--target-column", "-1")
        assert done.returncode == 0, done.stderr
    written = numpy.loadtxt(tmp_path / "train" / "train.csv", delimiter=",")
    assert written.shape == (140, 5)
    assert set(written[:, 0]) <= set(range(7))
    assert set(written[:, 2:].sum(axis=1)) == {1.0}


@pytest.mark.parametrize(
    "target, change, said",
    [
        ("progress", lambda text: text, "no column 'progress'; the columns: age, sex"),
        ("99", lambda text: text.split("\n", 1)[1], "no column '99'"),
        ("target", lambda text: "\n".join(text.splitlines()[:50]), "49 rows, expected at least 100"),
        ("target", lambda text: text.replace(",151\n", ",high\n"), "target 'target': 3 values are no numbers"),
        ("target", lambda text: text.replace("age,", "age,same,").replace("\n", "\n7,"), "every value is the same"),
        ("target", lambda text: "".join(line + ",\n" for line in text.splitlines()), "100% of the values are missing"),
    ],
)
def test_bad_data_is_refused_before_training(tmp_path, target, change, said):
    given(tmp_path, change(DIABETES))
    done = script("validate_data.py", tmp_path, "--target-column", target)
    assert done.returncode == 1
    assert said in done.stderr
    assert "Traceback" not in done.stderr
    assert not (tmp_path / "data-quality").exists()


def test_files_with_other_columns_are_refused(base):
    given(base, "a,b,target\n1,2,3\n", "more.csv")
    done = script("validate_data.py", base, "--target-column", "target")
    assert done.returncode == 1
    assert "more.csv has the columns ['a', 'b', 'target']" in done.stderr


def comparison(base):
    return json.loads((base / "evaluation" / "comparison.json").read_text(encoding="utf-8"))


def test_the_first_version_is_compared_with_nothing(base):
    script("preprocess.py", base, "--target-column", "target")
    train(base)
    assert script("evaluate.py", base).returncode == 0
    found = comparison(base)
    assert set(found["gain"].values()) == {0.0}
    assert set(found["serving"].values()) == {"none"}
    assert found["said"] == "no version serves yet"


def test_what_serves_is_measured_on_the_same_rows(base):
    script("preprocess.py", base, "--target-column", "target")
    train(base, rounds=10)
    script("evaluate.py", base)
    worse = report(base)["mse"]["value"]
    (base / "model").rename(base / "serving-model")
    train(base)
    done = script("evaluate.py", base, "--serving-version", "3")
    assert done.returncode == 0, done.stderr
    better, found = report(base)["mse"]["value"], comparison(base)
    assert better < worse
    assert found["serving"]["mse"] == pytest.approx(worse)
    assert found["gain"]["mse"] == pytest.approx(worse - better)
    assert found["gain"]["r2"] > 0
    assert found["said"] == f"version 3, which serves, has {worse:.6g} on the same rows"


def test_what_serves_must_be_there_and_fit_the_rows(base):
    script("preprocess.py", base, "--target-column", "target")
    train(base)
    done = script("evaluate.py", base, "--serving-version", "3")
    assert done.returncode == 1
    assert "version 3 serves, and no model.tar.gz is in" in done.stderr
    (base / "model").rename(base / "serving-model")
    for part in ("train", "test"):
        rows = numpy.loadtxt(base / part / (part + ".csv"), delimiter=",")
        numpy.savetxt(base / part / (part + ".csv"), rows[:, :-1], delimiter=",")
    train(base)
    done = script("evaluate.py", base, "--serving-version", "3")
    assert done.returncode == 1
    assert "version 3, which serves, cannot predict these rows" in done.stderr
    assert "Traceback" not in done.stderr


def suites(base, given):
    """What the suites in `given` come to for a model trained on the data."""
    script("preprocess.py", base, "--target-column", "target")
    train(base)
    (base / "suites").mkdir()
    (base / "suites" / "suites.json").write_text(json.dumps(given), encoding="utf-8")
    done = script("evaluate.py", base)
    assert done.returncode == 0, done.stderr
    return json.loads((base / "evaluation" / "suites.json").read_text(encoding="utf-8"))


def test_the_suites_of_the_repository_pass(base):
    given = json.loads((ROOT / "suites.json").read_text(encoding="utf-8"))
    found = suites(base, given)
    assert (found["failed"], found["said"]) == (0, "4 of 4 suites passed")
    written = {path.stem for path in (base / "evaluation" / "suites").iterdir()}
    assert written == {name.replace(" ", "-") for name in given}


def test_suites_fail_by_themselves_and_are_named(base):
    row = dict(zip(DIABETES.splitlines()[0].split(","), map(float, DIABETES.splitlines()[1].split(","))))
    del row["target"]
    found = suites(
        base,
        {
            "slice": {"slice": {"column": "bmi", "from": 30}, "metric": "mse", "atMost": 1},
            "golden": {"golden": [{"row": row, "between": [0, 1]}]},
            "invariance": {"invariance": {"column": "bmi", "add": 20}, "changesAtMost": 0.1},
            "least": {"slice": {"column": "bmi"}, "metric": "r2", "atLeast": 0.1},
            "other data": {"slice": {"column": "rings"}, "metric": "mse", "atMost": 1},
        },
    )
    assert [name for name, each in sorted(found["suites"].items()) if each["passed"]] == ["least", "other data"]
    assert found["failed"] == 3
    assert found["said"] == (
        "1 of 5 suites passed - golden - invariance - slice - 1 skipped as the data set lacks their columns"
    )
    assert found["suites"]["other data"]["skipped"] == "no column rings"


def validated(base, text, changes="stop"):
    """Validate `text` against what was validated before, if anything was."""
    before = base / "data-quality"
    if before.exists():
        before.rename(base / "last-data-set")
    given(base, text)
    done = script("validate_data.py", base, "--target-column", "target", "--changes", changes)
    path = base / "data-quality" / "statistics.json"
    return done, json.loads(path.read_text(encoding="utf-8")) if path.exists() else None


def test_the_same_bytes_are_the_same_version(base):
    first = validated(base, DIABETES)[1]
    second = validated(base, DIABETES)[1]
    assert first["version"] == second["version"]
    assert (first["label"], second["label"]) == ("442 rows - no data set before", "442 rows - as the last one")
    assert first["schema"] == dict.fromkeys(DIABETES.splitlines()[0].split(","), "number")


def doubled(text):
    header, *rows = text.splitlines()
    return "\n".join(
        [header]
        + [
            ",".join([row.split(",")[0]] + ["{}".format(3 * float(row.split(",")[1]))] + row.split(",")[2:])
            for row in rows
        ]
    )


CHANGES = [
    (lambda text: text.replace("bmi", "body_mass", 1), "column 'bmi' is gone"),
    (lambda text: "\n".join(text.splitlines()[:300]), "299 rows, 442 before, at least 90% of them expected"),
    (doubled, "column 'sex': mean 4.4"),
    (lambda text: text.replace(",151.0\n", ",151.0\n").replace("\n59", "\nold", 1), "column 'age' is text, was number"),
]


@pytest.mark.parametrize("change, said", CHANGES)
def test_a_changed_data_set_is_stopped_with_what_changed(base, change, said):
    assert validated(base, DIABETES)[0].returncode == 0
    done, found = validated(base, change(DIABETES))
    assert done.returncode == 1
    assert "validate_data: the data set changed: " in done.stderr
    assert said in done.stderr
    assert found is None


def test_or_it_is_warned_of_or_accepted(base):
    validated(base, DIABETES)
    done, found = validated(base, DIABETES.replace("bmi", "body_mass", 1), "warn")
    assert done.returncode == 0
    assert "the data set changed: column 'bmi' is gone" in done.stdout
    assert found["label"] == "442 rows - column bmi is gone column body_mass is new"
    (base / "last-data-set" / "statistics.json").unlink()
    (base / "last-data-set").rmdir()
    found = validated(base, DIABETES, "accept")[1]
    assert found["changes"] == []


@pytest.mark.parametrize("name, arguments", [("preprocess.py", ["--target-column", "target"]), ("evaluate.py", [])])
def test_what_is_missing_is_said(tmp_path, name, arguments):
    (tmp_path / "input-data").mkdir()
    (tmp_path / "model").mkdir()
    with tarfile.open(tmp_path / "model" / "model.tar.gz", "w:gz") as archive:
        archive.add(ROOT / "README.md", "other-file")
    done = script(name, tmp_path, *arguments)
    assert done.returncode == 1
    assert done.stderr.startswith(name.split(".")[0] + ": no file ")


@pytest.mark.parametrize("path", sorted((ROOT / "scripts").glob("*.py")), ids=lambda path: path.name)
def test_the_image_s_python_can_read_the_scripts(path):
    ast.parse(path.read_text(encoding="utf-8"), feature_version=(3, 8))
