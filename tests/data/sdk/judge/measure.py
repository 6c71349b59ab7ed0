"""Beside the script, to see that a whole directory travels."""

from pathlib import Path

import joblib
import pandas
from sklearn.metrics import mean_squared_error


def mse(model: Path, data: Path) -> float:
    """The error of a stored model on a file with the target first."""
    test = pandas.read_csv(data, header=None).to_numpy()
    return float(mean_squared_error(test[:, 0], joblib.load(model).predict(test[:, 1:])))
