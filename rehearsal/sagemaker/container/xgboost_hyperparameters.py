"""The hyperparameters of the built-in XGBoost algorithm, their types and ranges.

https://docs.aws.amazon.com/sagemaker/latest/dg/xgboost_hyperparameters.html
"""

import difflib
from collections.abc import Iterable
from typing import Any


class UserError(Exception):
    """A hyperparameter is wrong."""


OBJECTIVES = (
    "binary:hinge", "binary:logistic", "binary:logitraw", "count:poisson", "multi:softmax", "multi:softprob",
    "rank:map", "rank:ndcg", "rank:pairwise", "reg:absoluteerror", "reg:gamma", "reg:linear", "reg:logistic",
    "reg:pseudohubererror", "reg:squarederror", "reg:squaredlogerror", "reg:tweedie", "survival:aft", "survival:cox",
)  # fmt: skip
METRICS = (
    "rmse", "rmsle", "mae", "mape", "mphe", "logloss", "error", "merror", "mlogloss", "auc", "aucpr", "ndcg", "map",
    "poisson-nloglik", "gamma-nloglik", "cox-nloglik", "gamma-deviance", "tweedie-nloglik", "aft-nloglik",
    "interval-regression-accuracy",
)  # fmt: skip
# Metrics that AWS's image adds to the library's own.
IMAGE_METRICS = (
    "accuracy", "accuracy_topk_1", "balanced_accuracy", "f1", "f1_binary", "f1_macro", "mse", "precision",
    "precision_macro", "precision_micro", "r2", "recall", "recall_macro", "recall_micro",
)  # fmt: skip

Numbers = tuple[Any, float, "float | None", bool]

# name -> (type, lowest, highest, whether the lowest itself is out of range)
RANGES: dict[str, Numbers] = {
    "num_round": (int, 1, None, False), "csv_weights": (int, 0, 1, False),
    "early_stopping_rounds": (int, 1, None, False), "verbosity": (int, 0, 3, False),
    "nthread": (int, 1, None, False), "eta": (float, 0, 1, False),
    "gamma": (float, 0, None, False), "max_depth": (int, 0, None, False), "min_child_weight": (float, 0, None, False),
    "max_delta_step": (float, 0, None, False), "subsample": (float, 0, 1, True),
    "colsample_bytree": (float, 0, 1, True), "colsample_bylevel": (float, 0, 1, True),
    "colsample_bynode": (float, 0, 1, True), "lambda": (float, 0, None, False), "alpha": (float, 0, None, False),
    "scale_pos_weight": (float, 0, None, True), "refresh_leaf": (int, 0, 1, False), "max_leaves": (int, 0, None, False),
    "max_bin": (int, 0, None, False), "rate_drop": (float, 0, 1, False), "one_drop": (int, 0, 1, False),
    "skip_drop": (float, 0, 1, False), "tweedie_variance_power": (float, 1, 2, True),
    "num_class": (int, 2, None, False),
    "base_score": (float, 0, None, False), "seed": (int, -(2**31), 2**31 - 1, True),
    "num_parallel_tree": (int, 1, None, False), "aft_loss_distribution_scale": (float, 0, None, True),
    "huber_slope": (float, 0, None, True),
}  # fmt: skip
CHOICES: dict[str, tuple[str, ...]] = {
    "booster": ("gbtree", "gblinear", "dart"), "tree_method": ("auto", "exact", "approx", "hist"),
    "process_type": ("default", "update"), "grow_policy": ("depthwise", "lossguide"),
    "sample_type": ("uniform", "weighted"), "normalize_type": ("tree", "forest"), "objective": OBJECTIVES,
    "aft_loss_distribution": ("normal", "logistic", "extreme"), "save_model_on_termination": ("true", "false"),
    "sampling_method": ("uniform", "gradient_based"),
}  # fmt: skip
ALIASES = {
    "learning_rate": "eta", "reg_lambda": "lambda", "reg_alpha": "alpha", "min_split_loss": "gamma",
    "reg:linear": "reg:squarederror",
}  # fmt: skip
# The image knows these, nothing here does.
UNSUPPORTED = (
    "_kfold", "_num_cv_round", "_tuning_objective_metric", "deterministic_histogram", "dsplit",
    "interaction_constraints", "lambda_bias", "monotone_constraints", "predictor", "single_precision_histogram",
    "sketch_eps", "updater",
    "use_dask_gpu_training",
)  # fmt: skip


def validate(given: dict[str, str]) -> dict[str, Any]:
    """Strings as they came -> values for the library. Raises UserError with the image's words where they are known."""
    given = {ALIASES.get(name, name): text for name, text in given.items()}
    if "num_round" not in given:
        raise UserError("Missing required hyperparameter: num_round")
    values: dict[str, Any] = {name: value(name, text) for name, text in given.items()}
    objective = values.get("objective")
    if objective in ("multi:softmax", "multi:softprob") and "num_class" not in values:
        raise UserError("Require input for parameter 'num_class' for multi-classification")
    metrics = values.get("eval_metric", [])
    if "auc" in metrics and not str(objective).startswith(("binary:", "rank:")):
        raise UserError("Metric 'auc' can only be applied for classification and ranking problems.")
    return values


def value(name: str, text: str) -> Any:
    """One hyperparameter."""
    if name in UNSUPPORTED or name in IMAGE_METRICS:
        raise UserError(f"the embedded AWS does not support the hyperparameter {name}")
    if name == "eval_metric":
        return [metric(part.strip()) for part in text.split(",")]
    if name in CHOICES:
        if text not in CHOICES[name]:
            allowed = f"{list(CHOICES[name])}{near(text, CHOICES[name])}"
            raise UserError(f"Hyperparameter {name}: value {text} not in range {allowed}")
        return ALIASES.get(text, text)
    if name not in RANGES:
        known = [*RANGES, *CHOICES, "eval_metric"]
        raise UserError(f"Extraneous hyperparameter found: {name}{near(name, known)}")
    kind, low, high, beyond = RANGES[name]
    try:
        parsed = kind(text)
    except ValueError:
        raise UserError(f"Hyperparameter {name}: could not parse value {text!r} as {kind.__name__}") from None
    if parsed < low or (beyond and parsed == low) or (high is not None and parsed > high):
        raise UserError(f"Hyperparameter {name}: value {text} not in range [{low}, {'inf' if high is None else high}]")
    return parsed


def metric(name: str) -> str:
    """One evaluation metric, maybe with a threshold (`error@0.7`)."""
    plain, _, threshold = name.partition("@")
    if plain in IMAGE_METRICS:
        raise UserError(f"the embedded AWS does not support the metric {name} that AWS's image adds to the library")
    if plain not in METRICS or (threshold and plain not in ("error", "ndcg", "map")):
        raise UserError(f"Hyperparameter eval_metric: value {name} not in range {list(METRICS)}{near(name, METRICS)}")
    return name


def near(name: str, known: Iterable[str]) -> str:
    """A nearest spelling, if there is one."""
    found = difflib.get_close_matches(name, list(known), 1)
    return f" (did you mean {found[0]}?)" if found else ""
