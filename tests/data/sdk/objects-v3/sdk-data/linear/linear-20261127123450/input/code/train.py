"""A training script in script mode: a linear model, and how to serve it."""

import argparse
import os
from pathlib import Path

import joblib
import pandas
from sklearn.linear_model import Ridge
from sklearn.metrics import mean_squared_error


def model_fn(directory: str) -> Ridge:
    """Load the model: what the inference image calls."""
    return joblib.load(Path(directory) / "model.joblib")


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--alpha", type=float)
    alpha = parser.parse_args().alpha
    train = pandas.read_csv(Path(os.environ["SM_CHANNEL_TRAIN"]) / "train.csv", header=None).to_numpy()
    test = pandas.read_csv(Path(os.environ["SM_CHANNEL_TEST"]) / "test.csv", header=None).to_numpy()
    model = Ridge(alpha=alpha).fit(train[:, 1:], train[:, 0])
    print(f"mse={mean_squared_error(test[:, 0], model.predict(test[:, 1:])):.3f};")
    joblib.dump(model, Path(os.environ["SM_MODEL_DIR"]) / "model.joblib")
