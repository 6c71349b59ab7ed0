"""Rules on literals wherever they stand."""

from __future__ import annotations

from collections.abc import Iterator

from model_cicd.pipeline.fields import InstanceText, S3Text, instance_complaint, s3_complaint
from model_cicd.pipeline.rules.registry import Finding, Subject, rule
from model_cicd.pipeline.walk import find


@rule
def check_s3_uris(subject: Subject) -> Iterator[Finding]:
    """S3 URIs name a bucket as buckets are named."""
    for path, value in find(subject.config, S3Text):
        wrong = s3_complaint(value) if "{{" not in value else None
        if wrong:
            yield path, wrong


@rule
def check_instance_types(subject: Subject) -> Iterator[Finding]:
    """Instance types have the form and a size that instance types have; families come and go."""
    for path, value in find(subject.config, InstanceText):
        wrong = instance_complaint(value) if "{{" not in value else None
        if wrong:
            yield path, wrong
