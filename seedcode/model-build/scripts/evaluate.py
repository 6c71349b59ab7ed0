"""Measure a trained XGBoost model on the test part.

Inputs: <base>/model/model.tar.gz with the file xgboost-model, and CSV files without a header, target first, in
<base>/test; output: <base>/evaluation/evaluation.json. <base> is /opt/ml/processing, or PROCESSING_DIR where it is set.

Runs with the Python 3.8, numpy, pandas and xgboost of the built-in XGBoost image.
"""

import json
import os
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


def main():
    """Load, predict and write the report."""
    booster = load(BASE / "model" / "model.tar.gz")
    files = sorted(path for path in (BASE / "test").rglob("*") if path.is_file())
    if not files:
        sys.exit("evaluate: no file in {}".format(BASE / "test"))
    data = pd.concat([pd.read_csv(path, header=None) for path in files], ignore_index=True).to_numpy(dtype=float)
    measured = metrics(data[:, 0], booster.predict(xgboost.DMatrix(data[:, 1:])))
    report = {"regression_metrics": measured, "rows": len(data)}
    directory = BASE / "evaluation"
    directory.mkdir(parents=True, exist_ok=True)
    (directory / "evaluation.json").write_text(json.dumps(report, indent=2, sort_keys=True) + "\n", encoding="utf-8")
    for name in sorted(measured):
        print("evaluate: {} = {:.6g}".format(name, measured[name]["value"]))


if __name__ == "__main__":
    main()
