"""A processing script: the mean squared error of the model on the test part."""

import json
import tarfile
from pathlib import Path

import pandas
import xgboost
from sklearn.metrics import mean_squared_error

base = Path("/opt/ml/processing")
with tarfile.open(base / "model" / "model.tar.gz") as archive:
    archive.extractall(".")
booster = xgboost.Booster()
booster.load_model("xgboost-model")
test = pandas.read_csv(base / "test" / "test.csv", header=None).to_numpy()
mse = mean_squared_error(test[:, 0], booster.predict(xgboost.DMatrix(test[:, 1:])))
report = {"regression_metrics": {"mse": {"value": float(mse)}}}
(base / "evaluation" / "evaluation.json").write_text(json.dumps(report))
