"""Script mode: hyperparameters are arguments, channels and the folder of the model are named by variables."""

import argparse
import os
from pathlib import Path

import xgboost
from channel import matrix


def main():
    """Train on one channel, watch another, save the booster where SageMaker packs it."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--num_round", type=int, default=100)
    parser.add_argument("--max_depth", type=int, default=4)
    parser.add_argument("--eta", type=float, default=0.1)
    parser.add_argument("--train", default=os.environ.get("SM_CHANNEL_TRAIN"))
    parser.add_argument("--validation", default=os.environ.get("SM_CHANNEL_VALIDATION"))
    parser.add_argument("--model-dir", default=os.environ.get("SM_MODEL_DIR"))
    options = parser.parse_args()
    settings = {"objective": "reg:squarederror", "max_depth": options.max_depth, "eta": options.eta, "seed": 1}
    train, validation = matrix(options.train), matrix(options.validation)
    watched = [(train, "train"), (validation, "validation")]
    booster = xgboost.train(settings, train, options.num_round, evals=watched, verbose_eval=25)
    booster.save_model(str(Path(options.model_dir) / "xgboost-model"))


if __name__ == "__main__":
    main()
