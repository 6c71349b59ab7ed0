"""The mean squared error of the model on the rows that it has not seen."""

import csv
import json
import tarfile
from pathlib import Path

import joblib  # type: ignore[import-untyped]

ROOT = Path("/opt/ml/processing")

with tarfile.open(ROOT / "model" / "model.tar.gz") as archive:
    archive.extractall("/tmp/model", filter="data")
model = joblib.load("/tmp/model/model.joblib")
(path,) = (ROOT / "data").glob("*.csv")
with path.open(newline="") as file:
    rows = [[float(each) for each in row] for row in list(csv.reader(file))[1:]]
kept_back = [row for number, row in enumerate(rows) if not number % 5]
predicted = model.predict([row[:-1] for row in kept_back])
mse = sum((got - row[-1]) ** 2 for got, row in zip(predicted, kept_back, strict=True)) / len(kept_back)
report = {"regression_metrics": {"mse": {"value": mse}}}
(ROOT / "evaluation" / "evaluation.json").write_text(json.dumps(report))
