"""What came of a suite: values out of answers, errors, latencies, and the verdict. Pure."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from model_cicd.stage_tests.suite import Accuracy, Answer, Load, Row, Suite

_LONGEST = 80  # characters of an answer that are shown


@dataclass(frozen=True)
class Reply:
    """The endpoint's answer to a request, or why there is none; `seconds` as the client sees it."""

    text: str = ""
    content_type: str = ""
    seconds: float = 0.0
    error: str = ""


@dataclass(frozen=True)
class Finding:
    """Something that was asked for: whether it holds, and its numbers in words."""

    holds: bool
    text: str


def value_of(reply: Reply, suite: Suite) -> float | str:
    """The value of an answer. Raises ValueError saying what is wrong with it."""
    if reply.error:
        raise ValueError(reply.error)
    got = reply.content_type.partition(";")[0].strip().lower()
    if got != suite.wanted:
        raise ValueError(f"answered as {got or 'no content type'}, expected {suite.wanted}")
    value = _found(reply.text, suite.answer)
    return _number(value, suite.answer) if suite.answer.type == "number" else _text(value, suite.answer)


def _found(text: str, answer: Answer) -> object:
    if answer.value is None:
        return text.strip()
    try:
        here = json.loads(text)
        for part in answer.value.split("."):
            here = here[int(part)] if isinstance(here, list) else here[part]
    except (ValueError, LookupError, TypeError, RecursionError):
        raise ValueError(f"answered {_shown(text)}, expected JSON with {answer.value}") from None
    return here


def _number(value: object, answer: Answer) -> float:
    try:
        number = math.nan if isinstance(value, bool) else float(value)  # type: ignore[arg-type]
    except (ValueError, TypeError, OverflowError):
        number = math.nan
    if not math.isfinite(number):
        raise ValueError(f"answered {_shown(value)}, expected a number")
    if answer.minimum is not None and number < answer.minimum:
        raise ValueError(f"answered {number:g}, expected at least {answer.minimum:g}")
    if answer.maximum is not None and number > answer.maximum:
        raise ValueError(f"answered {number:g}, expected at most {answer.maximum:g}")
    return number


def _text(value: object, answer: Answer) -> str:
    if not isinstance(value, str) or not value:
        raise ValueError(f"answered {_shown(value)}, expected a text")
    if answer.one_of and value not in answer.one_of:
        raise ValueError(f"answered {_shown(value)}, expected one of {', '.join(answer.one_of)}")
    return value


def _shown(value: object) -> str:
    shown = repr(value)
    return shown if len(shown) <= _LONGEST else f"{shown[: _LONGEST - 3]}..."


def rows(suite: Suite, replies: Sequence[Reply]) -> tuple[list[Finding], list[str]]:
    """Whether the answers to the golden rows are of the kind and near enough, and what is wrong with which row."""
    values: list[tuple[Row, float | str]] = []
    wrong: list[str] = []
    for number, (row, reply) in enumerate(zip(suite.rows, replies, strict=True), 1):
        try:
            values.append((row, value_of(reply, suite)))
        except ValueError as error:
            wrong.append(f"row {number}: {error}")
    count = len(suite.rows)
    found = [Finding(not wrong, f"{count - len(wrong)} of {count} answers as expected")]
    if suite.accuracy and not wrong:
        pairs = [(row.expected, value) for row, value in values if row.expected is not None]
        found.append(_accuracy(suite.accuracy, pairs))
    return found, wrong


def _accuracy(accuracy: Accuracy, pairs: Sequence[tuple[object, float | str]]) -> Finding:
    if accuracy.metric == "accuracy":
        share = sum(expected == value for expected, value in pairs) / len(pairs)
        least = accuracy.at_least or 0.0
        return Finding(share >= least, f"accuracy {share:.4g} (at least {least:g})")
    errors = [abs(float(value) - float(expected)) for expected, value in pairs]  # type: ignore[arg-type]
    measured = {
        "mae": sum(errors) / len(errors),
        "rmse": math.sqrt(sum(each * each for each in errors) / len(errors)),
        "maxError": max(errors),
    }[accuracy.metric]
    most = accuracy.at_most or 0.0
    return Finding(measured <= most, f"{accuracy.metric} {measured:.4g} (at most {most:g})")


def load(wanted: Load, suite: Suite, replies: Sequence[Reply]) -> Iterator[Finding]:
    """Whether the endpoint bears the load."""
    failed = sum(not _is_right(each, suite) for each in replies)
    rate = failed / len(replies)
    yield Finding(rate <= wanted.error_rate, f"errors {100 * rate:.3g}% (at most {100 * wanted.error_rate:g}%)")
    if wanted.p95_milliseconds is not None:
        p95 = 1000 * percentile([each.seconds for each in replies], 95)
        yield Finding(p95 <= wanted.p95_milliseconds, f"p95 {p95:.3g} ms (at most {wanted.p95_milliseconds:g} ms)")


def _is_right(reply: Reply, suite: Suite) -> bool:
    try:
        value_of(reply, suite)
    except ValueError:
        return False
    return True


def percentile(values: Sequence[float], percent: float) -> float:
    """The least of `values` that `percent` of them do not exceed."""
    ordered = sorted(values)
    return ordered[max(0, math.ceil(percent / 100 * len(ordered)) - 1)]
