"""Search over what Describe shows. https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_Search.html"""

from __future__ import annotations

import datetime
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from rehearsal.api import Caller, Operation, Params, invalid, unsupported
from rehearsal.params import only
from rehearsal.sagemaker import listing

# of a resource: its operations, the member of the list, what a row calls it, what Describe calls it, the record's name
_KINDS: Mapping[str, tuple[str, str, str, str, str, str]] = {
    resource: (f"List{noun}s", f"Describe{noun}", summaries, name, name, record)
    for resource, noun, summaries, name, record in (
        ("TrainingJob", "TrainingJob", "TrainingJobSummaries", "TrainingJobName", "TrainingJob"),
        ("HyperParameterTuningJob", "HyperParameterTuningJob", "HyperParameterTuningJobSummaries",
         "HyperParameterTuningJobName", "HyperParameterTuningJob"),
        ("Experiment", "Experiment", "ExperimentSummaries", "ExperimentName", "Experiment"),
        ("ExperimentTrial", "Trial", "TrialSummaries", "TrialName", "Trial"),
        ("ExperimentTrialComponent", "TrialComponent", "TrialComponentSummaries", "TrialComponentName",
         "TrialComponent"),
        ("Endpoint", "Endpoint", "Endpoints", "EndpointName", "Endpoint"),
        ("Model", "Model", "Models", "ModelName", "Model"),
        ("ModelPackageGroup", "ModelPackageGroup", "ModelPackageGroupSummaryList", "ModelPackageGroupName",
         "ModelPackageGroup"),
        ("Pipeline", "Pipeline", "PipelineSummaries", "PipelineName", "Pipeline"),
    )
}  # fmt: skip
_NONE = {"FeatureGroup", "FeatureMetadata", "Project", "ModelCard"}
_COMPARE: Mapping[str, Callable[[Any, str], bool]] = {
    "Equals": lambda value, given: _text(value) == given,
    "NotEquals": lambda value, given: _text(value) != given,
    "Contains": lambda value, given: given in _text(value),
    "In": lambda value, given: _text(value) in given.split(","),
    "GreaterThan": lambda value, given: bool(_pair(value, given)[0] > _pair(value, given)[1]),
    "GreaterThanOrEqualTo": lambda value, given: bool(_pair(value, given)[0] >= _pair(value, given)[1]),
    "LessThan": lambda value, given: bool(_pair(value, given)[0] < _pair(value, given)[1]),
    "LessThanOrEqualTo": lambda value, given: bool(_pair(value, given)[0] <= _pair(value, given)[1]),
}


class Search:
    """Looks through what the List and Describe operations show: `calls` by their API names."""

    def __init__(self, calls: Mapping[str, Operation]) -> None:
        self._calls = dict(calls)

    def search(self, caller: Caller, params: Params) -> Params:
        """The records of one kind that an expression lets through. Raises ApiError ValidationException."""
        known = {"Resource", "SearchExpression", "SortBy", "SortOrder", "NextToken", "MaxResults"}
        only(params, known, "Search")
        kind = params["Resource"]
        if kind not in _KINDS and kind not in _NONE:
            raise unsupported(f"Search for {kind}")
        expression = params.get("SearchExpression", {})
        _refuse_nested(params.get("SearchExpression", {}))
        found = [each for each in self._all(caller, kind) if _holds(expression, each)]
        by = params.get("SortBy", "LastModifiedTime")
        backwards = params.get("SortOrder", "Descending") == "Descending"
        found.sort(key=lambda each: _text(_at(each, by)), reverse=backwards)
        record = _KINDS[kind][5] if kind in _KINDS else kind
        answer = listing.page([{record: each} for each in found], params, "Results")
        return answer | {"TotalHits": {"Value": len(found), "Relation": "EqualTo"}}

    def _all(self, caller: Caller, kind: str) -> Iterator[Params]:
        if kind not in _KINDS:
            return
        listed, describe, member, name, asked, _ = _KINDS[kind]
        token: Params = {}
        while True:
            page = self._calls[listed](caller, {"MaxResults": 100, **token}) or {}
            for row in page[member]:
                yield self._calls[describe](caller, {asked: row[name]}) or {}
            if not page.get("NextToken"):
                return
            token = {"NextToken": page["NextToken"]}


def _refuse_nested(expression: Params) -> None:
    """Raises ApiError, also where there is no record to compare."""
    if expression.get("NestedFilters"):
        raise unsupported("SearchExpression.NestedFilters of Search")
    for each in expression.get("SubExpressions", []):
        _refuse_nested(each)


def _holds(expression: Params, record: Params) -> bool:
    parts: list[bool] = [_passes(each, record) for each in expression.get("Filters", [])]
    parts += [_holds(each, record) for each in expression.get("SubExpressions", [])]
    if not parts:
        return True
    return any(parts) if expression.get("Operator") == "Or" else all(parts)


def _passes(condition: Params, record: Params) -> bool:
    value, operator = _at(record, condition["Name"]), condition.get("Operator", "Equals")
    if operator in ("Exists", "NotExists"):
        there: bool = value is not None
        return there if operator == "Exists" else not there
    if operator not in _COMPARE:
        raise invalid(f"SearchExpression: the operator {operator} is not known")
    return value is not None and _COMPARE[operator](value, condition.get("Value", ""))


def _at(record: Any, path: str) -> Any:
    for part in path.split("."):
        record = record.get(part) if isinstance(record, dict) else None
    return record


def _text(value: Any) -> str:
    if isinstance(value, datetime.datetime):
        return value.astimezone(datetime.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    return "" if value is None else str(value)


def _pair(value: Any, given: str) -> tuple[Any, Any]:
    """Both sides as numbers where both are, else as texts."""
    try:
        return float(value), float(given)
    except (TypeError, ValueError):
        return _text(value), given
