"""Runs inside an endpoint's sandbox in place of the built-in XGBoost algorithm's server.

Its argument is the image's version. What comes in and out is that of the image in algorithm mode: text/csv or
text/libsvm in, the predictions separated by commas out, or JSON where the caller accepts that (images since 1.3).

https://docs.aws.amazon.com/sagemaker/latest/dg/your-algorithms-inference-code.html
https://github.com/aws/sagemaker-xgboost-container
"""

import csv
import json
import os
import pickle
import sys
import threading
from pathlib import Path
from typing import Any

LIGHT = "SERVE_WITHOUT_SCIKIT_LEARN"
if (
    __name__ == "__main__" and os.environ.get(LIGHT, "1") == "1"
):  # xgboost imports these for its wrappers only, and they take seconds
    sys.modules["sklearn"] = sys.modules["pandas"] = None  # type: ignore[assignment]

import numpy  # noqa: E402
import serving  # type: ignore[import-not-found]  # noqa: E402
import xgboost  # noqa: E402
from serving import Refused  # noqa: E402

ROOT = Path("/opt/ml")
CSV = ("text/csv",)
LIBSVM = ("text/libsvm", "text/x-libsvm")
ACCEPTED = ("text/csv", "application/json")
LOCK = threading.Lock()


def load(directory: Path) -> Any:
    """The one booster of the model directory, a pickle or in XGBoost's own format."""
    files = sorted(path for path in directory.rglob("*") if path.is_file() and not path.name.startswith("."))
    if len(files) != 1:
        raise RuntimeError(f"expected one model file, got {[path.name for path in files] or 'none'}")
    booster, content = xgboost.Booster(), files[0].read_bytes()
    if content[:1] == b"\x80":  # a pickle
        booster = pickle.loads(content)
    else:
        booster.load_model(bytearray(content))
    booster = getattr(booster, "get_booster", lambda: booster)()
    booster.set_param({"nthread": 1})
    return booster


def parse(body: bytes, content_type: str) -> Any:
    """The rows of a request."""
    plain = (content_type or "text/csv").partition(";")[0].strip().lower()
    if plain not in CSV + LIBSVM:
        raise Refused(415, f"Content-type {plain} is not supported. Supported are: {', '.join(CSV + LIBSVM)}.")
    kind = "csv" if plain in CSV else "libsvm"
    try:
        text = body.decode().strip()
        return xgboost.DMatrix(table(text) if kind == "csv" else sparse(text))
    except (ValueError, IndexError) as error:
        where = f"Loading {kind} data failed with Exception, please ensure data is in {kind} format"
        raise Refused(415, f"{where}:\n {type(error).__name__}: {error}") from None


def table(text: str) -> Any:
    """Delimited numbers; an empty field is a missing value."""
    lines = text.splitlines()
    try:
        delimiter = csv.Sniffer().sniff(lines[0][:512]).delimiter
    except csv.Error:
        delimiter = ","  # one column
    delimiter = "," if delimiter.isalnum() or delimiter in ".-+" else delimiter
    rows = [[field.strip() or "nan" for field in line.split(delimiter)] for line in lines]
    return numpy.array(rows, dtype=float)


def sparse(text: str) -> Any:
    """`index:value` fields, a label in front is skipped; absent values are missing, as in the image."""
    from scipy.sparse import csr_matrix  # type: ignore[import-untyped]

    rows, columns, values = [], [], []
    for number, line in enumerate(text.splitlines()):
        for field in line.split():
            if ":" in field:
                index, _, value = field.partition(":")
                rows.append(number)
                columns.append(int(index))
                values.append(float(value))
    return csr_matrix((values, (rows, columns)), shape=(len(text.splitlines()), max(columns) + 1))


def predict(booster: Any, data: Any) -> list[Any]:
    """The predictions of the rows. The number of features must be the model's, where the model knows it."""
    got, wanted = data.num_col(), booster.num_features()
    if got > wanted:
        text = f"Feature size of inference data {got} is not consistent with feature size of trained model {wanted}."
        raise Refused(400, f"Unable to evaluate payload provided: {text}")
    best = getattr(booster, "best_iteration", None) if booster.attr("best_iteration") else None
    try:
        with LOCK:
            found: list[Any] = booster.predict(
                data, validate_features=False, iteration_range=(0, best + 1) if best is not None else (0, 0)
            ).tolist()
    except xgboost.core.XGBoostError as error:
        raise Refused(400, f"Unable to evaluate payload provided: {str(error).splitlines()[0]}") from None
    return found


def encode(predictions: list[Any], accept: str, version: tuple[int, ...]) -> tuple[str, str]:
    """Content type and text of the answer."""
    plain = (accept or "*/*").partition(";")[0].strip().lower()
    plain = "text/csv" if plain == "*/*" or version < (1, 3) else plain
    if plain not in ACCEPTED:
        raise Refused(406, f"Accept type {plain} is not supported. Please use supported accept types: {ACCEPTED}.")
    if plain == "application/json":
        return plain, json.dumps({"predictions": [{"score": each} for each in predictions]})
    lines = os.environ.get("SAGEMAKER_BATCH") == "true"  # batch transform: a prediction a line
    return "text/csv; charset=utf-8", ("\n" if lines else ",").join(str(each) for each in predictions)


def main() -> None:
    """Load the model, then serve until killed."""
    try:
        booster = load(ROOT / "model")
    except ImportError:
        if os.environ.get(LIGHT) == "0":
            raise
        os.environ[LIGHT] = "0"  # a pickle of scikit-learn's kind of wrapper
        os.execv(sys.executable, [sys.executable, *sys.argv])
    except Exception as error:
        print(f"Unable to load model: {type(error).__name__}: {str(error).splitlines()[0]}", flush=True)
        sys.exit(1)
    version = tuple(int(part) for part in sys.argv[1].partition("-")[0].split("."))

    def respond(body: bytes, headers: Any) -> tuple[str, bytes]:
        rows = parse(body, headers.get("Content-Type", ""))
        kind, text = encode(predict(booster, rows), headers.get("Accept", ""), version)
        return kind, text.encode()

    serving.serve(respond, f"image version {sys.argv[1]}, xgboost {xgboost.__version__}: model loaded")


if __name__ == "__main__":
    main()
