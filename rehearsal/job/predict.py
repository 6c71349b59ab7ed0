"""Run as a child of its own: the predictions of a trained model itself, without any endpoint.

`python predict.py model.tar.gz < rows.csv` prints one number a line for the rows of features (no header, no target).
"""

import sys
import tarfile

if __name__ == "__main__":  # xgboost imports these for its wrappers only, and they are slow
    sys.modules["sklearn"] = sys.modules["pandas"] = None  # type: ignore[assignment]

import numpy
import xgboost

_LARGEST = 1 << 30


def main(model: str) -> None:
    """Load the model and print what it predicts for the rows on standard input."""
    with tarfile.open(model) as archive:
        (member,) = [member for member in archive if member.isfile()]
        content = archive.extractfile(member)
        assert content, "it is a file"
        if member.size > _LARGEST:
            sys.exit(f"{member.name} has {member.size} bytes, expected {_LARGEST} at most")
        booster = xgboost.Booster()
        booster.load_model(bytearray(content.read()))
    rows = [[float(field or "nan") for field in line.split(",")] for line in sys.stdin.read().split()]
    for each in booster.predict(xgboost.DMatrix(numpy.array(rows, dtype=float)), validate_features=False).tolist():
        print(repr(each))


if __name__ == "__main__":
    main(sys.argv[1])
