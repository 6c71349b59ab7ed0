"""DataProcessing of batch transforms: filters (a subset of JSONPath) and the join of input and predictions.

https://docs.aws.amazon.com/sagemaker/latest/dg/batch-transform-data-processing.html
"""

import csv
import io
import json
import re
from typing import Any

STEP = re.compile(r"\.(?P<name>\w+)|\['(?P<key>[^']+)'\]|\[(?P<indices>[-\d:, ]+)\]")


class RecordError(Exception):
    """A record or a filter cannot be read."""


def select(record: str, path: str, content_type: str) -> str:
    """What InputFilter leaves of a record."""
    return record if path == "$" else write(follow(read(record, content_type), path), content_type)


def joined(batch: list[str], answer: str, processing: dict[str, Any], content_type: str, kind: str) -> str:
    """The predictions of a batch, with their input when JoinSource is Input, through OutputFilter; one a line."""
    answers = [line for line in answer.splitlines() if line.strip()]
    if len(answers) != len(batch):
        raise RecordError(f"got {len(answers)} predictions for {len(batch)} records: they cannot be put together")
    path = processing.get("OutputFilter", "$")
    lines = []
    for record, text in zip(batch, answers, strict=True):
        value = read(text, kind)
        if processing.get("JoinSource", "None") == "Input":
            value = join(read(record, content_type), value)
        lines.append(write(follow(value, path), content_type))
    return "".join(f"{line}\n" for line in lines)


def join(record: Any, prediction: Any) -> Any:
    """CSV: columns after columns; JSON: the prediction as SageMakerOutput."""
    if isinstance(record, list):
        return record + (prediction if isinstance(prediction, list) else [prediction])
    return record | {"SageMakerOutput": prediction}


def is_csv(content_type: str) -> bool:
    """Whether records are rows."""
    return not content_type or content_type.partition(";")[0].strip() == "text/csv"


def read(text: str, content_type: str) -> Any:
    """A record: a list of columns, or JSON."""
    if is_csv(content_type):
        return next(csv.reader([text.strip()]))
    try:
        return json.loads(text)
    except ValueError as error:
        raise RecordError(f"a record of type {content_type} is no JSON: {error}") from None


def write(value: Any, content_type: str) -> str:
    """A record as text."""
    if not is_csv(content_type):
        return json.dumps(value)
    out = io.StringIO()
    csv.writer(out, lineterminator="").writerow(value if isinstance(value, list) else [value])
    return out.getvalue()


def follow(value: Any, path: str) -> Any:
    """`$`, `$.name`, `$['name']`, `$[0]`, `$[1:]`, `$[-1]`, `$[0,2:4]`, one after the other."""
    position = 1
    if not path.startswith("$"):
        raise RecordError(f"the filter {path!r} does not begin with $")
    while position < len(path):
        found = STEP.match(path, position)
        if not found:
            raise RecordError(f"the embedded AWS does not support {path[position:]!r} of the filter {path!r}")
        try:
            name = found["name"] or found["key"]
            value = value[name] if name else among(value, found["indices"])
        except (LookupError, TypeError, ValueError):
            raise RecordError(f"the filter {path!r} finds nothing in {str(value)[:200]}") from None
        position = found.end()
    return value


def among(values: list[Any], indices: str) -> Any:
    """Elements by position and by slices."""
    parts = [part.strip() for part in indices.split(",")]
    if len(parts) == 1 and ":" not in parts[0]:
        return values[int(parts[0])]
    found: list[Any] = []
    for part in parts:
        if ":" in part:
            start, end, *_ = [int(edge) if edge.strip() else None for edge in part.split(":")]
            found += values[start:end]
        else:
            found.append(values[int(part)])
    return found
