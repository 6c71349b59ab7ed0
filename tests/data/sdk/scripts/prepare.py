"""A processing script: the diabetes data of scikit-learn, target first, in three parts."""

import argparse
from pathlib import Path

from sklearn.datasets import load_diabetes

parser = argparse.ArgumentParser()
parser.add_argument("--rows", type=int)
rows = parser.parse_args().rows
data = load_diabetes(as_frame=True).frame
data.insert(0, "target", data.pop("target"))
parts = {"train": data[:rows], "validation": data[rows : rows + 60], "test": data[rows + 60 : rows + 120]}
for name, part in parts.items():
    part.to_csv(Path("/opt/ml/processing", name, f"{name}.csv"), header=False, index=False)
features = parts["test"].drop(columns="target")
features.to_csv("/opt/ml/processing/features/features.csv", header=False, index=False)
