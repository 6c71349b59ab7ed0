"""Measure a model on the test part; the report is what the condition of the pipeline looks at."""

import json
import tarfile
from pathlib import Path

import pandas as pd
import xgboost

BASE = Path("/opt/ml/processing")


def main():
    """Load, predict and write evaluation.json."""
    with tarfile.open(str(BASE / "model" / "model.tar.gz")) as archive:
        model = archive.extractfile("xgboost-model").read()
    booster = xgboost.Booster()
    booster.load_model(bytearray(model))
    test = pd.read_csv(BASE / "test" / "test.csv", header=None).to_numpy(dtype=float)
    error = test[:, 0] - booster.predict(xgboost.DMatrix(test[:, 1:]))
    mse = float((error**2).mean())
    report = {"regression_metrics": {"mse": {"value": mse, "standard_deviation": float((error**2).std())}}}
    folder = BASE / "evaluation"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "evaluation.json").write_text(json.dumps(report))
    print(f"mse = {mse:.4f}")


if __name__ == "__main__":
    main()
