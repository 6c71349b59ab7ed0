"""Runs inside a training job's sandbox in place of the built-in XGBoost algorithm; its argument is the image's version.

https://docs.aws.amazon.com/sagemaker/latest/dg/xgboost.html
"""

import json
import pickle
import sys
from pathlib import Path
from typing import Any, NoReturn

import xgboost_channels as channels  # type: ignore[import-not-found]
import xgboost_hyperparameters as hyperparameters  # type: ignore[import-not-found]

ROOT = Path("/opt/ml")
GPU = ("ml.p", "ml.g")  # instance types that have one


def main() -> None:
    """Train, print metrics as the image does, and keep the model as `xgboost-model`."""
    config = ROOT / "input" / "config"
    given = json.loads((config / "hyperparameters.json").read_text())
    found = json.loads((config / "inputdataconfig.json").read_text())
    try:
        kind = json.loads((config / "resourceconfig.json").read_text())["current_instance_type"] or ""
        parameters = hyperparameters.validate(given, sys.argv[1], kind.startswith(GPU))
        channels.validate(found)
        train(parameters, found, sys.argv[1])
    except (hyperparameters.UserError, channels.UserError) as error:
        fail(f"UserError: {error}")


def train(parameters: dict[str, Any], found: dict[str, Any], version: str) -> None:
    """One training on one host."""
    xgboost = imported()
    print(f"[embedded AWS] image version {version}, xgboost {xgboost.__version__}", flush=True)
    data = channels.load(ROOT / "input" / "data", found, weights=parameters.pop("csv_weights", 0) == 1)
    print(
        f"INFO:root:Single node training.\nINFO:root:Train matrix has {data['train'].num_row()} rows and "
        f"{data['train'].num_col()} columns"
    )
    if "validation" in data:
        print(f"INFO:root:Validation matrix has {data['validation'].num_row()} rows", flush=True)
    rounds = parameters.pop("num_round")
    patience = parameters.pop("early_stopping_rounds", None)
    try:
        booster = xgboost.train(
            parameters,
            data["train"],
            num_boost_round=rounds,
            verbose_eval=False,
            early_stopping_rounds=patience,
            evals=[(data[name], name) for name in ("train", "validation") if name in data],
            callbacks=[printer(xgboost)],
        )
    except (xgboost.core.XGBoostError, ValueError) as error:
        fail(f"UserError: XGB train call failed with exception:\n {str(error).splitlines()[0]}")
    save(booster, version)


def imported() -> Any:
    """The package without its scikit-learn wrappers: those import most of scikit-learn, for seconds."""
    sys.modules["sklearn"] = None  # type: ignore[assignment]
    import xgboost

    del sys.modules["sklearn"]  # reading libsvm takes it
    return xgboost


def printer(xgboost: Any) -> Any:
    """Prints each round as CloudWatch shows the image's lines, where a tab is #011."""

    class Printer(xgboost.callback.TrainingCallback):  # type: ignore[misc]
        def after_iteration(self, model: Any, epoch: int, evals_log: dict[str, Any]) -> bool:
            parts = [
                f"{channel}-{metric}:{values[-1]:.5f}"
                for channel, metrics in evals_log.items()
                for metric, values in metrics.items()
            ]
            print(f"[{epoch}]#011{'#011'.join(parts)}", flush=True)
            return False

    return Printer()


def save(booster: Any, version: str) -> None:
    """As the image of that version does: a pickle before 1.3, XGBoost's own format since."""
    path = ROOT / "model" / "xgboost-model"
    if tuple(int(part) for part in version.partition("-")[0].split(".")) < (1, 3):
        path.write_bytes(pickle.dumps(booster))
        return
    booster.save_model(path.with_suffix(".ubj"))
    path.with_suffix(".ubj").rename(path)


def fail(text: str) -> NoReturn:
    """Say it where SageMaker looks for it, and end."""
    (ROOT / "output" / "failure").write_text(text)
    print(text, file=sys.stderr)
    sys.exit(1)


if __name__ == "__main__":
    main()
