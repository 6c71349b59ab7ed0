"""Split abalones into train, validation and test: without a header, the rings first, the sex as three columns."""

from pathlib import Path

import numpy as np
import pandas as pd

BASE = Path("/opt/ml/processing")
NAMES = ["sex", "length", "diameter", "height", "whole", "shucked", "viscera", "shell", "rings"]
SHARES = {"train": 0.7, "validation": 0.15, "test": 0.15}
SEED = 20


def main():
    """Read every file of the input, write one of each part."""
    files = sorted(path for path in (BASE / "data").rglob("*") if path.is_file())
    data = pd.concat([pd.read_csv(path, header=None, names=NAMES) for path in files], ignore_index=True)
    data = pd.get_dummies(data, columns=["sex"], dtype=float)
    data = data[["rings"] + [name for name in data.columns if name != "rings"]]
    order = np.random.RandomState(SEED).permutation(len(data))
    first = round(len(data) * SHARES["train"])
    second = first + round(len(data) * SHARES["validation"])
    for name, rows in zip(SHARES, (order[:first], order[first:second], order[second:])):
        folder = BASE / name
        folder.mkdir(parents=True, exist_ok=True)
        data.iloc[np.sort(rows)].to_csv(folder / (name + ".csv"), header=False, index=False)
        print(f"{len(rows)} rows in {name}")


if __name__ == "__main__":
    main()
