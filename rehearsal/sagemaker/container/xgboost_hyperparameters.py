"""The hyperparameters of the built-in XGBoost algorithm, as the image of a version takes them.

What they may be is in xgboost_versions.json, which names its sources. https://docs.aws.amazon.com/sagemaker/latest/dg/xgboost_hyperparameters.html
"""

import difflib
import json
import re
from collections.abc import Iterable
from pathlib import Path
from typing import Any


class UserError(Exception):
    """A hyperparameter is wrong."""


# Metrics that AWS's image adds to the library's own.
IMAGE_METRICS = (
    "accuracy", "balanced_accuracy", "f1", "f1_binary", "f1_macro", "mse", "precision", "precision_macro",
    "precision_micro", "r2", "recall", "recall_macro", "recall_micro",
)  # fmt: skip
ALIASES = {"learning_rate": "eta", "reg_lambda": "lambda", "reg_alpha": "alpha", "min_split_loss": "gamma"}
# The image knows these, nothing here does.
UNSUPPORTED = ("_kfold", "_nfold", "_num_cv_round", "updater")
# What changes nothing here: speed, memory, the work of several machines, and what the library has lost since.
WITHOUT_EFFECT = (
    "deterministic_histogram", "dsplit", "lambda_bias", "predictor", "prob_buffer_row", "save_model_on_termination",
    "silent", "single_precision_histogram", "sketch_eps", "use_dask_gpu_training",
)  # fmt: skip
# Values that need a GPU, and what stands in for them where the instance has one.
ON_GPU = {
    ("tree_method", "gpu_hist"): "hist", ("predictor", "gpu_predictor"): "auto", ("use_dask_gpu_training", "true"): "",
    ("device", "cuda"): "cpu", ("device", "gpu"): "cpu",
}  # fmt: skip
CONSTRAINED = {"monotone_constraints": ("exact", "hist"), "interaction_constraints": ("exact", "hist", "approx")}
_ITEM = r"\s*(-1|0|1)\s*"
_LIST = r"\s*\[\s*\d+(\s*,\s*\d+)*\s*\]\s*"
_SHAPES = {"signs": rf"\({_ITEM}(,{_ITEM})*,?\s*\)", "groups": rf"\[{_LIST}(,{_LIST})*\]"}

Form = dict[str, Any]


def forms(version: str) -> dict[str, Form]:
    """Hyperparameter -> what it may be in the image of `version`, such as 1.7-1."""
    data = json.loads(Path(__file__).with_name("xgboost_versions.json").read_text())
    order = data["versions"]
    found = {}
    for name, entries in data["hyperparameters"].items():
        for form in entries:
            if (
                order.index(form.get("since", order[0]))
                <= order.index(version)
                <= order.index(form.get("until", order[-1]))
            ):
                found[name] = form
    return found


def validate(given: dict[str, str], version: str, gpu: bool = False) -> dict[str, Any]:
    """Strings as they came -> values for the library. Raises UserError with the image's words where they are known."""
    known = forms(version)
    given = {ALIASES.get(name, name): text for name, text in given.items()}
    if "num_round" not in given:
        raise UserError("Missing required hyperparameter: num_round")
    tuned = given.pop("_tuning_objective_metric", "").rpartition(":")[2]  # such as validation:rmse
    if tuned and tuned not in given.get("eval_metric", "").split(","):
        given["eval_metric"] = ",".join(text for text in (given.get("eval_metric"), tuned) if text)
    values = {name: value(name, text, known, gpu=gpu) for name, text in given.items()}
    objective = values.get("objective")
    if objective in ("multi:softmax", "multi:softprob") and "num_class" not in values:
        raise UserError("Require input for parameter 'num_class' for multi-classification")
    if "auc" in values.get("eval_metric", []) and not str(objective).startswith(("binary:", "rank:")):
        raise UserError("Metric 'auc' can only be applied for classification and ranking problems.")
    for name, methods in CONSTRAINED.items():
        if name in values and values.get("tree_method") not in methods:
            raise UserError(f"{name} can be used only when tree_method is one of {', '.join(methods)}")
    return {name: each for name, each in values.items() if name not in WITHOUT_EFFECT}


def value(name: str, text: str, known: dict[str, Form], *, gpu: bool) -> Any:
    """One hyperparameter."""
    if name not in known:
        raise UserError(f"Extraneous hyperparameter found: {name}{near(name, known)}")
    if name in UNSUPPORTED:
        raise UserError(f"the embedded AWS does not support the hyperparameter {name}")
    form = known[name]
    if form["type"] == "metrics":
        return [metric(part.strip(), form["values"]) for part in text.split(",")]
    if form["type"] == "choice":
        return choice(name, text, form["values"], gpu=gpu)
    if form["type"] in _SHAPES:
        if not re.fullmatch(_SHAPES[form["type"]], text):
            raise UserError(f"Hyperparameter {name}: could not parse value {text!r}")
        return text
    return number(name, text, form)


def choice(name: str, text: str, allowed: list[str], *, gpu: bool) -> str:
    """One of several words."""
    if text not in allowed:
        raise UserError(f"Hyperparameter {name}: value {text} not in range {allowed}{near(text, allowed)}")
    if (name, text) in ON_GPU and not gpu:
        raise UserError(f"XGB train call failed with exception: {name} {text} needs an instance with a GPU")
    text = ON_GPU.get((name, text), text)
    return "reg:squarederror" if text == "reg:linear" else text


def number(name: str, text: str, form: Form) -> Any:
    """A whole or another number within its range."""
    kind = int if form["type"] == "integer" else float
    try:
        parsed = kind(text)
    except ValueError:
        raise UserError(f"Hyperparameter {name}: could not parse value {text!r} as {kind.__name__}") from None
    fits = (
        parsed >= form.get("at least", parsed)
        and parsed <= form.get("at most", parsed)
        and ("above" not in form or parsed > form["above"])
        and ("below" not in form or parsed < form["below"])
    )
    if not fits:
        low, high = form.get("at least", form.get("above")), form.get("at most", form.get("below", "inf"))
        raise UserError(f"Hyperparameter {name}: value {text} not in range [{low}, {high}]")
    return parsed


def metric(name: str, allowed: list[str]) -> str:
    """One evaluation metric, maybe with a threshold (`error@0.7`)."""
    plain, _, threshold = name.partition("@")
    if plain not in allowed or (threshold and plain not in ("error", "ndcg", "map")):
        raise UserError(f"Hyperparameter eval_metric: value {name} not in range {allowed}{near(name, allowed)}")
    if plain in IMAGE_METRICS:
        raise UserError(f"the embedded AWS does not support the metric {name} that AWS's image adds to the library")
    return name


def near(name: str, known: Iterable[str]) -> str:
    """A nearest spelling, if there is one."""
    found = difflib.get_close_matches(name, list(known), 1)
    return f" (did you mean {found[0]}?)" if found else ""
