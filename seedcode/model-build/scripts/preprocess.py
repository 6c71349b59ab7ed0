"""Split a data set into train, validation and test for the built-in XGBoost algorithm.

Input: one or more CSV files in <base>/input-data; outputs: <base>/train/train.csv, <base>/validation/validation.csv and
<base>/test/test.csv, without a header and with the target in the first column, whose names are in
<base>/columns/columns.json. Columns of text become one column for
each of their values. The same input gives the same bytes. <base> is /opt/ml/processing, or PROCESSING_DIR where it is
set.

Runs with the Python 3.8, numpy and pandas of the built-in XGBoost image.
"""

import argparse
import json
import os
import sys
from pathlib import Path

import numpy as np
import pandas as pd

BASE = Path(os.environ.get("PROCESSING_DIR", "/opt/ml/processing"))
SEED = 20
SHARES = {"train": 0.7, "validation": 0.15, "test": 0.15}


def read(directory, target):
    """All rows, the target first; `target` is a column's name, or its position in files without a header."""
    files = sorted(path for path in directory.rglob("*") if path.is_file())
    if not files:
        sys.exit(f"preprocess: no file in {directory}")
    position = as_position(target)
    frame = pd.concat([pd.read_csv(path, header=0 if position is None else None) for path in files], ignore_index=True)
    if position is None:
        if target not in frame.columns:
            sys.exit("preprocess: no column {!r}; the columns: {}".format(target, ", ".join(map(str, frame.columns))))
        name = target
    else:
        if not -len(frame.columns) <= position < len(frame.columns):
            sys.exit(f"preprocess: no column {position}; there are {len(frame.columns)}")
        name = frame.columns[position]
    return frame[[name] + [column for column in frame.columns if column != name]]


def as_position(target):
    """The number that `target` is, or None when it is a name."""
    try:
        return int(target)
    except ValueError:
        return None


def encode(frame):
    """Columns of text as one column of 0 and 1 for each value; the target stays first."""
    texts = [column for column in frame.columns[1:] if not pd.api.types.is_numeric_dtype(frame[column])]
    encoded = pd.get_dummies(frame, columns=texts, dtype=float) if texts else frame
    encoded = encoded.copy()
    name = encoded.columns[0]
    encoded[name] = pd.to_numeric(encoded[name], errors="coerce")
    missing = int(encoded.iloc[:, 0].isna().sum())
    if missing:
        sys.exit(f"preprocess: the target has {missing} values that are no numbers")
    return encoded


def split(frame):
    """The three parts, drawn with a fixed seed."""
    order = np.random.RandomState(SEED).permutation(len(frame))
    first = int(round(len(frame) * SHARES["train"]))
    second = first + int(round(len(frame) * SHARES["validation"]))
    parts = zip(SHARES, (order[:first], order[first:second], order[second:]))
    return {name: frame.iloc[np.sort(rows)] for name, rows in parts}


def main():
    """Read, split and write."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--target-column", required=True, help="name, or position in files without a header (-1: last)")
    target = parser.parse_args().target_column
    frame = encode(read(BASE / "input-data", target))
    (BASE / "columns").mkdir(parents=True, exist_ok=True)
    (BASE / "columns" / "columns.json").write_text(json.dumps([str(each) for each in frame.columns]), encoding="utf-8")
    for name, part in split(frame).items():
        directory = BASE / name
        directory.mkdir(parents=True, exist_ok=True)
        part.to_csv(directory / (name + ".csv"), header=False, index=False)
        print(f"preprocess: {len(part)} rows in {name}")


if __name__ == "__main__":
    main()
