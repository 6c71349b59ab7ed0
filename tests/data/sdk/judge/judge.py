"""A processing script with files of its own: the mean squared error of the linear model on the test part."""

import json
import tarfile
from pathlib import Path

import measure

base = Path("/opt/ml/processing")
with tarfile.open(base / "model" / "model.tar.gz") as archive:
    archive.extractall(".")
mse = measure.mse(Path("model.joblib"), base / "test" / "test.csv")
(base / "evaluation" / "evaluation.json").write_text(json.dumps({"mse": mse}))
