"""The event pattern language, one table."""

from __future__ import annotations

import json
from typing import Any

import pytest

from rehearsal.events.pattern import Pattern, PatternError

EVENT: dict[str, Any] = {
    "source": "aws.codecommit",
    "account": "111111111111",
    "resources": ["arn:aws:codecommit:us-east-1:111111111111:train"],
    "detail": {
        "event": "referenceUpdated",
        "referenceName": "feature/One",
        "count": 5,
        "ratio": 0.5,
        "ok": True,
        "nothing": None,
        "empty": "",
        "ip": "10.1.2.3",
        "tags": ["a", "b"],
        "items": [{"name": "x", "size": 1}, {"name": "y", "size": 2}],
    },
}

MATCHES = [
    {"source": ["aws.codecommit", "aws.s3"]},
    {"resources": ["arn:aws:codecommit:us-east-1:111111111111:train"], "detail": {"event": ["referenceUpdated"]}},
    {"detail": {"referenceName": [{"prefix": "feature/"}]}},
    {"detail": {"referenceName": [{"suffix": "/One"}]}},
    {"detail": {"referenceName": [{"prefix": {"equals-ignore-case": "FEATURE"}}]}},
    {"detail": {"referenceName": [{"equals-ignore-case": "FEATURE/ONE"}]}},
    {"detail": {"referenceName": [{"wildcard": "feat*/O*e"}]}},
    {"detail": {"referenceName": [{"anything-but": "main"}]}},
    {"detail": {"referenceName": [{"anything-but": ["main", "dev"]}]}},
    {"detail": {"referenceName": [{"anything-but": {"prefix": "release/"}}]}},
    {"detail": {"referenceName": [{"anything-but": {"wildcard": "*/rc"}}]}},
    {"detail": {"count": [5]}},
    {"detail": {"count": [5.0]}},
    {"detail": {"count": [{"numeric": ["=", 5]}]}},
    {"detail": {"count": [{"numeric": [">", 1, "<=", 5]}]}},
    {"detail": {"ratio": [{"numeric": ["<", 1]}]}},
    {"detail": {"count": [{"anything-but": 6}]}},
    {"detail": {"ok": [True]}},
    {"detail": {"nothing": [None]}},
    {"detail": {"empty": [""]}},
    {"detail": {"ip": [{"cidr": "10.1.0.0/16"}]}},
    {"detail": {"tags": ["b"]}},
    {"detail": {"missing": [{"exists": False}], "ok": [{"exists": True}]}},
    {"detail": {"gone": {"deep": [{"exists": False}]}}},
    {"detail": {"items": {"name": ["y"], "size": [2]}}},
    {"$or": [{"source": ["no"]}, {"detail": {"count": [5]}}]},
    {"detail": {"$or": [{"count": [1]}, {"ok": [True]}], "event": ["referenceUpdated"]}},
]

MISSES = [
    {"source": ["aws.s3"]},
    {"source": ["aws.codecommit"], "account": ["222222222222"]},
    {"detail": {"referenceName": ["feature/one"]}},
    {"detail": {"referenceName": [{"prefix": "One"}]}},
    {"detail": {"referenceName": [{"wildcard": "feat*/"}]}},
    {"detail": {"referenceName": [{"anything-but": ["feature/One", "dev"]}]}},
    {"detail": {"referenceName": [{"anything-but": {"prefix": ["x", "feature/"]}}]}},
    {"detail": {"missing": [{"anything-but": "main"}]}},
    {"detail": {"count": ["5"]}},
    {"detail": {"count": [True]}},
    {"detail": {"ok": [1]}},
    {"detail": {"count": [{"numeric": [">", 1, "<", 5]}]}},
    {"detail": {"ip": [{"cidr": "10.2.0.0/16"}]}},
    {"detail": {"referenceName": [{"cidr": "10.2.0.0/16"}]}},
    {"detail": {"missing": [{"exists": True}]}},
    {"detail": {"ok": [{"exists": False}]}},
    {"detail": {"items": {"name": ["x"], "size": [2]}}},
    {"$or": [{"source": ["no"]}, {"detail": {"count": [6]}}]},
    {"detail": {"event": {"deeper": ["x"]}}},
]

REFUSED = [
    ("[]", "not an object"),
    ("{}", "empty"),
    ("{", "not valid"),
    ('{"source": "aws.s3"}', '"source" must be an object or an array'),
    ('{"source": []}', "Empty arrays are not allowed at source"),
    ('{"detail": {}}', "Empty objects are not allowed at detail"),
    ('{"detail": {"a": [{"matches": "x"}]}}', "Unrecognized match type matches at detail.a"),
    ('{"detail": {"a": [{"prefix": 1}]}}', "prefix match pattern must be a string"),
    ('{"detail": {"a": [{"exists": "yes"}]}}', "exists match pattern"),
    ('{"detail": {"a": [{"numeric": ["~", 1]}]}}', "Unrecognized numeric range operator"),
    ('{"detail": {"a": [{"numeric": [">"]}]}}', "Invalid member in numeric match"),
    ('{"detail": {"a": [{"cidr": "10"}]}}', "Malformed CIDR"),
    ('{"detail": {"a": [{"anything-but": {"numeric": [">", 1]}}]}}', "Unsupported anything-but pattern: numeric"),
    ('{"detail": {"a": [{"wildcard": "a**b"}]}}', "Consecutive wildcard"),
    ('{"detail": {"a": [{"prefix": "x", "suffix": "y"}]}}', "Only one key"),
]


@pytest.mark.parametrize("pattern", MATCHES, ids=json.dumps)
def test_matches(pattern: dict[str, Any]) -> None:
    assert Pattern(json.dumps(pattern)).matches(EVENT)


@pytest.mark.parametrize("pattern", MISSES, ids=json.dumps)
def test_does_not_match(pattern: dict[str, Any]) -> None:
    assert not Pattern(json.dumps(pattern)).matches(EVENT)


@pytest.mark.parametrize(("text", "reason"), REFUSED)
def test_refused_with_its_place(text: str, reason: str) -> None:
    with pytest.raises(PatternError, match="Event pattern is not valid") as caught:
        Pattern(text)
    assert reason in str(caught.value)
