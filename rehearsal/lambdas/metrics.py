"""Lambda's metrics. https://docs.aws.amazon.com/lambda/latest/dg/monitoring-metrics-types.html"""

from __future__ import annotations

from rehearsal import measured
from rehearsal.iam.functions import FunctionName
from rehearsal.ports import Platform


def put(platform: Platform, name: FunctionName, milliseconds: float, *, failed: bool) -> None:
    """Count an invocation that ended, by its function, and by its alias or version where one was named.

    What goes wrong is only logged.
    """
    values = [("Invocations", 1.0, "Count"), ("Errors", float(failed), "Count"), ("Throttles", 0.0, "Count"),
              ("Duration", milliseconds, "Milliseconds")]  # fmt: skip
    dimensions = {"FunctionName": name.name}
    measured.put(platform, name.scope, "AWS/Lambda", dimensions, values)
    if name.slot:
        measured.put(platform, name.scope, "AWS/Lambda", dimensions | {"Resource": f"{name.name}:{name.slot}"}, values)
