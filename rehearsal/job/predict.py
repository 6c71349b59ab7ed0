"""Run as a child of its own: the predictions of a trained model itself, without any endpoint.

`python predict.py model.tar.gz < rows.csv` prints one number a line for the rows of features (no header, no target).
"""

import sys
import tarfile
import tempfile
from pathlib import Path

if __name__ == "__main__":  # xgboost imports these for its wrappers only, and they are slow
    sys.modules["sklearn"] = sys.modules["pandas"] = None  # type: ignore[assignment]

import numpy
import xgboost


def main(model: str) -> None:
    """Load the model and print what it predicts for the rows on standard input."""
    with tempfile.TemporaryDirectory() as folder, tarfile.open(model) as archive:
        archive.extractall(folder, filter="data")
        (file,) = [path for path in Path(folder).rglob("*") if path.is_file()]
        booster = xgboost.Booster()
        booster.load_model(file)
    rows = [[float(field or "nan") for field in line.split(",")] for line in sys.stdin.read().split()]
    for each in booster.predict(xgboost.DMatrix(numpy.array(rows, dtype=float)), validate_features=False).tolist():
        print(repr(each))


if __name__ == "__main__":
    main(sys.argv[1])
