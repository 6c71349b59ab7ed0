"""The data channels of the built-in XGBoost algorithm: text/csv (target first, no header) and libsvm.

https://docs.aws.amazon.com/sagemaker/latest/dg/xgboost.html#InputOutput-XGBoost
"""

from pathlib import Path
from typing import Any

CSV = ("csv", "text/csv")
LIBSVM = ("libsvm", "text/libsvm", "text/x-libsvm")
UNSUPPORTED = ("parquet", "application/x-parquet", "recordio-protobuf", "application/x-recordio-protobuf")


class UserError(Exception):
    """A channel or its data is wrong."""


def validate(found: dict[str, dict[str, str]]) -> None:
    """`train` is required, `validation` is not, others are unknown; content types must be the algorithm's."""
    for name in found:
        if name not in ("train", "validation", "code"):
            raise UserError(f"Extraneous channel found: {name}")
    if "train" not in found:
        raise UserError("Missing required channel: train")
    for name in ("train", "validation"):
        if name in found:
            content_type(found[name].get("ContentType"))


def content_type(text: str | None) -> str:
    """`csv` or `libsvm`, which is the default."""
    plain, *parameters = [part.strip() for part in (text or "libsvm").lower().split(";")]
    if any(part.startswith("label_size=") and part != "label_size=1" for part in parameters):
        raise UserError(f"{text} is not an accepted csv ContentType. Optional parameter label_size must be equal to 1")
    if plain in UNSUPPORTED:
        raise UserError(f"the embedded AWS does not support ContentType {text}")
    if plain not in CSV + LIBSVM:
        raise UserError(f"{text} is not an accepted ContentType: {', '.join(CSV + LIBSVM + UNSUPPORTED)}.")
    return "csv" if plain in CSV else "libsvm"


def load(directory: Path, found: dict[str, dict[str, str]], *, weights: bool) -> dict[str, Any]:
    """Channel name -> DMatrix; as in the image, the train channel's content type holds for both."""
    import xgboost

    kind = content_type(found["train"].get("ContentType"))
    names: list[str] = [name for name in ("train", "validation") if name in found]
    files = {name: data_files(directory / name, name) for name in names}
    if kind == "csv":
        return {name: csv(xgboost, files[name], weights=weights and name == "train") for name in names}
    return libsvm(xgboost, files)


def data_files(directory: Path, channel: str) -> list[Path]:
    """The channel's files in order; hidden ones and those that start with _ are none."""
    paths = sorted(path for path in directory.rglob("*") if path.is_file() and path.name[0] not in "._")
    if not paths:
        raise UserError(f"No data in {'training' if channel == 'train' else channel} channel path {directory}")
    return paths


def csv(xgboost: Any, files: list[Path], *, weights: bool) -> Any:
    """Target in the first column, then the weight if there are any, then the features."""
    import pandas

    frames = []
    for path in files:
        try:
            options = {"sep": None, "engine": "python"} if odd(path) else {}
            frames.append(pandas.read_csv(path, header=None, **options).astype("float64"))
        except ValueError as error:
            raise UserError(f"Failed to load csv data with exception:\n{path.name}: {error}") from None
    data = pandas.concat(frames).to_numpy()
    if data.shape[1] < 2 + weights:
        raise UserError(f"Failed to load csv data with exception:\n{data.shape[1]} columns: no features")
    return xgboost.DMatrix(data[:, 1 + weights :], label=data[:, 0], weight=data[:, 1] if weights else None)


def odd(path: Path) -> bool:
    """Whether the delimiter is no comma."""
    with path.open() as file:
        return "," not in file.readline()


def libsvm(xgboost: Any, files: dict[str, list[Path]]) -> dict[str, Any]:
    """Sparse lines; all channels get the same number of columns."""
    from scipy.sparse import vstack  # type: ignore[import-untyped]
    from sklearn.datasets import load_svmlight_files

    paths = [str(path) for group in files.values() for path in group]
    try:
        loaded = load_svmlight_files(paths, zero_based=True)
    except ValueError as error:
        raise UserError(f"Failed to load libsvm data with exception:\n{error}") from None
    matrices: dict[str, Any] = {}
    position = 0
    for name, group in files.items():
        part = loaded[2 * position : 2 * (position + len(group))]
        labels = [value for values in part[1::2] for value in values]
        matrices[name] = xgboost.DMatrix(vstack(part[0::2]).tocsr(), label=labels)
        position += len(group)
    return matrices
