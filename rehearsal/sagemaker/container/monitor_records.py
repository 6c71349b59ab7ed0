"""The data sets that Model Monitor's container reads: what an endpoint captured, and CSV files.

https://docs.aws.amazon.com/sagemaker/latest/dg/model-monitor-byoc-contract-inputs.html
"""

import base64
import csv
import datetime
import io
import json
import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

Row = list[str]


class RecordError(Exception):
    """A data set that the container cannot read; the text says which line."""


@dataclass(frozen=True)
class Captured:
    """One captured invocation: by what ground truth is found, and the rows that went in and came out."""

    identity: str
    inputs: list[Row]
    outputs: list[Row]


def csv_rows(folder: Path, *, header: bool) -> tuple[list[str], list[Row]]:
    """Names (`_c0`, ... without a header) and rows of all CSV files below a folder. Raises RecordError."""
    names: list[str] = []
    rows: list[Row] = []
    for path in files(folder):
        found = [row for row in csv.reader(path.read_text().splitlines()) if row]
        if header and found:
            names, found = names or found[0], found[1:]
        rows += found
    if not rows:
        raise RecordError(f"no rows in the data set at {folder}")
    return names or [f"_c{index}" for index in range(len(rows[0]))], rows


def captures(folder: Path, window: tuple[str, str]) -> list[Captured]:
    """What was captured within a window (ISO 8601, both ends in it). Raises RecordError."""
    begin, end = (moment(text) for text in window)
    return [
        captured(line, path)
        for path in files(folder)
        for line in json_lines(path)
        if begin <= moment(line["eventMetadata"]["inferenceTime"]) <= end
    ]


def captured(line: Mapping[str, Any], path: Path) -> Captured:
    """One line of a capture file. Raises RecordError."""
    metadata, data = line["eventMetadata"], line["captureData"]
    inputs = _part(data.get("endpointInput"), path)
    return Captured(
        metadata.get("inferenceId") or metadata["eventId"],
        inputs,
        by_row(_part(data.get("endpointOutput"), path), len(inputs)),
    )


def truths(folder: Path) -> dict[str, list[str]]:
    """Ground truth by event id or inference id.

    https://docs.aws.amazon.com/sagemaker/latest/dg/model-monitor-model-quality-merge.html
    """
    found: dict[str, list[str]] = {}
    for path in files(folder):
        for line in json_lines(path):
            rows = _part(line["groundTruthData"], path)
            found[line["eventMetadata"]["eventId"]] = [value for row in rows for value in row]
    return found


def by_row(outputs: list[Row], inputs: int) -> list[Row]:
    """Outputs as one row for each input row: what a container answers in one line is cut into even parts."""
    values = [value for row in outputs for value in row]
    if inputs and len(outputs) != inputs and len(values) % inputs == 0:
        size = len(values) // inputs
        return [values[index * size : (index + 1) * size] for index in range(inputs)]
    return outputs


def files(folder: Path) -> Iterator[Path]:
    """All files below a folder, by name."""
    return iter(sorted(path for path in folder.rglob("*") if path.is_file()))


def json_lines(path: Path) -> Iterator[dict[str, Any]]:
    """The lines of a JSON Lines file. Raises RecordError."""
    for number, text in enumerate(path.read_text().splitlines(), 1):
        if text.strip():
            try:
                line: dict[str, Any] = json.loads(text)
            except ValueError as error:
                raise RecordError(f"{path}:{number}: no JSON: {error}") from None
            yield line


def moment(text: str) -> datetime.datetime:
    """A time as captures and the environment write it."""
    return datetime.datetime.fromisoformat(text.replace("Z", "+00:00"))


def number(text: str) -> float | None:
    """The finite number that a value is, or None."""
    try:
        found = float(text)
    except ValueError:
        return None
    return found if math.isfinite(found) else None


def _part(part: Mapping[str, Any] | None, path: Path) -> list[Row]:
    if part is None:
        return []
    text = part["data"]
    if part["encoding"] == "BASE64":
        text = base64.b64decode(text).decode()
    kind = part.get("observedContentType", "").partition(";")[0].strip()
    if part["encoding"] == "JSON" or kind == "application/json":
        return [_values(item) for item in _items(json.loads(text), path)]
    return [row for row in csv.reader(io.StringIO(text)) if row]


def _items(document: Any, path: Path) -> list[Any]:
    """The rows of a JSON document: those of `instances` or `predictions`, else it is one."""
    if isinstance(document, dict):
        for name in ("instances", "predictions"):
            if isinstance(document.get(name), list):
                return list(document[name])
        return [document]
    raise RecordError(f"{path}: expected a JSON object, got {type(document).__name__}")


def _values(item: Any) -> Row:
    """The values of a row, in their order, without their names."""
    if isinstance(item, dict):
        return [value for part in item.values() for value in _values(part)]
    if isinstance(item, list):
        return [value for part in item for value in _values(part)]
    return ["" if item is None else str(item)]
