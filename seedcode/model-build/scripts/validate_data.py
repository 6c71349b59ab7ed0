"""Refuse a data set that no model should be trained on, give a good one a version, and compare it with the last one.

Inputs: one or more CSV files in <base>/input-data; the statistics.json of the last version, if any, in
<base>/last-data-set. Output: <base>/data-quality/statistics.json. The job fails, and with it the pipeline before
anything is trained, with a line for each thing that is wrong; where the data changed by more than the limits below,
--changes says whether it does: `stop`, `warn` (the package says what changed) or `accept`. <base> is
/opt/ml/processing, or PROCESSING_DIR where it is set.

Runs with the Python 3.8, numpy and pandas of the built-in XGBoost image.
"""

import argparse
import hashlib
import json
import os
import re
import sys
from pathlib import Path

import pandas as pd

BASE = Path(os.environ.get("PROCESSING_DIR", "/opt/ml/processing"))
MIN_ROWS = 100
MAX_MISSING = 0.2
# against the last version of the data set
FEWEST_ROWS = 0.9  # of the rows that there were
MAX_SHIFT = 0.5  # of a column's mean, in its standard deviations
MORE_MISSING = 0.1  # of a column's values


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


def manifest(directory):
    """The files with their digests, and the version that they make: the same bytes are the same version."""
    files = []
    for path in sorted(each for each in directory.rglob("*") if each.is_file()):
        content = path.read_bytes()
        name = path.relative_to(directory).as_posix()
        files.append({"name": name, "bytes": len(content), "sha256": hashlib.sha256(content).hexdigest()})
    lines = "".join("{sha256}  {name}\n".format(**each) for each in files)
    return {"files": files, "version": "sha256:" + hashlib.sha256(lines.encode()).hexdigest()}


def last_version(directory):
    """The statistics of the last version of the data set; nothing where there is none."""
    files = sorted(directory.rglob("*.json")) if directory.is_dir() else []
    return json.loads(files[0].read_text(encoding="utf-8")) if files else {}


def changes(now, last):
    """What is beyond the limits in the statistics `now` against the `last` ones, a line each."""
    if not last.get("schema"):
        return
    if now["rows"] < FEWEST_ROWS * last["rows"]:
        yield "{} rows, {} before, at least {:.0%} of them expected".format(now["rows"], last["rows"], FEWEST_ROWS)
    for column in sorted(set(now["schema"]) ^ set(last["schema"])):
        yield "column {!r} is {}".format(column, "new" if column in now["schema"] else "gone")
    for column, kind in sorted(now["schema"].items()):
        if column not in last["schema"]:
            continue
        if kind != last["schema"][column]:
            yield "column {!r} is {}, was {}".format(column, kind, last["schema"][column])
            continue
        new, old = now["columns"][column], last["columns"][column]
        if kind == "number" and old["std"] and abs(new["mean"] - old["mean"]) > MAX_SHIFT * old["std"]:
            shift = abs(new["mean"] - old["mean"]) / old["std"]
            yield "column {!r}: mean {:.4g}, {:.4g} before: {:.2g} standard deviations, at most {} expected".format(
                column, new["mean"], old["mean"], shift, MAX_SHIFT
            )
        more = new["missing"] / now["rows"] - old["missing"] / last["rows"]
        if more > MORE_MISSING:
            yield f"column {column!r}: {more:.0%} more of the values are missing"


def label(rows, last, found):
    """What the model package says of the data set: what metadata may hold, at most 250 characters."""
    said = "no data set before" if not last else "; ".join(found) if found else "as the last one"
    return re.sub(r"[^\w\s.:/=+\-@]", "", f"{rows} rows - {said}")[:250]


def statistics(frame):
    """Type, count, missing values and range of each column."""
    columns = {}
    for column in frame.columns:
        values = frame[column]
        described = {"missing": int(values.isna().sum()), "distinct": int(values.nunique())}
        if pd.api.types.is_numeric_dtype(values):
            described.update(
                {key: float(getattr(values, key)()) for key in ("min", "max", "mean", "std")},
            )
        columns[str(column)] = described
    schema = {name: "number" if "mean" in described else "text" for name, described in columns.items()}
    return {"rows": len(frame), "schema": schema, "columns": columns}


def main():
    """Read, judge and describe."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--target-column", required=True, help="name, or position in files without a header (-1: last)")
    parser.add_argument("--changes", choices=("stop", "warn", "accept"), default="warn", help="what a change does")
    given = parser.parse_args()
    frame, found = read(BASE / "input-data", given.target_column)
    if frame is not None:
        found = problems(frame, given.target_column)
    if found:
        sys.exit("\n".join("validate_data: " + line for line in found))
    last, described = last_version(BASE / "last-data-set"), statistics(frame)
    changed = [] if given.changes == "accept" else list(changes(described, last))
    told = ["validate_data: the data set changed: " + line for line in changed]
    if changed and given.changes == "stop":
        sys.exit("\n".join(told))
    described.update(manifest(BASE / "input-data"), changes=changed, label=label(len(frame), last, changed))
    directory = BASE / "data-quality"
    directory.mkdir(parents=True, exist_ok=True)
    text = json.dumps(described, indent=2, sort_keys=True)
    (directory / "statistics.json").write_text(text + "\n", encoding="utf-8")
    print("\n".join([f"validate_data: {len(frame)} rows, {len(frame.columns)} columns, {described['version']}", *told]))


if __name__ == "__main__":
    main()
