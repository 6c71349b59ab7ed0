"""Refuse a data set that no model should be trained on, and describe the columns of a good one.

Input: one or more CSV files in <base>/input-data; output: <base>/data-quality/statistics.json. The job fails, and with
it the pipeline before anything is trained, with a line for each thing that is wrong. <base> is /opt/ml/processing, or
PROCESSING_DIR where it is set.

Runs with the Python 3.8, numpy and pandas of the built-in XGBoost image.
"""

import argparse
import json
import os
import sys
from pathlib import Path

import pandas as pd

BASE = Path(os.environ.get("PROCESSING_DIR", "/opt/ml/processing"))
MIN_ROWS = 100
MAX_MISSING = 0.2


def is_number(text):
    """Whether `text` is a column's position."""
    return text.lstrip("-").isdigit()


def read(directory, target):
    """All rows of all files, which have the same columns."""
    files = sorted(path for path in directory.rglob("*") if path.is_file())
    if not files:
        return None, [f"no file in {directory}"]
    frames = [pd.read_csv(path, header=None if is_number(target) else 0) for path in files]
    wrong = [
        f"{path.name} has the columns {list(frame.columns)}, expected {list(frames[0].columns)}"
        for path, frame in zip(files, frames)
        if list(frame.columns) != list(frames[0].columns)
    ]
    return (None, wrong) if wrong else (pd.concat(frames, ignore_index=True), [])


def problems(frame, target):
    """What is wrong with the data, a line each."""
    found = []
    if len(frame) < MIN_ROWS:
        found.append(f"{len(frame)} rows, expected at least {MIN_ROWS}")
    for column in frame.columns:
        missing = float(frame[column].isna().mean())
        if missing > MAX_MISSING:
            found.append(f"column {column!r}: {missing:.0%} of the values are missing")
        elif frame[column].nunique() < 2:
            found.append(f"column {column!r}: every value is the same")
    columns = list(frame.columns)
    name = target
    if is_number(target):
        name = columns[int(target)] if -len(columns) <= int(target) < len(columns) else None
    if name not in columns:
        return found + ["no column {!r}; the columns: {}".format(target, ", ".join(map(str, columns)))]
    values = pd.to_numeric(frame[name], errors="coerce")
    if values.isna().any():
        found.append(f"target {name!r}: {int(values.isna().sum())} values are no numbers")
    return found


def statistics(frame):
    """Count, missing values and range of each column."""
    columns = {}
    for column in frame.columns:
        values = frame[column]
        described = {"missing": int(values.isna().sum()), "distinct": int(values.nunique())}
        if pd.api.types.is_numeric_dtype(values):
            described.update(
                {key: float(getattr(values, key)()) for key in ("min", "max", "mean", "std")},
            )
        columns[str(column)] = described
    return {"rows": len(frame), "columns": columns}


def main():
    """Read, judge and describe."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--target-column", required=True, help="name, or position in files without a header (-1: last)")
    target = parser.parse_args().target_column
    frame, found = read(BASE / "input-data", target)
    if frame is not None:
        found = problems(frame, target)
    if found:
        sys.exit("\n".join("validate_data: " + line for line in found))
    directory = BASE / "data-quality"
    directory.mkdir(parents=True, exist_ok=True)
    text = json.dumps(statistics(frame), indent=2, sort_keys=True)
    (directory / "statistics.json").write_text(text + "\n", encoding="utf-8")
    print(f"validate_data: {len(frame)} rows, {len(frame.columns)} columns")


if __name__ == "__main__":
    main()
