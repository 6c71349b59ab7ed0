"""Rules on the files that a registered model's metrics and baselines are in."""

from __future__ import annotations

from collections.abc import Iterator

from model_cicd.pipeline.rules.registry import Finding, Subject, rule
from model_cicd.pipeline.steps.metrics import MetricsSource, Quality
from model_cicd.pipeline.walk import find


@rule
def check_metrics(subject: Subject) -> Iterator[Finding]:
    """A file is a property file, an output or a place in S3, one of these."""
    for path, source in find(subject.config, MetricsSource):
        pair = [source.step_name is not None, source.property_file is not None]
        if pair[0] != pair[1]:
            yield path, f"the key is missing: {'propertyFile' if pair[0] else 'stepName'}"
            continue
        ways = [pair[0], source.step_output is not None, source.s3_uri is not None]
        inner = isinstance(source, Quality) and (source.statistics is not None or source.constraints is not None)
        if sum(ways) > 1 or not (any(ways) or inner):
            got = "several" if any(ways) else "none"
            yield path, f"got {got}, expected one of stepName with propertyFile, stepOutput, s3Uri"
        if isinstance(source, Quality) and source.statistics is not None and any(ways):
            yield (*path, "statistics"), "got statistics twice: the keys beside it say where they are, too"
