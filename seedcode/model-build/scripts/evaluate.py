"""Measure a trained XGBoost model on the test part, and the model that serves on the same rows.

Inputs: <base>/model/model.tar.gz with the file xgboost-model, and CSV files without a header, target first, in
<base>/test, whose columns are named in <base>/columns; suites of rows with their limits in <base>/suites, where there
are any; where a version serves (--serving-version), its model.tar.gz in <base>/serving-model. Outputs in
<base>/evaluation: evaluation.json; comparison.json with `gain`, by how much the trained model is better, for each
metric in its own unit, 0 where no version serves; suites.json, and a report of each suite in suites. <base> is
/opt/ml/processing, or PROCESSING_DIR where it is set.

Runs with the Python 3.8, numpy, pandas and xgboost of the built-in XGBoost image.
"""

import argparse
import json
import os
import re
import sys
import tarfile
import tempfile
from pathlib import Path

if __name__ == "__main__":  # xgboost imports scikit-learn for its wrappers only, and that takes seconds
    sys.modules["sklearn"] = None

import numpy as np
import pandas as pd
import xgboost

BASE = Path(os.environ.get("PROCESSING_DIR", "/opt/ml/processing"))
MODEL = "xgboost-model"
NONE = "none"  # --serving-version where no version serves
HIGHER_IS_BETTER = ("r2",)


def load(archive):
    """The model in a model.tar.gz."""
    with tarfile.open(archive) as tar, tempfile.TemporaryDirectory() as directory:
        names = [name for name in tar.getnames() if Path(name).name == MODEL]
        if not names:
            sys.exit("evaluate: no file {} in {}: {}".format(MODEL, archive, ", ".join(tar.getnames())))
        path = Path(directory) / MODEL
        path.write_bytes(tar.extractfile(names[0]).read())
        booster = xgboost.Booster()
        booster.load_model(str(path))
        return booster


def metrics(actual, predicted):
    """Error measures of a regression."""
    error = actual - predicted
    squared = error**2
    spread = float(np.sum((actual - actual.mean()) ** 2))
    mse = float(squared.mean())
    return {
        "mse": {"value": mse, "standard_deviation": float(squared.std())},
        "rmse": {"value": mse**0.5},
        "mae": {"value": float(np.abs(error).mean())},
        "r2": {"value": 1.0 - float(squared.sum()) / spread if spread else 0.0},
    }


def compare(measured, version, serving):
    """The report of both: `serving` are the metrics of the version that serves, None where none does."""
    candidate = {name: measured[name]["value"] for name in measured}
    if serving is None:
        return {
            "candidate": candidate,
            "serving": dict.fromkeys(candidate, NONE),
            "gain": dict.fromkeys(candidate, 0.0),
            "said": "no version serves yet",
        }
    others = {name: serving[name]["value"] for name in candidate}
    gain = {
        name: candidate[name] - others[name] if name in HIGHER_IS_BETTER else others[name] - candidate[name]
        for name in candidate
    }
    said = "version {}, which serves, has {:.6g} on the same rows".format(version, others["mse"])
    return {"candidate": candidate, "serving": others, "gain": gain, "said": said}


def served(version, features, actual):
    """The metrics of the version that serves on the same rows; None where none does."""
    if version == NONE:
        return None
    archives = sorted((BASE / "serving-model").rglob("*.tar.gz"))
    if not archives:
        sys.exit("evaluate: version {} serves, and no model.tar.gz is in {}".format(version, BASE / "serving-model"))
    booster = load(archives[0])
    if booster.num_features() != features.shape[1]:  # XGBoost takes columns that are not there for missing values
        wanted = f"{booster.num_features()} columns, and the rows have {features.shape[1]}"
        sys.exit(f"evaluate: version {version}, which serves, cannot predict these rows: it wants {wanted}")
    return metrics(actual, booster.predict(xgboost.DMatrix(features)))


def judge(name, suite, booster, columns, data):
    """What one suite comes to: the value that it looks at, its limit in words, and whether it passed.

    A `slice` are the test rows whose column is `from` or more and `to` or less; `golden` are rows with the range that
    the prediction has to be in; `invariance` adds to a column of every test row.
    """

    wanted = [suite[kind]["column"] for kind in ("slice", "invariance") if kind in suite]
    wanted += [column for case in suite.get("golden", ()) for column in case["row"]]
    if not set(wanted) <= set(columns):  # of another data set
        return {"skipped": "no column " + ", ".join(sorted(set(wanted) - set(columns))), "passed": True}
    at = columns.index

    def predicted(features):
        return booster.predict(xgboost.DMatrix(features))

    if "slice" in suite:
        values = data[:, at(suite["slice"]["column"])]
        rows = data[(values >= suite["slice"].get("from", -np.inf)) & (values <= suite["slice"].get("to", np.inf))]
        if not len(rows):
            sys.exit(f"evaluate: suite {name!r}: no test row is in its slice")
        value = metrics(rows[:, 0], predicted(rows[:, 1:]))[suite["metric"]]["value"]
        least, most = suite.get("atLeast", -np.inf), suite.get("atMost", np.inf)
        return {"rows": len(rows), "metric": suite["metric"], "value": value, "passed": bool(least <= value <= most)}
    if "golden" in suite:
        rows = np.array([[float(case["row"][column]) for column in columns[1:]] for case in suite["golden"]])
        found = [float(each) for each in predicted(rows)]
        ranges = [case["between"] for case in suite["golden"]]
        outside = sum(not low <= value <= high for (low, high), value in zip(ranges, found))
        return {"rows": len(rows), "predicted": found, "value": outside, "passed": not outside}
    moved = data[:, 1:].copy()
    moved[:, at(suite["invariance"]["column"]) - 1] += suite["invariance"]["add"]
    change = float(np.max(np.abs(predicted(moved) - predicted(data[:, 1:]))))
    return {"rows": len(data), "value": change, "passed": change <= suite["changesAtMost"]}


def run_suites(booster, data):
    """All suites: each with its report, how many failed, and that in words of which metadata may be made."""
    given, named = sorted((BASE / "suites").rglob("*.json")), sorted((BASE / "columns").rglob("*.json"))
    suites = json.loads(given[0].read_text(encoding="utf-8")) if given else {}
    columns = json.loads(named[0].read_text(encoding="utf-8")) if named else []
    found = {name: judge(name, suite, booster, columns, data) for name, suite in suites.items()}
    failed = sorted(name for name in found if not found[name]["passed"])
    skipped = sum("skipped" in report for report in found.values())
    said = [f"{len(found) - len(failed) - skipped} of {len(found)} suites passed", *failed]
    said += [f"{skipped} skipped, as the data set lacks their columns"] if skipped else []
    return {"suites": found, "failed": len(failed), "said": re.sub(r"[^\w\s.:/=+\-@]", "", " - ".join(said))[:250]}


def write(name, report):
    """One report of the output."""
    directory = (BASE / "evaluation" / name).parent
    directory.mkdir(parents=True, exist_ok=True)
    (BASE / "evaluation" / name).write_text(json.dumps(report, indent=2, sort_keys=True) + "\n", encoding="utf-8")


def main():
    """Load, predict and write the reports."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--serving-version", default=NONE, help="the version that serves, or none")
    version = parser.parse_args().serving_version
    booster = load(BASE / "model" / "model.tar.gz")
    files = sorted(path for path in (BASE / "test").rglob("*") if path.is_file())
    if not files:
        sys.exit("evaluate: no file in {}".format(BASE / "test"))
    data = pd.concat([pd.read_csv(path, header=None) for path in files], ignore_index=True).to_numpy(dtype=float)
    measured = metrics(data[:, 0], booster.predict(xgboost.DMatrix(data[:, 1:])))
    comparison = compare(measured, version, served(version, data[:, 1:], data[:, 0]))
    write("evaluation.json", {"regression_metrics": measured, "rows": len(data)})
    write("comparison.json", comparison)
    suites = run_suites(booster, data)
    write("suites.json", suites)
    for name in suites["suites"]:
        write("suites/{}.json".format(name.replace(" ", "-")), suites["suites"][name])
    for name in sorted(measured):
        print("evaluate: {} = {:.6g}".format(name, measured[name]["value"]))
    print("evaluate: " + suites["said"])
    print("evaluate: {}; the gain in mse is {:.6g}".format(comparison["said"], comparison["gain"]["mse"]))


if __name__ == "__main__":
    main()
