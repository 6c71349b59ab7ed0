"""Every name in a topology, with the kind of thing that it names, whatever the records are."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Mapping

from model_cicd.aws import naming
from model_cicd.aws.bootstrap import BootstrapRoles
from model_cicd.aws.place import Named

# by service and type of resource as ARNs have them
_BY_ARN = {
    "iam:role": naming.ROLE,
    "iam:policy": naming.POLICY,
    "codepipeline": naming.PIPELINE,
    "codebuild:project": naming.PROJECT,
    "codecommit": naming.REPOSITORY,
    "states:stateMachine": naming.STATE_MACHINE,
    "s3": naming.BUCKET,
    "kms:alias": naming.KEY_ALIAS,
    "sagemaker:pipeline": naming.SAGEMAKER_PIPELINE,
    "sagemaker:model-package-group": naming.MODEL_PACKAGE_GROUP,
    "sagemaker:endpoint": naming.ENDPOINT,
    "sns": naming.TOPIC,
    "cloudwatch:alarm": naming.ALARM,
}
# by the last words of a field or property
_BY_FIELD = {
    "stack_name": naming.STACK,
    "stage_name": naming.STAGE,
    "alarm_name": naming.ALARM,
    "dashboard": naming.DASHBOARD,
    "log_group": naming.LOG_GROUP,
    "rule": naming.RULE,
}


@dataclasses.dataclass(frozen=True)
class Found:
    """A name: where it stands, and what is allowed in it."""

    path: str
    limit: naming.Limit
    name: str
    arn: str = ""


def every_name(record: object, path: str = "") -> Iterator[Found]:
    """The names in `record` and the records in it; repositories and bootstrap roles have names of their own."""
    if isinstance(record, tuple):
        for index, each in enumerate(record):
            yield from every_name(each, f"{path}[{index}]")
    if not dataclasses.is_dataclass(record) or isinstance(record, BootstrapRoles):
        return
    if isinstance(record, Named):
        yield Found(path, _BY_ARN[_kind(record.arn)], record.name, record.arn)
    properties = [name for name, value in vars(type(record)).items() if isinstance(value, property)]
    for field in [*(each.name for each in dataclasses.fields(record)), *properties]:
        value = getattr(record, field)
        limit = next((limit for end, limit in _BY_FIELD.items() if f"_{field}".endswith(f"_{end}")), None)
        if isinstance(value, str) and limit:
            yield Found(f"{path}.{field}", limit, value)
        elif not isinstance(value, Mapping):
            yield from every_name(value, f"{path}.{field}")


def _kind(arn: str) -> str:
    service, resource = arn.split(":")[2], ":".join(arn.split(":")[5:])
    known = [f"{service}:{resource.replace(':', '/').partition('/')[0]}", service]
    return next(kind for kind in known if kind in _BY_ARN)
