"""A suite `tests/stage/NAME.yaml` of a training repository: what an endpoint is asked, and what has to come of it."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, ValidationError

from model_cicd.settings import types
from model_cicd.settings.strict import Settings
from model_cicd.text.errors import describe
from model_cicd.text.messages import Complaint, TextOf, complaints, unknown_source

#: of a suite; what one says is run in every promotion
MOST_ROWS, MOST_BODY = 1_000, 100_000
MOST_RATE, MOST_SECONDS = 50, 600
_NAME = r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,38}[A-Za-z0-9])?"


def _number(least: float, most: float) -> BeforeValidator:
    def validate(value: object) -> float:
        number = float(value) if isinstance(value, int | float) and not isinstance(value, bool) else math.nan
        if not least <= number <= most:  # which nothing is true of that is not a number
            types.refuse(f"got {describe(value)}, expected a number from {least:g} to {most:g}")
        return number

    return BeforeValidator(validate)


def _body(value: object) -> str:
    text = types.as_text(value, "the body of a request")
    if not text or len(text.encode()) > MOST_BODY:
        types.refuse(f"got a body of {len(text.encode()):,} bytes, expected 1 to {MOST_BODY:,}")
    return text


def _expected(value: object) -> object:
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        types.refuse(f"got {describe(value)}, expected a number or a text")
    if isinstance(value, float) and not math.isfinite(value):
        types.refuse(f"got {describe(value)}, expected a finite number")
    return value


_ANY = _number(-1e308, 1e308)
SuiteName = Annotated[
    str, BeforeValidator(types.matching(_NAME, "the name of a file in tests/stage, such as 'golden' of golden.yaml"))
]
ContentType = Annotated[
    str, BeforeValidator(types.matching(r"[a-z]+/[a-z0-9.+-]{1,100}", "a content type such as 'text/csv'"))
]
Path = Annotated[
    str,
    BeforeValidator(types.matching(r"\w+(\.\w+){0,9}", "keys and numbers with dots, such as 'predictions.0.score'")),
]


class Answer(Settings):
    """What an answer has to be: one value, its kind and its bounds."""

    value: Path | None = Field(
        None, description="of a JSON answer, where the value is: `predictions.0.score`; else the answer is the value"
    )
    type: Literal["number", "text"] = Field("number", description="what the value is")
    minimum: Annotated[float, _ANY] | None = Field(None, description="the least that a number may be")
    maximum: Annotated[float, _ANY] | None = Field(None, description="the most that a number may be")
    one_of: types.Listed[str] = Field((), alias="oneOf", description="the texts that there are; any without")


class Row(Settings):
    """A golden row: a request, and the value that its answer should have."""

    body: Annotated[str, BeforeValidator(_body)] = Field(description="the request, at most 100 KB of text")
    expected: Annotated[int | float | str, BeforeValidator(_expected)] | None = Field(
        None, description="the value; without, the answer needs only be of the suite's kind"
    )


class Accuracy(Settings):
    """How near the answers of the golden rows have to be."""

    metric: Literal["mae", "rmse", "maxError", "accuracy"] = Field(
        description="mean absolute error, root of the mean squared error, greatest error, or share of equal values"
    )
    at_most: Annotated[float, _number(0, 1e308)] | None = Field(None, alias="atMost", description="of an error")
    at_least: Annotated[float, _number(0, 1)] | None = Field(None, alias="atLeast", description="of `accuracy`, 0 to 1")


class Load(Settings):
    """A load under which the endpoint has to answer soon and well."""

    requests_per_second: Annotated[float, _number(0.1, MOST_RATE)] = Field(
        alias="requestsPerSecond", description="0.1 to 50, evenly, whether answers are late or not"
    )
    seconds: Annotated[float, _number(1, MOST_SECONDS)] = Field(description="1 to 600")
    p95_milliseconds: Annotated[float, _number(1, 60_000)] | None = Field(
        None, alias="p95Milliseconds", description="95 of 100 answers come at least as soon, as the build sees it"
    )
    error_rate: Annotated[float, _number(0, 1)] = Field(
        0.0, alias="errorRate", description="the share of requests that may fail, 0 to 1"
    )


class Suite(Settings):
    """The file."""

    content_type: ContentType = Field("text/csv", alias="contentType", description="of requests")
    accept: ContentType | None = Field(None, description="of answers; as requests without")
    answer: Answer = Field(default_factory=Answer, description="what every answer has to be")
    rows: types.NonEmpty[Row] = Field(max_length=MOST_ROWS, description="golden rows, 1 to 1000, each a request")
    accuracy: Accuracy | None = Field(None, description="how near the answers have to be")
    load: Load | None = Field(None, description="a load; the golden rows in turn")

    @property
    def wanted(self) -> str:
        """The content type of answers."""
        return self.accept or self.content_type


def parse(data: Any, text_of: TextOf = unknown_source) -> tuple[Suite | None, list[Complaint]]:
    """The suite that YAML or JSON `data` is, or None and everything that is wrong with it."""
    if not isinstance(data, dict):
        return None, [((), f"got {describe(data)}, expected a suite, such as `rows: [{{body: '1,2', expected: 3}}]`")]
    try:
        suite = Suite.model_validate(data)
    except ValidationError as error:
        return None, complaints(error, Suite, text_of)
    found = list(_together(suite))
    return (None if found else suite), found


def _together(suite: Suite) -> Iterator[Complaint]:
    """What must hold between the parts of a suite."""
    answer, accuracy = suite.answer, suite.accuracy
    if answer.type == "text" and (answer.minimum is not None or answer.maximum is not None):
        yield ("answer",), "got bounds of a text, expected them with `type: number` alone"
    if answer.type == "number" and answer.one_of:
        yield ("answer", "oneOf"), "got texts of a number, expected them with `type: text` alone"
    kinds = (int, float) if answer.type == "number" else (str,)
    for index, row in enumerate(suite.rows):
        if row.expected is not None and not isinstance(row.expected, kinds):
            yield ("rows", index, "expected"), f"got {describe(row.expected)}, expected a {answer.type} as of `answer`"
    if accuracy is None:
        return
    if all(row.expected is None for row in suite.rows):
        yield ("rows",), "got no row with `expected`, which `accuracy` is made of"
    if accuracy.metric == "accuracy":
        if accuracy.at_least is None or accuracy.at_most is not None:
            yield ("accuracy",), "got metric 'accuracy', expected atLeast with it, and no atMost"
    elif accuracy.at_most is None or accuracy.at_least is not None:
        yield ("accuracy",), f"got metric {accuracy.metric!r}, expected atMost with it, and no atLeast"
    if accuracy.metric != "accuracy" and answer.type == "text":
        yield ("accuracy", "metric"), f"got {accuracy.metric!r} of texts, expected accuracy"
