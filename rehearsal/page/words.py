"""What pages and Markdown say alike."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

_SIGNS = {"LessThan": "<", "LessThanOrEqualTo": "<=", "GreaterThan": ">", "GreaterThanOrEqualTo": ">=", "Equals": "="}


def began(report: Mapping[str, Any]) -> str:
    """When the rehearsal began, in UTC."""
    return f"{datetime.fromisoformat(report['began']):%Y-%m-%d %H:%M:%S} UTC" if report["began"] else "unknown"


def manifest(report: Mapping[str, Any]) -> str:
    """The manifest as seen from its project."""
    return str(report["manifest"]).removeprefix(f"{report['project']}/")


def metric_name(found: Mapping[str, Any]) -> str:
    """The last word of a metric's path that says what it is."""
    return str(found["metric"]).removesuffix(".value").rpartition(".")[2]


def gate(found: Mapping[str, Any]) -> str:
    """What a metric had to be, `<= 4000`."""
    return f"{_SIGNS.get(found['operator'], found['operator'])} {found['threshold']:g}"


def verdict(report: Mapping[str, Any]) -> str:
    """How it ended, in a line."""
    if report["passed"]:
        return f"Passed in {report['seconds']:.0f} s"
    return f"Failed in {report['seconds']:.0f} s, at: {report['failure']['step']}"
