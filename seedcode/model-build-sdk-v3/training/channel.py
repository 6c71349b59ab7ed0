"""What a channel holds."""

from pathlib import Path

import pandas as pd
import xgboost


def matrix(folder):
    """All rows of the CSV files in a folder, the first column being the label."""
    files = sorted(Path(folder).rglob("*.csv"))
    data = pd.concat([pd.read_csv(path, header=None) for path in files], ignore_index=True).to_numpy(dtype=float)
    return xgboost.DMatrix(data[:, 1:], data[:, 0])
