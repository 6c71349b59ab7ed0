"""What monitoring an environment's endpoint is about: captures, baselines, ground truth, reports, image and logs."""

from __future__ import annotations

from collections.abc import Iterator

from model_cicd.access.resource import LOG, SOME_OBJECT, Resource
from model_cicd.aws import monitor_images
from model_cicd.aws.resources import BASELINE, MODELS
from model_cicd.hosting import Prefix
from model_cicd.sagemaker_model_cicd.topology import EndpointTarget, GroupTopology

#: the version that endpoints' templates are resolved with
_BASELINE = f"{MODELS}1/{BASELINE}"


def baseline_resources(group: GroupTopology) -> Iterator[Resource]:
    """The baselines of a group's releases, where an environment is monitored against them."""
    if not any(target.monitor for target in group.promotion.targets):
        return
    store, own = group.releases, frozenset({group.name})
    place, bucket = (store.place.account, store.place.region), store.bucket.arn
    label = f"release baselines of {group.name}"
    arn = f"{bucket}/{_BASELINE}{SOME_OBJECT}"
    yield Resource("release baselines", label, arn, *place, ("s3:object",), own, policy=bucket)
    label = f"other release baselines of {group.name}"
    arn = f"{bucket}/{MODELS}{SOME_OBJECT}/{BASELINE}{SOME_OBJECT}"
    yield Resource("other release baselines", label, arn, *place, ("s3:object",), own, policy=bucket)
    listed = (("baselines", _BASELINE),)
    label = f"bucket of release baselines of {group.name}"
    kind = "bucket of release baselines"
    yield Resource(kind, label, bucket, *place, ("s3:bucket",), own, policy=bucket, prefixes=listed)


def monitoring_resources(group: GroupTopology, target: EndpointTarget) -> Iterator[Resource]:
    """What is monitored of an environment, where it is; buckets and keys are the customer's."""
    hosting, environment = target.hosting, target.environment
    if hosting.monitoring is None or hosting.capture is None:
        return
    place, own = environment.place, frozenset({group.name})
    name = f"{environment.name} ({environment.type}) of {group.name}"

    def at(kind: str, arn: str, *types: str, **more: object) -> Resource:
        where = (environment.account, environment.region)
        return Resource(kind, f"{kind} of {name}", arn, *where, types, own, environment.name, **more)  # type: ignore[arg-type]

    captured = f"{hosting.capture.prefix}/{target.endpoint.name}/"
    bucket = place.bucket(hosting.capture.bucket)
    yield at("captures of the endpoint", f"{bucket}/{captured}{SOME_OBJECT}", "s3:object")
    yield at("bucket of captures", bucket, "s3:bucket", prefixes=(("captures", captured),))
    reports = hosting.monitoring.reports
    yield at("monitoring reports", f"{place.bucket(reports.bucket)}/{reports.path}/{SOME_OBJECT}", "s3:object")
    if reports.key_arn:
        yield at("key of monitoring reports", reports.key_arn, "kms:key")
    if hosting.monitoring.model_quality:
        truth: Prefix = hosting.monitoring.model_quality.truth
        bucket = place.bucket(truth.bucket)
        yield at("ground truth", f"{bucket}/{truth.path}/{SOME_OBJECT}", "s3:object")
        yield at("bucket of ground truth", bucket, "s3:bucket", prefixes=(("ground truth", f"{truth.path}/"),))
    image = monitor_images.repository_arn(place)
    label = f"image of Model Monitor for {name}"
    where = (image.split(":")[4], environment.region)
    # of AWS, open to other roles, too
    yield Resource("image of Model Monitor", label, image, *where, ("ecr:repository",), frozenset())
    log = place.arn("logs", "log-group:/aws/sagemaker/ProcessingJobs:log-stream:model-monitoring-a1b2c3")
    yield at("logs of monitoring jobs", log, *LOG)
